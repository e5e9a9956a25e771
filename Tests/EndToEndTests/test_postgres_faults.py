"""What a database, or the network before it, does must not lose, repeat or stop anything (T1, T4, T5, T7, T8)."""

import subprocess
import threading
import time

import pytest

from checker import Listener, Record, Sender
from load import UNAVAILABLE, Load
from peers import seeded
from people import PASSWORD, People, make_room, resumed

pytestmark = [pytest.mark.postgres_only, pytest.mark.slow, pytest.mark.timeout(300)]


# -- T1 with two daemons


def kill_rounds(daemons, chance, rounds, seconds=1.0, progress=lambda words: None):
    """T1: kill -9 of any daemon at a random moment, while people talk and listen on all."""
    people = People(daemons[0])
    names = [f"sender{n}" for n in range(8)]
    clients = people.all(*names)
    make_room(clients[0], "#a", *clients[1:])
    tokens = {client.person: client.ok("TOKEN ISSUE t1").fields[1] for client in clients}
    record, starts, replay, live = Record(), dict.fromkeys(names, 0), [], 0
    for number_of_round in range(rounds):
        senders = []
        for number, name in enumerate(names):
            client = resumed(daemons[number % len(daemons)], tokens[name])
            senders.append(Sender(name, client, "#a", starts[name]))
        for sender in senders[:4]:
            sender.start()
        listeners = [
            Listener(resumed(daemons[number % len(daemons)], tokens[names[number]]), "#a",
                     chance.randint(max(0, len(replay) - 500), len(replay)))
            for number in range(4)]
        for thread in [*senders[4:], *listeners]:
            thread.start()
        time.sleep(chance.uniform(0.02, seconds))
        killed = chance.choice(daemons)
        killed.kill()
        time.sleep(chance.uniform(0, 0.3))
        for thread in [*senders, *listeners]:
            if thread.client not in killed.clients and isinstance(thread, Sender):
                thread.client.hang_up()
        for sender in senders:
            sender.join(40)
            assert not sender.is_alive()
            starts[sender.label] = sender.next
            record.add(sender)
        begun = time.monotonic()
        killed.restart()
        assert time.monotonic() - begun < 3, "ready again"
        reads = []
        for daemon in daemons:
            reader = resumed(daemon, tokens[names[0]])
            rows = reader.ok(f"JOIN #a since={len(replay)}", timeout=60).rows
            reads.append([(int(row.fields[1]), row.text) for row in rows])
            reader.close()
        # A message that was on its way when its sender left may be stored between the two readings.
        reads.sort(key=len)
        assert reads[-1][:len(reads[0])] == reads[0], "one replay on all daemons"
        replay += reads[-1]
        record.check(replay)
        for listener in listeners:
            listener.client.hang_up()
            listener.join(40)
            listener.check(replay)
            live += len(listener.read) - listener.replayed
        for daemon in daemons:
            for client in daemon.clients:
                client.close()
            daemon.clients.clear()
        progress(f"round {number_of_round + 1} of {rounds}: {len(replay)} messages, {len(record.acknowledged)} acknowledged")
    assert record.acknowledged and live, "something was acknowledged and heard at all"
    return len(replay)


def test_t1_two_daemons_one_history_over_kill_9(server, pair, capsys):
    kill_rounds(pair(server.url(server.database)).daemons, seeded(capsys, "T1 two daemons"), rounds=5)


# -- T4


