"""What an operator does with accounts, rooms and the database, while the server runs and while it does not."""

import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import threading
import time

import pytest

import pictures
from daemon import Daemon, binary
from mailserver import wait_for
from people import PASSWORD, People, make_room
from test_avatars import upload

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class Operator:
    """At the shell of the server's machine, with the settings that the server has."""

    def __init__(self, daemon: Daemon):
        database = ("--database", daemon.flags[daemon.flags.index("--database") + 1]) if "--database" in daemon.flags else ()
        self.flags = ("--data", str(daemon.data), "--server-name", "chat.test", *database)

    def run(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(binary()), *words, *self.flags], capture_output=True, text=True, timeout=60)

    def does(self, *words: str) -> list[str]:
        """The lines that come of it."""
        result = self.run(*words)
        assert result.returncode == 0, result
        return result.stdout.splitlines()

    def cannot(self, *words: str) -> str:
        """The one line that says why."""
        result = self.run(*words)
        assert result.returncode == 1 and result.stdout == "", result
        lines = result.stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith("gatherchatd: "), result.stderr
        return lines[0].removeprefix("gatherchatd: ")


@pytest.fixture(params=["running", "stopped"])
def at_the_shell(request, own):
    """A daemon, its operator, and a context in which commands are given: while it runs, or while it is stopped."""
    daemon = own()
    operator = Operator(daemon)

    class Given:
        def __enter__(self):
            if request.param == "stopped":
                for client in daemon.clients:
                    client.close()
                assert daemon.stop() == 0
            return operator

        def __exit__(self, *_):
            if request.param == "stopped":
                daemon.restart()

    return daemon, Given()


def test_a_person_whom_no_mail_reaches_is_verified_by_hand(at_the_shell):
    daemon, given = at_the_shell
    daemon.connect().ok(f"SIGNUP Anna Anna@example.org {PASSWORD}")
    with given as operator:
        assert re.fullmatch(rf"Anna\twaits\tAnna@example.org\tuntil {TIME}", operator.does("user", "list")[1])
        assert re.fullmatch(rf"waits     Anna, until {TIME}", operator.does("user", "show", "anna")[0])
        assert operator.does("user", "verify", "anna") == ["Anna is a user now, and can LOGIN."]
        assert re.fullmatch(rf"Anna\tuser\tAnna@example.org\t{TIME}", operator.does("user", "list")[1])
        assert operator.cannot("user", "verify", "anna") == "anna is a user already"
        assert operator.cannot("user", "verify", "bob") == "no sign-up of bob waits; it does for 24 hours"
    daemon.connect().ok(f"LOGIN anna {PASSWORD}")


def test_where_several_wait_under_one_name_the_address_decides(own):
    daemon = own()
    operator = Operator(daemon)
    daemon.connect().ok(f"SIGNUP anna anna@example.org {PASSWORD}")
    daemon.connect().ok("SIGNUP anna mallory@example.org another long password")
    assert operator.cannot("user", "verify", "anna") == "several sign-ups wait under anna: say the mail address as well"
    operator.does("user", "verify", "anna", "ANNA@example.org")
    daemon.connect().ok(f"LOGIN anna {PASSWORD}")
    line = daemon.mailed_line("mallory@example.org", "VERIFY")
    daemon.connect().fail(line, "USERNAME_TAKEN")


def test_where_a_stranger_signed_up_with_the_same_address_no_password_counts(own):
    """Whoever typed SIGNUP last must not get an account that an operator verifies for somebody else."""
    daemon = own()
    daemon.connect().ok(f"SIGNUP bob bob@example.org {PASSWORD}")
    daemon.connect().ok("SIGNUP bob bob@example.org the password of a stranger")
    line, = Operator(daemon).does("user", "verify", "bob")
    for password in (PASSWORD, "the password of a stranger"):
        daemon.connect().fail(f"LOGIN bob {password}", "INVALID_CREDENTIALS")
    daemon.connect().ok(line.replace("<new password>", "a password of bob alone"))
    daemon.connect().ok("LOGIN bob a password of bob alone")


