"""Two daemons on one database: people meet whichever they reached (sections 6, 7; architecture, promise 2)."""

import socket
import subprocess
import threading
import time

import pytest

from daemon import binary
from people import PASSWORD, People, make_room
from pictures import png
from postgres import shared_server
from test_avatars import upload

pytestmark = [pytest.mark.postgres_only, pytest.mark.timeout(120)]


@pytest.fixture
def two(server, pair):
    two = pair(server.url(server.database))
    two.server = server
    return two


@pytest.fixture
def meeting(two):
    """alice, who owns #tea, on the first daemon; bob on the second; both listen."""
    people = People(two.daemons[0])
    alice, bob = people.all("alice", "bob")
    make_room(alice, "#tea", bob)
    bob.close()
    alice.expect("LEAVE", "#tea", "bob")
    bob = on(two.daemons[1], "bob")
    bob.ok("JOIN #tea")
    alice.expect("JOIN", "#tea", "bob")
    bob.forget_events()
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


@pytest.fixture
def silent_meeting(server, proxies, pair):
    """The same without notifications: one look at the log brings all at once."""
    proxy = proxies(server)
    two = pair(server.url(server.database, port=proxy.port, options="?sslmode=disable"))
    alice, bob, carol = People(two.daemons[0]).all("alice", "bob", "carol")
    make_room(alice, "#tea", bob, carol)
    bob.close()
    bob = on(two.daemons[1], "bob")
    bob.ok("JOIN #tea")
    bob.forget_events()
    proxy.drops_notifications = True
    return alice, bob, carol


def test_what_is_read_late_is_heard_as_it_was(silent_meeting):
    """Each message under the name that its room had, each change between the messages between which it was made."""
    alice, bob, _ = silent_meeting
    alice.send_all(["MSG #tea one", "RENAME #tea #coffee", "MSG #coffee two", "KICK #coffee bob", "MSG #coffee three",
                    "INVITE #coffee bob"])
    for _ in range(6):
        assert alice.answer().ok
    bob.expect("MSG", "#tea", text="one")
    bob.expect("RENAME", "#tea", "alice", fields=("#coffee",))
    bob.expect("MSG", "#coffee", text="two")
    bob.expect("KICK", "#coffee", "alice", fields=("bob",))
    bob.expect("INVITE", "#coffee", "alice", fields=("bob",))


def test_the_last_words_of_a_deleted_account_come_from_the_server(silent_meeting):
    """A source is a user or the server."""
    alice, bob, carol = silent_meeting
    carol.ok("MSG #tea good bye"), carol.ok(f"ACCOUNT DELETE {PASSWORD}"), alice.ok("MSG #tea gone")
    heard = bob.expect("MSG", "#tea", text="good bye")
    assert heard.source in ("carol", "chat.test")
    bob.expect("RESIGN", "#tea", "carol")
    bob.expect("MSG", "#tea", "alice", text="gone")


def test_the_first_to_listen_and_the_last_to_leave_count_over_all_daemons(meeting):
    two, people, alice, bob = meeting
    people.log_in("carol").close()
    carol = on(two.daemons[0], "carol")
    alice.ok("INVITE #tea carol")
    carol.ok("JOIN #tea")
    alice.expect("JOIN", "#tea", "carol")
    again = on(two.daemons[0], "bob")
    again.ok("JOIN #tea")
    nothing_heard_before(alice, carol)
    bob.ok("LEAVE #tea")
    # What a daemon stores of who listens, it stores in order: the other daemon has said so before carol's next LEAVE.
    sure = on(two.daemons[1], "carol")
    sure.ok("JOIN #tea")
    await_listeners(two, "carol", 2)
    carol.ok("LEAVE #tea"), sure.ok("LEAVE #tea")
    alice.expect("LEAVE", "#tea", "carol")
    wait_for_presence(alice, "bob", "online")
    again.ok("LEAVE #tea")
    alice.expect("LEAVE", "#tea", "bob")
    wait_for_presence(alice, "bob", "away")
    bob.ok("JOIN #tea")
    alice.expect("JOIN", "#tea", "bob")
    bob.ok("QUIT see you")
    alice.expect("LEAVE", "#tea", "bob", text="see you")


def await_listeners(two, name, count, timeout=5):
    """Daemons store who listens a moment after they have said OK."""
    database = two.url.rsplit("/", 1)[1].split("?")[0]
    query = f"SELECT count(*) FROM listening l JOIN account a ON a.id = l.account WHERE a.folded = '{name}'"
    deadline = time.monotonic() + timeout
    while shared_server().query(query, database) != str(count):
        assert time.monotonic() < deadline, f"{name} does not listen on {count} daemons"
        time.sleep(0.02)


