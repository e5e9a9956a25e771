"""Rooms and people: sections 3, 4, 6 and 7."""

import time

import pytest

from daemon import SERVER
from people import PASSWORD, make_room


@pytest.fixture
def trio(daemon, people):
    return people.all("alice", "bob", "carol")


def test_create_makes_the_room_listens_and_makes_it_current(trio, room):
    """CREATE: made, joined, current."""
    alice, bob, _ = trio
    answer = alice.ok(f"CREATE {room} Sunday in the park")
    assert answer.fields == (room,)
    assert alice.expect("NOTICE", room, SERVER)
    assert alice.ok("WHOAMI").fields[3] == room
    assert alice.ok("INFO").fields[:5] == (room, "alice", "invite", "1", "0")
    assert alice.ok("TOPIC").text == "Sunday in the park"
    alice.ok("MSG " + room + " hello")


def test_create_tells_the_persons_other_connections_only(daemon, people, room):
    """CREATE … M  so: one's own other connections"""
    alice, other, bob = people.log_in("alice"), people.log_in("alice"), people.log_in("bob")
    alice.ok(f"CREATE {room} a topic")
    other.expect("CREATE", room, "alice", text="a topic")
    alice.no_events()
    bob.no_events()


@pytest.mark.parametrize("name", ["a b", "#", "#a!b", "#ä", "#" + "x" * 50, "##a"])
def test_create_with_a_malformed_name_is_invalid_room(trio, name):
    """INVALID_ROOM (a malformed name in CREATE and RENAME; elsewhere NO_SUCH_ROOM)"""
    alice = trio[0]
    answer = alice.command(f"CREATE {name}")
    if name == "a b":
        assert answer.ok
        alice.ok("DELETE #a")
    else:
        assert answer.code == "INVALID_ROOM"
        alice.fail(f"INFO #{name.lstrip('#')}" if name != "#" else "INFO #", "NO_SUCH_ROOM")


def test_names_are_compared_whatever_the_case_and_shown_as_made(trio, room):
    alice = trio[0]
    mixed = room.replace("room", "RooM")
    alice.ok(f"CREATE {mixed}")
    assert alice.fail(f"CREATE {room}", "ROOM_EXISTS").fields == (room,)
    assert alice.ok(f"INFO {room.upper()}").fields[0] == mixed
    assert alice.ok(f"MSG {room[1:]} without a hash where it must be named").fields[0] == mixed


def test_private_room_and_no_room_answer_alike(trio, room):
    """To anybody else an invite-only room answers as one that does not exist … the name as it was typed, the same words."""
    alice, bob, _ = trio
    alice.ok(f"CREATE {room} secret")
    for line in ["INFO {}", "JOIN {}", "LEAVE {}", "MEMBERS {}", "TOPIC {}", "MSG {} hi", "HISTORY {}", "WHEN {}", "STATS {}",
                 "AVAIL {} fri 18:00 2h", "KICK {} alice", "RESIGN {}", "INVITE {}", "DELETE {}", "MOOD {} x", "JOIN {} k7m2-p9qd-x3vt"]:
        private = bob.fail(line.format(room), "NO_SUCH_ROOM").final.raw
        missing = bob.fail(line.format("#none"), "NO_SUCH_ROOM").final.raw
        assert private.replace(room, "#none") == missing
    odd = room.upper()
    assert bob.fail(f"INFO {odd}", "NO_SUCH_ROOM").fields == (odd,)


def test_open_rooms_answer_not_a_member_and_let_anybody_in(trio, room):
    """Open rooms, and rooms one is invited to, answer NOT_A_MEMBER."""
    alice, bob, _ = trio
    alice.ok(f"CREATE {room}")
    assert alice.ok("ACCESS open").fields == (room, "open")
    bob.fail(f"MSG {room} hi", "NOT_A_MEMBER")
    bob.fail(f"MEMBERS {room}", "NOT_A_MEMBER")
    assert bob.ok(f"INFO {room}").fields[2] == "open"
    assert room in [row.fields[0] for row in bob.ok("GROUPS OPEN").rows]
    bob.ok(f"JOIN {room}")
    alice.expect("JOIN", room, "bob")
    assert room not in [row.fields[0] for row in bob.ok("GROUPS OPEN").rows]