def test_a_forgotten_password_is_reset_without_a_mail(at_the_shell):
    daemon, given = at_the_shell
    People(daemon).log_in("anna")
    with given as operator:
        line, = operator.does("user", "reset", "ANNA")
        assert operator.cannot("user", "reset", "bob") == "there is no user bob"
    assert re.fullmatch(r"RESET anna \S{40} <new password>", line)
    daemon.connect().ok(line.replace("<new password>", "a brand new password"))
    daemon.connect().ok("LOGIN anna a brand new password")
    daemon.connect().fail(line.replace("<new password>", "a third one, then"), "INVALID_TOKEN")


def test_users_and_rooms_are_listed_and_shown(at_the_shell):
    daemon, given = at_the_shell
    people = People(daemon)
    anna, bob = people.all("anna", "bob")
    make_room(anna, "#Picnic", bob, topic="Sunday")
    anna.ok("MSG #picnic hello"), anna.ok("SET NAME Anna the First"), anna.ok("TOKEN ISSUE laptop")
    with given as operator:
        users = operator.does("user", "list")
        assert [line.split("\t")[0] for line in users] == ["NAME", "anna", "bob"]
        shown = dict(line.split(None, 1) for line in operator.does("user", "show", "anna"))
        assert {key: shown[key] for key in ("user", "email", "zone", "name", "tokens", "rooms")} == {
            "user": "anna", "email": "anna@example.org", "zone": "UTC", "name": "Anna the First", "tokens": "laptop",
            "rooms": "#Picnic (owner)"}
        heading, room = operator.does("room", "list")
        assert heading.split("\t") == ["ROOM", "ACCESS", "MEMBERS", "MESSAGES", "SINCE"]
        assert room.split("\t")[:4] == ["#Picnic", "invite", "2", "1"]
        for name in ("#picnic", "PICNIC"):
            shown = dict(line.split(None, 1) for line in operator.does("room", "show", name))
            assert shown["topic"] == "Sunday" and shown["members"] == "anna (owner), bob (member)"
        assert operator.cannot("room", "show", "#nowhere") == "there is no room #nowhere"
        assert operator.cannot("user", "show", "carol") == "there is no user carol, nor does a sign-up of that name wait"


def test_those_concerned_hear_of_what_an_operator_deletes(own):
    daemon = own()
    operator = Operator(daemon)
    anna, bob, carol = People(daemon).all("anna", "bob", "carol")
    make_room(anna, "#a", bob)
    make_room(bob, "#b", anna, carol)
    assert operator.does("room", "delete", "a") == ["#a is deleted with all that was in it."]
    for client in (anna, bob):
        client.expect("DELETE", "#a", source="chat.test")
    anna.fail("MSG #a still there?", "NO_SUCH_ROOM")
    assert operator.does("user", "delete", "bob") == ["bob is deleted; messages stay, without the name."]
    for client in (anna, carol):
        client.expect("RESIGN", "#b", source="bob")
        client.expect("ROLE", "#b", source="chat.test")
    assert bob.expect_goodbye().text == "The account was deleted."
    daemon.connect().fail(f"LOGIN bob {PASSWORD}", "INVALID_CREDENTIALS")


def test_deleting_works_on_a_stopped_server(own):
    daemon = own()
    make_room(People(daemon).log_in("anna"), "#a")
    assert daemon.stop() == 0
    operator = Operator(daemon)
    operator.does("room", "delete", "#a"), operator.does("user", "delete", "anna")
    assert operator.does("room", "list")[1:] == [] and operator.does("user", "list")[1:] == []
    daemon.restart()
    daemon.connect().fail(f"LOGIN anna {PASSWORD}", "INVALID_CREDENTIALS")


@pytest.mark.sqlite_only
def test_the_socket_of_a_killed_daemon_is_no_obstacle_and_nobody_elses(own):
    daemon = own()
    socket = daemon.data / "control" / "socket"
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    daemon.kill()
    assert socket.exists()
    assert Operator(daemon).does("user", "list")[1:] == [], "nobody runs: the store itself is read"
    daemon.restart()
    assert Operator(daemon).does("user", "list")[1:] == []


