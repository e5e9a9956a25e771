"""Times, availability, WHEN and STATS through the wire: sections 8 and 9."""

import datetime

import pytest

from people import make_room

DAY = datetime.date.today() + datetime.timedelta(days=400)


def at(clock, days=0):
    return f"{DAY + datetime.timedelta(days=days)}T{clock}:00Z"


def typed(start, end, days=0):
    return f"{DAY + datetime.timedelta(days=days)} {start}-{end}"


@pytest.fixture
def alone(daemon, people, room):
    alice = people.log_in("alice")
    make_room(alice, room)
    return alice, room


@pytest.fixture
def four(daemon, people, room):
    clients = people.all("alice", "bob", "carol", "dave")
    make_room(clients[0], room, *clients[1:])
    return clients, room


def windows(answer):
    return [(row.fields[3], row.fields[4]) for row in answer.rows]


@pytest.mark.parametrize("text, start, end", [
    ("{d} 18:00 3h", "18:00", "21:00"), ("{d} 18:00-22:30", "18:00", "22:30"), ("{d}T18:00 90m", "18:00", "19:30"),
    ("{d}T18:00Z 1h30m", "18:00", "19:30"), ("{d}T18:00+01:00 03:00", "17:00", "20:00"), ("{d}T18:00-05:00 1h", "23:00", "24:00"),
    ("{d} 22:00-02:00", "22:00", "26:00"), ("{d} 18:00-24:00", "18:00", "24:00"), ("{d}", "00:00", "24:00"), ("{yy} 2h", "18:00", "20:00"),
    ("{d}T18:00:00Z 1m", "18:00", "18:01"), ("{d} 00:00 336h", "00:00", "336:00")])
def test_every_form_of_window(alone, text, start, end):
    alice, room = alone
    words = text.format(d=DAY, yy=DAY.strftime("%y:%m:%d:18:00"))

    def moment(clock):
        hours, minutes = map(int, clock.split(":"))
        return (datetime.datetime(DAY.year, DAY.month, DAY.day) + datetime.timedelta(hours=hours, minutes=minutes)).strftime("%Y-%m-%dT%H:%M:00Z")

    answer = alice.ok(f"AVAIL {room} {words}")
    assert answer.rows[0].fields == (room, "alice", "1", moment(start), moment(end)) and answer.fields == (room, "1")


@pytest.mark.parametrize("text, code", [
    ("yesterday 18:00 3h", "INVALID_TIME"), ("2020-01-01 18:00 3h", "INVALID_TIME"), ("2099-01-01 18:00 3h", "INVALID_TIME"),
    ("2027-02-30 18:00 3h", "INVALID_TIME"), ("fr 18:00 3h", "INVALID_TIME"), ("fri 25:00 3h", "INVALID_TIME"), ("fri 18:00", "INVALID_DURATION"),
    ("fri 18:00 0m", "INVALID_DURATION"), ("fri 18:00 15d", "INVALID_DURATION"), ("fri 18:00 337h", "INVALID_DURATION"), ("soon", "INVALID_TIME"),
    ("fri 18:00:30 3h", "INVALID_TIME"), ("fri 18:00 3h please", "INVALID_PARAMS")])
def test_what_is_no_window(alone, text, code):
    alice, room = alone
    alice.fail(f"AVAIL {room} {text}", code)
    assert alice.ok(f"AVAIL {room}").fields == (room, "0")


def test_weekdays_today_and_tomorrow_in_the_persons_zone(daemon, people, room):
    alice = people.log_in("alice")
    alice.ok("SET TZ Asia/Tokyo")
    make_room(alice, room)
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9)))
    tomorrow = now.date() + datetime.timedelta(days=1)
    row = alice.ok("AVAIL tomorrow 18:00-20:00").rows[0]
    assert row.fields[3] == f"{tomorrow}T09:00:00Z"
    assert row.text.endswith("18:00-20:00")
    alice.ok("AVAIL CLEAR")
    friday = now.date() + datetime.timedelta(days=(4 - now.weekday()) % 7)
    if friday == now.date():
        friday += datetime.timedelta(days=0 if now.hour < 22 else 7)
    assert alice.ok("AVAIL Friday 22:00-23:00").rows[0].fields[3] == f"{friday}T13:00:00Z"
    alice.ok("SET TZ UTC")


