"""All servers of a run by their names: what was asked for, and what can be had."""

import argparse
import sys
from pathlib import Path

import building
import databases
import debian
import processes
from ergo import Ergo
from gather import Gather, Worlds
from irc_servers import Hybrid, InspIRCd, NgIRCd
from server import Limit, Server, Setup


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gatherchatd", metavar="PATH", help="a release binary; built if not given")
    parser.add_argument("--before", metavar="PATH", help="a second daemon to compare with in the same run")
    parser.add_argument("--limit-nio", metavar="PATH", help="the release binary of LimitNIO; built if not given")
    parser.add_argument("--inspircd", metavar="PATH", help="InspIRCd of your own; Debian's if not given")
    parser.add_argument("--inspircd-tls", choices=["openssl", "gnutls"], help="the module it uses; OpenSSL's if it is there")
    parser.add_argument("--ergo", metavar="PATH", help="Ergo 2.18 or newer; left out if not given")
    parser.add_argument("--ngircd", metavar="PATH", help="ngIRCd of your own")
    parser.add_argument("--servers", metavar="NAME,…", help="only these, such as gather,limit,ergo-ram")


class Fleet:
    """Nothing is built or installed before a server that needs it is asked for."""

    def __init__(self, options):
        self.options = options
        self.wanted = options.servers.split(",") if options.servers else None
        folder = processes.new_folder("certificate")
        certificate, key = building.certificate(folder)
        self.setup = Setup(building.compile_c("load", "Load"), certificate, key)
        self.servers: dict[str, Server | None] = {}
        self._worlds: dict[str, Worlds] = {}
        self._databases = None

    def get(self, names) -> list[Server]:
        return [server for name in names if (server := self._server(name))]

    def _server(self, name: str) -> Server | None:
        if self.wanted is not None and name not in self.wanted:
            return None
        if name not in self.servers:
            self.servers[name] = self._make(name)
        return self.servers[name]

    def _make(self, name: str) -> Server | None:
        kind, _, store = name.partition("-")
        if name == "limit":
            return Limit(name, self.setup, building.compile_c("limit", "LimitC"))
        if name == "limit-nio":
            return Limit(name, self.setup, building.program(self.options.limit_nio, "LimitNIO"))
        if kind in ("gather", "before"):
            worlds = self.worlds(kind)
            if worlds and store == "pg":
                worlds.databases = self.database_server
            return Gather(name, worlds, worlds.databases if store == "pg" else None) if worlds else None
        if kind == "ergo":
            return self._ergo(name, store) if self.options.ergo else None
        return self._irc(name)

    def _ergo(self, name: str, store: str) -> Server:
        binary = building.named(self.options.ergo)
        return Ergo(name, self.setup, binary, "postgresql" if store == "pg" else store, self.database_server if store == "pg" else None)

    def _irc(self, name: str) -> Server | None:
        given = getattr(self.options, name, None)
        binary = building.named(given) if given else debian.find(name)
        if binary is None:
            return None
        if name == "inspircd":
            return InspIRCd(name, self.setup, binary, self.options.inspircd_tls)
        return {"ngircd": NgIRCd, "hybrid": Hybrid}[name](name, self.setup, binary)

    def worlds(self, kind: str = "gather") -> Worlds | None:
        """None without --before."""
        if kind not in self._worlds:
            if kind == "before" and not self.options.before:
                return None
            binary: Path = building.named(self.options.before) if kind == "before" else building.program(self.options.gatherchatd, "gatherchatd")
            self._worlds[kind] = Worlds(binary, self.setup)
        return self._worlds[kind]

    @property
    def database_server(self):
        if self._databases is None:
            self._databases = databases.start()
        return self._databases

    def finish(self) -> None:
        for server in self.servers.values():
            if server and server.process:
                try:
                    server.stop()
                except Exception as problem:
                    print(f"{server.name}: {problem}", file=sys.stderr)
        if self._databases:
            self._databases.finish()
