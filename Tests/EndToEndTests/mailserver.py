"""Mail servers for tests: a real one with TLS and AUTH, one that follows a script of faults, and what was sent to them in the clear."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

USER, PASSWORD = "mailer@example.org", "a:secret/of the mail?"


class Authority:
    """An authority of the test's own, whose certificates nobody else trusts."""

    def __init__(self, folder: Path, name: str = "authority"):
        self.folder, self.name = folder, name
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        self._openssl("req", "-x509", *self._new_key, "-keyout", self.key, "-out", self.certificate, "-days", "7",
                      "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")

    _new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")

    @staticmethod
    def _openssl(*arguments) -> None:
        run = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
        assert run.returncode == 0, run.stderr

    def server(self, *names: str) -> ssl.SSLContext:
        """What a server of these names shows (`DNS:localhost`, `IP:127.0.0.1`)."""
        stem = self.folder / f"{self.name}-{re.sub('[^A-Za-z0-9]', '-', names[0])}"
        request, certificate, key, extension = (stem.with_suffix(end) for end in (".csr", ".pem", ".key", ".ext"))
        self._openssl("req", *self._new_key, "-keyout", key, "-out", request, "-subj", "/CN=test")
        extension.write_text(f"subjectAltName={','.join(names)}\n")
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                      "-days", "7", "-extfile", extension, "-out", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


@dataclass(frozen=True)
class Received:
    """A mail as it arrived."""

    hello: str
    user: str | None
    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("ascii")

    def header(self, name: str) -> str:
        found = re.search(rf"^{name}: (.*(?:\r\n[ \t].*)*)\r$", self.text.partition("\r\n\r\n")[0] + "\r\n", re.MULTILINE)
        assert found, f"no header {name}"
        return found.group(1)


class Mails:
    """What a server received, and how to wait for it."""

    def __init__(self):
        self.mails: list[Received] = []
        self.changed = threading.Condition()

    def add(self, mail: Received) -> None:
        with self.changed:
            self.mails.append(mail)
            self.changed.notify_all()

    def to(self, address: str, timeout: float = 10) -> Received:
        """The first mail to this address, as soon as it is there."""
        def first():
            return next((mail for mail in self.mails if address in mail.recipients), None)

        with self.changed:
            assert self.changed.wait_for(first, timeout), f"no mail to {address} within {timeout} s"
            return first()


class RealServer(Mails):
    """aiosmtpd, which wants TLS first, and then AUTH."""

    def __init__(self, context: ssl.SSLContext, wrapped: bool = False, port: int = 0):
        super().__init__()
        options = {"authenticator": self.authenticate, "auth_required": True}
        if wrapped:
            options |= {"ssl_context": context, "auth_require_tls": False}
        else:
            options |= {"tls_context": context, "require_starttls": True}
        self.logins: list[tuple[str, bool]] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=port or free_port(), **options)
        self.controller.start()
        self.port = self.controller.port

    def authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append((data.login.decode(), right))
        return AuthResult(success=right, handled=right, auth_data=data.login.decode())

    async def handle_DATA(self, server, session, envelope) -> str:
        self.add(Received(session.host_name, session.auth_data, envelope.mail_from, tuple(envelope.rcpt_tos),
                          envelope.original_content))
        return "250 taken"

    def finish(self) -> None:
        self.controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


STAGES = ("greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "message")
POLITE = {"greeting": "220 hello", "EHLO": "250 AUTH PLAIN", "AUTH": "235 welcome", "MAIL": "250 go on", "RCPT": "250 go on",
          "DATA": "354 go on", "message": "250 taken", "QUIT": "221 goodbye"}


class ScriptedServer(Mails):
    """Answers in the clear, by a script: at one stage it answers something else, hangs, or closes the connection."""

    HANG, CLOSE = "hang", "close"

    def __init__(self, port: int = 0):
        super().__init__()
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.script: dict[str, str] = {}
        self.received = b""  # all bytes of all connections
        self.attempts: list[bytes] = []  # every message that was sent, taken or not
        self.hanging: list[str] = []  # the stages at which somebody waits
        self.thinks = 0.0  # seconds before its first word
        self.ended = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, dict(self.script)), daemon=True).start()

    def _serve(self, connection: socket.socket, script: dict[str, str]) -> None:
        with connection:
            try:
                self._converse(connection, script)
            except OSError:
                pass

    def _converse(self, connection: socket.socket, script: dict[str, str]) -> None:
        def says(stage: str) -> bool:
            reply = script.get(stage, POLITE.get(stage, "500 what?"))
            if reply == self.HANG:
                with self.changed:
                    self.hanging.append(stage)
                    self.changed.notify_all()
                self.ended.wait()
            if reply in (self.HANG, self.CLOSE):
                return False
            connection.sendall(reply.encode() + b"\r\n")
            return True

        sender, recipients, hello = "", [], ""
        reader = _Lines(connection, self)
        self.ended.wait(self.thinks)
        if not says("greeting"):
            return
        while (line := reader.line()) is not None:
            verb, _, rest = line.decode("latin-1").partition(" ")
            if verb == "AUTH":
                connection.sendall(b"334 \r\n")
                reader.line()
            if not says(verb):
                return
            hello = rest if verb == "EHLO" else hello
            sender = rest if verb == "MAIL" else sender
            recipients += [rest] if verb == "RCPT" else []
            if verb == "DATA" and script.get("DATA", "354").startswith("354"):
                content = reader.message()
                if content is None:
                    return
                self.attempts.append(content)
                if not says("message"):
                    return
                if script.get("message", "250").startswith("2"):
                    self.add(Received(hello, None, _bare(sender), tuple(map(_bare, recipients)), content))
            if verb == "QUIT":
                return

    def wait_until_hanging(self, count: int, timeout: float = 10) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.hanging) >= count, timeout), f"only {self.hanging} within {timeout} s"

    def finish(self) -> None:
        self.ended.set()
        try:
            # A thread that waits in accept() keeps the port.
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


def _bare(text: str) -> str:
    return re.search("<(.*)>", text).group(1)


class _Lines:
    def __init__(self, connection: socket.socket, server: ScriptedServer):
        self.connection, self.server, self.buffer = connection, server, b""

    def _until(self, end: bytes) -> bytes | None:
        while end not in self.buffer:
            data = self.connection.recv(65536)
            if not data:
                return None
            self.server.received += data
            self.buffer += data
            if self.buffer.startswith(b"\x16"):
                return None  # TLS, which it knows nothing of
        found, _, self.buffer = self.buffer.partition(end)
        return found

    def line(self) -> bytes | None:
        return self._until(b"\r\n")

    def message(self) -> bytes | None:
        content = self._until(b"\r\n.\r\n")
        return content if content is None else content + b"\r\n"


class Tap:
    """Passes a connection on, and remembers what the client sent as it went over the wire."""

    def __init__(self, target: int):
        self.target, self.sent = target, b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, from_client: bool) -> None:
        try:
            while data := source.recv(65536):
                if from_client:
                    self.sent += data
                target.sendall(data)
        except OSError:
            pass
        for side in (source, target):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def finish(self) -> None:
        self.listener.close()


def wait_for(condition, what: str, timeout: float = 10):
    """The first true value of the condition."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {timeout} s"
        time.sleep(0.02)
    return value