def test_both_edges_of_daylight_saving(daemon, people, room):
    """A local time skipped in spring is INVALID_TIME, one that comes twice is the first."""
    alice = people.log_in("alice")
    alice.ok("SET TZ Europe/Berlin")
    make_room(alice, room)
    alice.fail("AVAIL 2027-03-28 02:30 1h", "INVALID_TIME")
    assert windows(alice.ok("AVAIL 2027-10-31 02:30 1h")) == [("2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z")]
    alice.ok("AVAIL CLEAR")
    assert windows(alice.ok("AVAIL 2027-03-28")) == [("2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z")]
    alice.ok("AVAIL CLEAR")
    assert windows(alice.ok("AVAIL 2027-10-31")) == [("2027-10-30T22:00:00Z", "2027-10-31T23:00:00Z")]
    alice.ok("SET TZ UTC")


def test_availability_is_a_set_of_time(alone):
    """AVAIL adds to it, REMOVE takes away …; windows are half-open, touching ones are one."""
    alice, room = alone
    alice.ok(f"AVAIL {room} {typed('10:00', '12:00')}")
    assert windows(alice.ok(f"AVAIL {room} {typed('12:00', '14:00')}")) == [(at("10:00"), at("14:00"))]
    assert windows(alice.ok(f"AVAIL {room} {typed('11:00', '12:00')}")) == [(at("10:00"), at("14:00"))]
    assert alice.ok(f"AVAIL {room} REMOVE {typed('11:00', '12:00')}").fields == (room, "2")
    assert windows(alice.ok(f"AVAIL {room}")) == [(at("10:00"), at("11:00")), (at("12:00"), at("14:00"))]
    assert alice.ok(f"AVAIL {room} REMOVE 1").fields == (room, "1")
    assert windows(alice.ok(f"AVAIL {room} LIST")) == [(at("12:00"), at("14:00"))]
    alice.fail(f"AVAIL {room} REMOVE 2", "INVALID_PARAMS")
    alice.fail(f"AVAIL {room} REMOVE 0", "INVALID_PARAMS")
    assert alice.ok(f"AVAIL {room} CLEAR").fields == (room, "0")
    alice.fail(f"AVAIL {room} LIST nobody", "NO_SUCH_USER")


def test_availability_of_all_by_name_then_start_and_its_event(four):
    (alice, bob, carol, _), room = four
    carol.ok(f"AVAIL {room} {typed('10:00', '11:00')}")
    alice.expect("AVAIL", room, "carol", fields=("1",))
    bob.ok(f"AVAIL {room} {typed('14:00', '15:00')}")
    bob.ok(f"AVAIL {room} {typed('12:00', '13:00')}")
    rows = alice.ok(f"AVAIL {room} ALL").rows
    assert [(row.fields[1], row.fields[2], row.fields[3]) for row in rows] == [
        ("bob", "1", at("12:00")), ("bob", "2", at("14:00")), ("carol", "1", at("10:00"))]
    assert [row.fields[2] for row in alice.ok(f"AVAIL {room} LIST BOB").rows] == ["1", "2"]
    assert [event.fields for event in (alice.expect("AVAIL"), alice.expect("AVAIL"))] == [("1",), ("2",)]
    bob.forget_events()
    alice.no_events()


def test_windows_a_person_and_room_are_limited(own):
    from people import People
    daemon = own("--limits.windows-per-person", "2")
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    alice.ok(f"AVAIL #a {typed('10:00', '11:00')}"), alice.ok(f"AVAIL #a {typed('12:00', '14:00')}")
    assert alice.fail(f"AVAIL #a {typed('15:00', '16:00')}", "QUOTA_EXCEEDED").fields == ("2",)
    alice.fail(f"AVAIL #a REMOVE {typed('12:30', '13:00')}", "QUOTA_EXCEEDED")
    alice.ok(f"AVAIL #a {typed('11:00', '12:00')}")