def nothing_heard_before(listener, other):
    """Of what happened before on the other's daemon, as its own LEAVE and JOIN are told after it."""
    other.ok("LEAVE #tea")
    listener.expect("LEAVE", "#tea", other.person)
    other.ok("JOIN #tea")
    listener.expect("JOIN", "#tea", other.person)


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
    """Both daemons take mails from the one queue."""
    client = two.daemons[0].connect()
    for number in range(10):
        client.ok(f"SIGNUP person{number} person{number}@example.org {PASSWORD}")
    for number in range(10):
        stranger = two.daemons[1].connect()
        stranger.ok(two.daemons[0].mailed_line(f"person{number}@example.org", "VERIFY"))
        stranger.close()
    # The queue is empty once a later mail has come, and somebody who looks at it finds nothing.
    client.ok(f"SIGNUP last last@example.org {PASSWORD}")
    two.daemons[0].mailed_line("last@example.org", "VERIFY")
    await_true(lambda: two.server.query("SELECT count(*) FROM mail", two.server.database) == "0", "mails wait")
    assert not list(two.daemons[0].outbox.glob("*.eml")), "a mail came twice"


def await_true(condition, problem, timeout=10):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, problem
        time.sleep(0.02)


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


def test_who_was_on_a_daemon_that_is_stopped_leaves_at_once(meeting):
    two, _, alice, _ = meeting
    begun = time.monotonic()
    assert two.daemons[1].stop() == 0
    alice.expect("LEAVE", "#tea", "bob", timeout=10)
    assert time.monotonic() - begun < 5
    wait_for_presence(alice, "bob", "away")
    two.daemons[1].restart()


def test_a_daemon_that_could_not_reach_the_database_enters_its_people_again(server, proxies, pair):
    """It is dead to the others for a while; its own people stay connected, and hear what they missed."""
    proxy = proxies(server)
    two = pair(server.url(server.database))
    people = People(two.daemons[0])
    alice, bob = people.all("alice", "bob")
    make_room(alice, "#tea", bob)
    bob.close()
    alice.expect("LEAVE", "#tea", "bob")
    assert two.daemons[1].stop() == 0
    two.daemons[1].use_database(server.url(server.database, port=proxy.port, options="?sslmode=disable"))
    two.daemons[1].restart()
    bob = on(two.daemons[1], "bob")
    bob.ok("JOIN #tea")
    alice.expect("JOIN", "#tea", "bob")
    proxy.silences = "all"
    alice.expect("LEAVE", "#tea", "bob", timeout=30)
    wait_for_presence(alice, "bob", "away")
    alice.ok("MSG #tea while you were away")
    proxy.silences = None
    bob.expect("MSG", "#tea", "alice", text="while you were away")
    alice.expect("JOIN", "#tea", "bob")
    for client in (alice, bob):
        wait_for_presence(client, "bob", "online")


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


def refused(url, tmp_path, timeout=20):
    """Starts a daemon that cannot start: one clear line, with no password in it."""
    command = [str(binary()), "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0",
               "--log-level", "error", "--database", url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    assert run.stdout == "" and len(run.stderr.strip().splitlines()) == 1, run.stderr
    assert "secretword" not in run.stderr
    return run.returncode, run.stderr


@pytest.mark.parametrize("url, code, words", [
    ("postgres://gather:secretword@127.0.0.1:1/none", 1, "does not answer"),
    ("postgres://gather:secretword@127.0.0.1:{port}/no_such_database", 1, "no_such_database"),
    ("postgres://gather:secretword@127.0.0.1:{port}/postgres?sslmode=nonsense", 78, "sslmode"),
    ("postgres://gather:secretword@nowhere.invalid/gather", 1, "nowhere.invalid"),
    ("postgres://gather:secretword@127.0.0.1/gather?no_such_option=1", 78, "PostgreSQL URL"),
    ("postgres:gather:secretword@127.0.0.1", 78, "PostgreSQL URL"),
    ("postgres://[::1/gather", 78, "PostgreSQL URL")])
def test_a_database_that_cannot_be_used_is_one_clear_line(server, tmp_path, url, code, words):
    given, line = refused(url.format(port=server.port), tmp_path)
    assert given == code and words in line


def test_a_database_that_takes_connections_and_does_not_answer_is_one_clear_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        given, line = refused(f"postgres://gather:secretword@127.0.0.1:{silent.getsockname()[1]}/gather", tmp_path)
    assert given == 1 and "does not answer" in line and time.monotonic() - begun < 10


def test_a_wrong_password_is_one_clear_line(postgres, tmp_path):
    postgres.query("CREATE ROLE guarded LOGIN PASSWORD 'the right one'")
    rules = postgres.data / "pg_hba.conf"
    rules.write_text("host all guarded 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    postgres.query("SELECT pg_reload_conf()")
    await_true(lambda: postgres.query("SELECT count(*) FROM pg_hba_file_rules WHERE auth_method = 'scram-sha-256'") == "1",
               "the rules were not read")
    given, line = refused(f"postgres://guarded:secretword@127.0.0.1:{postgres.port}/{postgres.database}", tmp_path)
    assert given == 1 and "password authentication failed" in line


def test_a_database_of_another_encoding_is_refused(postgres, tmp_path):
    postgres.query("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    given, line = refused(postgres.url("latin"), tmp_path)
    assert given == 78 and "UTF8" in line


def test_a_database_of_a_newer_version_is_refused(server, tmp_path):
    server.query("CREATE TABLE gather_schema (version bigint NOT NULL); INSERT INTO gather_schema VALUES (999)", server.database)
    given, line = refused(server.url(server.database), tmp_path)
    assert given == 78 and "newer version" in line
