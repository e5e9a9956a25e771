"""A real PostgreSQL, started for the tests and stopped again."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
_numbers = itertools.count(1)


def binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "no PostgreSQL server is installed (package postgresql)"
    return found[-1].parent


def as_server(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command] if os.getuid() == 0 else command


class Server:
    """One that runs somewhere already."""

    def __init__(self, url: str):
        self.port = urlsplit(url).port

    def url(self, database: str = "gather", port: int | None = None, options: str = "") -> str:
        return f"postgres://gather@127.0.0.1:{port or self.port}/{database}{options}"

    def query(self, statement: str, database: str = "postgres") -> str:
        run = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)],
                             capture_output=True, text=True, timeout=30)
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    def new_database(self) -> str:
        """The name of an empty database."""
        name = f"gather_{os.getpid()}_{next(_numbers)}"
        self.query(f"CREATE DATABASE {name}")
        return name

    def terminate_sessions(self, database: str) -> None:
        self.query(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")

    def drop_database(self, name: str) -> None:
        self.query(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


class Postgres(Server):
    """A server of the test's own, to be mistreated."""

    prefix: tuple[str, ...] = ()

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gather-postgres-"))
        run = subprocess.run([ROOT / "scripts/postgres", "start", self.folder], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        super().__init__(run.stdout.strip())
        self.data = self.folder / "data"
        self.standby: Standby | None = None
        self.paused: list[int] = []

    def control(self, *arguments: str, wait: int = 60) -> None:
        subprocess.run([*self.prefix, *as_server([str(binaries() / "pg_ctl"), "-D", str(self.data), *arguments])], cwd=self.folder,
                       stdout=subprocess.DEVNULL, check=True, timeout=wait)

    def start(self) -> None:
        self.control("-o", f"-p {self.port}", "-l", str(self.data / "log"), "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        self.control("-m", mode, "-w", "stop")

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def processes(self) -> list[int]:
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.pid)], capture_output=True, text=True).stdout
        return [self.pid, *map(int, children.split())]

    def pause(self) -> None:
        """Nothing answers any more, and nobody is told."""
        self.paused = self.processes()
        for process in self.paused:
            os.kill(process, signal.SIGSTOP)

    def resume(self) -> None:
        for process in self.paused:
            try:
                os.kill(process, signal.SIGCONT)
            except ProcessLookupError:
                pass
        self.paused = []

    def kill_backend(self, database: str) -> None:
        """kill -9 of one backend: all of the server starts anew."""
        pid = self.query(f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}' LIMIT 1")
        os.kill(int(pid), signal.SIGKILL)

    def accepts(self) -> bool:
        return subprocess.run(["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

    def await_accepting(self, timeout: float = 60) -> None:
        deadline = time.monotonic() + timeout
        while not self.accepts():
            assert time.monotonic() < deadline, "PostgreSQL does not accept"
            time.sleep(0.02)

    def make_standby(self) -> Standby:
        self.standby = Standby(self)
        return self.standby

    def finish(self) -> None:
        self.resume()
        if self.standby:
            self.standby.finish()
        if (self.data / "postmaster.pid").exists():
            try:
                self.stop("immediate")
            except subprocess.CalledProcessError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)


class Standby(Postgres):
    """Follows the other one commit by commit (synchronous replication), until it is promoted."""

    def __init__(self, primary: Postgres):
        self.folder = Path(tempfile.mkdtemp(prefix="gather-standby-"))
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.data, self.standby, self.paused = self.folder / "data", None, []
        import socket
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        subprocess.run(
            as_server([str(binaries() / "pg_basebackup"), "-D", str(self.data), "-R", "-X", "stream", "-c", "fast", "-d",
                       f"host=127.0.0.1 port={primary.port} user=gather application_name=standby"]),
            cwd=self.folder, check=True, timeout=60)
        self.start()
        primary.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        primary.query("SELECT pg_reload_conf()")
        deadline = time.monotonic() + 20
        while primary.query("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") != "1":
            assert time.monotonic() < deadline, "no replication"
            time.sleep(0.05)

    def promote(self) -> None:
        settings = self.data / "postgresql.auto.conf"
        settings.write_text(re.sub(r"(?m)^synchronous_standby_names.*\n", "", settings.read_text()))
        self.control("-w", "promote")
        self.query("SELECT pg_reload_conf()")


_shared: Server | None = None
_own: Postgres | None = None


def shared_server() -> Server:
    """The server that nobody mistreats: the one that GATHER_TEST_POSTGRES names, or one of the run's own."""
    global _shared, _own
    if _shared is None:
        url = os.environ.get("GATHER_TEST_POSTGRES")
        if not url:
            _own = Postgres()
        _shared = Server(url) if url else _own
    return _shared


def finish_shared_server() -> None:
    if _own:
        _own.finish()
