"""The real daemon as a process of its own, on a folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

from client import Client, SocketTransport
from postgres import shared_server

ROOT = Path(__file__).resolve().parents[2]
SERVER = "chat.test"


# The same tests are run on each store.
STORE = os.environ.get("GATHER_TEST_STORE", "sqlite")


def binary() -> Path:
    given = os.environ.get("GATHERCHATD")
    for path in [given] if given else [ROOT / ".build/debug/gatherchatd", ROOT / ".build/release/gatherchatd"]:
        if path and Path(path).is_file():
            return Path(path)
    raise AssertionError("no gatherchatd: build it first, or name it in GATHERCHATD")


class Daemon:
    """Started in the constructor; ready when that returns."""

    # What makes passwords cheap, where it is set; a prefix that loads something else goes before it.
    quick_passwords: Path | None = None

    def __init__(self, folder: Path, *flags: str, prefix: tuple[str, ...] = (), plain: bool = True, real_passwords: bool = False):
        self.folder = folder
        self.data = folder / "data"
        self.outbox = self.data / "outbox"
        self.log = folder / "log"
        self.database = None
        if STORE == "postgres" and "--database" not in flags:
            self.database = shared_server().new_database()
            flags = (*flags, "--database", shared_server().url(self.database))
        self.flags = flags
        self.prefix = prefix
        self.listen = "127.0.0.1:0"
        self.has_plain = plain
        self.preload = {} if real_passwords or not self.quick_passwords else {"LD_PRELOAD": str(self.quick_passwords)}
        self.secrets: set[str] = set()
        self.clients: list[Client] = []
        self.process: subprocess.Popen | None = None
        self.start()

    @property
    def command(self) -> list[str]:
        return [
            *self.prefix, str(binary()), "--data", str(self.data),
            *([] if "--listen" in self.flags else ["--listen", self.listen]),
            *(["--plain-listen", "127.0.0.1:0"] if self.has_plain else []), "--web", "127.0.0.1:0", "--server-name", SERVER, "--log-level", "debug", *self.flags]

    def start(self) -> None:
        log = self.log.open("ab")
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=log, cwd=self.folder, env={**os.environ, **self.preload})
        line = self.process.stdout.readline().decode()
        ready = dict(word.split("=", 1) for word in line.split()[2:]) if line.startswith("gatherchatd ready ") else {}
        assert ready, f"not ready: {line!r}\n{self.log.read_text()}"
        self.tls, self.web = self._address(ready["tls"]), self._address(ready["web"])
        self.plain = self._address(ready["plain"]) if self.has_plain else None

    @staticmethod
    def _address(text: str) -> tuple[str, int]:
        host, port = text.rsplit(":", 1)
        return host, int(port)

    def connect(self, tls: bool = True, greeting: bool = True) -> Client:
        client = Client(SocketTransport(self.tls if tls else self.plain, tls), self.secrets, greeting=greeting)
        self.clients.append(client)
        return client

    def connect_when_possible(self, timeout: float = 5) -> Client:
        """A connection as soon as the server takes one."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.connect()
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, patience: float = 10) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(patience)

    def restart(self) -> None:
        self.start()

    def use_database(self, url: str) -> None:
        """From the next start on."""
        flags = list(self.flags)
        flags[flags.index("--database") + 1] = url
        self.flags = tuple(flags)

    def restart_on(self, port: int) -> None:
        """On the port of before, for those who only know that one."""
        self.listen = f"127.0.0.1:{port}"
        self.start()

    def finish(self) -> None:
        """It must still be there, and its log must not tell what nobody may read."""
        alive = self.process.poll() is None
        for client in self.clients:
            client.close()
        if alive:
            assert self.stop() == 0, "the exit code after SIGTERM"
        if self.database:
            shared_server().drop_database(self.database)
        assert alive, f"the daemon ended by itself:\n{self.log.read_text()[-4000:]}"
        log = self.log.read_text(errors="replace")
        told = [secret for secret in self.secrets if secret in log]
        assert not told, f"the log tells secrets: {told}"

    # -- mails

    def mail(self, address: str, timeout: float = 10) -> str:
        """The next mail to this address; it is taken out of the outbox."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for path in sorted(self.outbox.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
                text = path.read_bytes().decode("ascii")
                if re.search(rf"^To: <{re.escape(address)}>\r$", text, re.MULTILINE):
                    path.unlink()
                    self.secrets.add(address)
                    return text
            time.sleep(0.02)
        raise AssertionError(f"no mail to {address} within {timeout} s")

    def mailed_line(self, address: str, verb: str) -> str:
        """The line of the mail that begins with this verb."""
        found = re.search(rf"^({verb} .*?)\r?$", self.mail(address), re.MULTILINE)
        assert found, f"no {verb} line in the mail"
        return found.group(1)