@pytest.mark.sqlite_only
def test_open_rooms_are_listed_whole_and_in_order_however_many_there_are(daemon, people, room):
    """GROUP rows of the open ones I am not in; OK GROUPS <count>"""
    alice, bob = people.all("alice", "bob")
    names = sorted(f"{room}-{number}" for number in range(450))
    alice.send_all([line for name in names for line in (f"CREATE {name}", f"ACCESS {name} open")])
    for _ in range(2 * len(names)):
        assert alice.answer(30).ok
    answer = bob.ok("GROUPS OPEN")
    listed = [row.fields[0] for row in answer.rows]
    assert answer.fields == (str(len(listed)),) and [name for name in listed if name.startswith(f"{room}-")] == names
    assert listed == sorted(listed, key=str.lower)
    for name in names:
        alice.send(f"DELETE {name}")
    for _ in names:
        assert alice.answer(30).ok


def test_access_is_the_owners_and_is_told(trio, room):
    alice, bob, _ = trio
    make_room(alice, room, bob)
    bob.fail(f"ACCESS {room} open", "FORBIDDEN")
    alice.fail(f"ACCESS {room} public", "INVALID_PARAMS")
    alice.ok(f"ACCESS {room} OPEN")
    bob.expect("ACCESS", room, "alice", fields=("open",))
    alice.no_events()


def test_join_replays_and_tells_the_room_once(trio, room):
    alice, bob, carol = trio
    make_room(alice, room, bob, topic="tea")
    for text in ("one", "two"):
        alice.ok(f"MSG {room} {text}")
    bob.forget_events()
    code = alice.ok("INVITE").fields[1]
    answer = carol.ok(f"JOIN {room} {code.upper().replace('-', '')}")
    assert [row.fields[1] for row in answer.rows] == ["1", "2"]
    assert [row.text for row in answer.rows] == ["one", "two"]
    assert answer.fields[:4] == (room, "3", "1", "2") and answer.text == "tea"
    carol.expect("NOTICE", room, SERVER)
    for client in (alice, bob):
        client.expect("JOIN", room, "carol")
        client.no_events()


def test_joining_where_one_listens_already_replays_only_with_since(trio, room):
    """Where this connection listens already, JOIN makes the room current and replays only with since=."""
    alice = trio[0]
    make_room(alice, room)
    alice.ok(f"MSG {room} one")
    alice.ok(f"CREATE {room}-b")
    answer = alice.ok(f"JOIN {room}")
    assert answer.rows == [] and answer.fields[3] == "1"
    assert alice.ok("WHOAMI").fields[3] == room
    assert len(alice.ok(f"JOIN {room} since=0").rows) == 1
    alice.forget_events()
    alice.ok(f"MSG {room} two")
    alice.no_events()


def test_second_connection_joins_and_leaves_without_an_event(daemon, people, room):
    """JOIN: their first connection to listen here; LEAVE: none of theirs listens any more"""
    alice, bob = people.all("alice", "bob")
    make_room(alice, room, bob)
    second = people.log_in("bob")
    second.ok(f"JOIN {room}")
    alice.no_events()
    bob.ok(f"LEAVE {room}")
    alice.no_events()
    assert dict((r.fields[1], r.fields[3]) for r in alice.ok(f"MEMBERS {room}").rows)["bob"] == "online"
    second.close()
    alice.expect("LEAVE", room, "bob")
    deadline = time.monotonic() + 5
    while True:
        member = [r for r in alice.ok(f"MEMBERS {room}").rows if r.fields[1] == "bob"][0]
        if member.fields[4] != "*" or time.monotonic() > deadline:
            break
    assert member.fields[3] == "away" and member.fields[4].endswith("Z")


