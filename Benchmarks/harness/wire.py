"""A small client for what is prepared before a measurement: it sends many lines at once and reads their answers."""

import socket
import ssl

# As many lines as fit into any server's buffers while nobody reads the answers.
AT_ONCE = 128


class Wire:
    """A TLS connection to a server of either dialect."""

    def __init__(self, port: int, timeout: float = 120):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=timeout))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def send(self, *lines: str) -> None:
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def lines(self) -> list[str]:
        """The next whole lines, at least one."""
        while b"\n" not in self.rest:
            data = self.socket.recv(262144)
            if not data:
                raise RuntimeError("the server closed the connection")
            self.rest += data
        whole, _, self.rest = self.rest.rpartition(b"\n")
        return [line.rstrip("\r") for line in whole.decode().split("\n")]

    def close(self) -> None:
        self.socket.close()


class GatherWire(Wire):
    """Asks gatherchatd."""

    def ask(self, *commands: str) -> list[str]:
        """The final line of each command; none may fail."""
        finals = []
        for first in range(0, len(commands), AT_ONCE):
            some = commands[first:first + AT_ONCE]
            self.send(*some)
            wanted = len(finals) + len(some)
            while len(finals) < wanted:
                for line in self.lines():
                    if line.startswith(("FAIL", "ERROR")):
                        raise RuntimeError(f"{commands[min(len(finals), len(commands) - 1)]!r}: {line}")
                    if line.startswith("OK "):
                        finals.append(line)
        return finals


class IRCWire(Wire):
    """Speaks to an IRC server."""

    def log_in(self, nick: str) -> None:
        self.send(f"NICK {nick}", "USER u 0 * :u")
        self.await_word(" 376 ", " 422 ")

    def await_word(self, *words: str) -> None:
        while True:
            for line in self.lines():
                if line.startswith("PING"):
                    self.send("PONG" + line[4:])
                if line.startswith("ERROR"):
                    raise RuntimeError(line)
                if any(word in line for word in words):
                    return

    def join(self, room: str) -> None:
        self.send(f"JOIN {room}")
        self.await_word(" 366 ")

    def synchronise(self, word: str) -> None:
        """Everything before it has been done."""
        self.send(f"PING {word}")
        self.await_word(f"PONG {word}", f" PONG irc.bench.test {word}", f" PONG irc.bench.test :{word}")
