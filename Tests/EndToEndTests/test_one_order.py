"""Whatever people do on either daemon, everybody hears it in one order (sections 2 and 6; architecture: changes take the
same way as messages).
"""

import random
import threading
import time

import pytest

from peers import seeded
from people import PASSWORD, People, make_room

pytestmark = [pytest.mark.postgres_only, pytest.mark.slow, pytest.mark.timeout(300)]

ACTORS = ("alice", "bob", "carol", "dave", "erin")
UNREST = {
    "in peace": lambda server, proxy: None,
    "notifications dropped": lambda server, proxy: setattr(proxy, "drops_notifications", True),
    "sessions terminated": lambda server, proxy: server.terminate_sessions(server.database),
}


def on(daemon, name):
    client = daemon.connect()
    client.ok(f"LOGIN {name} {PASSWORD}", timeout=20)
    return client


class Actor(threading.Thread):
    """Does one thing after the other, now on this daemon, now on that one. What is refused is refused."""

    def __init__(self, name, daemons, chance):
        super().__init__(daemon=True)
        self.label, self.daemons, self.chance = name, daemons, chance
        self.done, self.problem, self.count = threading.Event(), None, 0

    def run(self):
        try:
            while not self.done.is_set():
                client = on(self.chance.choice(self.daemons), self.label)
                client.command("JOIN #tea", timeout=70)
                for _ in range(self.chance.randint(1, 40)):
                    for line in self.lines():
                        client.command(line, timeout=70)
                    client.events.clear()
                    if self.done.is_set():
                        break
                client.close()
        except Exception as problem:
            self.problem = problem

    def lines(self):
        self.count += 1
        if self.label == "alice" and self.chance.random() < 0.1:
            return ["RENAME #tea #coffee", f"MSG #coffee coffee {self.count}", "RENAME #coffee #tea"]
        other = self.chance.choice(ACTORS[1:])
        owner = [f"KICK #tea {other} {self.count}", f"INVITE #tea {other}", f"INVITE #tea {other}",
                 f"ROLE #tea {other} organizer", f"ROLE #tea {other} member", f"TOPIC #tea :topic {self.count}"]
        day = f"2030-01-{self.chance.randint(1, 28):02d}"
        return [self.chance.choice(
            [f"MSG #tea {self.label} {self.count}"] * 10 + ["LEAVE #tea"] + ["JOIN #tea"] * 3
            + [f"MOOD #tea mood {self.count}", f"AVAIL #tea {day} 10:00-12:00", f"SET NAME {self.label} {self.count}"]
            + owner * (self.label == "alice"))]


def heard_between(observer, first, last):
    """Events without their times, which each daemon gives when it tells them."""
    heard = []
    while True:
        event = observer.event(30)
        if event.verb == "NOTICE":
            continue
        heard.append((event.tags.get("msgid"), event.source, event.words, event.text))
        if event.text == first:
            heard.clear()
        if event.text == last:
            return heard


@pytest.mark.parametrize("unrest", UNREST)
def test_two_who_listen_on_two_daemons_hear_the_same(server, proxies, pair, capsys, unrest):
    chance, proxy = seeded(capsys, f"one order, {unrest}"), proxies(server)
    url = server.url(server.database, port=proxy.port, options="?sslmode=disable")
    two = pair(url, "--limits.invites-per-day", "100000")
    clients = People(two.daemons[0]).all(*ACTORS, "ears0", "ears1")
    make_room(clients[0], "#tea", *clients[1:])
    for client in clients[1:]:
        client.close()
    observers = [on(daemon, f"ears{number}") for number, daemon in enumerate(two.daemons)]
    for observer in observers:
        observer.ok("SET TAGS ON"), observer.ok("JOIN #tea")
    time.sleep(1)  # their own JOINs are told only to the other
    clients[0].ok("MSG #tea beginning")
    actors = [Actor(name, two.daemons, random.Random(chance.random())) for name in ACTORS]
    for actor in actors:
        actor.start()
    end = time.monotonic() + 6
    while time.monotonic() < end:
        UNREST[unrest](server, proxy)
        time.sleep(chance.uniform(0.3, 0.8))
    for actor in actors:
        actor.done.set()
    for actor in actors:
        actor.join(80)
        assert not actor.is_alive() and actor.problem is None, actor.problem
    clients[0].ok("MSG #tea end", timeout=20)
    one, other = (heard_between(observer, "beginning", "end") for observer in observers)
    # Who hung up at last may be told to leave after that.
    for index, heard in enumerate(zip(one, other)):
        assert heard[0] == heard[1], f"at {index}: {one[index - 3:index + 4]} and {other[index - 3:index + 4]}"
    assert len(one) == len(other) > 100
    name = "#tea"
    for index, (_, _, words, _) in enumerate(one):
        assert words[1] == name, f"not the name that the room has: {one[max(0, index - 5):index + 2]}"
        name = words[2] if words[0] == "RENAME" else name
    ids = [int(number) for number, *_ in one if number]
    assert ids == list(range(ids[0], ids[0] + len(ids))), "a gap or a repeat"