def test_leave_ends_listening_and_the_current_room(trio, room):
    """The current room … is none at first and after its LEAVE, RESIGN, KICK or DELETE."""
    alice, bob, _ = trio
    make_room(alice, room, bob)
    assert bob.ok("LEAVE").fields == (room,)
    alice.expect("LEAVE", room, "bob")
    bob.fail("LEAVE", "NO_ROOM")
    alice.ok(f"MSG {room} unheard")
    bob.no_events()
    bob.ok(f"MSG {room} a member may speak without listening")
    alice.expect("MSG", room, "bob")
    bob.ok(f"LEAVE {room}")  # also where this connection does not listen


def test_quit_reason_goes_into_the_leave(trio, room):
    """:<username> LEAVE <#room> [:<reason>]"""
    alice, bob, _ = trio
    make_room(alice, room, bob)
    bob.ok("QUIT gone for tea")
    bob.expect_end()
    alice.expect("LEAVE", room, "bob", text="gone for tea")


def test_resign_is_told_to_the_room_and_to_ones_own_connections(daemon, people, room):
    """:<username> RESIGN <#room>  L P  no longer a member"""
    alice, bob, other = people.log_in("alice"), people.log_in("bob"), people.log_in("bob")
    make_room(alice, room, bob)
    other.expect("JOIN", room, "bob")  # a new member: L and P
    bob.ok(f"MOOD {room} hungry")
    bob.ok(f"AVAIL {room} fri 18:00 2h")
    alice.forget_events()
    assert bob.ok(f"RESIGN {room}").fields == (room,)
    alice.expect("RESIGN", room, "bob")
    other.expect("RESIGN", room, "bob")
    bob.no_events()
    bob.fail("TOPIC", "NO_ROOM")
    bob.fail(f"MSG {room} x", "NO_SUCH_ROOM")
    alice.ok(f"MSG {room} unheard")
    bob.no_events()
    bob.ok(f"JOIN {room} {alice.ok('INVITE ' + room).fields[1]}")
    row = alice.ok(f"STATS {room} bob").rows[0]
    assert "mood=*" in row.fields and "windows=0" in row.fields  # who resigns loses all planning there


def test_owner_who_resigns_is_succeeded_by_the_longest_standing_organizer(trio, room):
    """If the owner goes …, the longest-standing organizer, else member, becomes owner"""
    alice, bob, carol = trio
    make_room(alice, room, bob, carol)
    alice.ok(f"ROLE {room} carol organizer")
    bob.forget_events(), carol.forget_events()
    alice.ok(f"RESIGN {room}")
    for client in (bob, carol):
        client.expect("RESIGN", room, "alice")
        client.expect("ROLE", room, SERVER, fields=("carol", "owner"))
    carol.ok(f"RESIGN {room}")
    bob.expect("RESIGN", room, "carol")
    bob.expect("ROLE", room, SERVER, fields=("bob", "owner"))
    bob.ok(f"RESIGN {room}")  # with the last member the room is erased
    assert alice.ok(f"CREATE {room}").ok
    assert alice.ok("INFO").fields[4:6] == ("0", "0")


def test_role_changes_and_the_former_owner_becomes_organizer(trio, room):
    """ROLE … owner makes the former owner organizer (two ROLE events)."""
    alice, bob, carol = trio
    make_room(alice, room, bob, carol)
    bob.fail(f"ROLE {room} carol organizer", "FORBIDDEN")
    alice.fail(f"ROLE {room} alice member", "FORBIDDEN")
    alice.fail(f"ROLE {room} nobody member", "NO_SUCH_USER")
    alice.fail(f"ROLE {room} bob king", "INVALID_PARAMS")
    assert alice.ok(f"ROLE {room} BOB Organizer").fields == (room, "bob", "organizer")
    for client in (bob, carol):
        client.expect("ROLE", room, "alice", fields=("bob", "organizer"))
    alice.ok(f"ROLE {room} bob owner")
    for client in (bob, carol):
        client.expect("ROLE", room, "alice", fields=("bob", "owner"))
        client.expect("ROLE", room, "alice", fields=("alice", "organizer"))
    alice.no_events()
    assert [row.fields[1:3] for row in bob.ok(f"MEMBERS {room}").rows] == [
        ("bob", "owner"), ("alice", "organizer"), ("carol", "member")]


