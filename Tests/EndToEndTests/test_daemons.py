"""Two daemons on one database: people meet whichever they reached (sections 6, 7; architecture, promise 2)."""

import subprocess
import threading
import time

import pytest

from daemon import binary
from people import PASSWORD, People, make_room
from pictures import png
from test_avatars import upload

pytestmark = [pytest.mark.postgres_only, pytest.mark.timeout(120)]


@pytest.fixture
def two(server, pair):
    return pair(server.url(server.database))


@pytest.fixture
def meeting(two):
    """alice, who owns #tea, on the first daemon; bob on the second; both listen."""
    people = People(two.daemons[0])
    alice, bob = people.all("alice", "bob")
    make_room(alice, "#tea", bob)
    bob.close()
    bob = on(two.daemons[1], "bob")
    bob.ok("JOIN #tea")
    bob.forget_events()
    wait_for_presence(alice, "bob", "online")
    alice.forget_events()
    return two, people, alice, bob


def on(daemon, name):
    client = daemon.connect()
    client.ok(f"LOGIN {name} {PASSWORD}")
    client.person = name
    client.events.clear()
    return client


def wait_for_presence(client, name, state, timeout=30):
    deadline = time.monotonic() + timeout
    while True:
        rows = {row.fields[1]: row.fields[3] for row in client.ok("MEMBERS #tea").rows}
        if rows[name] == state:
            return
        assert time.monotonic() < deadline, f"{name} is {rows[name]}"
        time.sleep(0.05)


def test_messages_reach_both_in_order_of_ids(meeting):
    _, _, alice, bob = meeting
    for number in range(20):
        speaker, listener = (alice, bob) if number % 2 else (bob, alice)
        assert speaker.ok(f"MSG #tea {number}").fields[1] == str(number + 1)
        listener.expect("MSG", "#tea", text=str(number))
    assert [row.text for row in bob.ok("HISTORY #tea").rows] == [str(n) for n in range(20)]


def test_a_thousand_lines_from_both_sides_come_in_one_order(meeting):
    two, _, alice, bob = meeting
    carol = on(two.daemons[0], "alice")
    carol.ok("SET TAGS ON"), carol.ok("JOIN #tea")
    for client in (alice, bob):
        client.send_all([f"MSG #tea {client.person} {n}" for n in range(500)])
    ids = [int(client.answer(30).fields[1]) for client in (alice, bob) for _ in range(500)]
    assert sorted(ids) == list(range(1, 1001))
    heard = [carol.expect("MSG", "#tea", timeout=10) for _ in range(1000)]
    assert [event.tags["msgid"] for event in heard] == [str(n) for n in range(1, 1001)]


CHANGES = {
    "MOOD #tea hungry": ("MOOD", (), "hungry"),
    "BUDGET #tea 20-40 EUR": ("BUDGET", ("20-40EUR",), None),
    "DISTANCE #tea 10km": ("DISTANCE", ("10000",), None),
    "AVAIL #tea fri 18:00 3h": ("AVAIL", ("1",), None),
    "TOPIC #tea :On Sunday": ("TOPIC", (), "On Sunday"),
    "ACCESS #tea open": ("ACCESS", ("open",), None),
    "SET NAME Al": ("NAME", (), "Al"),
    "ROLE #tea bob organizer": ("ROLE", ("bob", "organizer"), None),
}


@pytest.mark.parametrize("line", CHANGES)
def test_what_one_does_the_other_hears_between_the_same_messages(meeting, line):
    """They reach every daemon of a database, strict relative to messages."""
    _, _, alice, bob = meeting
    verb, fields, text = CHANGES[line]
    for _ in range(1 if verb == "ROLE" else 3):
        alice.send_all(["MSG #tea before", line, "MSG #tea after"])
        for _ in range(3):
            assert alice.answer().ok
        bob.expect("MSG", "#tea", text="before")
        bob.expect(verb, "#tea", "alice", fields=fields, text=text)
        bob.expect("MSG", "#tea", text="after")