def lost_commits(daemon, proxy, rounds, progress=lambda words: None):
    """T4: the answer to COMMIT is lost; one copy, same id, and the sender is told the truth."""
    alice, bob = People(daemon).all("alice", "bob")
    make_room(alice, "#a", bob)
    for number in range(rounds):
        proxy.commits_to_lose = 1
        assert alice.ok(f"MSG #a text {number}", timeout=30).fields[1] == str(number + 1)
        assert bob.expect("MSG", "#a", timeout=10).text == f"text {number}"
        proxy.commits_to_lose = 1
        alice.ok(f"TOPIC #a :topic {number}", timeout=30)
        assert bob.expect("TOPIC", "#a", timeout=10).text == f"topic {number}"
        progress(f"round {number + 1} of {rounds}: {proxy.lost} answers lost")
    assert proxy.lost == 2 * rounds
    rows = alice.ok("HISTORY #a limit=1000").rows
    assert [(row.fields[1], row.text) for row in rows] == [(str(n + 1), f"text {n}") for n in range(rounds)]
    bob.ok("PING end")
    assert not [event for event in bob.events if event.verb in ("MSG", "TOPIC")]


def test_t4_the_answer_to_a_commit_is_lost(server, proxies, own):
    proxy = proxies(server)
    daemon = own("--database", server.url(server.database, port=proxy.port, options="?sslmode=disable"))
    lost_commits(daemon, proxy, rounds=20)


def test_t4_a_commit_that_never_reached_the_database_is_done_again(server, proxies, own):
    """The other half of a lost COMMIT: nothing was done, the line waits for the truth and is done."""
    proxy = proxies(server)
    daemon = own("--database", server.url(server.database, port=proxy.port, options="?sslmode=disable"))
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    for number in range(10):
        proxy.commits_to_swallow = 1
        assert alice.ok(f"MSG #a text {number}", timeout=30).fields[1] == str(number + 1)
        proxy.commits_to_swallow = 1
        assert alice.ok(f"MOOD #a mood {number}", timeout=30)
    assert proxy.lost == 20
    assert [row.text for row in alice.ok("HISTORY #a").rows] == [f"text {n}" for n in range(10)]


# -- T5


def joins_under_load(two, chance, joins):
    """T5 over daemons: JOIN since= at random ids while messages arrive on both."""
    load = Load(two.daemons, senders=4, window=8)
    load.settle()
    listeners = []
    for number in range(joins):
        newest = max(max(sender.acknowledged, default=0) for sender in load.senders)
        client = resumed(two.daemons[number % 2], load.tokens[f"sender{number % 4}"])
        listeners.append(Listener(client, load.room, chance.randint(0, newest)))
        listeners[-1].start()
        time.sleep(chance.uniform(0, 0.05))
    load.settle()
    count = load.finish()
    reader = two.daemons[0].connect()
    reader.ok(f"LOGIN sender0 {PASSWORD}")
    rows = reader.ok(f"JOIN {load.room} since=0", timeout=60).rows
    replay = [(int(row.fields[1]), row.text) for row in rows]
    assert len(replay) == count
    for listener in listeners:
        deadline = time.monotonic() + 10
        while listener.since + len(listener.read) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert listener.since + len(listener.read) == count, "the end is missing"
        listener.check(replay)


def test_t5_joins_while_messages_arrive_on_both_daemons(server, pair, capsys):
    joins_under_load(pair(server.url(server.database)), seeded(capsys, "T5 two daemons"), joins=40)


# -- T7


FAULTS = {
    "sessions terminated": lambda server, seconds: terminate_for(server, seconds),
    "restarted fast": lambda server, seconds: (server.stop("fast"), server.start()),
    "restarted immediate": lambda server, seconds: (server.stop("immediate"), server.start()),
    "a backend killed": lambda server, seconds: server.kill_backend(server.database),
    "stopped for a while": lambda server, seconds: (server.stop("fast"), time.sleep(seconds), server.start()),
    "hangs for a while": lambda server, seconds: (server.pause(), time.sleep(seconds), server.resume()),
}