def test_topic_is_read_by_members_and_set_by_organizers(trio, room):
    alice, bob, _ = trio
    make_room(alice, room, bob)
    assert bob.ok(f"TOPIC {room}").text == "*"
    bob.fail(f"TOPIC {room} mine now", "FORBIDDEN")
    alice.fail(f"TOPIC {room} " + "x" * 401, "TEXT_TOO_LONG")
    assert alice.ok(f"TOPIC {room} :  Grüße 日本  ").text == "  Grüße 日本  "
    bob.expect("TOPIC", room, "alice", text="  Grüße 日本  ")
    assert alice.ok(f"TOPIC {room} *").text == "*"
    bob.expect("TOPIC", room, "alice", text="*")
    alice.no_events()


def test_kick_ends_listening_everywhere_and_all_codes(daemon, people, room):
    """KICK ends the room's codes and the person's listening; the way back is an INVITE by name only"""
    alice, bob, away, carol = people.log_in("alice"), people.log_in("bob"), people.log_in("bob"), people.log_in("carol")
    make_room(alice, room, bob, carol)
    away.expect("JOIN", room, "bob")  # a new member: L and P
    second = people.log_in("bob")
    second.ok(f"JOIN {room}")
    code = alice.ok(f"INVITE {room}").fields[1]
    assert alice.ok(f"KICK {room} bob too loud").fields == (room, "bob")
    for client in (bob, away, second, carol):
        client.expect("KICK", room, "alice", fields=("bob",), text="too loud")
    alice.ok(f"MSG {room} after")
    carol.expect("MSG", room, "alice")
    for client in (bob, away, second, alice):
        client.no_events()
    bob.fail("TOPIC", "NO_ROOM")
    bob.fail(f"JOIN {room} {code}", "NO_SUCH_ROOM")
    bob.fail(f"JOIN {room} {alice.ok('INVITE ' + room).fields[1]}", "NO_SUCH_ROOM")
    alice.ok(f"ACCESS {room} open")
    bob.fail(f"JOIN {room}", "FORBIDDEN")
    bob.fail(f"MSG {room} x", "NOT_A_MEMBER")
    alice.ok(f"INVITE {room} bob")
    bob.expect("INVITE", room, "alice", fields=("bob",))
    bob.ok(f"JOIN {room}")


def test_kick_reaches_only_those_below_ones_own_role(trio, room):
    alice, bob, carol = trio
    make_room(alice, room, bob, carol)
    bob.fail(f"KICK {room} carol", "FORBIDDEN")
    alice.fail(f"KICK {room} nobody", "NO_SUCH_USER")
    alice.ok(f"ROLE {room} bob organizer")
    alice.ok(f"ROLE {room} carol organizer")
    bob.fail(f"KICK {room} carol", "FORBIDDEN")
    bob.fail(f"KICK {room} alice", "FORBIDDEN")
    alice.fail(f"KICK {room} alice", "FORBIDDEN")
    alice.ok(f"KICK {room} carol")
    assert bob.ok("MEMBERS").fields == (room, "2")


