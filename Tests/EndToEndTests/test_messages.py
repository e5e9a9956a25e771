"""Messages, replay, once: sections 2, 4 and 7; T3 and T5."""

import itertools
import random
import threading
import time

import pytest

from people import make_room


@pytest.fixture
def pair(daemon, people, room):
    alice, bob = people.all("alice", "bob")
    make_room(alice, room, bob)
    return alice, bob, room


def test_ids_are_the_rooms_own_and_have_no_gaps(pair):
    alice, bob, room = pair
    for number in range(1, 21):
        speaker, hearer = (alice, bob) if number % 2 else (bob, alice)
        answer = speaker.ok(f"MSG {room} {number}")
        assert answer.fields[:2] == (room, str(number)) and answer.fields[2].endswith("Z")
        hearer.expect("MSG", room, speaker.person, text=str(number))
    alice.no_events(), bob.no_events()


def test_a_message_has_at_most_4096_bytes(pair):
    alice, _, room = pair
    assert alice.fail(f"MSG {room} " + "é" * 2049, "TEXT_TOO_LONG").fields == ("4096",)
    assert alice.ok(f"MSG {room} " + "é" * 2048).fields[1] == "1"


def test_ones_own_messages_come_as_ok_among_the_others_in_order_of_ids(daemon, people, room):
    """in order of ids, one's own (as OK) among them"""
    clients = people.all("alice", "bob", "carol")
    make_room(clients[0], room, *clients[1:])
    for client in clients:
        client.send_all([f"MSG {room} {client.person} {n}" for n in range(50)])
    for client in clients:
        texts = []
        while len(texts) < 150:
            line = client.line()
            if line.kind == "event" and line.verb == "MSG":
                texts.append(line.text)
            elif line.kind == "OK":
                assert int(line.fields[1]) == len(texts) + 1
                texts.append(None)
        rows = client.ok(f"HISTORY {room} limit=1000").rows
        assert [int(row.fields[1]) for row in rows] == list(range(1, 151))
        assert all(text is None and row.fields[3] == client.person or text == row.text for text, row in zip(texts, rows))


def test_messages_to_several_rooms_are_answered_in_the_order_of_the_lines(pair):
    alice, bob, room = pair
    alice.ok(f"CREATE {room}-b")
    lines = [f"@label={n} MSG {room if n % 3 else room + '-b'} {n}" for n in range(60)] + [f"@label=no MSG #none x", f"@label=end MSG {room} end"]
    alice.send_all(lines)
    labels = [alice.answer().label for _ in lines]
    assert labels == [str(n) for n in range(60)] + ["no", "end"]
    heard = [bob.expect("MSG", room).text for _ in range(41)]
    assert heard == [str(n) for n in range(60) if n % 3] + ["end"]


def test_history_pages_in_both_directions(pair):
    """HISTORY without before or since is the newest page; more: messages are left in the direction asked."""
    alice, _, room = pair
    assert alice.ok(f"HISTORY {room}").fields == (room, "0", "end")
    for number in range(1, 8):
        alice.ok(f"MSG {room} {number}")

    def page(options):
        answer = alice.ok(f"HISTORY {room} {options}")
        return [int(row.fields[1]) for row in answer.rows], answer.fields[2]

    assert page("limit=3") == ([5, 6, 7], "more")
    assert page("before=5 limit=3") == ([2, 3, 4], "more")
    assert page("before=2 limit=3") == ([1], "end")
    assert page("before=1") == ([], "end")
    assert page("since=0 limit=3") == ([1, 2, 3], "more")
    assert page("since=4 limit=3") == ([5, 6, 7], "end")
    assert page("since=7") == ([], "end")
    assert page("since=99") == ([], "end")
    assert page("") == ([1, 2, 3, 4, 5, 6, 7], "end")


def test_the_replay_of_join_is_the_last_50_or_all_after_an_id(pair):
    alice, bob, room = pair
    alice.send_all([f"MSG {room} {n}" for n in range(1, 121)])
    for _ in range(120):
        assert alice.answer().ok
    bob.ok(f"LEAVE {room}")
    bob.forget_events()
    answer = bob.ok(f"JOIN {room}")
    assert [int(row.fields[1]) for row in answer.rows] == list(range(71, 121)) and answer.fields[2:4] == ("1", "120")
    bob.ok(f"LEAVE {room}")
    assert [int(row.fields[1]) for row in bob.ok(f"JOIN {room} since=5").rows] == list(range(6, 121))
    bob.ok(f"LEAVE {room}")
    assert bob.ok(f"JOIN {room} since=120").rows == []
    bob.ok(f"LEAVE {room}")
    assert bob.ok(f"JOIN {room} since=9223372036854775807").rows == []
    bob.fail(f"JOIN {room} since=9223372036854775808", "INVALID_PARAMS")
    alice.ok(f"MSG {room} live")
    bob.expect("MSG", room, "alice", text="live")


