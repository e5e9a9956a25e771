"""The checker of the reliability tests: what was attempted, acknowledged and read."""

from __future__ import annotations

import threading

from client import Client, ConnectionEnded, NothingCame, ProtocolViolation


class Sender(threading.Thread):
    """Sends unique texts with a window, and remembers which were acknowledged under which id."""

    def __init__(self, name: str, client: Client, room: str, first: int, window: int = 50):
        super().__init__(daemon=True)
        self.label, self.client, self.room, self.next, self.window = name, client, room, first, window
        self.attempted: list[str] = []
        self.acknowledged: dict[int, str] = {}

    def run(self) -> None:
        waiting: list[str] = []
        try:
            while True:
                while len(waiting) < self.window:
                    text = f"{self.label}-{self.next}"
                    self.next += 1
                    self.attempted.append(text)
                    waiting.append(text)
                    self.client.send(f"MSG {self.room} {text}")
                answer = self.client.answer(30)
                assert answer.ok, answer.final.raw
                self.acknowledged[int(answer.fields[1])] = waiting.pop(0)
        except (ConnectionEnded, NothingCame, OSError, ProtocolViolation):
            return


class Listener(threading.Thread):
    """Joins with since=, and keeps what it reads: the replay first, then what is live."""

    def __init__(self, client: Client, room: str, since: int):
        super().__init__(daemon=True)
        self.client, self.since = client, since
        client.ok("SET TAGS ON")
        rows = client.ok(f"JOIN {room} since={since}", timeout=60).rows
        self.read = [(int(row.fields[1]), row.text) for row in rows]
        self.replayed = len(self.read)
        self.problem: AssertionError | None = None

    def run(self) -> None:
        try:
            while True:
                event = self.client.event(30)
                if event.verb == "MSG":
                    self.read.append((int(event.tags["msgid"]), event.text))
        except (ConnectionEnded, NothingCame, OSError):
            pass
        except AssertionError as problem:
            self.problem = None if "inside a line" in str(problem) else problem

    def check(self, replay: list[tuple[int, str]]) -> None:
        """Replay and live together are a part of what a later replay of everything brings."""
        assert self.problem is None, self.problem
        expected = replay[self.since:self.since + len(self.read)]
        assert self.read == expected, difference(self.read, expected)


def difference(read, expected) -> str:
    for index, (one, other) in enumerate(zip(read, expected)):
        if one != other:
            return f"live order is not replay order: at {index} {read[index:index + 3]} for {expected[index:index + 3]}"
    return f"{len(read)} were heard of {len(expected)}"


class Record:
    """What came of all rounds."""

    def __init__(self):
        self.attempted: set[str] = set()
        self.acknowledged: dict[int, str] = {}

    def add(self, sender: Sender) -> None:
        self.attempted.update(sender.attempted)
        for number, text in sender.acknowledged.items():
            assert self.acknowledged.setdefault(number, text) == text, "one id for two messages"

    def check(self, read: list[tuple[int, str]]) -> None:
        """Lost, repeated and unexpected are empty; ids are 1…n; each sender's numbers ascend."""
        texts = [text for _, text in read]
        assert [number for number, _ in read] == list(range(1, len(read) + 1)), "ids are 1…n"
        by_id = dict(read)
        lost = {number: text for number, text in self.acknowledged.items() if by_id.get(number) != text}
        assert not lost, f"lost: {lost}"
        assert len(texts) == len(set(texts)), "repeated"
        assert set(texts) <= self.attempted, "unexpected"
        latest: dict[str, int] = {}
        for text in texts:
            sender, _, number = text.rpartition("-")
            assert latest.get(sender, -1) < int(number), "a sender's order"
            latest[sender] = int(number)
