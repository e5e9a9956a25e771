"""The fault tests in full: `scripts/soak NAME [--rounds N] [--seconds N] [--seed S]`."""

import argparse
import itertools
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

os.environ["GATHER_TEST_STORE"] = "sqlite"  # each scenario names its own database

import test_avatars as avatars  # noqa: E402
import test_descriptors as descriptors  # noqa: E402
import test_full_disk as full_disk  # noqa: E402
import test_life as life  # noqa: E402
import test_long_replays as replays  # noqa: E402
import test_mail as mail  # noqa: E402
import test_postgres_faults as faults  # noqa: E402
import test_postgres_network as network  # noqa: E402
import test_silent_peers as silent  # noqa: E402
import test_slow_readers as slow  # noqa: E402
import test_strict_durability as durability  # noqa: E402
import test_wall_clock as timers  # noqa: E402
import conftest  # noqa: E402
import mixture  # noqa: E402
from certificates import Files, Pair  # noqa: E402
from daemon import Daemon  # noqa: E402
from footprint import LiveMemory  # noqa: E402
from mailserver import ScriptedServer  # noqa: E402
from people import People, make_room, resumed  # noqa: E402
from postgres import Postgres  # noqa: E402
from proxy import Proxy  # noqa: E402
from small_disk import SmallDisk  # noqa: E402
from test_certificates import reload_under_load  # noqa: E402
from wall_clock import HOUR, DAY, Clock, build_shim  # noqa: E402

FLAGS = ("--limits.command-rate", "0", "--limits.connections-per-person", "1000")


