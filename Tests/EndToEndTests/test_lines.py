"""Lines, answers and labels: sections 1 and 2; T14 and T15 of the reliability page."""

import pytest

import specification
from client import ConnectionEnded
from people import make_room

pytestmark = pytest.mark.sqlite_only  # lines are read before any store is asked


@pytest.fixture
def alice(daemon, people):
    return people.log_in("alice")


@pytest.fixture
def chat(alice, room):
    make_room(alice, room)
    return alice, room


@pytest.mark.parametrize("line", ["ping x", "Ping x", "/ping x", "/PING x", "PING   x  ", "PING :x", ":me PING x", "@a=b;c PING x", "PING\tx"])
def test_verbs_in_any_case_with_or_without_slash(alice, line):
    """verb: any case … runs of spaces count as one … A source that a client writes is ignored, so are unknown tags."""
    alice.send_raw(line.encode() + b"\r\n")
    assert alice.answer().final.raw == "OK PING x"


def test_lf_and_crlf_end_lines_and_empty_lines_are_ignored(alice):
    alice.send_raw(b"\n\r\n   \nPING a\nPING b\r\n\r\n")
    assert [alice.answer().fields for _ in range(2)] == [("a",), ("b",)]


@pytest.mark.parametrize("typed, said", [
    ("hello  there ", "hello  there"), (":hello ", "hello "), ("::)", ":)"), (": two  spaces  ", " two  spaces  "),
    ("a : b", "a : b"), ("tab\there", "tab here"), ("*", "*"), ("Grüße 日本 👋🏽", "Grüße 日本 👋🏽")])
def test_text_is_kept_as_the_grammar_says(chat, typed, said):
    """A `:` that begins the last parameter is removed, once. Text after such a `:` is exact to its last space"""
    alice, room = chat
    alice.ok(f"MSG {room}   {typed}")
    assert alice.ok(f"HISTORY {room} limit=1").rows[0].text == said


@pytest.mark.parametrize("line, code", [
    ("PING", "NEED_MORE_PARAMS"), ("PING a b", "INVALID_PARAMS"), ("MSG", "NEED_MORE_PARAMS"), ("MSG #x", "NEED_MORE_PARAMS"),
    ("MSG #x :", "NEED_MORE_PARAMS"), ("WHOAMI now", "INVALID_PARAMS"), ("TOKEN", "NEED_MORE_PARAMS"), ("TOKEN STEAL", "INVALID_PARAMS"),
    ("SET", "NEED_MORE_PARAMS"), ("SET COLOUR red", "INVALID_PARAMS"), ("SET TAGS", "NEED_MORE_PARAMS"), ("SET TAGS on off", "INVALID_PARAMS"),
    ("PING " + "x" * 101, "TEXT_TOO_LONG"), ("CREATE", "NEED_MORE_PARAMS"), ("HISTORY limit=0", "INVALID_PARAMS"),
    ("HISTORY limit=1001", "INVALID_PARAMS"), ("HISTORY limit=07", "INVALID_PARAMS"), ("HISTORY limit=+7", "INVALID_PARAMS"),
    ("HISTORY limit=7 limit=7", "INVALID_PARAMS"), ("HISTORY lines=7", "INVALID_PARAMS"), ("HISTORY before=0", "INVALID_PARAMS"),
    ("HISTORY since=-1", "INVALID_PARAMS"), ("HISTORY before=2 since=1", "INVALID_PARAMS"), ("HISTORY limit=", "INVALID_PARAMS"),
    ("HISTORY limit=99999999999999999999", "INVALID_PARAMS"), ("WHEN limit=101", "INVALID_PARAMS"), ("WHEN atleast=0", "INVALID_PARAMS"),
    ("WHEN each=week", "INVALID_PARAMS"), ("AVAIL REMOVE 9", "INVALID_PARAMS"), ("AVAIL REMOVE", "NEED_MORE_PARAMS"),
    ("AVAIL LIST a b", "INVALID_PARAMS"), ("GROUPS CLOSED", "INVALID_PARAMS"), ("ACCOUNT", "NEED_MORE_PARAMS"), ("MOOD :", "NEED_MORE_PARAMS"),
    ("FROBNICATE", "UNKNOWN_COMMAND"), ("HELP frobnicate", "UNKNOWN_COMMAND")])
