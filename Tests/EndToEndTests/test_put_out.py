"""Whoever is put out is out, whatever was under way at that moment."""

import random
import time

import pytest

from client import ConnectionEnded
from people import PASSWORD, People, make_room


@pytest.fixture
def busy(own):
    return own("--limits.command-rate", "0", "--limits.tokens-per-person", "1000", "--limits.connections-per-address", "1000")


def is_here(client) -> bool:
    """Whether it is logged in after all that was under way."""
    try:
        while True:
            answer = client.answer()
            if answer.final.verb == "WHOAMI":
                return answer.ok
    except ConnectionEnded:
        return False


def test_a_kick_during_a_join_ends_that_join_too(busy):
    """KICK … ends listening on all connections"""
    people, chance = People(busy), random.Random(6)
    alice, *bobs = people.all("alice", *["bob"] * 9)
    make_room(alice, "#a")
    alice.send_all([f"MSG #a {number} {'x' * 300}" for number in range(400)])
    for _ in range(400):
        assert alice.answer().ok
    for number in range(25):
        alice.ok("INVITE #a bob")
        bobs[0].ok("JOIN #a")
        alice.ok("PING settled")
        for bob in bobs[1:]:
            bob.send("JOIN #a since=0")
            time.sleep(chance.random() * 0.002)
        alice.ok("KICK #a bob")
        alice.ok(f"MSG #a after kick {number}")
        for bob in bobs:
            bob.send("PING done")
            while bob.answer().final.verb != "PING":
                pass
            assert f"after kick {number}" not in [event.text for event in bob.events], f"round {number}"
            bob.events.clear()


@pytest.mark.parametrize("end", ["TOKEN REVOKE t", "PASSWD"])
def test_a_log_in_during_what_ends_all_sessions_does_not_outlive_it(busy, end):
    """TOKEN REVOKE ends the connections of the token; PASSWD all others"""
    people, chance, password = People(busy), random.Random(7), PASSWORD
    alice = people.log_in("alice")
    for number in range(12):
        access = alice.ok("TOKEN ISSUE t").fields[1]
        line = end
        if end == "PASSWD":
            line, password = f"PASSWD {password.replace(' ', chr(92) + 's')} {PASSWORD} {number}", f"{PASSWORD} {number}"
        thieves = [busy.connect() for _ in range(8)]
        for place, thief in enumerate(thieves):
            thief.send(f"RESUME {access}")
            if place == 3:
                alice.send(line)
            time.sleep(chance.random() * 0.0005)
        assert alice.answer().ok
        for thief in thieves:
            thief.send("WHOAMI")
        assert not [thief for thief in thieves if is_here(thief)], f"round {number}"
        for thief in thieves:
            thief.close()
        busy.clients[:] = [alice]
