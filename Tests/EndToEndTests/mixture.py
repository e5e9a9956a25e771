"""T19: a thousand people for hours, and every 30 s a fault that chance chooses; nothing may grow with time."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from audience import Audience, Member
from certificates import Pair
from checker import Record
from footprint import MIB, Footprint, LiveMemory, Machine, given_back
from load import PatientSender, Witness
from peers import Crowd, read_until, reset, secured
from people import People, make_room, resumed
from test_certificates import hang_up
from test_descriptors import Kinds, run_all
from test_postgres_faults import terminate_for
from test_silent_peers import DOORS, Figures, beset

ROOMS, CONNECTIONS, RATE = 20, 1_000, 50
ROUND_SECONDS = 30
BIG, BIG_LINES = "#big", 20_000
# MiB between the first quarter and the last. The allocator keeps some of what it once had.
MOST_GROWN = {"MiB by quarters": 48, "MiB in use by quarters": 8}
FLAGS = ("--limits.command-rate", "0", "--limits.connections-per-person", "1000", "--limits.tokens-per-person", "100")
SILENT = Figures(100, 50, 20, 2, 600, 70)
# Each is answered with a FAIL; what follows is read as if it had not been.
BROKEN = (b"PING " + b"x" * 8_190, b"PING a\0b", b"PING a\rb", b"PING \xff\xfe", b"PING \xe2\x80\xa8", b"MSG", b"AVATAR DATA !",
          b"@" + b"a;" * 5_000 + b" PING x", b"JOIN #a since=99999999999999999999", b"NOTHING", b"LOGIN somebody", b"PING " + b"\x1b[2J")


class Keys:
    """Access tokens, renewed before their hour is over."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.kept: dict[str, tuple[str, str, float]] = {}

    def issue(self, client) -> None:
        self.keep(client.person, client.ok("TOKEN ISSUE t19"))

    def keep(self, name: str, answer) -> None:
        self.kept[name] = answer.fields[1], answer.fields[3], time.monotonic()

    def __getitem__(self, name: str) -> str:
        return self.kept[name][0]

    def renew(self) -> None:
        old = [name for name, (_, _, begun) in self.kept.items() if time.monotonic() > begun + 1_200]
        if old:
            client = self.daemon.connect()
            for name in old:
                self.keep(name, client.ok(f"TOKEN REFRESH {self.kept[name][1]}"))
            client.close()