def test_an_avatar_set_on_one_daemon_is_heard_of_and_served_by_the_other(meeting):
    two, _, alice, bob = meeting
    url = upload(alice, png(32, 32)).fields[0]
    bob.expect("AVATAR", "#tea", "alice", fields=(url,))
    digest = url.rsplit("/", 1)[1]
    import urllib.request
    for daemon in two.daemons:
        with urllib.request.urlopen("http://%s:%d/avatar/%s" % (*daemon.web, digest)) as page:
            assert page.read().startswith(b"\x89PNG")


def test_membership_events_reach_people_on_the_other_daemon(meeting):
    two, people, alice, bob = meeting
    people.log_in("carol").close()
    carol = on(two.daemons[1], "carol")
    alice.ok("INVITE #tea carol")
    carol.expect("INVITE", "#tea", "alice", fields=("carol",))
    carol.ok("JOIN #tea")
    for listener in (alice, bob):
        listener.expect("JOIN", "#tea", "carol")
    carol.forget_events()
    alice.ok("KICK #tea carol off you go")
    for listener in (bob, carol):
        listener.expect("KICK", "#tea", "alice", fields=("carol",), text="off you go")
    # It acts before any message stored after it.
    alice.ok("MSG #tea without carol")
    bob.expect("MSG", "#tea", text="without carol")
    carol.no_events()
    carol.fail("MSG #tea may I?", "NO_SUCH_ROOM")
    bob.ok("RESIGN #tea")
    alice.expect("RESIGN", "#tea", "bob")


def test_rename_and_delete_reach_members_who_do_not_listen(meeting):
    _, _, alice, bob = meeting
    bob.ok("LEAVE #tea")
    alice.expect("LEAVE", "#tea", "bob")
    alice.ok("RENAME #tea #coffee")
    bob.expect("RENAME", "#tea", "alice", fields=("#coffee",))
    bob.ok("MSG #coffee hello")
    alice.expect("MSG", "#coffee", "bob", text="hello")
    alice.ok("DELETE #coffee")
    bob.expect("DELETE", "#coffee", "alice")
    bob.fail("MSG #coffee hello", "NO_SUCH_ROOM")


def test_a_renamed_room_is_heard_under_its_new_name(meeting):
    _, _, alice, bob = meeting
    alice.send_all(["MSG #tea one", "RENAME #tea #coffee", "MSG #coffee two"])
    for _ in range(3):
        assert alice.answer().ok
    bob.expect("MSG", "#tea", text="one")
    bob.expect("RENAME", "#tea", "alice", fields=("#coffee",))
    bob.expect("MSG", "#coffee", text="two")


def test_the_first_to_listen_and_the_last_to_leave_count_over_all_daemons(meeting):
    two, _, alice, bob = meeting
    again = on(two.daemons[0], "bob")
    again.ok("JOIN #tea")
    again.forget_events()
    time.sleep(0.3)
    alice.no_events()
    bob.ok("LEAVE #tea")
    time.sleep(0.3)
    alice.no_events()
    wait_for_presence(alice, "bob", "online")
    again.ok("LEAVE #tea")
    alice.expect("LEAVE", "#tea", "bob")
    wait_for_presence(alice, "bob", "away")
    bob.ok("JOIN #tea")
    alice.expect("JOIN", "#tea", "bob")
    bob.ok("QUIT see you")
    alice.expect("LEAVE", "#tea", "bob", text="see you")


def test_a_password_changed_on_one_daemon_ends_connections_on_the_other(meeting):
    two, _, _, bob = meeting
    other = on(two.daemons[0], "bob")
    bob.ok("PASSWD " + PASSWORD.replace(" ", "\\s") + " a quite different password", timeout=10)
    assert other.expect_goodbye().text == "The password was changed."
    bob.ok("PING here")
    two.daemons[0].connect().fail(f"LOGIN bob {PASSWORD}", "INVALID_CREDENTIALS")


def test_a_token_revoked_on_one_daemon_ends_its_connections_on_the_other(meeting):
    two, _, alice, bob = meeting
    other = on(two.daemons[0], "bob")
    token = bob.ok("TOKEN ISSUE phone").fields
    phone = two.daemons[0].connect()
    phone.ok(f"RESUME {token[1]}")
    bob.ok("TOKEN REVOKE phone")
    assert phone.expect_goodbye().text == "The token was revoked."
    stranger = two.daemons[0].connect()
    stranger.fail(f"RESUME {token[1]}", "INVALID_TOKEN")
    other.ok("PING here")


