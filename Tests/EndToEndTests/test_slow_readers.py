"""T10: those who do not read, or hardly, cost the others neither a message nor their time, and the server no memory."""

import socket
import ssl
import threading
import time
from dataclasses import dataclass

from checker import Record, difference
from client import Client
from footprint import MIB, Footprint, Machine, Peak, given_back, is_sanitized
from load import Witness
from peers import FarTransport, seeded
from people import People, make_room, resumed
from test_watching import Scrape


@dataclass(frozen=True)
class Figures:
    deaf: int  # joined, and never read
    dripping: int  # joined, and read 100 bytes a second
    asking: int  # send HISTORY in a loop, and never read
    listeners: int
    messages: int
    rate: int  # a second
    text: int  # bytes of a message
    most_memory: int  # KiB more than before


SHORT = Figures(60, 6, 2, 5, 4_000, 400, 200, 48 * MIB)
SHORT_FLAGS = ("--limits.reader-queue", "131072")
FULL = Figures(500, 50, 20, 10, 100_000, 2_000, 200, 192 * MIB)
# Messages that come one by one wait in many small pieces.
ONE_BY_ONE = Figures(500, 50, 0, 10, 12_000, 200, 200, 192 * MIB)
FLAGS = ("--limits.command-rate", "0", "--limits.connections-per-person", "1000")


class Talker(threading.Thread):
    """Says unique texts at a steady rate; each tells when it was sent."""

    def __init__(self, client, room: str, figures: Figures, share: int):
        super().__init__(daemon=True)
        self.label, self.client, self.room, self.bytes = client.person, client, room, figures.text
        self.count, self.rate = figures.messages // share, figures.rate / share
        self.attempted: list[str] = []
        self.acknowledged: dict[int, str] = {}
        self.problem: Exception | None = None
        self.rest = b""

    def run(self):
        try:
            self.begun = time.monotonic()
            while len(self.acknowledged) < self.count:
                self.say_what_is_due()
                self.take_answers()
        except Exception as problem:
            self.problem = problem

    def due(self, number: int) -> float:
        return self.begun + number / self.rate

    def say_what_is_due(self) -> None:
        lines = []
        while len(self.attempted) < self.count and self.due(len(self.attempted)) <= time.monotonic():
            word = f"{self.label}-{len(self.attempted)}"
            text = f"{word} {time.monotonic():.6f} "
            lines.append(f"MSG {self.room} {text:x<{self.bytes}}\n")
            self.attempted.append(word)
        if lines:
            self.client.transport.send("".join(lines).encode())

    def take_answers(self) -> None:
        wait = 30 if len(self.attempted) == self.count else self.due(len(self.attempted)) - time.monotonic()
        try:
            data = self.client.transport.receive(max(wait, 0.005))
        except TimeoutError:
            assert wait < 30, "answers are missing"
            return
        assert data, "the connection ended"
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            assert line.startswith(b"OK MSG "), line
            self.acknowledged[int(line.split(b" ", 4)[3])] = self.attempted[len(self.acknowledged)]


class Hearer(threading.Thread):
    """Listens as a healthy client does: what it read in which order, and how long after it was sent."""

    def __init__(self, client, room: str, count: int):
        super().__init__(daemon=True)
        self.client, self.count = client, count
        self.mark = f" MSG {room} :".encode()
        client.ok("SET TAGS ON")
        client.ok(f"JOIN {room} since=0")
        self.read: list[tuple[int, str]] = []
        self.late: list[float] = []
        self.problem: Exception | None = None

    def run(self):
        try:
            self.hear()
        except Exception as problem:
            self.problem = problem

    def hear(self) -> None:
        rest = b""
        while len(self.read) < self.count:
            data = self.client.transport.receive(60)
            assert data, f"a healthy listener's connection ended: {rest[-200:]!r}"
            now = time.monotonic()
            *lines, rest = (rest + data).split(b"\r\n")
            for line in lines:
                head, found, text = line.partition(self.mark)
                if found:
                    word, sent, _ = text.split(b" ", 2)
                    number = int(head.partition(b"msgid=")[2].split(b" ")[0])
                    assert number == len(self.read) + 1, f"{number} was heard after {self.read[-1:]}"
                    self.read.append((number, word.decode()))
                    self.late.append(now - float(sent))


class Sluggards(threading.Thread):
    """Those who do not read: most are left alone, some take a few bytes each second, some ask and ask."""

    def __init__(self, daemon, token: str, room: str, figures: Figures):
        super().__init__(daemon=True)
        self.room, self.stopping = room, threading.Event()
        self.deaf = [self.joined(daemon, token) for _ in range(figures.deaf)]
        self.dripping = [self.joined(daemon, token) for _ in range(figures.dripping)]
        self.asking = [resumed(daemon, token) for _ in range(figures.asking)]
        for client in self.asking:
            client.transport.socket.setblocking(False)
        self.asked = 0

    def joined(self, daemon, token: str) -> Client:
        client = Client(FarTransport(daemon.tls))
        client.ok(f"RESUME {token}"), client.ok(f"JOIN {self.room}")
        return client

    def run(self):
        while not self.stopping.wait(1):
            for client in self.dripping:
                client.transport.socket.setblocking(False)
                try:
                    # The bytes as they come, whatever TLS makes of them.
                    socket.socket.recv(client.transport.socket, 100)
                except OSError:
                    pass
            for client in self.asking:
                self.ask(client)

    def ask(self, client) -> None:
        line = f"HISTORY {self.room} limit=1000\n".encode()
        try:
            for _ in range(1000):
                client.transport.socket.send(line)
                self.asked += 1
        except (ssl.SSLError, OSError):
            pass  # it is not read from any more, as it does not read, or was closed

    def finish(self) -> None:
        self.stopping.set()
        self.join(10)
        for client in [*self.deaf, *self.dripping, *self.asking]:
            client.close()


