"""Who joins or leaves a large room may be told a few milliseconds later, together with others: nobody can tell by the
protocol (section 6).

One loop has all connections, so that one room has as many listeners there as it takes (64).
"""

import re
import threading
import time

import pytest

from people import People, make_room

# Where several daemons share a database, who comes and goes is told by the database, some time after the OK.
pytestmark = pytest.mark.sqlite_only

LISTENERS = 80
COMINGS = [("JOIN", "LEAVE")[n % 2] for n in range(40)]


@pytest.fixture
def crowd(own):
    """bob, carol, and one person on many connections: all listen in a room of one loop."""
    daemon = own("--loops", "1", "--limits.connections-per-person", "200", "--limits.command-rate", "0")
    people = People(daemon)
    alice, bob, carol = people.all("alice", "bob", "carol")
    make_room(alice, "#tea", bob, carol)
    token = alice.ok("TOKEN ISSUE").fields[1]
    listeners = [alice]
    for _ in range(LISTENERS):
        client = daemon.connect(tls=False)
        client.ok(f"RESUME {token}")
        client.ok("JOIN #tea")
        client.forget_events()
        listeners.append(client)
    return listeners, bob, carol


def come_and_go(client, verbs):
    """Begins outside the room, and asks for the next when the last was answered."""
    for verb in verbs:
        client.ok(f"{verb} #tea")


def verbs(events, source):
    return [event.verb for event in events if event.source == source and event.verb in ("JOIN", "LEAVE")]


def test_whoever_asks_after_an_ok_has_heard_of_it(crowd):
    """whoever has seen the OK finds its event before the answer to anything asked later, on any connection"""
    listeners, bob, _ = crowd
    bob.ok("LEAVE #tea")
    for client in listeners:
        client.forget_events()
    for number, verb in enumerate(COMINGS):
        bob.ok(f"{verb} #tea")
        asking = listeners[number]
        asking.ok("PING heard")
        assert verbs(asking.events, "bob") == COMINGS[:number + 1]
    for client in listeners:
        client.ok("PING heard")
        assert verbs(client.events, "bob") == COMINGS


def test_all_of_it_comes_by_itself_before_what_is_said_next(crowd):
    listeners, bob, carol = crowd
    bob.ok("LEAVE #tea")
    for client in listeners:
        client.forget_events()
    for _ in range(5):
        come_and_go(bob, ("JOIN", "LEAVE") * 2)
        carol.ok("MSG #tea said")
    bob.ok("JOIN #tea")
    for client in listeners:
        for _ in range(5):
            for verb in ("JOIN", "LEAVE") * 2:
                client.expect(verb, "#tea", "bob")
            client.expect("MSG", "#tea", "carol", text="said")
        client.expect("JOIN", "#tea", "bob", timeout=2)


def test_many_events_are_few_writes(crowd):
    """The reader takes each write as it comes; two events of three would be a write of their own otherwise."""
    listeners, bob, _ = crowd
    bob.ok("LEAVE #tea")
    reader = listeners[7]
    reader.forget_events()
    chunks = []

    def read():
        while len(re.findall(rb"(?m)^:bob (?:JOIN|LEAVE) ", b"".join(chunks))) < len(COMINGS):
            chunks.append(reader.transport.receive(10))

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    time.sleep(0.1)
    bob.send_all([f"{verb} #tea" for verb in COMINGS])
    assert all(bob.answer().ok for _ in COMINGS)
    reading.join(10)
    heard = re.findall(r"(?m)^:bob (JOIN|LEAVE) ", b"".join(chunks).decode())
    assert heard == COMINGS
    assert len(chunks) <= len(COMINGS) // 3


def test_many_who_vanish_together_are_told_of_each(own):
    daemon = own("--loops", "1", "--limits.connections-per-person", "200", "--limits.command-rate", "0")
    people = People(daemon)
    alice = people.log_in("alice")
    token = alice.ok("TOKEN ISSUE").fields[1]
    alice.ok("CREATE #tea")
    code = alice.ok("INVITE #tea").fields[1]
    others = people.all(*(f"person{number}" for number in range(8)))
    for other in others:
        other.ok(f"JOIN #tea {code}")
    rest = []
    for _ in range(LISTENERS):
        rest.append(daemon.connect(tls=False))
        rest[-1].ok(f"RESUME {token}")
        rest[-1].ok("JOIN #tea")
    for client in rest:
        client.forget_events()
    for other in others:
        other.reset()
    for client in rest:
        gone = {client.expect("LEAVE", "#tea").source for _ in others}
        assert gone == {f"person{number}" for number in range(8)}