def rows(answer):
    return [(row.fields[2][11:16], row.fields[3][11:16], row.fields[4], row.fields[5]) for row in answer.rows]


def worked(four):
    (alice, bob, carol, dave), room = four
    for client, start, end in ((alice, "18:00", "23:00"), (bob, "19:00", "23:00"), (carol, "19:00", "21:00"), (dave, "20:00", "24:00")):
        client.ok(f"AVAIL {room} {typed(start, end)}")
    return alice, room


def test_when_gives_the_worked_example(four):
    """A 18–23, B 19–23, C 19–21, D 20–24 gives 20–21 4/4, 20–23 3/4 (C), 19–21 3/4 (D)"""
    alice, room = worked(four)
    answer = alice.ok(f"WHEN {room}")
    assert rows(answer) == [("20:00", "21:00", "4/4", "*"), ("20:00", "23:00", "3/4", "carol"), ("19:00", "21:00", "3/4", "dave")]
    assert [row.fields[1] for row in answer.rows] == ["1", "2", "3"]
    assert answer.fields == (room, "3", "4", "4", "end")
    assert rows(alice.ok(f"WHEN {room} min=2h")) == [("20:00", "23:00", "3/4", "carol"), ("19:00", "21:00", "3/4", "dave")]
    assert rows(alice.ok(f"WHEN {room} min=2h with=carol")) == [("19:00", "21:00", "3/4", "dave")]
    one = alice.ok(f"WHEN {room} limit=1")
    assert one.fields == (room, "1", "4", "4", "more") and rows(one) == [("20:00", "21:00", "4/4", "*")]
    assert rows(alice.ok(f"WHEN {room} each=day")) == [("20:00", "21:00", "4/4", "*")]
    assert rows(alice.ok(f"WHEN {room} from={DAY}T20:30 until={DAY}T22:00Z min=1h")) == [("20:30", "22:00", "3/4", "carol")]
    assert ("18:00", "23:00", "1/4", "bob,carol,dave") in rows(alice.ok(f"WHEN {room} atleast=1"))


def test_when_is_no_head_count(four):
    """A 18–20, B 18–22, C 20–22 has two people at every moment of 18–22, yet no two can stay"""
    (alice, bob, carol, _), room = four
    for client, start, end in ((alice, "18:00", "20:00"), (bob, "18:00", "22:00"), (carol, "20:00", "22:00")):
        client.ok(f"AVAIL {room} {typed(start, end)}")
    assert rows(alice.ok(f"WHEN {room}")) == [("18:00", "20:00", "2/3", "carol"), ("20:00", "22:00", "2/3", "alice")]


def test_best_says_which_condition_stood_in_the_way(four):
    """If nothing qualifies: the BEST row … (OK WHEN <#room> 0 <n> <members> end)"""
    (alice, bob, _, _), room = four
    assert alice.ok(f"WHEN {room}").fields == (room, "0", "0", "4", "end")
    alice.ok(f"AVAIL {room} {typed('10:00', '10:20')}")
    bob.ok(f"AVAIL {room} NONE")
    alice.forget_events()
    answer = alice.ok(f"WHEN {room}")
    assert answer.fields == (room, "0", "2", "4", "end")
    assert answer.rows[0].words[0] == "BEST"
    assert answer.rows[0].fields == (room, at("10:00"), at("10:20"), "1/2", "bob")


@pytest.mark.parametrize("options, code", [
    ("min=0m", "INVALID_DURATION"), ("min=x", "INVALID_DURATION"), ("from=fri", "INVALID_TIME"), ("until=x", "INVALID_TIME"),
    ("with=nobody", "NO_SUCH_USER"), ("with=alice,nobody", "NO_SUCH_USER"), ("from=2027-02-02 until=2027-02-01", "INVALID_TIME")])
