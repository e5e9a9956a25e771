"""A server under measurement: started anew for each measurement, in a folder of its own on loopback."""

import socket
import time
from dataclasses import dataclass
from pathlib import Path

import processes


@dataclass(frozen=True)
class Setup:
    """What all servers of a run share."""

    load: Path
    certificate: Path
    key: Path


@dataclass(frozen=True)
class Needs:
    """What a scenario asks of a server. The last three matter to gatherchatd only, whose people and rooms exist before."""

    history: int = 0  # lines that the first room keeps and replays
    world: str = "chat"
    people: int = 256
    prefix: str = "bench"


# A room of 2,000 members.
CROWD = Needs(people=2000, prefix="crowd")


class Server:
    """Subclasses say how it is started, and which dialect it speaks."""

    dialect = "irc"
    user: str | None = None
    # Connections that the generator opens at a time. Those that let people in at a tick of a second need more.
    logins_at_once = 32
    patience = 1.0  # seconds after SIGTERM; what peers have is thrown away

    def __init__(self, name: str, setup: Setup):
        self.name, self.setup = name, setup
        self.port = 0
        self.process = None
        self.folder: Path | None = None

    def start(self, needs: Needs = Needs()) -> None:
        self.folder = processes.new_folder(self.name, self.user)
        self.port = free_port()
        command = self.prepare(needs)
        self.process = processes.start(command, self.folder, self.user)
        self.await_ready()

    def prepare(self, needs: Needs) -> list:
        """Writes what it needs into its folder; the command."""
        raise NotImplementedError

    def await_ready(self) -> None:
        await_port(self)

    def stop(self) -> None:
        if self.process:
            processes.stop(self.process, self.patience)
            self.process = None
        if self.folder:
            processes.remove(self.folder)
            self.folder = None

    @property
    def pid(self) -> int:
        return self.process.pid

    def load_words(self, needs: Needs) -> list[str]:
        """What the load generator has to know about it."""
        return ["--dialect", self.dialect, "--port", str(self.port), "--pid", str(self.pid), "--psspid", str(self.pid),
                "--concurrency", str(self.logins_at_once)]

    def database_processes(self) -> list[int]:
        return []


class Limit(Server):
    """A program that does fan-out and nothing else."""

    dialect = "limit"

    def __init__(self, name: str, setup: Setup, binary: Path):
        super().__init__(name, setup)
        self.binary = binary

    def prepare(self, needs: Needs) -> list:
        return [self.binary, "--port", self.port, "--cert", self.setup.certificate, "--key", self.setup.key]

    def await_ready(self) -> None:
        processes.await_line(self.process, self.folder / "stdout", " ready tls=")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(server: Server, limit: float = 30) -> None:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{server.name} does not answer on port {server.port}:\n{processes.words(server.folder)}")