def test_a_token_made_on_one_daemon_is_good_on_the_other(meeting):
    two, _, alice, _ = meeting
    fields = alice.ok("TOKEN ISSUE laptop").fields
    laptop = two.daemons[1].connect()
    assert laptop.ok(f"RESUME {fields[1]}").fields[0] == "alice"
    assert two.daemons[1].connect().ok(f"TOKEN REFRESH {fields[3]}").ok


def test_a_sign_up_on_one_daemon_is_verified_on_the_other_and_mailed_once(two):
    client = two.daemons[0].connect()
    other = two.daemons[1].connect()
    for number in range(10):
        client.ok(f"SIGNUP person{number} person{number}@example.org {PASSWORD}")
    for number in range(10):
        line = two.daemons[0].mailed_line(f"person{number}@example.org", "VERIFY")
        stranger = two.daemons[1].connect()
        stranger.ok(line)
        stranger.close()
    time.sleep(1)
    assert not list(two.daemons[0].outbox.glob("*.eml")), "a mail came twice"
    other.ok("PING end")


def test_when_and_statistics_agree(meeting):
    _, _, alice, bob = meeting
    alice.ok("AVAIL #tea 2030-06-01 18:00-21:00")
    bob.ok("AVAIL #tea 2030-06-01 19:00-22:00")
    rows = [[row.raw for row in client.ok(line).rows] for line in ("WHEN #tea", "STATS #tea") for client in (alice, bob)]
    assert rows[0] == rows[1] and rows[2] == rows[3] and rows[0]


def test_who_was_on_a_daemon_that_died_leaves_within_thirty_seconds(meeting):
    two, _, alice, bob = meeting
    begun = time.monotonic()
    two.daemons[1].kill()
    alice.expect("LEAVE", "#tea", "bob", timeout=30)
    assert time.monotonic() - begun <= 30
    wait_for_presence(alice, "bob", "away")
    two.daemons[1].restart()
    bob = on(two.daemons[1], "bob")
    bob.ok("JOIN #tea")
    alice.expect("JOIN", "#tea", "bob")


def test_daemons_that_start_together_on_an_empty_database_agree(server, tmp_path):
    """Migrations take turns, and there is one key that signs tokens."""
    started = []
    from daemon import Daemon

    def start(number):
        folder = tmp_path / f"d{number}"
        folder.mkdir()
        started.append(Daemon(folder, "--database", server.url(server.database), "--mail", f"outbox:{tmp_path}/outbox"))

    (tmp_path / "outbox").mkdir()
    threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(started) == 4
    started[0].outbox = tmp_path / "outbox"
    alice = People(started[0]).log_in("alice")
    access = alice.ok("TOKEN ISSUE everywhere").fields[1]
    for daemon in started:
        assert daemon.connect().ok(f"RESUME {access}").fields[0] == "alice"
    for daemon in started:
        daemon.finish()


@pytest.mark.parametrize("url, code, words", [
    ("postgres://gather:secretword@127.0.0.1:1/none", 1, "does not answer"),
    ("postgres://gather@127.0.0.1:{port}/no_such_database", 1, "no_such_database"),
    ("postgres://gather@127.0.0.1:{port}/postgres?sslmode=nonsense", 1, "sslmode"),
    ("postgres://[::1/gather", 78, "PostgreSQL URL")])
def test_a_database_that_cannot_be_used_is_one_clear_line(server, tmp_path, url, code, words):
    command = [str(binary()), "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0",
               "--log-level", "error", "--database", url.format(port=server.port)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert run.returncode == code and run.stdout == ""
    assert len(run.stderr.strip().splitlines()) == 1 and words in run.stderr, run.stderr
    assert "secretword" not in run.stderr


def test_a_database_of_a_newer_version_is_refused(server, tmp_path):
    command = [str(binary()), "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0",
               "--log-level", "error", "--database", server.url(server.database)]
    server.query("CREATE TABLE gather_schema (version bigint NOT NULL); INSERT INTO gather_schema VALUES (999)", server.database)
    run = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert run.returncode == 78 and "newer version" in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