@pytest.mark.sqlite_only
def test_no_file_of_the_data_folder_is_anybody_elses(own):
    """Whatever umask the server was started with: folders 700, files 600"""
    daemon = own(prefix=("sh", "-c", 'umask 022; exec "$@"', "sh"))
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    alice.ok("MSG #a hello")
    assert upload(alice, pictures.png(3, 3)).ok
    daemon.connect().ok("RESET alice")
    wait_for(lambda: list(daemon.outbox.glob("*.eml")), "a mail")
    modes = {str(path.relative_to(daemon.folder)): path.stat().st_mode for path in [daemon.data, *daemon.data.rglob("*")]}
    for kind in (r"data", r"data/lock", r"data/tls-key\.pem", r"data/control/socket", r"data/gather\.sqlite", r"data/gather\.sqlite-wal", r"data/outbox/.*\.eml",
                 r"data/avatars/.*\.png"):
        assert [path for path in modes if re.fullmatch(kind, path)], kind
    assert {path: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}


@pytest.mark.sqlite_only
def test_a_daemon_that_hangs_and_words_that_are_no_names_are_told(own):
    daemon = own()
    operator = Operator(daemon)
    for word in ("", "an\nna", "anna\r"):
        assert operator.cannot("user", "show", word) == (
            "a name, an address and a path are never empty and hold no control characters")
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        assert operator.cannot("user", "list") == (
            "the daemon that uses the data folder does not answer: it starts, ends, or hangs")
    finally:
        daemon.process.send_signal(signal.SIGCONT)
    assert operator.does("user", "list")[1:] == []


@pytest.mark.sqlite_only
def test_a_data_folder_may_have_a_long_name(own, tmp_path):
    """The name of a Unix socket has 107 bytes."""
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    daemon = Daemon(folder)
    try:
        assert Operator(daemon).does("room", "list")[1:] == []
    finally:
        daemon.finish()


@pytest.mark.sqlite_only
def test_what_is_not_there_is_said(tmp_path):
    def refused(*words):
        result = subprocess.run([str(binary()), *words], capture_output=True, text=True, timeout=20)
        assert result.returncode == 78 and result.stdout == ""
        return result.stderr

    missing = tmp_path / "missing"
    assert refused("user", "list", "--data", str(missing)) == (
        f"gatherchatd: there is no data folder {missing}, or it is not yours\n")
    assert not missing.exists()
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refused("user", "list", "--data", str(empty)) == f"gatherchatd: there is no database {empty}/gather.sqlite\n"
    assert not (empty / "gather.sqlite").exists(), "to look makes nothing"


# -- backup


