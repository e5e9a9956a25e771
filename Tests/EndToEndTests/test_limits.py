"""Limits: section 14. Flood control delays, log-in failures are limited, slow readers are closed."""

import select
import socket
import time

import pytest

import shims
from client import ConnectionEnded
from footprint import MIB, Footprint, is_sanitized
from mailserver import wait_for
from people import PASSWORD, People, make_room


def test_flood_control_delays_and_drops_nothing(own):
    """100 a second after a burst of 500, beyond that read more slowly"""
    daemon = own("--limits.command-rate", "100", "--limits.command-burst", "50")
    alice = People(daemon).log_in("alice")
    start = time.monotonic()
    alice.send_all([f"PING {n}" for n in range(150)])
    assert [alice.answer().fields[0] for _ in range(150)] == [str(n) for n in range(150)]
    took = time.monotonic() - start
    assert 0.7 < took < 4


def test_flood_control_counts_lines_that_had_to_wait_for_others_too(own):
    daemon = own("--limits.command-rate", "100", "--limits.command-burst", "50")
    alice = People(daemon).log_in("alice")
    start = time.monotonic()
    alice.send_all(["GROUPS"] * 150)
    assert all(alice.answer().ok for _ in range(150))
    assert time.monotonic() - start > 0.7


def test_log_in_failures_an_address_are_limited(own):
    daemon = own("--limits.exempt", "192.0.2.1", "--limits.login-failures-per-address", "5")
    client = daemon.connect()
    for line in ("LOGIN nobody wrong password", "RESUME x", "VERIFY x", "TOKEN REFRESH x", f"RESET nobody x {PASSWORD}"):
        client.fail(line, "INVALID_CREDENTIALS", "INVALID_TOKEN")
    answer = daemon.connect().fail("LOGIN nobody wrong password", "RATE_LIMITED")
    assert 0 < int(answer.fields[0]) <= 600


def test_log_in_failures_an_account_are_limited_also_for_exempt_addresses(own):
    daemon = own("--limits.login-failures-per-account", "3")
    people = People(daemon)
    people.log_in("alice")
    client = daemon.connect()
    for _ in range(3):
        client.fail("LOGIN alice wrong password", "INVALID_CREDENTIALS")
    client.fail(f"LOGIN ALICE {PASSWORD}", "RATE_LIMITED")
    client.fail("LOGIN bob wrong password", "INVALID_CREDENTIALS")


@pytest.mark.sqlite_only
def test_while_the_password_threads_are_full_nobody_else_waits(own, tmp_path):
    """a thread a core, 256 jobs run or wait, then TEMPORARILY_UNAVAILABLE; RESUME needs none of them"""
    library, held = shims.build(tmp_path, "held_passwords"), tmp_path / "held"
    daemon = own(prefix=("env", f"LD_PRELOAD={library}", f"HELD_PASSWORDS={held}"))
    alice = People(daemon).log_in("alice")
    access = alice.ok("TOKEN ISSUE").fields[1]
    answered = select.poll()
    lines = [f"LOGIN alice {PASSWORD}"] * 5 + [f"LOGIN nobody{number} wrong password" for number in range(295)]
    crowd = {daemon.connect(tls=False): line for line in lines}
    for client in crowd:
        client.ok("PING x")
        answered.register(client.transport.socket, select.POLLIN)
    held.touch()
    try:
        for client, line in crowd.items():
            client.send(line)
        wait_for(lambda: len(answered.poll(0)) == 300 - 256, "those for whom there is no room")
        for _ in range(5):
            alice.ok("PING x", timeout=1)
            begun = time.monotonic()
            daemon.connect().ok(f"RESUME {access}")
            assert time.monotonic() - begun < 1
    finally:
        held.unlink()
    answers = [(line, client.answer()) for client, line in crowd.items()]
    assert sum(answer.code == "TEMPORARILY_UNAVAILABLE" for _, answer in answers) == 300 - 256
    for line, answer in answers:
        is_right = answer.ok if "alice" in line else answer.code == "INVALID_CREDENTIALS"
        assert is_right or answer.code == "TEMPORARILY_UNAVAILABLE", (line, answer.final.raw)
    daemon.connect().ok(f"LOGIN alice {PASSWORD}")


def test_wrong_codes_count_as_log_in_failures(own):
    daemon = own("--limits.login-failures-per-account", "2")
    alice, bob = People(daemon).all("alice", "bob")
    alice.ok("CREATE #a")
    code = alice.ok("INVITE").fields[1]
    for _ in range(2):
        bob.fail("JOIN #a aaaa-bbbb-cccc", "NO_SUCH_ROOM")
    bob.fail(f"JOIN #a {code}", "RATE_LIMITED")