def test_rename_keeps_listeners_codes_and_ids(trio, room):
    """RENAME keeps ids, members, codes and listeners; the old name is free."""
    alice, bob, carol = trio
    make_room(alice, room, bob)
    alice.ok(f"MSG {room} one")
    code = alice.ok(f"INVITE {room}").fields[1]
    bob.forget_events()
    bob.fail(f"RENAME {room} {room}x", "FORBIDDEN")
    alice.fail(f"RENAME {room} #a!b", "INVALID_ROOM")
    assert alice.ok(f"RENAME {room} {room}-New").fields == (room, f"{room}-New")
    bob.expect("RENAME", room, "alice", fields=(f"{room}-New",))
    assert bob.ok("WHOAMI").fields[3] == f"{room}-New"
    assert alice.ok(f"MSG {room}-new two").fields[:2] == (f"{room}-New", "2")
    bob.expect("MSG", f"{room}-New", "alice", text="two")
    carol.ok(f"JOIN {room}-new {code}")
    assert alice.ok(f"CREATE {room}").ok
    alice.fail(f"RENAME {room} {room}-NEW", "ROOM_EXISTS")
    alice.ok(f"RENAME {room}-new {room}-NEW")  # the case alone


def test_delete_erases_all_and_frees_the_name(trio, room):
    alice, bob, _ = trio
    make_room(alice, room, bob)
    alice.ok(f"MSG {room} one")
    bob.forget_events()
    created = bob.ok(f"INFO {room}").fields[6]
    bob.fail(f"DELETE {room}", "FORBIDDEN")
    alice.ok(f"DELETE {room}")
    bob.expect("DELETE", room, "alice")
    bob.fail("TOPIC", "NO_ROOM")
    bob.fail(f"HISTORY {room}", "NO_SUCH_ROOM")
    time.sleep(0.002)
    bob.ok(f"CREATE {room}")
    info = bob.ok("INFO").fields
    assert info[4:6] == ("0", "0") and info[6] != created


def test_invitation_by_name_waits_and_comes_again_after_login(daemon, people, room):
    """INVITE  P  those still waiting come again after OK LOGIN, RESUME"""
    alice, dave = people.log_in("alice"), people.log_in("dave")
    alice.ok(f"CREATE {room} a topic")
    assert alice.ok("INVITE DAVE").fields == (room, "dave")
    dave.expect("INVITE", room, "alice", fields=("dave",))
    dave.fail(f"MSG {room} x", "NOT_A_MEMBER")
    assert dave.ok(f"INFO {room}").text == "a topic"
    assert ("invited",) in [row.fields[1:2] for row in dave.ok("GROUPS").rows if row.fields[0] == room]
    again = people.log_in("dave")
    again.expect("INVITE", room, "alice", fields=("dave",))
    again.ok(f"JOIN {room}")
    third = people.log_in("dave")
    third.no_events()


def test_resign_declines_an_invitation(trio, room):
    alice, bob, _ = trio
    alice.ok(f"CREATE {room}")
    alice.ok(f"INVITE {room} bob")
    bob.ok(f"RESIGN {room}")
    bob.fail(f"JOIN {room}", "NO_SUCH_ROOM")
    alice.fail(f"INVITE {room} nobody-here", "NO_SUCH_USER")


def test_a_members_code_is_ignored_and_a_code_of_another_room_is_none(trio, room):
    alice, bob, carol = trio
    make_room(alice, room, bob)
    alice.ok(f"CREATE {room}-b")
    other = alice.ok(f"INVITE {room}-b").fields[1]
    bob.ok(f"JOIN {room} wrong-code-here")
    carol.fail(f"JOIN {room} {other}", "NO_SUCH_ROOM")


def test_groups_lists_mine_by_name_with_role_and_last_id(trio, room):
    alice, bob, _ = trio
    make_room(alice, room, bob, topic="tea")
    bob.ok(f"MSG {room} one")
    row = [row for row in bob.ok("GROUPS").rows if row.fields[0] == room][0]
    assert row.fields == (room, "member", "invite", "2", "1") and row.text == "tea"
    names = [row.fields[0].lower() for row in alice.ok("GROUPS").rows]
    assert names == sorted(names)


