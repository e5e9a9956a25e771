"""The fault tests in full: `scripts/soak NAME [--rounds N] [--seed S]`."""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

os.environ["GATHER_TEST_STORE"] = "sqlite"  # each scenario names its own database

import test_mail as mail  # noqa: E402
import test_postgres_faults as faults  # noqa: E402
import test_postgres_network as network  # noqa: E402
import conftest  # noqa: E402
from certificates import Files, Pair  # noqa: E402
from daemon import Daemon  # noqa: E402
from mailserver import ScriptedServer  # noqa: E402
from postgres import Postgres  # noqa: E402
from proxy import Proxy  # noqa: E402
from test_certificates import reload_under_load  # noqa: E402

FLAGS = ("--limits.command-rate", "0", "--limits.connections-per-person", "1000")


class Stage:
    """What a scenario needs; everything is stopped at the end."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gather-soak-"))
        self.stops = []
        self._server = None

    @property
    def server(self) -> Postgres:
        if self._server is None:
            self._server = Postgres()
            self.stops.append(self._server.finish)
            self._server.database = self._server.new_database()
        return self._server

    def daemon(self, *flags: str) -> Daemon:
        folder = self.folder / f"daemon{len(self.stops)}"
        folder.mkdir()
        daemon = Daemon(folder, *FLAGS, *flags)
        self.stops.append(daemon.finish)
        return daemon

    def pair(self, url: str) -> conftest.Pair:
        pair = conftest.Pair(self.folder / f"pair{len(self.stops)}", url)
        self.stops.append(pair.finish)
        return pair

    def proxy(self) -> Proxy:
        proxy = Proxy(self.server.port)
        self.stops.append(proxy.finish)
        return proxy

    def finish(self):
        for stop in reversed(self.stops):
            stop()


def progress(words: str) -> None:
    print(f"{time.strftime('%T')} {words}", file=sys.stderr, flush=True)


def t1_sqlite(stage, chance, rounds):
    return {"messages": faults.kill_rounds([stage.daemon()], chance, rounds, progress=progress)}


def t1_postgres(stage, chance, rounds):
    daemon = stage.daemon("--database", stage.server.url(stage.server.database))
    return {"messages": faults.kill_rounds([daemon], chance, rounds, progress=progress)}


def t1_two_daemons(stage, chance, rounds):
    pair = stage.pair(stage.server.url(stage.server.database))
    return {"messages": faults.kill_rounds(pair.daemons, chance, rounds, progress=progress)}


def t4(stage, chance, rounds):
    proxy = stage.proxy()
    url = stage.server.url(stage.server.database, port=proxy.port, options="?sslmode=disable")
    faults.lost_commits(stage.daemon("--database", url), proxy, rounds, progress)
    return {"answers lost": proxy.lost}


def t5(stage, chance, rounds):
    faults.joins_under_load(stage.pair(stage.server.url(stage.server.database)), chance, rounds)
    return {"joins": rounds}


def t7(stage, chance, rounds):
    """Sessions terminated for 60 s, a stop of 30 s: the full figures."""
    results, pair = [], stage.pair(stage.server.url(stage.server.database))
    for number in range(rounds):
        for kind in faults.FAULTS:
            seconds = {"sessions terminated": 60, "stopped for a while": 30, "hangs for a while": 20}.get(kind, 0)
            results.append({"fault": kind, **faults.through_fault(
                pair.daemons, stage.server, kind, seconds, room=f"#load{len(results)}")})
            progress(f"round {number + 1} of {rounds}: {results[-1]}")
    return {"faults": len(results), "slowest recovery": max(result["recovered"] for result in results),
            "slowest witness": max(result["slowest witness"] for result in results), "rounds of faults": results}


def t8(stage, chance, rounds):
    alice, bob = faults.people_on_both(stage.pair(stage.server.url(stage.server.database)))
    took = faults.remote_delivery(alice, bob, rounds)
    return {"deliveries": rounds, "p50 ms": round(took[len(took) // 2] * 1000, 1),
            "p99 ms": round(took[len(took) * 99 // 100] * 1000, 1)}


def t9(stage, chance, rounds):
    results = []
    with network.three_hosts(stage.folder) as (database, daemons):
        for number in range(rounds):
            for kind, hosts in (("database", [database.host]), ("one daemon", [daemons[0].host])):
                seconds = chance.choice((3, 12, 20))
                results.append({"cut": kind, "seconds": seconds, **network.through_a_cut(
                    database, daemons, hosts, seconds, room=f"#load{len(results)}")})
                progress(f"round {number + 1} of {rounds}: {results[-1]}")
    return {"cuts": len(results), "slowest recovery": max(result["recovered"] for result in results), "rounds of cuts": results}


def t16(stage, chance, rounds):
    """A round is a sign-up while all places for mails hang."""
    server = ScriptedServer()
    stage.stops.append(server.finish)
    daemon = stage.daemon("--mail", mail.in_the_clear(server.port), "--limits.signups-per-address", "0")
    return mail.through_a_hang(daemon, server, chance.sample(mail.IN_THE_CLEAR_STAGES, 4), rounds)


def t18(stage, chance, rounds):
    files = Files(stage.folder, Pair())
    return {"handshakes": reload_under_load(stage.daemon(*files.flags), files, rounds, progress=progress)}


SCENARIOS = {
    "t1": (t1_sqlite, 200), "t1-postgres": (t1_postgres, 100), "t1-two-daemons": (t1_two_daemons, 100), "t4": (t4, 200),
    "t5": (t5, 200), "t7": (t7, 1), "t8": (t8, 1000), "t9": (t9, 10), "t16": (t16, 1000), "t18": (t18, 100),
}


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak")
    parser.add_argument("name", choices=SCENARIOS)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    scenario, rounds = SCENARIOS[options.name]
    rounds = options.rounds or rounds
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    progress(f"{options.name}: {rounds} rounds, seed {seed}")
    stage, begun = Stage(), time.monotonic()
    try:
        result = scenario(stage, random.Random(seed), rounds)
    finally:
        stage.finish()
    print(json.dumps({"name": options.name, "rounds": rounds, "seed": seed, "lost": 0, "repeated": 0,
                      "seconds": round(time.monotonic() - begun), **result}))


if __name__ == "__main__":
    main()
