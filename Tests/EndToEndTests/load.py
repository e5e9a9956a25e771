"""People who go on talking whatever happens to the server's database, and what must hold of it afterwards."""

from __future__ import annotations

import threading
import time

from checker import Record, difference
from client import ConnectionEnded, NothingCame
from people import PASSWORD, People, make_room, resumed

UNAVAILABLE = "TEMPORARILY_UNAVAILABLE"


class PatientSender(threading.Thread):
    """Says one thing after the other; what was refused for now is said again, as nothing of it was done."""

    def __init__(self, name: str, daemon, room: str, token: str, window: int, pause: float):
        super().__init__(daemon=True)
        self.label, self.daemon, self.room, self.token, self.window = name, daemon, room, token, window
        self.pause = pause  # after each answer
        self.attempted: list[str] = []
        self.acknowledged: dict[int, str] = {}
        self.refused = 0
        self.slowest = 0.0
        self.stopping = threading.Event()
        self.problem: Exception | None = None
        self.client = resumed(daemon, token)

    def run(self):
        try:
            self.talk()
        except Exception as problem:
            self.problem = problem

    def talk(self):
        number, waiting, again = 0, [], []
        while not (self.stopping.is_set() and not waiting and not again):
            while len(waiting) < self.window and (again or not self.stopping.is_set()):
                # What is said again is said as a new text: by then others of this sender may be stored.
                text = f"{self.label}-{number}"
                number += 1
                if again:
                    again.pop()
                self.attempted.append(text)
                waiting.append((text, time.monotonic()))
                self.client.send(f"MSG {self.room} {text}")
            answer = self.client.answer(70)
            text, begun = waiting.pop(0)
            self.slowest = max(self.slowest, time.monotonic() - begun)
            if answer.ok:
                self.acknowledged[int(answer.fields[1])] = text
                time.sleep(self.pause)
                continue
            assert f" {UNAVAILABLE} " in answer.final.raw, answer.final.raw
            self.refused += 1
            again.append(text)
            time.sleep(0.01)


class Watcher(threading.Thread):
    """Listens from the beginning; its connection must not end."""

    def __init__(self, daemon, room: str, token: str):
        super().__init__(daemon=True)
        self.client = resumed(daemon, token)
        self.client.ok("SET TAGS ON")
        self.client.ok(f"JOIN {room} since=0")
        self.read: list[tuple[int, str]] = []
        self.ended: Exception | None = None

    def run(self):
        try:
            while True:
                event = self.client.event(120)
                if event.verb == "MSG":
                    self.read.append((int(event.tags["msgid"]), event.text))
        except (ConnectionEnded, NothingCame, OSError, AssertionError) as problem:
            self.ended = problem


class Witness(threading.Thread):
    """A healthy person: PING and MSG each 250 ms, in a room of their own."""

    def __init__(self, daemon, token: str, room: str):
        super().__init__(daemon=True)
        self.client, self.room, self.stopping = resumed(daemon, token), room, threading.Event()
        self.answers: list[tuple[float, float, bool]] = []
        self.slowest_ping = 0.0
        self.problem: Exception | None = None

    def run(self):
        try:
            while not self.stopping.wait(0.25):
                begun = time.monotonic()
                self.client.ok("PING witness", timeout=70)
                self.slowest_ping = max(self.slowest_ping, time.monotonic() - begun)
                begun = time.monotonic()
                answer = self.client.command(f"MSG {self.room} still here", timeout=70)
                assert answer.ok or f" {UNAVAILABLE} " in answer.final.raw, answer.final.raw
                self.answers.append((begun, time.monotonic() - begun, answer.ok))
        except Exception as problem:
            self.problem = problem

    @property
    def slowest(self) -> float:
        return max(took for _, took, _ in self.answers)

    def first_success(self, since: float) -> float:
        """Seconds from a moment to the first acknowledgement of a message sent after it; waits for it."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for begun, took, ok in list(self.answers):
                if ok and begun + took >= since:
                    return max(0.0, begun + took - since)
            time.sleep(0.01)
        raise AssertionError("no message was acknowledged any more")


class Load:
    """Senders and watchers on all daemons, and a witness on each."""

    def __init__(self, daemons, senders: int = 4, window: int = 20, room: str = "#load", pause: float = 0):
        self.daemons, self.room = daemons, room
        self.processes = [daemon.process.pid for daemon in daemons]
        names = [f"sender{n}" for n in range(senders)]
        people = People(daemons[0])
        people.known.update(name for name in names if hasattr(daemons[0], "has_load"))
        daemons[0].has_load = True
        clients = people.all(*names)
        make_room(clients[0], room, *clients[1:])
        for number in range(len(daemons)):
            clients[0].ok(f"CREATE {room}-witness{number}")
        self.tokens = {client.person: client.ok("TOKEN ISSUE load").fields[1] for client in clients}
        # What was stored elsewhere a moment ago is there for everybody.
        spread = [daemons[n % len(daemons)] for n in range(senders)]
        self.senders = [
            PatientSender(name, spread[n], room, self.tokens[name], window, pause) for n, name in enumerate(names)]
        self.watchers = [Watcher(daemon, room, self.tokens[names[1]]) for daemon in daemons]
        self.witnesses = [Witness(daemon, self.tokens[names[0]], f"{room}-witness{n}") for n, daemon in enumerate(daemons)]
        for thread in [*self.watchers, *self.senders, *self.witnesses]:
            thread.start()

    def settle(self) -> None:
        """Some messages go well, on each daemon."""
        counts = [len(sender.acknowledged) for sender in self.senders]
        deadline = time.monotonic() + 30
        while any(len(sender.acknowledged) < count + 20 for sender, count in zip(self.senders, counts)):
            for thread in [*self.senders, *self.witnesses]:
                assert thread.problem is None, thread.problem
            assert time.monotonic() < deadline, "nothing is acknowledged any more"
            time.sleep(0.02)

    def finish(self) -> int:
        """Stops, and checks everything. The number of messages."""
        for thread in [*self.senders, *self.witnesses]:
            thread.stopping.set()
        for thread in [*self.senders, *self.witnesses]:
            thread.join(90)
            assert not thread.is_alive(), "a sender waits for ever"
            if thread.problem:
                raise thread.problem
        record, reads = Record(), []
        for sender in self.senders:
            record.add(sender)
        for daemon in self.daemons:
            reader = daemon.connect()
            reader.ok(f"LOGIN sender0 {PASSWORD}")
            rows = reader.ok(f"JOIN {self.room} since=0", timeout=60).rows
            reads.append([(int(row.fields[1]), row.text) for row in rows])
            reader.close()
        for read in reads:
            record.check(read)
            assert read == reads[0], "one replay on every daemon"
        deadline = time.monotonic() + 10
        for watcher in self.watchers:
            while len(watcher.read) < len(reads[0]) and watcher.ended is None and time.monotonic() < deadline:
                time.sleep(0.02)
            assert watcher.ended is None, watcher.ended
            assert watcher.read == reads[0], difference(watcher.read, reads[0])
        for thread in [*self.watchers, *self.senders, *self.witnesses]:
            thread.client.hang_up()
        assert [daemon.process.pid for daemon in self.daemons] == self.processes
        assert all(daemon.process.poll() is None for daemon in self.daemons), "a daemon ended"
        return len(reads[0])