def terminate_for(server, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        server.terminate_sessions(server.database)
        time.sleep(0.5)


def through_fault(daemons, server, fault, seconds, room="#load"):
    """T7: 0 lost, 0 repeated, no daemon restarted, a witness answered, and messages again within 5 s."""
    load = Load(daemons, room=room)
    load.settle()
    FAULTS[fault](server, seconds)
    server.await_accepting()
    accepted = time.monotonic()
    recovered = max(witness.first_success(accepted) for witness in load.witnesses)
    load.settle()
    count = load.finish()
    assert recovered <= 5, f"MSG works {recovered:.1f} s after the database accepts"
    return {"messages": count, "recovered": round(recovered, 3),
            "slowest witness": round(max(witness.slowest for witness in load.witnesses), 3),
            "refused": sum(sender.refused for sender in load.senders)}


@pytest.mark.parametrize("fault", FAULTS)
def test_t7_the_database_fails_under_load(postgres, pair, fault, capsys):
    result = through_fault(pair(postgres.url(postgres.database)).daemons, postgres, fault, seconds=6)
    with capsys.disabled():
        print(f"\nT7 {fault}: {result}")
    assert result["slowest witness"] < 12


def test_t7_a_standby_is_promoted(postgres, pair, capsys):
    """A URL of two hosts; what was acknowledged is on both, as replication is synchronous."""
    standby = postgres.make_standby()
    url = f"postgres://gather@127.0.0.1:{postgres.port},127.0.0.1:{standby.port}/{postgres.database}"
    load = Load(pair(url).daemons)
    load.settle()
    postgres.stop("immediate")
    standby.promote()
    promoted = time.monotonic()
    recovered = max(witness.first_success(promoted) for witness in load.witnesses)
    load.settle()
    count = load.finish()
    with capsys.disabled():
        print(f"\nT7 standby promoted: {count} messages, recovered {recovered:.2f} s after")
    assert recovered <= 5


def test_while_the_database_is_away_nobody_is_told_that_a_password_is_wrong(postgres, own):
    """LOGIN answers TEMPORARILY_UNAVAILABLE, never INVALID_CREDENTIALS; connections and rooms are as before afterwards."""
    daemon = own("--database", postgres.url(postgres.database))
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    access = alice.ok("TOKEN ISSUE away").fields[1]
    postgres.stop("immediate")
    for line in (f"LOGIN alice {PASSWORD}", "LOGIN alice another password altogether", f"RESUME {access}",
                 "SIGNUP bob bob@example.org a long enough password"):
        begun = time.monotonic()
        stranger = daemon.connect()
        stranger.fail(line, UNAVAILABLE, timeout=15)
        assert time.monotonic() - begun < 5, line
        stranger.close()
    for line in ("MSG #a hello", "HISTORY #a", "TOPIC #a :new", "JOIN #a", "MEMBERS #a", "CREATE #b"):
        begun = time.monotonic()
        alice.fail(line, UNAVAILABLE, timeout=15)
        assert time.monotonic() - begun < 5, line
    alice.ok("PING here")
    postgres.start()
    deadline = time.monotonic() + 5
    while not (answer := alice.command("MSG #a back", timeout=15)).ok:
        assert time.monotonic() < deadline, answer.final.raw
    assert [row.text for row in alice.ok("HISTORY #a").rows] == ["back"]
    stranger = daemon.connect()
    stranger.fail("LOGIN alice another password altogether", "INVALID_CREDENTIALS")
    stranger.ok(f"LOGIN alice {PASSWORD}")


def resident(daemon) -> int:
    """KiB."""
    for line in open(f"/proc/{daemon.process.pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError


def test_memory_is_bounded_while_the_database_hangs(postgres, own):
    daemon = own("--database", postgres.url(postgres.database), "--limits.connections-per-person", "100", "--limits.command-rate", "0")
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    access = alice.ok("TOKEN ISSUE flood").fields[1]
    alice.ok("MSG #a first")
    senders = []
    for _ in range(20):
        senders.append(resumed(daemon, access))
    before = resident(daemon)
    postgres.pause()
    line = ("MSG #a " + "x" * 4000 + "\r\n").encode()
    sent = flood(senders, line, seconds=4)
    grown = resident(daemon) - before
    postgres.resume()
    assert sent > 1_000_000, "the flood is one"
    assert grown < 128 * 1024, f"{grown} KiB more"


def flood(senders, line, seconds) -> int:
    """Sends as much as is taken, without reading."""
    total, lock = [0], threading.Lock()
    end = time.monotonic() + seconds

    def pour(client):
        try:
            while time.monotonic() < end:
                client.transport.send(line * 16, timeout=max(0.1, end - time.monotonic()))
                with lock:
                    total[0] += len(line) * 16
        except (OSError, TimeoutError):
            pass

    threads = [threading.Thread(target=pour, args=(sender,), daemon=True) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 35)
    return total[0]


# -- T8


def remote_delivery(speaker, listener, count, room="#t8"):
    """Seconds from sending to hearing on the other daemon, sorted."""
    took = []
    for number in range(count):
        begun = time.monotonic()
        speaker.ok(f"MSG {room} {number}")
        assert listener.expect("MSG", room, timeout=10).text == str(number)
        took.append(time.monotonic() - begun)
    return sorted(took)


def people_on_both(two):
    people = People(two.daemons[0])
    alice, bob = people.all("alice", "bob")
    make_room(alice, "#t8", bob)
    bob.close()
    bob = two.daemons[1].connect()
    bob.ok(f"LOGIN bob {PASSWORD}")
    bob.ok("JOIN #t8")
    bob.forget_events()
    return alice, bob


def test_t8_a_message_reaches_the_other_daemon_at_once(server, pair, capsys):
    alice, bob = people_on_both(pair(server.url(server.database)))
    took = remote_delivery(alice, bob, 200)
    with capsys.disabled():
        print(f"\nT8 remote delivery: p50 {took[100] * 1000:.1f} ms, p99 {took[197] * 1000:.1f} ms")
    assert took[197] <= 0.2


@pytest.mark.parametrize("kind", ["notifications dropped", "LISTEN half-open"])
def test_t8_without_notifications_it_is_polling_that_brings_it(server, proxies, pair, kind):
    proxy = proxies(server)
    two = pair(server.url(server.database, port=proxy.port, options="?sslmode=disable"))
    alice, bob = people_on_both(two)
    remote_delivery(alice, bob, 2)
    if kind == "LISTEN half-open":
        proxy.silences = "listen"
    else:
        proxy.drops_notifications = True
    took = remote_delivery(alice, bob, 3)
    assert took[-1] <= 6
    assert took[-1] > 0.5, "without notifications it takes its time: they were really gone"


# -- Locks that somebody else holds


def test_a_room_that_stays_locked_holds_up_nobody_else(server, own):
    """A daemon that was cut off in the middle of a transaction leaves its rooms locked for some seconds."""
    daemon = own("--database", server.url(server.database))
    alice, bob = People(daemon).all("alice", "bob")
    make_room(alice, "#stuck"), make_room(bob, "#free")
    holder = subprocess.Popen(
        ["psql", "-qX", "-c", "BEGIN; SELECT 1 FROM room WHERE folded = 'stuck' FOR UPDATE", "-c", "SELECT pg_sleep(6)", "-c", "COMMIT",
         server.url(server.database)], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 5
    while server.query(f"SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND datname = '{server.database}'") == "0":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    took = []
    while holder.poll() is None:
        begun = time.monotonic()
        alice.send("MSG #stuck hello")
        bob.ok("MSG #free hello", timeout=10)
        took.append(time.monotonic() - begun)
        answer = alice.answer(10)
        assert answer.ok or f" {UNAVAILABLE} " in answer.final.raw
        time.sleep(0.05)
    assert max(took) < 2 and sorted(took)[len(took) // 2] < 0.2, "one batch waits for a second, the others go past"
    deadline = time.monotonic() + 6
    while not alice.command("MSG #stuck hello").ok:
        assert time.monotonic() < deadline


def test_while_the_database_hangs_nobody_waits_for_what_others_sent(postgres, own):
    """Only who has a message in the batch whose end is unknown waits for the truth; all others are answered within 5 s."""
    daemon = own("--database", postgres.url(postgres.database), "--limits.command-rate", "0")
    alice, bob = People(daemon).all("alice", "bob")
    make_room(alice, "#a", bob)
    alice.send_all(["MSG #a into the dark"] * 20)
    postgres.pause()
    begun, took = time.monotonic(), {"MSG #a still there?": [], "HISTORY #a": []}
    while time.monotonic() - begun < 14:
        for line in took:
            asked = time.monotonic()
            bob.command(line, timeout=20)
            took[line].append(time.monotonic() - asked)
        asked = time.monotonic()
        bob.ok("PING here")
        assert time.monotonic() - asked < 0.5
    postgres.resume()
    assert max(took["MSG #a still there?"]) <= 5.5, took
    # What only reads is given up after 5 s, over each connection that seemed to be there.
    assert max(took["HISTORY #a"]) <= 7, took
    for _ in range(20):
        answer = alice.answer(70)
        assert answer.ok or f" {UNAVAILABLE} " in answer.final.raw
    deadline = time.monotonic() + 5
    while not bob.command("MSG #a there again", timeout=20).ok:
        assert time.monotonic() < deadline


def test_while_all_who_write_wait_for_their_commit_others_are_refused_in_time(server, proxies, own):
    """A database that is away … what they ask is answered with TEMPORARILY_UNAVAILABLE after three seconds."""
    proxy = proxies(server)
    daemon = own("--database", server.url(server.database, port=proxy.port, options="?sslmode=disable"))
    *writers, last = People(daemon).all("alice", "bob", "carol", "dave", "eve")
    proxy.commits_to_hold = 4
    for writer in writers:
        writer.send(f"SET NAME The {writer.person}")
    deadline = time.monotonic() + 5
    while proxy.held < 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    asked = time.monotonic()
    last.fail("SET NAME The last", UNAVAILABLE, timeout=20)
    assert time.monotonic() - asked < 5
    for writer in writers:
        assert writer.answer(60).ok, "each is told the truth, and was done"


# -- The end of a daemon


@pytest.mark.parametrize("state", ["hangs", "is gone"])
@pytest.mark.parametrize("busy", [False, True])
def test_sigterm_ends_in_time_whatever_the_database_does(postgres, own, state, busy):
    """Promise 5: exit 0 within 10 s."""
    daemon = own("--database", postgres.url(postgres.database))
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    alice.ok("MSG #a hello")
    postgres.pause() if state == "hangs" else postgres.stop("immediate")
    if busy:
        alice.send("MSG #a into the dark"), alice.send("TOPIC #a into the dark")
        time.sleep(0.2)
    begun = time.monotonic()
    assert daemon.stop(30) == 0
    took = time.monotonic() - begun
    postgres.resume() if state == "hangs" else postgres.start()
    daemon.restart()
    assert took < 10, f"{took:.1f} s"


# -- A COMMIT that arrives late


def test_t4_a_commit_that_arrives_late_is_done_once(server, proxies, own):
    """The connection is gone, and what was sent over it is still done, after its fate was asked for."""
    proxy = proxies(server)
    daemon = own("--database", server.url(server.database, port=proxy.port, options="?sslmode=disable"))
    alice, bob = People(daemon).all("alice", "bob")
    make_room(alice, "#a", bob)
    for number in range(6):
        proxy.commits_to_delay = 1
        assert alice.ok(f"MSG #a text {number}", timeout=30).fields[1] == str(number + 1)
        proxy.commits_to_delay = 1
        alice.ok(f"TOPIC #a :topic {number}", timeout=30)
        bob.expect("MSG", "#a", text=f"text {number}")
        bob.expect("TOPIC", "#a", text=f"topic {number}")
    assert proxy.lost == 12
    time.sleep(1.5)
    assert [row.text for row in alice.ok("HISTORY #a").rows] == [f"text {n}" for n in range(6)]
    bob.no_events()