class Mixture:
    def __init__(self, daemon, chance, files, live: LiveMemory, server=None, progress=lambda words: None):
        self.daemon, self.chance, self.files, self.live, self.progress = daemon, chance, files, live, progress
        self.faults = {"clients killed": self.clients_killed, "reconnect storm": self.reconnect_storm, "slow readers": self.slow_readers,
                       "SIGHUP": self.certificate_renewed, "broken lines": self.broken_lines, "big joins": self.big_joins,
                       "silent peers": self.silent_peers, "six kinds": self.six_kinds}
        if server:
            self.faults["sessions terminated"] = lambda: terminate_for(server, 10)
        self.samples: list[Footprint] = []
        self.live_bytes: list[int] = []
        self.done: Counter[str] = Counter()
        self.slowest, self.machine = 0.0, Machine()
        self.machine.start()
        self.keys = Keys(daemon)
        self.prepare()

    # -- people

    def prepare(self) -> None:
        """People, rooms and a long history; then everybody listens and talks."""
        people, members = People(self.daemon), []
        for number in range(ROOMS):
            talker, listener = people.all(f"talker{number}", f"listener{number}")
            make_room(talker, f"#r{number}", listener)
            self.keys.issue(talker), self.keys.issue(listener)
            if number == 0:
                self.write_history(talker, listener)
                talker.ok("CREATE #witness")
                make_room(talker, "#t12", listener)
            talker.close(), listener.close()
            members += [Member(f"#r{number}", listener.person) for _ in range(CONNECTIONS // ROOMS)]
        self.audience = Audience(self.daemon, members, lambda member: self.keys[member.name])
        self.audience.start()
        self.audience.restore()
        self.witness = Witness(self.daemon, self.keys["talker0"], "#witness")
        self.senders = [
            PatientSender(f"talker{number}", self.daemon, f"#r{number}", self.keys[f"talker{number}"], 1, ROOMS / RATE)
            for number in range(ROOMS)]
        for thread in [self.witness, *self.senders]:
            thread.start()

    @staticmethod
    def write_history(talker, listener) -> None:
        make_room(talker, BIG, listener)
        for at in range(0, BIG_LINES, 400):
            talker.send_all([f"MSG {BIG} {at + number} {'x' * 60}" for number in range(400)])
            for _ in range(400):
                assert talker.answer(60).ok
        listener.ok(f"LEAVE {BIG}")

    def some(self, count: int) -> list[Member]:
        return self.chance.sample(self.audience.members, count)

    # -- faults

    def clients_killed(self) -> None:
        for member in self.some(200):
            self.audience.drop(member)

    def reconnect_storm(self) -> None:
        for member in self.audience.members:
            self.audience.drop(member, how=self.chance.choice((lambda one: one.close(), reset)))
        self.audience.restore()

    def slow_readers(self) -> None:
        """They stop reading, ask for more, and hear a flood; some are closed for it, others read on in the end.

        Always those of one room: a connection keeps the buffers that it once needed."""
        room = "#r0"
        slow = [member for member in self.audience.members if member.room == room.encode()]
        for member in slow:
            self.audience.pause(member)
        for member in slow[:10]:
            try:
                member.socket.send(f"@label=h HISTORY {room} limit=1000\n".encode() * 200)
            except OSError:
                pass
        flood = PatientSender(f"flood{self.done.total()}-{'x' * 900}", self.daemon, room, self.keys["talker0"], 50, 0)
        self.senders.append(flood)
        flood.start()
        wanted, deadline = self.chance.randint(1_000, 5_000), time.monotonic() + 20
        while len(flood.acknowledged) < wanted and flood.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        flood.stopping.set()
        flood.join(60)
        flood.client.close()
        for member in slow:
            self.audience.go_on(member)

    def certificate_renewed(self) -> None:
        for _ in range(5):
            self.files.write(Pair())
            hang_up(self.daemon, "certificate reloaded")

    def broken_lines(self) -> None:
        with ThreadPoolExecutor(8) as crowd:
            list(crowd.map(self.break_lines, [self.chance.randbytes(200) for _ in range(100)]))

    def break_lines(self, noise: bytes) -> None:
        with secured(self.daemon.tls, 30) as peer:
            for line in BROKEN:
                peer.sendall(line + b"\n")
                read_until(peer, b"FAIL ")
            # What comes of this is chance; the line after it is answered, unless it happened to say good-bye.
            peer.sendall(noise.replace(b"\n", b"") + b"\nPING still\n")
            read_until(peer, b"OK PING still\r\n")
            if noise[0] % 4 == 0:
                try:
                    peer.sendall(b"x" * 1_500_000)
                    read_until(peer, b"ERROR :")
                except (ConnectionError, AssertionError):
                    pass  # it was closed while we went on

    def big_joins(self) -> None:
        with ThreadPoolExecutor(10) as crowd:
            list(crowd.map(self.join_slowly, range(10)))

    def join_slowly(self, _) -> None:
        """100 KiB a second at first, then all that is left."""
        with secured(self.daemon.tls, 60) as peer:
            peer.sendall(f"RESUME {self.keys['listener0']}\nJOIN {BIG} since=0\n".encode())
            first = []
            for _ in range(40):
                first.append(peer.recv(10_240))
                time.sleep(0.1)
            data = b"".join(first) + read_until(peer, b"\r\nOK JOIN ")
            ids = [int(line.split(b" ", 3)[2]) for line in data.split(b"\r\n") if line.startswith(b"HISTORY ")]
            assert ids == list(range(1, BIG_LINES + 1)), f"{len(ids)} rows of a long replay"

    def silent_peers(self) -> None:
        crowd = Crowd(SILENT.pause)
        crowd.start()
        for door in DOORS:
            beset(self.daemon, door, SILENT, crowd)
        time.sleep(15)
        crowd.finish()

    def six_kinds(self) -> None:
        kinds = Kinds(self.daemon, self.keys["listener0"])
        run_all(kinds, [self.chance.choice(list(kinds.all)) for _ in range(600)], 4, self.progress)

    # -- rounds

    def round(self, number: int, rounds: int) -> None:
        begun, answered = time.monotonic(), len(self.witness.answers)
        self.witness.slowest_ping = self.machine.latest = 0.0
        self.keys.renew()
        name = self.chance.choice(list(self.faults))
        self.faults[name]()
        back = self.audience.restore()
        self.check_threads()
        time.sleep(max(0, begun + ROUND_SECONDS - time.monotonic()))
        self.audience.await_all(self.newest())
        self.check_threads()
        self.audience.forgive_nothing()
        self.samples.append(self.sample())
        self.live_bytes.append(self.live.least())
        self.done[name] += 1
        slowest = max([self.witness.slowest_ping, *(took for _, took, _ in self.witness.answers[answered:])])
        self.slowest = max(self.slowest, slowest)
        self.progress(f"round {number} of {rounds}: {name}; {back} came back, {self.samples[-1]}, {self.live_bytes[-1] >> 20} MiB in use, "
                      f"slowest witness {slowest:.3f} s, machine {self.machine.latest:.3f} s late, {sum(self.newest().values())} messages")
        assert slowest <= self.machine.within(5 if name == "sessions terminated" else 1), f"the witness waited {slowest:.1f} s ({name})"

    def sample(self) -> Footprint:
        """All are here, and nobody else."""
        if not self.samples:
            return Footprint.of(self.daemon)
        return given_back(self.daemon, self.samples[0], 30)

    def newest(self) -> dict[bytes, int]:
        newest = {f"#r{number}".encode(): 0 for number in range(ROOMS)}
        for sender in self.senders:
            newest[sender.room.encode()] = max(newest[sender.room.encode()], max(sender.acknowledged, default=0))
        return newest

    def check_threads(self) -> None:
        assert self.daemon.process.poll() is None, f"the daemon ended with {self.daemon.process.returncode}"
        for thread in [self.audience, self.witness, *self.senders]:
            if thread.problem:
                raise thread.problem

    def finish(self) -> dict:
        """Nothing was lost or repeated in any room, and the last quarter is like the first."""
        for thread in [*self.senders, self.witness]:
            thread.stopping.set()
        for thread in [*self.senders, self.witness]:
            thread.join(90)
        self.check_threads()
        self.audience.await_all(self.newest())
        self.audience.finish()
        for number in range(ROOMS):
            self.check_room(f"#r{number}")
        sockets = [sample.sockets for sample in self.samples]
        result = {"messages": sum(self.newest().values()), "faults": dict(self.done), "slow ones closed": self.audience.closed,
                  "slowest witness": round(self.slowest, 3), "MiB by quarters": quarters([sample.memory / MIB for sample in self.samples]),
                  "MiB in use by quarters": quarters([live / 2**20 for live in self.live_bytes]), "sockets": [min(sockets), max(sockets)],
                  "first": str(self.samples[0]), "last": str(self.samples[-1])}
        for what, most in MOST_GROWN.items():
            # A few rounds say nothing of what the allocator keeps: each fault has to have been there.
            if len(self.samples) >= 32 or what != "MiB by quarters":
                assert result[what][-1] - result[what][0] <= most, f"memory grows: {result}"
        return result

    def check_room(self, room: str) -> None:
        record = Record()
        for sender in self.senders:
            if sender.room == room:
                record.add(sender)
        reader, read = resumed(self.daemon, self.keys[f"talker{room[2:]}"]), []
        while rows := reader.ok(f"HISTORY {room} since={len(read)} limit=1000", timeout=60).rows:
            read += [(int(row.fields[1]), row.text) for row in rows]
        reader.close()
        record.check(read)



def quarters(values: list[float]) -> list[float]:
    """The median of each quarter of the time."""
    size = max(1, len(values) // 4)
    return [round(statistics.median(values[at:at + size]), 1) for at in range(0, size * min(4, len(values)), size)]


def mixture(daemon, chance, rounds: int, files, live: LiveMemory, server=None, progress=lambda words: None) -> dict:
    """T19: memory flat, descriptors flat."""
    mix = Mixture(daemon, chance, files, live, server, progress)
    progress(f"{CONNECTIONS} are here: {Footprint.of(daemon)}")
    for number in range(rounds):
        mix.round(number + 1, rounds)
    return mix.finish()