def test_bad_lines_get_one_fail_with_its_code(chat, line, code):
    """More parameters than a verb takes, or an unknown option: INVALID_PARAMS. Typing errors are caught, not guessed at."""
    alice, _ = chat
    alice.fail(line, code)
    alice.ok("PING alive")


def test_an_unknown_verb_names_the_nearest_and_how_to_talk(alice):
    assert "MSG" in alice.fail("MGS #x hi", "UNKNOWN_COMMAND").text
    assert "AVAIL" in alice.fail("AVIAL", "UNKNOWN_COMMAND").text


@pytest.mark.parametrize("line", ["what's up", "!best", "#room", "123-4", "@label=7", "x" * 33])
def test_what_is_no_verb_is_refused_under_a_star(alice, line):
    """(`*` where it is no verb by the grammar)"""
    alice.send_raw(line.encode() + b"\n")
    final = alice.answer().final
    assert final.words[:3] == ("FAIL", "*", "UNKNOWN_COMMAND")
    assert final.tags.get("label") == ("7" if line == "@label=7" else None)


@pytest.mark.parametrize("label", ["x", "7", "a" * 64, "!~=,@"])
def test_a_label_is_on_every_line_of_its_answer(alice, label):
    answer = alice.command(f"@label={label} HELP")
    assert answer.label == label and all(row.tags == {"label": label} for row in answer.rows)


@pytest.mark.parametrize("tag", ["label=", "label", "label=" + "a" * 65, "label=ä", "once=x", "lab=x"])
def test_a_label_of_a_wrong_form_is_ignored(alice, tag):
    """a label or `once` of a wrong form is ignored like an unknown tag"""
    alice.send_raw(f"@{tag} PING x\n".encode())
    assert alice.answer().final.raw == "OK PING x"


@pytest.mark.parametrize("line, code", [
    (b"@label=q PING \xff", "INVALID_UTF8"), (b"@label=q PING a\x07", "INVALID_CHARACTER"),
    (b"@label=q " + b"x" * 9000, "INPUT_TOO_LONG"), (b"@label=q ?!", "UNKNOWN_COMMAND")])
def test_a_label_comes_back_on_refused_lines(alice, line, code):
    """also where the line was refused whole but its tags could be read"""
    alice.send_raw(line + b"\n")
    final = alice.answer().final
    assert final.words[1:3] == ("*", code) and final.tags == {"label": "q"}


@pytest.mark.parametrize("length, code", [(8190, None), (8191, None), (8192, "INPUT_TOO_LONG"), (8193, "INPUT_TOO_LONG"), (70000, "INPUT_TOO_LONG")])
def test_a_line_has_at_most_8192_bytes_with_its_ending(alice, length, code):
    """A longer one is dropped up to its end: FAIL * INPUT_TOO_LONG."""
    alice.send_raw(b"PING x" + b" " * (length - 6) + b"\nPING next\n")
    first = alice.answer()
    assert first.code == code
    assert alice.answer().fields == ("next",)


def test_a_line_cut_by_the_end_of_the_connection_is_not_run(daemon, people, room):
    alice, bob = people.all("alice", "bob")
    make_room(alice, room, bob)
    bob.send_raw(f"MSG {room} whole\r\nMSG {room} cut".encode())
    assert bob.answer().fields[1] == "1"
    bob.close()
    alice.expect("MSG", room, "bob", text="whole")
    alice.expect("LEAVE", room, "bob")
    assert alice.ok(f"HISTORY {room}").fields[1] == "1"