def contents(path) -> dict[str, int]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        tables = [name for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


@pytest.mark.sqlite_only
def test_a_backup_while_the_server_runs_is_one_moment_of_it_and_can_be_restored(own, tmp_path):
    """Consistent while it runs, progress shown, restorable: a test restores it."""
    daemon = own("--limits.command-rate", "0")
    people = People(daemon)
    anna, bob = people.all("anna", "bob")
    make_room(anna, "#a", bob)
    bob.ok("LEAVE #a"), anna.ok("LEAVE #a")
    # Enough for several steps of a copy.
    for start in range(0, 6000, 500):
        anna.send_all([f"MSG #a {number} " + "x" * 3000 for number in range(start, start + 500)])
        for _ in range(500):
            assert anna.answer().ok
    acknowledged, stop = [6000], threading.Event()

    def talk():
        while not stop.is_set():
            acknowledged.append(int(bob.ok("MSG #a meanwhile").fields[1]))

    talking = threading.Thread(target=talk)
    talking.start()
    copy = tmp_path / "backup.sqlite"
    try:
        before = acknowledged[-1]
        result = Operator(daemon).run("backup", str(copy))
        after = acknowledged[-1]
    finally:
        stop.set()
        talking.join()
    assert result.returncode == 0, result
    assert result.stdout == f"{copy} holds the whole database as it was, and was checked.\n"
    assert re.search(r"^(\d+) of \1 pages$", result.stderr, re.MULTILINE), "how far it is"
    done = [int(pages) for pages in re.findall(r"^(\d+) of \d+ pages$", result.stderr, re.MULTILINE)]
    assert done == sorted(done), "it never begins anew, whatever is written meanwhile"
    assert after > before, "people talked meanwhile"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if "backup" in path.name) == ["backup.sqlite"]
    # Restored, as the README says: the file in the place of the database.
    folder = tmp_path / "restored"
    (folder / "data").mkdir(parents=True)
    shutil.copy(copy, folder / "data/gather.sqlite")
    restored = Daemon(folder)
    try:
        reader = restored.connect()
        reader.ok(f"LOGIN anna {PASSWORD}")
        joined = reader.ok("JOIN #a since=5990", timeout=30)
        newest = int(joined.fields[3])
        assert before <= newest <= after + 1, "a moment between its begin and its end"
        assert [int(row.fields[1]) for row in joined.rows] == list(range(5991, newest + 1))
        assert reader.ok("MSG #a and on it goes").fields[1] == str(newest + 1)
    finally:
        restored.finish()


@pytest.mark.sqlite_only
def test_a_backup_of_a_stopped_server(own, tmp_path):
    daemon = own()
    make_room(People(daemon).log_in("anna"), "#a")
    assert daemon.stop() == 0
    copy = tmp_path / "backup.sqlite"
    Operator(daemon).does("backup", str(copy))
    assert contents(copy) == contents(daemon.data / "gather.sqlite")
    daemon.restart()


@pytest.mark.sqlite_only
def test_a_backup_overwrites_nothing_and_leaves_nothing_half(own, tmp_path):
    daemon = own()
    operator = Operator(daemon)
    there = tmp_path / "there"
    there.write_text("mine")
    assert operator.cannot("backup", str(there)) == f"{there} is there already; nothing is overwritten"
    assert there.read_text() == "mine"
    nowhere = tmp_path / "nowhere" / "x"
    assert operator.cannot("backup", str(nowhere)) == f"{nowhere}: No such file or directory"
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], check=True)
    try:
        assert operator.cannot("backup", str(small / "x")) == f"{small / 'x'}: no space left"
        assert os.listdir(small) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.sqlite_only
def test_sigterm_ends_a_backup_at_any_step_and_nothing_is_left_of_it(own, tmp_path):
    daemon = own()
    assert daemon.stop() == 0
    # Large enough for a copy that takes some time.
    with sqlite3.connect(daemon.data / "gather.sqlite") as database:
        database.execute("CREATE TABLE ballast (bytes BLOB)")
        database.execute("WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                         "INSERT INTO ballast SELECT randomblob(100000) FROM n")
    daemon.restart()
    copy = tmp_path / "copies" / "backup.sqlite"
    copy.parent.mkdir()
    running = subprocess.Popen([str(binary()), "backup", str(copy), *Operator(daemon).flags], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 10
    while not os.listdir(copy.parent):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    begun = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - begun < 5
    assert running.wait(5) == 1, running.communicate()
    assert os.listdir(copy.parent) == []
    daemon.restart()


@pytest.mark.sqlite_only
def test_a_path_is_the_one_of_the_shell_not_of_the_daemon(own, tmp_path):
    daemon = own()
    subprocess.run([str(binary()), "backup", "here.sqlite", *Operator(daemon).flags], cwd=tmp_path, check=True, timeout=20,
                   capture_output=True)
    assert (tmp_path / "here.sqlite").exists()


@pytest.mark.postgres_only
def test_a_backup_of_postgresql_is_its_own_affair(own, tmp_path):
    words = "the database is PostgreSQL: back it up with pg_dump"
    assert Operator(own()).cannot("backup", str(tmp_path / "x")) == words
