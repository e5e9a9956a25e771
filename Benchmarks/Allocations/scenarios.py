"""What is done to the daemon while its allocations are counted: one thing after the other, so that the counts repeat."""

from __future__ import annotations

import socket
import ssl

TEXT = "x" * 100


class Connection:
    """TLS, one line at a time or many; waits for what it expects and nothing else."""

    def __init__(self, address: tuple[str, int], token: str | None = None, room: str | None = None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(socket.create_connection(address, timeout=30))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        self.take(3)  # the greeting
        if token:
            self.ask(f"RESUME {token}")
        if room:
            self.ask(f"JOIN {room}")
        # Whatever came beside the answers is behind us then.
        self.ask("PING ready")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def take(self, lines: int) -> list[bytes]:
        """Exactly so many lines, which were due."""
        taken: list[bytes] = []
        while len(taken) < lines:
            taken += self._receive()
        if len(taken) > lines:
            raise SystemExit(f"More came than was due: {taken[lines:]}")
        return taken

    def ask(self, line: str) -> None:
        """Waits for the OK; what else comes up to it is for others to test."""
        self.send(line.encode() + b"\r\n")
        answer = b"OK " + line.split()[0].encode()
        while not any(came.startswith(answer) for came in self._receive()):
            pass

    def _receive(self) -> list[bytes]:
        data = self.socket.recv(65_536)
        if not data:
            raise SystemExit("The daemon closed a connection.")
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            if line.startswith((b"FAIL", b"ERROR")):
                raise SystemExit(line.decode())
        return lines

    def close(self) -> None:
        self.socket.close()


class Room:
    """A sender that does not listen, and people who do."""

    def __init__(self, address: tuple[str, int], token: str, room: str, listeners: int):
        self.room, self.sent = room, 0
        self.sender = Connection(address, token)
        self.listeners = [Connection(address, token, room) for _ in range(listeners)]

    def round(self, burst: int) -> None:
        """A burst of messages; ends when everybody has them, and the sender its answers."""
        texts = [f"{self.sent + number} {TEXT}"[:100].encode() for number in range(burst)]
        self.sent += burst
        self.sender.send(b"".join(b"MSG %s :%s\r\n" % (self.room.encode(), text) for text in texts))
        for line in self.sender.take(burst):
            if not line.startswith(b"OK MSG "):
                raise SystemExit(f"Not the answer of a message: {line}")
        wanted = [b" MSG %s :%s" % (self.room.encode(), text) for text in texts]
        for listener in self.listeners:
            for line, end in zip(listener.take(burst), wanted):
                if not line.endswith(end):
                    raise SystemExit(f"Not the message that was due: {line}")

    def close(self) -> None:
        for connection in [self.sender, *self.listeners]:
            connection.close()
