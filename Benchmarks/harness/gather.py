"""gatherchatd under measurement, on SQLite or on PostgreSQL, with default settings but for the limits that stand in the way."""

import shutil
import subprocess
from pathlib import Path

import processes
from server import Needs, Server, Setup
from world import WORLDS, World

# Flood control and counts would end a load that comes from one place and a few people.
LIMITS = {"command-rate": 0, "connections": 40000, "connections-per-person": 40000, "members-per-room": 10000, "rooms-per-person": 10000,
          "invite-codes-per-room": 10000, "login-grace": 3600}


def command(binary: Path, data: Path, setup: Setup, *more: str) -> list:
    limits = [word for name, value in LIMITS.items() for word in (f"--limits.{name}", str(value))]
    return [binary, "serve", "--data", data, "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", "--server-name", "bench.test",
            "--tls-cert", setup.certificate, "--tls-key", setup.key, *limits, *more]


def tls_port(process, folder: Path) -> int:
    line = processes.await_line(process, folder / "stdout", "gatherchatd ready ")
    return int(dict(word.split("=", 1) for word in line.split()[2:])["tls"].rsplit(":", 1)[1])


class Worlds:
    """What a daemon finds when it starts, made by its own binary when it is first asked for."""

    def __init__(self, binary: Path, setup: Setup, databases=None):
        self.binary, self.setup, self.databases = binary, setup, databases
        self.made: dict[str, World] = {}
        self.templates: dict[str, str] = {}

    def world(self, kind: str) -> World:
        if kind not in self.made:
            world = WORLDS[kind]()
            world.make(lambda data: self._launch(data, world.folder))
            self.made[kind] = world
        return self.made[kind]

    def _launch(self, data: Path, folder: Path):
        process = processes.start(command(self.binary, data, self.setup), folder)
        return tls_port(process, folder), lambda: processes.stop(process)

    def new_database(self, kind: str) -> str:
        """A copy of the world in PostgreSQL."""
        if kind not in self.templates:
            name = self.databases.new_database()
            subprocess.run([self.binary, "migrate", "--from", f"sqlite:{self.world(kind).data}/gather.sqlite", "--to", self.databases.url(name)],
                           check=True, capture_output=True)
            self.templates[kind] = name
        return self.databases.copy_database(self.templates[kind])


class Gather(Server):
    """`databases`: the PostgreSQL server, where it is not to use its embedded database. `beside`: a daemon whose database it shares."""

    dialect = "gather"
    patience = 12.0

    def __init__(self, name: str, worlds: Worlds, databases=None, beside: "Gather | None" = None):
        super().__init__(name, worlds.setup)
        self.worlds, self.databases, self.beside = worlds, databases, beside
        self.world: World | None = None
        self.database = None

    def prepare(self, needs: Needs) -> list:
        self.world = self.worlds.world(needs.world)
        data = self.folder / "data"
        if not self.databases:
            shutil.copytree(self.world.data, data)
            return command(self.worlds.binary, data, self.setup)
        data.mkdir()
        self.database = self.beside.database if self.beside else self.worlds.new_database(needs.world)
        return command(self.worlds.binary, data, self.setup, "--database", self.databases.url(self.database))

    def await_ready(self) -> None:
        self.port = tls_port(self.process, self.folder)

    def stop(self) -> None:
        super().stop()
        if self.database and not self.beside:
            self.databases.drop_database(self.database)
            self.database = None

    def load_words(self, needs: Needs) -> list[str]:
        # A replay of a whole history is asked for by JOIN's since=.
        join = ["--join", "since=0"] if needs.history else []
        return [*super().load_words(needs), "--tokens", str(self.world.token_file(needs.people)), "--prefix", needs.prefix, *join]

    def database_processes(self) -> list[int]:
        return self.databases.processes() if self.databases else []