def test_a_command_without_a_room_acts_on_the_current_one(trio, room):
    """The current room of a connection is the one it last named in JOIN or CREATE; speaking elsewhere does not move it."""
    alice = trio[0]
    fresh = trio[1]
    for line in ("TOPIC", "MEMBERS", "HISTORY", "MOOD", "WHEN", "STATS", "AVAIL", "INFO", "INVITE", "RESIGN", "BUDGET"):
        fresh.fail(line, "NO_ROOM")
    alice.ok(f"CREATE {room}")
    alice.ok(f"CREATE {room}-b")
    alice.ok(f"MSG {room} elsewhere")
    assert alice.ok("INFO").fields[0] == f"{room}-b"
    alice.ok(f"JOIN {room}")
    assert alice.ok("INFO").fields[0] == room
    alice.ok(f"LEAVE {room}-b")
    assert alice.ok("INFO").fields[0] == room


def test_chat_mode_takes_lines_as_messages(trio, room):
    """SET CHAT ON: a line without a leading / is a message to the current room, as typed …; //x says /x"""
    alice, bob, _ = trio
    bob.fail("SET CHAT maybe", "INVALID_PARAMS")
    bob.ok("SET CHAT ON")
    bob.fail("nowhere to say it", "NO_ROOM")
    bob.ok("/SET CHAT OFF")
    make_room(alice, room, bob)
    bob.ok("SET CHAT ON")
    for typed, said in [("me! :)", "me! :)"), (":) hi", ":) hi"), ("@alice look", "@alice look"), ("//shrug", "/shrug"),
                        ("MSG is no verb here", "MSG is no verb here"), ("  spaces  ", "  spaces  ")]:
        assert bob.ok(typed).fields[0] == room
        assert alice.expect("MSG", room, "bob").text == said
    assert bob.ok("/whoami").fields[0] == "bob"
    bob.fail("x" * 4097, "TEXT_TOO_LONG")
    bob.ok("/set chat off")
    bob.fail("hello", "UNKNOWN_COMMAND")


def test_name_and_its_event_in_every_room(daemon, people, room):
    alice, bob = people.all("alice", "bob")
    make_room(alice, room, bob)
    assert bob.ok("SET NAME Bob the Builder").text == "Bob the Builder"
    alice.expect("NAME", room, "bob", text="Bob the Builder")
    assert [r.text for r in alice.ok(f"MEMBERS {room}").rows if r.fields[1] == "bob"] == ["Bob the Builder"]
    assert bob.ok("WHOAMI").text == "Bob the Builder"
    bob.fail("SET NAME " + "x" * 65, "TEXT_TOO_LONG")
    assert bob.ok("SET NAME *").text == "*"
    alice.expect("NAME", room, "bob", text="*")


@pytest.mark.parametrize("tls", [True, False])
def test_lines_sent_together_with_a_join_find_the_room_it_made_current(daemon, people, room, tls):
    """Answers come in the order of the lines, as if each had run after the one before"""
    alice, bob = people.all("alice", "bob")
    make_room(alice, room, bob)
    alice.ok(f"MSG {room} hello")
    again = people.log_in("bob", tls=tls)
    again.send_all([f"JOIN {room}", "MEMBERS", "TOPIC", f"HISTORY {room}", "WHEN", "PING end"])
    answers = [again.answer() for _ in range(6)]
    assert all(answer.ok for answer in answers), [answer.final.raw for answer in answers]
    assert answers[1].fields == (room, "2") and len(answers[3].rows) == 1
    again.send_all(["JOIN #there-is-none", "GROUPS", f"AVAIL {room}", "PING end"])
    kinds = [again.answer().final.raw.split()[:2] for _ in range(4)]
    assert kinds == [["FAIL", "JOIN"], ["OK", "GROUPS"], ["OK", "AVAIL"], ["OK", "PING"]]