@pytest.mark.parametrize("data", [b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xff", b"\x80", b"\xf8\x88\x80\x80\x80", b"\xe0\x80\xaf"])
def test_broken_utf8_is_refused(chat, data):
    alice, room = chat
    alice.send_raw(f"MSG {room} ".encode() + data + b"x\n")
    assert alice.answer().code == "INVALID_UTF8"
    alice.ok("PING alive")


FIELDS = ["MSG {} a{}b", "TOPIC {} a{}b", "MOOD {} a{}b", "KICK {} nobody a{}b", "SET NAME a{}b", "PING a{}b", "QUIT a{}b", "SIGNUP x y a{}b",
          "LOGIN a{}b c", "JOIN #a{}b", "AVAIL {} a{}b", "CREATE #a{}b", "HELP a{}b", "PASSWD a{}b new"]


@pytest.mark.parametrize("template", FIELDS)
def test_every_field_refuses_every_control_and_bidi_character(chat, template):
    """T15: every text field × every control and bidi character: refused, 100 %"""
    alice, room = chat
    lines = [template.replace("{}", room, 1).replace("{}", bad) if template.count("{}") == 2 else template.replace("{}", bad)
             for bad in specification.FORBIDDEN_CHARACTERS if bad != "\r"]
    alice.send_raw("".join(line + "\n" for line in lines).encode())
    for line in lines:
        final = alice.answer().final
        assert final.words[:3] == ("FAIL", "*", "INVALID_CHARACTER"), line
    alice.ok("PING alive")


def test_a_lone_cr_is_a_control_character(alice):
    alice.send_raw(b"PING a\rb\n")
    assert alice.answer().code == "INVALID_CHARACTER"


def test_answers_come_in_the_order_of_the_lines_of_a_pipeline(chat):
    """Commands of a connection act as if run one after the other; answers come in that order."""
    alice, room = chat
    lines = []
    for number in range(100):
        lines += [f"@label=m{number} MSG {room} {number}", f"@label=h{number} HISTORY {room} limit=1", f"@label=p{number} PING {number}"]
    alice.send_all(lines)
    for number in range(100):
        assert alice.answer().fields[1] == str(number + 1)
        assert alice.answer().rows[0].text == str(number)
        assert alice.answer().fields == (str(number),)


def test_every_split_point_of_a_pipeline_gives_the_same_answers(chat):
    """T14: every split point … exactly one final line a line"""
    alice, room = chat
    data = f"@label=1 PING a\r\n\nMSG {room} é\nPING b\n?\n".encode()
    for cut in range(1, len(data)):
        alice.send_raw(data[:cut])
        alice.send_raw(data[cut:])
        assert [alice.answer().code for _ in range(4)] == [None, None, None, "UNKNOWN_COMMAND"]


def test_one_byte_at_a_time(alice):
    for byte in b"@label=slow PING drip\r\n":
        alice.send_raw(bytes([byte]))
    assert alice.answer().final.raw == "@label=slow OK PING drip"


def test_a_mebibyte_without_a_line_end_ends_the_connection(daemon, people):
    """1 MiB without a line end: ERROR"""
    client, witness = daemon.connect(tls=False), people.log_in("bob")
    try:
        for _ in range(2000):
            client.send_raw(b"x" * 65536)
    except (ConnectionEnded, OSError):
        pass
    assert client.expect_goodbye().text
    witness.ok("PING well")


def test_tags_are_on_events_once_they_are_wanted(daemon, people, room):
    """SET TAGS ON puts @time=… on events and msgid=<id> on MSG events."""
    alice, bob = people.all("alice", "bob")
    make_room(alice, room, bob)
    bob.ok("SET TAGS on")
    alice.ok(f"MSG {room} one")
    event = bob.expect("MSG", room, "alice", text="one")
    assert event.tags["msgid"] == "1" and event.tags["time"].endswith("Z")
    alice.ok(f"MOOD {room} calm")
    assert set(bob.expect("MOOD", room, "alice").tags) == {"time"}
    bob.ok("SET TAGS off")
    alice.ok(f"MSG {room} two")
    assert bob.expect("MSG", room, "alice").tags == {}


def test_before_login_only_some_verbs_run(daemon):
    client = daemon.connect()
    for line in ("WHOAMI", "CREATE #x", "MSG #x hi", "GROUPS", "SET TAGS ON", "AVATAR GET", "TOKEN ISSUE", "TOKEN LIST", "PASSWD a b", "EXPORT",
                 "ACCOUNT DELETE x", "JOIN #x", "HISTORY #x"):
        client.fail(line, "LOGIN_REQUIRED")
    assert client.ok("PING x").fields == ("x",)
    assert len(client.ok("HELP").rows) > 40
    assert [row.fields for row in client.ok("HELP /join").rows] == [("JOIN",)]