def test_a_long_replay_is_whole(pair):
    alice, bob, room = pair
    count = 3000
    alice.send_all([f"MSG {room} {'x' * 300} {n}" for n in range(1, count + 1)])
    for _ in range(count):
        assert alice.answer(30).ok
    bob.ok(f"LEAVE {room}"), bob.forget_events()
    rows = bob.ok(f"@label=r JOIN {room} since=0", timeout=30).rows
    assert [int(row.fields[1]) for row in rows] == list(range(1, count + 1))


def test_once_stores_a_message_once(pair):
    """the same person, room and key are stored once, and the answer is the first one's OK"""
    alice, bob, room = pair
    first = alice.ok(f"@once=a7 MSG {room} Friday").fields
    bob.expect("MSG", room, "alice")
    assert alice.ok(f"@once=a7;label=x MSG {room} Friday").fields == first
    assert alice.ok(f"@once=a7 MSG {room} another text").fields == first
    bob.no_events()
    assert alice.ok(f"@once=a8 MSG {room} Saturday").fields[1] == "2"
    bob.expect("MSG", room, "alice", text="Saturday")
    assert bob.ok(f"@once=a7 MSG {room} mine").fields[1] == "3"  # another person
    alice.ok(f"CREATE {room}-b")
    assert alice.ok(f"@once=a7 MSG {room}-b elsewhere").fields[1] == "1"  # another room
    alice.expect("MSG", room, "bob", text="mine")
    alice.send_all([f"@once=z MSG {room} twice"] * 5)
    assert len({alice.answer().fields for _ in range(5)}) == 1


def test_t3_a_connection_cut_before_the_ok_stores_one_copy(pair, people, daemon):
    """T3: connection cut after MSG was read and before OK leaves; client comes back with the same @once: one copy, same id"""
    alice, bob, room = pair
    token = alice.ok("TOKEN ISSUE t3").fields[1]
    for number in range(40):
        line = f"@once=k{number} MSG {room} message {number}"
        cut = daemon.connect(tls=bool(number % 2))
        cut.ok(f"RESUME {token}")
        cut.send(line)
        if number % 3:
            time.sleep(random.Random(number).random() * 0.003)
        cut.reset()
        again = daemon.connect()
        again.ok(f"RESUME {token}")
        assert again.ok(line).fields[1] == str(number + 1)
        again.close()
    heard = [bob.expect("MSG", room).text for _ in range(40)]
    assert heard == [f"message {n}" for n in range(40)]


@pytest.mark.timeout(240)
def test_t5_joins_meet_the_live_events_without_gap_or_repeat(daemon, people, room):
    """T5: JOIN since= at random ids while messages arrive: no gap, no repeat"""
    alice, bob, carol = people.all("alice", "bob", "carol")
    make_room(alice, room, bob, carol)
    carol.ok(f"LEAVE {room}")
    stop = threading.Event()
    sent = itertools.count(1)
    acknowledged = [0]

    def chatter():
        while not stop.is_set():
            batch = 8
            alice.send_all([f"MSG {room} {next(sent)}" for _ in range(batch)])
            for _ in range(batch):
                acknowledged[0] = int(alice.answer(30).fields[1])
            time.sleep(0.002)

    thread = threading.Thread(target=chatter)
    thread.start()
    chance = random.Random(5)
    try:
        for _ in range(60):
            # Mostly near the newest, where replay and live events meet soon; now and then from far behind.
            newest = acknowledged[0]
            since = chance.randint(0 if chance.random() < 0.1 else max(0, newest - 1000), newest)
            joiner = people.log_in("bob")
            joiner.ok("SET TAGS ON")
            answer = joiner.ok(f"JOIN {room} since={since}", timeout=30)
            ids = [int(row.fields[1]) for row in answer.rows]
            last = int(answer.fields[3])
            live = []
            while len(live) < 20:
                event = joiner.event(30)
                if event.verb == "MSG":
                    live.append(int(event.tags["msgid"]))
            assert ids == list(range(since + 1, last + 1))
            assert live == list(range(last + 1, last + 21))
            joiner.close()
    finally:
        stop.set()
        thread.join()


def test_first_id_tells_what_has_expired(own):
    """kept for ever (0 days); first-id after expiry: held by the store's own tests; here: nothing kept is nothing lost"""
    from people import People
    daemon = own("--limits.history-days", "1")
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    alice.ok("MSG #a one")
    assert alice.ok("JOIN #a since=0").fields[2:4] == ("1", "1")