class Stage:
    """What a scenario needs; everything is stopped at the end."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gather-soak-"))
        self.stops = []
        self.numbers = itertools.count()
        self._server = None

    @property
    def server(self) -> Postgres:
        if self._server is None:
            self._server = Postgres()
            self.stops.append(self._server.finish)
            self._server.database = self._server.new_database()
        return self._server

    def daemon(self, *flags: str, **options) -> Daemon:
        folder = self.folder / f"daemon{next(self.numbers)}"
        folder.mkdir()
        daemon = Daemon(folder, *FLAGS, *flags, **options)
        self.stops.append(daemon.finish)
        return daemon

    def pair(self, url: str) -> conftest.Pair:
        pair = conftest.Pair(self.folder / f"pair{next(self.numbers)}", url)
        self.stops.append(pair.finish)
        return pair

    def proxy(self) -> Proxy:
        proxy = Proxy(self.server.port)
        self.stops.append(proxy.finish)
        return proxy

    def finish(self):
        while self.stops:
            self.stops.pop()()


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


def t2(stage, chance, rounds):
    """A round is 2,000 messages under strace: each after the other, and many at once."""
    for number in range(rounds):
        life.test_t2_no_ok_leaves_before_its_batch_is_synced(stage.daemon)
        durability.test_t2_each_message_is_written_and_synced_before_its_ok(stage.daemon)
        stage.finish()
        progress(f"round {number + 1} of {rounds}: {2_000 * (number + 1)} messages, each synced before its OK")
    return {"messages": 2_000 * rounds}


def t3(stage, chance, rounds):
    """A connection is cut after MSG was read and before its OK leaves; the same line again: one copy, same id."""
    daemon = stage.daemon()
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    access = alice.ok("TOKEN ISSUE t3").fields[1]
    for number in range(rounds):
        line = f"@once=k{number} MSG #a text {number}"
        first = daemon.connect(tls=chance.random() < 0.5)
        first.ok(f"RESUME {access}")
        first.send(line)
        time.sleep(chance.choice((0, 0, 0.0005, 0.002)))
        first.reset()
        second = resumed(daemon, access)
        assert second.ok(line).fields[1] == str(number + 1), f"round {number}"
        second.close()
        daemon.clients.clear()
        if number % 100 == 99:
            progress(f"round {number + 1} of {rounds}")
    read = []
    while rows := alice.ok(f"HISTORY #a since={len(read)} limit=1000").rows:
        read += [(row.fields[1], row.text) for row in rows]
    assert read == [(str(number + 1), f"text {number}") for number in range(rounds)]
    return {"cuts": rounds}


def t4(stage, chance, rounds):
    proxy = stage.proxy()
    url = stage.server.url(stage.server.database, port=proxy.port, options="?sslmode=disable")
    faults.lost_commits(stage.daemon("--database", url), proxy, rounds, progress)
    return {"answers lost": proxy.lost}


def t5(stage, chance, rounds):
    faults.joins_under_load(stage.pair(stage.server.url(stage.server.database)), chance, rounds)
    progress(f"{rounds} joins; now one of 100,000 lines over 100 KiB a second")
    return {"joins": rounds, "the long one": replays.long_replay(stage.daemon(), 100_000, 2**62)}


def t6(stage, chance, rounds):
    """A round is one of: no space left, or a limit on the size of files; for up to ten seconds."""
    folder = stage.folder / "small"
    disk = SmallDisk(folder / "data")
    stage.stops.append(disk.finish)
    daemon = Daemon(folder, *full_disk.FLAGS, "--limits.signups-per-address", "0")
    stage.stops.append(daemon.finish)
    return full_disk.rounds_of_faults(daemon, disk, chance, rounds, progress)


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


def t10(stage, chance, rounds):
    """A round is 100,000 messages at 2,000 a second, then some at a rate at which each comes alone."""
    results, daemon = [], stage.daemon()
    for number in range(rounds):
        results += [slow.slow_readers(daemon, chance, slow.FULL, progress, 2 * number),
                    slow.slow_readers(daemon, chance, slow.ONE_BY_ONE, progress, 2 * number + 1)]
    return {"rounds of readers": results}


def t11(stage, chance, rounds):
    """A round is all kinds at all doors at once."""
    results, daemon = [], stage.daemon("--limits.login-grace", str(silent.FULL.grace))
    for number in range(rounds):
        results.append(silent.silent_peers(daemon, silent.FULL, progress, number))
        progress(f"round {number + 1} of {rounds}: {results[-1]}")
        for door in silent.DOORS:
            silent.check(results[-1], door, silent.FULL)
    return {"rounds of peers": results}


def t12(stage, chance, rounds):
    """A round is a connection of six kinds; before these, more come than there are descriptors."""
    overrun = {}
    for come in descriptors.WAYS:
        overrun[come.__name__] = descriptors.overrun(descriptors.a_daemon_with_few(stage.daemon), come, 400)
        progress(f"400 connections, {come.__name__}: {overrun[come.__name__]}")
    overrun["welcome and refused"] = descriptors.full_house(descriptors.a_daemon_with_few(stage.daemon), chance, 400, 100)
    progress(f"400 connections, 100 leave: {overrun['welcome and refused']}")
    live = LiveMemory(stage.folder)
    kinds = descriptors.come_and_go(stage.daemon(prefix=live.prefix), chance, rounds, live, progress=progress)
    return {"six kinds": kinds, "few descriptors": overrun}


def t13(stage, chance, rounds):
    """A round is each of the four jumps, and the short one that tokens must outlive."""
    shim = build_shim(stage.folder)

    def timed(*flags):
        clock = Clock(stage.folder / f"offset{next(stage.numbers)}")
        return stage.daemon(*flags, prefix=clock.prefix(shim)), clock

    for number in range(rounds):
        for jump in (-HOUR, HOUR, 400 * DAY, 4200 * DAY):
            timers.test_t13_a_jump_of_the_wall_clock_disconnects_nobody(timed, jump)
        timers.test_t13_a_short_jump_revives_and_loses_no_token(timed)
        stage.finish()
        progress(f"round {number + 1} of {rounds}")
    return {"jumps": 4 * rounds, "disconnects": 0}


def t16(stage, chance, rounds):
    """A round is a sign-up while all places for mails hang."""
    server = ScriptedServer()
    stage.stops.append(server.finish)
    daemon = stage.daemon("--mail", mail.in_the_clear(server.port), "--limits.signups-per-address", "0")
    return mail.through_a_hang(daemon, server, chance.sample(mail.IN_THE_CLEAR_STAGES, 4), rounds)


def t17(stage, chance, rounds):
    """A round is every hostile picture, a worker killed at work, and a hundred uploads at once."""
    for number in range(rounds):
        for test in (avatars.test_hostile_pictures_harm_nobody, avatars.test_a_worker_that_is_killed_ends_its_upload_only,
                     avatars.test_a_hundred_uploads_at_once_wait_their_turn):
            test(stage.daemon)
        stage.finish()
        progress(f"round {number + 1} of {rounds}")
    return {"uploads": 112 * rounds}


def t18(stage, chance, rounds):
    files = Files(stage.folder, Pair())
    return {"handshakes": reload_under_load(stage.daemon(*files.flags), files, rounds, progress=progress)}


def t19(stage, chance, rounds, *database, server=None):
    files, live = Files(stage.folder, Pair()), LiveMemory(stage.folder)
    daemon = stage.daemon(*mixture.FLAGS, *files.flags, *database, prefix=live.prefix)
    return mixture.mixture(daemon, chance, rounds, files, live, server, progress)


def t19_postgres(stage, chance, rounds):
    return t19(stage, chance, rounds, "--database", stage.server.url(stage.server.database), server=stage.server)


# Each with its rounds in full.
SCENARIOS = {
    "t1": (t1_sqlite, 200),
    "t1-postgres": (t1_postgres, 100),
    "t1-two-daemons": (t1_two_daemons, 100),
    "t2": (t2, 5),
    "t3": (t3, 200),
    "t4": (t4, 200),
    "t5": (t5, 200),
    "t6": (t6, 100),
    "t7": (t7, 1),
    "t8": (t8, 1000),
    "t9": (t9, 10),
    "t10": (t10, 1),
    "t11": (t11, 1),
    "t12": (t12, 100_000),
    "t13": (t13, 5),
    "t16": (t16, 1000),
    "t17": (t17, 20),
    "t18": (t18, 100),
    "t19": (t19, 120),
    "t19-postgres": (t19_postgres, 120),
}


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak")
    parser.add_argument("name", choices=SCENARIOS)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, help="how long, in place of --rounds: t19 alone, whose rounds take 30 s")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    if options.seconds and not options.name.startswith("t19"):
        parser.error("--seconds is for t19")
    scenario, rounds = SCENARIOS[options.name]
    rounds = options.rounds or (options.seconds or 0) // mixture.ROUND_SECONDS or rounds
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