def test_bad_questions(four, options, code):
    (alice, *_), room = four
    alice.fail(f"WHEN {room} {options}", code)


def test_mood_budget_and_distance_are_shown_set_and_taken_away(four):
    (alice, bob, *_), room = four
    assert alice.ok(f"MOOD {room}").text == "*"
    assert alice.ok(f"MOOD {room} very hungry").text == "very hungry"
    bob.expect("MOOD", room, "alice", text="very hungry")
    assert alice.ok(f"MOOD {room}").text == "very hungry"
    alice.fail(f"MOOD {room} " + "x" * 101, "TEXT_TOO_LONG")
    assert alice.ok(f"MOOD {room} *").text == "*"
    bob.expect("MOOD", room, "alice", text="*")
    for given, shown in [("20-40 EUR", "20-40EUR"), ("20-40eur", "20-40EUR"), ("40 EUR", "0-40EUR"), ("19.5-20 USD", "19.50-20USD"), ("*", "*")]:
        assert alice.ok(f"BUDGET {room} {given}").fields == (room, shown)
        bob.expect("BUDGET", room, "alice", fields=(shown,))
        assert alice.ok(f"BUDGET {room}").fields == (room, shown)
    for wrong in ("40", "40 euros", "40-20 EUR", "1.234 EUR", "1000000000 EUR", "-5 EUR", "20-40 XXX"):
        alice.fail(f"BUDGET {room} {wrong}", "INVALID_BUDGET")
    for given, shown in [("10km", "10000"), ("5 km", "5000"), ("2.5mi", "4023"), ("800m", "800"), ("*", "*")]:
        assert alice.ok(f"DISTANCE {room} {given}").fields == (room, shown)
        bob.expect("DISTANCE", room, "alice", fields=(shown,))
        assert alice.ok(f"DISTANCE {room}").fields == (room, shown)
    for wrong in ("10", "far", "20001km", "-1km", "1e3km"):
        alice.fail(f"DISTANCE {room} {wrong}", "INVALID_DISTANCE")


def test_statistics_have_each_member_and_what_they_share(four):
    (alice, bob, carol, dave), room = four
    alice.ok(f"MOOD {room} Hungry"), bob.ok(f"MOOD {room} hungry"), carol.ok(f"MOOD {room} very tired")
    alice.ok(f"BUDGET {room} 10-30 EUR"), bob.ok(f"BUDGET {room} 20-40 EUR"), carol.ok(f"BUDGET {room} 5 USD")
    alice.ok(f"DISTANCE {room} 10km"), bob.ok(f"DISTANCE {room} 4km"), carol.ok(f"DISTANCE {room} 5km")
    alice.ok(f"AVAIL {room} {typed('18:00', '20:00')}"), bob.ok(f"AVAIL {room} {typed('19:00', '21:00')}")
    dave.forget_events()
    answer = dave.ok(f"STATS {room}")
    assert [row.fields[1:] for row in answer.rows] == [
        ("member", "alice", "mood=Hungry", "budget=10-30EUR", "distance=10000", "windows=1"),
        ("member", "bob", "mood=hungry", "budget=20-40EUR", "distance=4000", "windows=1"),
        ("member", "carol", r"mood=very\stired", "budget=0-5USD", "distance=5000", "windows=0"),
        ("member", "dave", "mood=*", "budget=*", "distance=*", "windows=0"),
        ("mood", "hungry", "2"), ("mood", r"very\stired", "1"),
        ("budget", "20", "30", "EUR", "2/2"), ("budget", "0", "5", "USD", "1/1"),
        ("distance", "4000", "5000", "3/3"), ("when", at("19:00"), at("20:00"), "2/2")]
    assert answer.fields == (room, "4", "3")
    alone = dave.ok(f"STATS {room} CAROL")
    assert [row.fields[2] for row in alone.rows] == ["carol"] and alone.fields == (room, "4", "3")
    dave.fail(f"STATS {room} nobody", "NO_SUCH_USER")