def slow_readers(daemon, chance, figures: Figures, progress=lambda words: None, number: int = 0) -> dict:
    """T10: 0 lost, 0 repeated, one order; p99 within a second; a witness answered; memory bounded; all given back.

    `number` tells the rounds on one daemon apart."""
    room, people = f"#t10-{number}", People(daemon)
    *talking, listener, healthy = people.all(*(f"{name}-{number}" for name in ("anna", "ben", "cleo", "dora", "listener", "healthy")))
    make_room(talking[0], room, *talking[1:], listener)
    healthy.ok(f"CREATE #witness-{number}")
    token = listener.ok("TOKEN ISSUE t10").fields[1]
    for client in (*talking, listener):
        client.ok(f"LEAVE {room}")
    closed_before, before = slow_ones_closed(daemon), Footprint.of(daemon)
    hearers = [Hearer(resumed(daemon, token), room, figures.messages) for _ in range(figures.listeners)]
    witness = Witness(daemon, healthy.ok("TOKEN ISSUE t10").fields[1], f"#witness-{number}")
    sluggards = Sluggards(daemon, token, room, figures)
    progress(f"before {before}; with all peers {Footprint.of(daemon)}")
    talkers = [Talker(client, room, figures, len(talking)) for client in talking]
    chance.shuffle(talkers)
    with Peak(daemon) as peak, Machine() as machine:
        for thread in [*hearers, witness, sluggards, *talkers]:
            thread.start()
        seconds = await_all([*talkers, *hearers], figures.messages / figures.rate + 60, hearers[0], peak, progress)
    witness.stopping.set()
    witness.join(60)
    replay = check(daemon, token, room, talkers, hearers, witness)
    closed = slow_ones_closed(daemon) - closed_before
    sluggards.finish()
    for client in [*(hearer.client for hearer in hearers), witness.client]:
        client.close()
    after = given_back(daemon, before)
    late = sorted(moment for hearer in hearers for moment in hearer.late)
    p99, slowest = late[len(late) * 99 // 100], max(witness.slowest, witness.slowest_ping)
    result = {"messages": len(replay), "seconds": round(seconds, 1), "p50 ms": round(late[len(late) // 2] * 1000, 1),
              "p99 ms": round(p99 * 1000, 1), "slowest ms": round(late[-1] * 1000, 1), "slowest witness": round(slowest, 3),
              "machine late ms": round(machine.latest * 1000, 1), "slow ones closed": closed, "unread HISTORY": sluggards.asked,
              "before": str(before), "after": str(after), "most MiB more": round((peak.memory - before.memory) / MIB, 1)}
    progress(str(result))
    assert p99 <= machine.within(1), result
    assert slowest <= machine.within(1), result
    assert is_sanitized() or peak.memory - before.memory <= figures.most_memory, result
    assert closed >= figures.deaf + figures.dripping, f"all who did not read were closed: {result}"
    return result


def slow_ones_closed(daemon) -> int:
    return int(Scrape(daemon.web)["gather_slow_readers_closed_total"])


def await_all(threads, patience: float, hearer: Hearer, peak: Peak, progress) -> float:
    """Waits for all to be done; each 10 s it tells how far they are."""
    begun = told = time.monotonic()
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            if thread.problem:
                raise thread.problem
        assert time.monotonic() < begun + patience, f"{len(hearer.read)} of {hearer.count} were heard"
        if time.monotonic() > told + 10:
            told = time.monotonic()
            progress(f"{len(hearer.read)} of {hearer.count} messages heard, {peak.memory / MIB:.0f} MiB at the most")
        time.sleep(0.05)
    for thread in threads:
        if thread.problem:
            raise thread.problem
    return time.monotonic() - begun


def check(daemon, token: str, room: str, talkers, hearers, witness) -> list[tuple[int, str]]:
    """What was acknowledged, and only that, was heard by everybody in the order of the replay."""
    assert witness.problem is None, witness.problem
    record = Record()
    for talker in talkers:
        record.add(talker)
    reader, replay = resumed(daemon, token), []
    while rows := reader.ok(f"HISTORY {room} since={len(replay)} limit=1000", timeout=60).rows:
        replay += [(int(row.fields[1]), row.text.split(" ", 1)[0]) for row in rows]
    reader.close()
    record.check(replay)
    assert len(replay) == sum(talker.count for talker in talkers)
    for hearer in hearers:
        assert hearer.read == replay, difference(hearer.read, replay)
    return replay


def test_t10_nobody_waits_for_those_who_do_not_read(own, capsys):
    """T10: 500 joined connections that never read …: 60 here, 500 by scripts/soak t10"""
    daemon = own(*FLAGS, *SHORT_FLAGS)
    result = slow_readers(daemon, seeded(capsys, "T10"), SHORT)
    with capsys.disabled():
        print(f"T10 {result}")