def test_mails_and_signups_are_limited(own):
    daemon = own("--limits.mails-per-address", "2", "--limits.exempt", "192.0.2.1", "--limits.signups-per-address", "4")
    client = daemon.connect()
    for number in range(2):
        client.ok(f"SIGNUP a{number} a@example.org {PASSWORD}")
    client.fail(f"SIGNUP a3 A@example.org {PASSWORD}", "RATE_LIMITED")
    client.ok(f"SIGNUP b b@example.org {PASSWORD}")
    client.fail(f"SIGNUP c c@example.org {PASSWORD}", "RATE_LIMITED")
    for _ in range(2):
        client.ok("RESET nobody")
    client.fail("RESET nobody", "RATE_LIMITED")


def test_resets_are_limited_for_an_address_too(own):
    daemon = own("--limits.exempt", "192.0.2.1", "--limits.signups-per-address", "3")
    client = daemon.connect()
    for number in range(3):
        client.ok(f"RESET nobody{number}")
    assert 3000 < int(client.fail("RESET nobody", "RATE_LIMITED").fields[0]) <= 3600


@pytest.mark.sqlite_only
@pytest.mark.parametrize("line", ["RESET {name}", "RESET {name} x " + PASSWORD])
def test_what_is_no_name_is_not_remembered(own, line):
    """Names of nobody, as long as a line may be, cost no memory."""
    daemon = own("--limits.command-rate", "0")
    client = daemon.connect()

    def ask(numbers):
        for number in numbers:
            lines = [line.format(name=f"{number}-{place}-" + "x" * 8_000) for place in range(50)]
            client.send_all(lines)
            for _ in lines:
                client.answer(30)

    ask(range(20))
    before = Footprint.of(daemon).memory
    ask(range(20, 100))
    assert is_sanitized() or Footprint.of(daemon).memory - before < 16 * MIB


def test_rooms_members_codes_invites_tokens_and_connections_are_limited(own):
    daemon = own("--limits.rooms-per-person", "2", "--limits.members-per-room", "2", "--limits.invite-codes-per-room", "2",
                 "--limits.invites-per-day", "2", "--limits.tokens-per-person", "2", "--limits.connections-per-person", "2")
    people = People(daemon)
    alice, bob, carol = people.all("alice", "bob", "carol")
    make_room(alice, "#a", bob)
    assert carol.fail(f"JOIN #a {alice.ok('INVITE #a').fields[1]}", "QUOTA_EXCEEDED").fields == ("2",)
    alice.fail("INVITE #a", "QUOTA_EXCEEDED")
    alice.ok("CREATE #b"), alice.fail("CREATE #c", "QUOTA_EXCEEDED")
    alice.ok("INVITE #b bob"), alice.ok("INVITE #b carol")
    assert int(alice.fail("INVITE #b bob", "RATE_LIMITED").fields[0]) > 80000
    alice.ok("TOKEN ISSUE a"), alice.ok("TOKEN ISSUE b"), alice.ok("TOKEN ISSUE b")
    alice.fail("TOKEN ISSUE c", "QUOTA_EXCEEDED")
    second = people.log_in("alice")
    third = daemon.connect()
    assert third.fail(f"LOGIN alice {PASSWORD}", "QUOTA_EXCEEDED").fields == ("2",)
    second.close()
    deadline = time.monotonic() + 5
    while not third.command(f"LOGIN alice {PASSWORD}").ok:
        assert time.monotonic() < deadline


def test_slow_readers_are_closed_and_nobody_else_waits(own):
    """1 MiB waiting for a reader; ERROR also: … too slow a reader"""
    daemon = own("--limits.command-rate", "0", "--loops", "1")
    people = People(daemon)
    alice, bob, slow = people.all("alice", "bob", "carol")
    make_room(alice, "#a", slow)
    slows = [slow]
    # Slow ones among, before and behind those who read: each is taken out of the middle of a delivery.
    for person in ("carol", "carol", "bob", "carol", "bob"):
        client = people.log_in(person)
        client.ok("JOIN #a") if person != "bob" else client.ok(f"JOIN #a {alice.ok('INVITE #a').fields[1]}")
        if person == "carol":
            slows.append(client)
        else:
            bob = client
    for client in slows:
        client.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    bob.forget_events(), alice.forget_events()
    text, rounds = "x" * 4000, 0
    while not any(event.verb == "LEAVE" for event in alice.events):
        rounds += 1
        assert rounds < 60, "the slow ones are never closed"
        alice.send_all([f"MSG #a {text}"] * 64)
        for _ in range(64):
            assert alice.answer().ok
        heard = 0
        while heard < 64:
            heard += bob.event().verb == "MSG"
    alice.expect("LEAVE", "#a", "carol")
    for client in slows:
        with pytest.raises(ConnectionEnded):
            while True:
                client.line(10)
    assert bob.ok("HISTORY #a limit=1").rows


def test_a_slow_asker_is_only_read_more_slowly(own):
    """A connection's own answers never count"""
    daemon = own("--limits.command-rate", "0")
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    alice.send_all([f"MSG #a {'x' * 4000}"] * 50)
    for _ in range(50):
        assert alice.answer().ok
    alice.send_all(["HISTORY #a limit=50"] * 100)
    time.sleep(0.5)
    for _ in range(100):
        assert alice.answer(30).fields[1] == "50"
