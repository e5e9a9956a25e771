"""Ergo as a peer, with its history in RAM, in SQLite or in PostgreSQL."""

import json
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from server import Needs, Server, Setup


class Ergo(Server):
    """`store`: ram, sqlite, or postgresql with the URL of an empty database that `new_database` makes for each start."""

    def __init__(self, name: str, setup: Setup, binary: Path, store: str, databases=None):
        super().__init__(name, setup)
        self.binary, self.store, self.databases = binary, store, databases
        self.database = None

    def prepare(self, needs: Needs) -> list:
        if self.databases:
            self.database = self.databases.new_database()
        configuration = self.folder / "ircd.yaml"
        # JSON is YAML.
        configuration.write_text(json.dumps(self.configuration(needs), indent=1))
        # Its schema is made before the clock runs.
        subprocess.run([self.binary, "initdb", "--conf", configuration, "--quiet"], cwd=self.folder, check=True, capture_output=True)
        return [self.binary, "run", "--conf", configuration, "--quiet"]

    def stop(self) -> None:
        super().stop()
        if self.database:
            self.databases.drop_database(self.database)
            self.database = None

    def database_processes(self) -> list[int]:
        return self.databases.processes() if self.databases else []

    def configuration(self, needs: Needs) -> dict:
        persistent = self.store != "ram"
        # Joins are lines of its history too, so it may hold more than what the scenario asks for.
        kept = 2 * needs.history or 2048
        return {
            "network": {"name": "bench"},
            "server": {
                "name": "irc.bench.test",
                "listeners": {f"127.0.0.1:{self.port}": {"tls": {"cert": str(self.setup.certificate), "key": str(self.setup.key)}}},
                "casemapping": "ascii", "lookup-hostnames": False, "check-ident": False, "coerce-ident": "~u", "max-sendq": "1g",
                "ip-cloaking": {"enabled": True, "netname": "irc", "cidr-len-ipv4": 32, "cidr-len-ipv6": 64, "num-bits": 64},
                "ip-limits": {"count": False, "throttle": False, "cidr-len-ipv4": 32, "cidr-len-ipv6": 64},
                "idle-timeouts": {"registration": "60s", "ping": "1h", "disconnect": "2h"},
            },
            "accounts": {
                "authentication-enabled": True, "registration": {"enabled": True, "bcrypt-cost": 4},
                "nick-reservation": {"enabled": True, "method": "strict", "guest-nickname-format": "Guest-*"}, "multiclient": {"enabled": True},
            },
            "channels": {"default-modes": "+nt", "max-channels-per-client": 100, "registration": {"enabled": True}},
            "logging": [{"method": "stderr", "type": "*", "level": "error"}],
            "lock-file": "", "datastore": {"path": "ircd.db", "autoupgrade": True, **self.datastore()},
            "languages": {"enabled": False},
            "limits": {"nicklen": 32, "identlen": 20, "channellen": 64, "awaylen": 390, "kicklen": 390, "topiclen": 390, "monitor-entries": 100,
                       "whowas-entries": 100, "chan-list-modes": 100, "registration-messages": 1024},
            "fakelag": {"enabled": False},
            "history": {
                "enabled": True, "channel-length": kept, "client-length": 256, "autoresize-window": "3d", "autoreplay-on-join": kept if needs.history else 0,
                "chathistory-maxmessages": 1000, "znc-maxmessages": 2048, "restrictions": {"expire-time": "1w", "query-cutoff": "none"},
                "persistent": {"enabled": persistent, "unregistered-channels": persistent, "registered-channels": "mandatory", "direct-messages": "opt-out"},
                "retention": {"allow-individual-delete": False},
            },
        }

    def datastore(self) -> dict:
        if self.store == "sqlite":
            return {"sqlite": {"enabled": True, "database-path": "history.db", "busy-timeout": "5s", "max-conns": 1}}
        if self.store == "postgresql":
            where = urlsplit(self.databases.url(self.database))
            return {"postgresql": {"enabled": True, "host": where.hostname, "port": where.port, "user": where.username, "ssl-mode": "disable",
                                   "history-database": self.database, "timeout": "3s", "max-conns": 4}}
        return {}
