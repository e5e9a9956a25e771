"""A daemon under the library that counts, and what things cost there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import stacks
from counters import Counters
from daemon import Daemon
from people import People
from scenarios import Connection, Room

FEW, MANY = 10, 100
MESSAGES, BURST, LOGINS = 2_048, 64, 200

# Does a scenario so many times, say messages.
Scenario = Callable[[int], None]


@dataclass(frozen=True)
class Cost:
    """Of one of something."""

    allocations: float
    bytes: float

    def less(self, other: Cost, by: float = 1) -> Cost:
        return Cost(self.allocations - by * other.allocations, self.bytes - by * other.bytes)

    def over(self, number: float) -> Cost:
        return Cost(self.allocations / number, self.bytes / number)


class Laboratory:
    """Started in the constructor, and used after `prepare`. One event loop, so that the counts are those of any machine."""

    def __init__(self, folder: Path):
        self.counters = Counters(folder)
        self.daemon = Daemon(
            folder, "--loops", "1", "--log-level", "info", "--limits.command-rate", "0", "--limits.connections-per-person", "1000",
            prefix=self.counters.prefix)
        self.rooms = 0
        # A second.
        self.idle = Cost(0, 0)

    def prepare(self) -> None:
        self.counters.open()
        self.owner = People(self.daemon).log_in("bench")
        self.token = self.owner.ok("TOKEN ISSUE bench").fields[1]
        self.idle = self._measured(time.sleep, 4)

    def finish(self) -> None:
        self.daemon.kill()

    def costs(self) -> dict[str, Cost]:
        """Of everything that `count` has a figure for."""
        costs = {}
        for suffix, burst in (("", 1), (" burst", BURST)):
            few, many = self._cost_of_messages(FEW, burst), self._cost_of_messages(MANY, burst)
            costs["delivered" + suffix] = many.less(few).over(MANY - FEW)
            costs["message" + suffix] = few.less(costs["delivered" + suffix], FEW)
            costs["acknowledged" + suffix] = self._cost_of_messages(0, burst)
        costs["connection"] = self._cost_of_connections(None)
        costs["log-in"] = self._cost_of_connections(self.token).less(costs["connection"])
        return costs

    def sources(self, figure: str) -> str:
        """The stacks of what is measured for a figure: each with its share of one delivery, message or connection."""
        if figure in ("connection", "log-in"):
            return self._sources(self._connections(self.token if figure == "log-in" else None), 5, 5)
        kind, _, is_burst = figure.partition(" ")
        listeners = {"delivered": MANY, "message": FEW, "acknowledged": 0}[kind]
        burst = BURST if is_burst else 1
        with self._messages(listeners, burst) as messages:
            number = 2 * burst if is_burst else 10
            return self._sources(messages, number, number * listeners if kind == "delivered" else number)

    # -- scenarios

    @contextmanager
    def _messages(self, listeners: int, burst: int) -> Iterator[Scenario]:
        self.rooms += 1
        name = f"#bench{self.rooms}"
        self.owner.ok(f"CREATE {name}")
        self.owner.ok(f"LEAVE {name}")
        room = Room(self.daemon.tls, self.token, name, listeners)

        def say(number: int) -> None:
            for _ in range(number // burst):
                room.round(burst)

        # Until buffers have grown and statements are prepared.
        say(4 * BURST)
        yield say
        room.close()

    def _connections(self, token: str | None) -> Scenario:
        def connect(number: int) -> None:
            for _ in range(number):
                Connection(self.daemon.tls, token).close()

        connect(20)
        return connect

    # -- measuring

    def _cost_of_messages(self, listeners: int, burst: int) -> Cost:
        with self._messages(listeners, burst) as messages:
            return self._measured(messages, MESSAGES)

    def _cost_of_connections(self, token: str | None) -> Cost:
        return self._measured(self._connections(token), LOGINS)

    def _measured(self, scenario: Scenario, number: int) -> Cost:
        """What one of so many costs, without what the daemon does at the same time anyway."""
        time.sleep(0.2)
        before, begun = self.counters.now(), time.monotonic()
        scenario(number)
        time.sleep(0.1)  # for what comes after an answer
        counts = self.counters.now() - before
        return Cost(counts.allocations, counts.bytes).less(self.idle, time.monotonic() - begun).over(number)

    def _sources(self, scenario: Scenario, number: int, units: int) -> str:
        time.sleep(0.2)
        self.counters.sample()
        scenario(number)
        time.sleep(0.1)
        return stacks.report(self.daemon.process.pid, self.counters.stacks(), units)
