"""A proxy between a daemon and PostgreSQL that understands the frame of the protocol (version 3), and misbehaves."""

from __future__ import annotations

import select
import socket
import threading

STARTUP = 0


class Session(threading.Thread):
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket):
        super().__init__(daemon=True)
        self.proxy, self.client = proxy, client
        self.server = socket.create_connection(("127.0.0.1", proxy.target))
        for side in (self.client, self.server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.statements: dict[bytes, bytes] = {}
        self.from_client, self.from_server = bytearray(), bytearray()
        self.is_started = False
        self.is_listening = False
        self.is_held = False
        self.start()

    def run(self):
        try:
            while True:
                ready, _, _ = select.select([self.client, self.server], [], [], 0.1)
                if self.proxy.is_silent(self):
                    if self.proxy.ended.is_set():
                        return
                    self.proxy.ended.wait(0.05)
                    continue
                if self.client in ready and not self.forward_from_client():
                    return
                if self.server in ready and not self.forward_from_server():
                    return
                if self.proxy.ended.is_set():
                    return
        except (OSError, ValueError):
            pass  # Closed from the other thread, also in the middle of a select.
        finally:
            self.close()

    def close(self):
        for side in (self.client, self.server):
            try:
                side.close()
            except OSError:
                pass
        self.proxy.sessions.discard(self)

    # -- what the daemon says

    def forward_from_client(self) -> bool:
        data = self.client.recv(1 << 16)
        if not data:
            return False
        self.from_client += data
        commits = any([self.commits(kind, body) for kind, body in self.client_messages()])
        if commits and self.proxy.take("commits_to_hold"):
            self.is_held = True
            self.proxy.held += 1
            return True
        if commits and self.proxy.take("commits_to_swallow"):
            # The connection ends with the statements before COMMIT sent or not: nothing of them stays.
            self.proxy.lost += 1
            return False
        if commits and self.proxy.take("commits_to_delay"):
            self.client.close()
            self.proxy.ended.wait(1)
            self.server.sendall(data)
            return self.lose_answer()
        self.server.sendall(data)
        if commits and self.proxy.take("commits_to_lose"):
            return self.lose_answer()
        return True

    def client_messages(self):
        while True:
            if not self.is_started:
                if len(self.from_client) < 4:
                    return
                length = int.from_bytes(self.from_client[:4], "big")
                if len(self.from_client) < length:
                    return
                code = int.from_bytes(self.from_client[4:8], "big")
                del self.from_client[:length]
                self.is_started = code == 196608
                continue
            message = cut(self.from_client)
            if message is None:
                return
            yield message

    def commits(self, kind: bytes, body: bytes) -> bool:
        if kind == b"Q":
            self.note(body[:-1])
            return body[:-1].upper().startswith(b"COMMIT")
        if kind == b"P":
            name, text, _ = body.split(b"\0", 2)
            self.statements[name] = text
            self.note(text)
        if kind == b"B":
            _, name, _ = body.split(b"\0", 2)
            return self.statements.get(name, b"").upper().startswith(b"COMMIT") and self.is_settling
        return False

    def note(self, text: bytes):
        if text.upper().startswith(b"LISTEN"):
            self.is_listening = True

    @property
    def is_settling(self) -> bool:
        """Only a connection that writes has a COMMIT worth losing."""
        return any(b"INSERT INTO lane" in text for text in self.statements.values())

    def lose_answer(self) -> bool:
        """The server gets everything, does it, and its answer goes nowhere."""
        self.server.settimeout(5)
        try:
            while True:
                self.from_server += self.server.recv(1 << 16)
                messages = []
                while (message := cut(self.from_server)) is not None:
                    messages.append(message)
                if any(kind == b"Z" for kind, _ in messages):
                    break
        except OSError:
            pass
        self.proxy.lost += 1
        return False

    # -- what the server says

    def forward_from_server(self) -> bool:
        data = self.server.recv(1 << 16)
        if not data:
            return False
        if not self.proxy.drops_notifications:
            self.client.sendall(data)
            return True
        if not self.is_started:
            self.client.sendall(data)
            return True
        self.from_server += data
        kept = bytearray()
        while (message := cut(self.from_server)) is not None:
            kind, body = message
            if kind == b"A":
                self.proxy.dropped += 1
            else:
                kept += kind + (len(body) + 4).to_bytes(4, "big") + body
        self.client.sendall(kept)
        return True


def cut(buffer: bytearray) -> tuple[bytes, bytes] | None:
    """The first whole message of the buffer, taken out of it."""
    if len(buffer) < 5:
        return None
    length = int.from_bytes(buffer[1:5], "big")
    if len(buffer) < length + 1:
        return None
    message = bytes(buffer[:1]), bytes(buffer[5:length + 1])
    del buffer[:length + 1]
    return message


class Proxy:
    def __init__(self, target: int):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sessions: set[Session] = set()
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.commits_to_lose = 0
        self.commits_to_swallow = 0
        self.commits_to_delay = 0
        # Neither forwarded nor answered; the connection stays.
        self.commits_to_hold = 0
        self.held = 0
        self.lost = 0
        self.drops_notifications = False
        self.dropped = 0
        self.silences: str | None = None
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.ended.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                self.sessions.add(Session(self, client))
            except OSError:
                client.close()

    def take(self, name: str) -> bool:
        with self.lock:
            if getattr(self, name) == 0:
                return False
            setattr(self, name, getattr(self, name) - 1)
            return True

    def is_silent(self, session: Session) -> bool:
        """`listen`: only the connection that LISTENs is half-open; `all`: nothing passes."""
        return session.is_held or self.silences == "all" or self.silences == "listen" and session.is_listening

    def finish(self):
        self.ended.set()
        self.listener.close()
        for session in list(self.sessions):
            session.close()
