"""T6: a disk without space, and a limit on the size of files: what cannot be kept is refused at once, what is there is served,
and all of it works again by itself. What single errors of SQLite mean is in SQLiteFailureTests."""

import os
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

import pictures
from daemon import Daemon, binary
from load import UNAVAILABLE, Load
from mailserver import wait_for
from people import PASSWORD, People, make_room
from small_disk import FileLimit, Metronome, NoMoreFiles, SmallDisk
from test_avatars import fetch, upload
from test_wall_clock import shim, timed  # noqa: F401
from test_watching import Scrape

FLAGS = ("--limits.command-rate", "0", "--limits.connections-per-person", "200")


@pytest.fixture
def small_disk(tmp_path):
    """Makes small disks; whoever uses them must have ended when they go."""
    disks = []

    def make(path: Path, kind=SmallDisk):
        disks.append(kind(path))
        return disks[-1]

    yield make
    for disk in disks:
        disk.finish()


@pytest.fixture
def on_small_disk(small_disk, tmp_path):
    """A daemon whose data folder is a small disk, and that disk."""
    started = []

    def start(*flags):
        folder = tmp_path / f"small{len(started)}"
        disk = small_disk(folder / "data")
        started.append(Daemon(folder, *FLAGS, *flags))
        return started[-1], disk

    yield start
    for daemon in started:
        daemon.finish()


# -- the database


def in_time(client, line: str, most: float = 1.0):
    """The answer, which comes at once. Passwords are hashed slowly on purpose, so that lines with one may take longer."""
    most = 5.0 if line.startswith(("LOGIN", "SIGNUP")) else most
    begun = time.monotonic()
    answer = client.command(line, timeout=10)
    took = time.monotonic() - begun
    assert took <= most, f"{line!r} was answered after {took:.2f} s: {answer.final.raw}"
    return answer


def until_refused(client, line) -> int:
    """Says it again and again until it is refused: a small change may still find room where a large one did not. How often it
    was done."""
    for number in range(200):
        answer = in_time(client, line(number))
        if not answer.ok:
            assert answer.code == UNAVAILABLE, answer.final.raw
            return number
    raise AssertionError("there is still space")


def check_reads(client, daemon, room: str) -> None:
    """What is there is served, at once, to those who are here and to those who come."""
    assert in_time(client, f"HISTORY {room} limit=20").ok
    for line in ("WHOAMI", "GROUPS", f"INFO {room}", f"MEMBERS {room}", f"WHEN {room}", f"STATS {room}", "AVATAR GET", "PING x"):
        assert in_time(client, line).ok, line
    late = daemon.connect()
    assert in_time(late, f"LOGIN {client.person} {PASSWORD}").ok
    assert in_time(late, f"JOIN {room} since=0", most=5).ok
    late.close()


def check_refused(clients, room: str) -> dict:
    """Every kind of change is refused at once; what was done of them before is told."""
    alice, stranger = clients
    done = {
        "topics": until_refused(alice, lambda n: f"TOPIC {room} topic {n} {'x' * 300}"),
        "rooms": until_refused(alice, lambda n: f"CREATE {room}-{n} {'y' * 300}"),
        "moods": until_refused(alice, lambda n: f"MOOD {room} mood {n}"),
        "signups": until_refused(stranger, lambda n: f"SIGNUP new{n} new{n}@example.org {PASSWORD}"),
    }
    for line in (f"BUDGET {room} 20-40 EUR", f"AVAIL {room} tomorrow", "TOKEN ISSUE another", f"INVITE {room}"):
        answer = in_time(alice, line)
        assert answer.ok or answer.code == UNAVAILABLE, answer.final.raw
    return done


def check_done(client, daemon, room: str, done: dict) -> None:
    """What was acknowledged is there, and nothing of what was refused."""
    topic = client.ok(f"INFO {room}").text
    wanted = f"topic {done['topics'] - 1} {'x' * 300}" if done["topics"] else "*"
    assert topic == wanted, "a topic that was refused, or one that was lost"
    mine = {row.fields[0] for row in client.ok("GROUPS").rows}
    assert {name for name in mine if name.startswith(f"{room}-") and name[len(room) + 1:].isdigit()} == {
        f"{room}-{number}" for number in range(done["rooms"])}
    mood = next(field for row in client.ok(f"STATS {room} {client.person}").rows for field in row.fields if field.startswith("mood="))
    assert mood.endswith(str(done["moods"] - 1)) if done["moods"] else mood == "mood=*", mood
    for number in range(done["signups"]):
        daemon.mail(f"new{number}@example.org")
    time.sleep(0.5)
    assert not list(daemon.outbox.glob("*")), "a mail for a sign-up that was refused, or a half one"


def through_fault(daemon, fault, room: str = "#load", seconds: float = 1.0, others: bool = True) -> dict:
    """A round of T6: people talk, there is no space for some seconds, and it comes back."""
    load, metronome = Load([daemon], room=room, pause=0.005), Metronome()
    load.settle()
    client, stranger = daemon.connect(), daemon.connect()
    client.ok(f"LOGIN sender0 {PASSWORD}")
    client.person = "sender0"
    fault.strike()
    try:
        wait_for(lambda: all(sender.refused for sender in load.senders), "a refusal", 30)
        struck = time.monotonic()
        check_reads(client, daemon, room)
        done = check_refused((client, stranger), room) if others else None
        wait_for(lambda: time.monotonic() - struck > seconds, "the end of the fault", seconds + 1)
    finally:
        fault.mend()
    recovered = load.witnesses[0].first_success(time.monotonic())
    load.settle()
    messages = load.finish()
    late = metronome.finish()
    refused, slowest = check_load(client, load, room)
    if done is not None:
        check_done(client, daemon, room, done)
    for person in (client, stranger):
        person.hang_up()
    result = {"fault": fault.strikes, "messages": messages, "refused": refused, "slowest answer": round(slowest, 2),
              "recovered": round(recovered, 2), "machine late": round(late, 2)}
    assert slowest <= 1 + 5 * late and recovered <= 5 + 5 * late, result
    return result


def check_load(client, load, room: str) -> tuple[int, float]:
    """Nothing of what was refused is there, and nobody waited. How many were refused, and the slowest answer of all."""
    rows = client.ok(f"JOIN {room} since=0", timeout=60).rows
    client.forget_events()
    stored = {row.text for row in rows}
    refused = 0
    for sender in load.senders:
        told = set(sender.attempted) - set(sender.acknowledged.values())
        assert len(told) == sender.refused and not told & stored, f"refused, and there: {told & stored}"
        refused += len(told)
    witness = load.witnesses[0]
    assert any(not ok for _, _, ok in witness.answers) or refused, "nothing was refused at all"
    return refused, max(witness.slowest, witness.slowest_ping, *(sender.slowest for sender in load.senders))


def check_file(daemon) -> None:
    """The stopped daemon's database is sound, and holds the same after the next start."""
    assert daemon.stop() == 0
    with closing(sqlite3.connect(daemon.data / "gather.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        for room, first, last in database.execute("SELECT id, first_id, last_id FROM room"):
            count = database.execute("SELECT count(*) FROM message WHERE room = ?", (room,)).fetchone()[0]
            assert count == (last - first + 1 if first else 0), "a room's counters are those of its messages"
    daemon.restart()


def rounds_of_faults(daemon, disk, chance, rounds: int, progress=lambda words: None) -> dict:
    """T6 in full: `rounds` times one of the faults for a random time; each round's room is erased behind it."""
    results = []
    for number in range(rounds):
        fault = chance.choice((disk, FileLimit(daemon, chance.choice((1, 4_096, 100_000, 3_000_000)))))
        room = f"#load{number}"
        results.append(through_fault(daemon, fault, room, seconds=chance.uniform(0, 10), others=False))
        owner = daemon.connect()
        owner.ok(f"LOGIN sender0 {PASSWORD}")
        for name in (room, f"{room}-witness0"):
            owner.ok(f"DELETE {name}")
        owner.hang_up()
        progress(f"round {number + 1} of {rounds}: {results[-1]}")
        if number % 10 == 9:
            check_file(daemon)
    check_file(daemon)
    return {"messages": sum(result["messages"] for result in results), "refused": sum(result["refused"] for result in results),
            "slowest answer": max(result["slowest answer"] for result in results),
            "slowest recovery": max(result["recovered"] for result in results)}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("kind", ["no space left", "a limit on the size of files"])
def test_t6_messages_are_refused_while_there_is_no_space_and_work_again(on_small_disk, kind, capsys):
    """FAIL ≤ 1 s, reads served, MSG works ≤ 5 s after space returns, no restart; nothing lost, repeated or half done"""
    daemon, disk = on_small_disk("--limits.signups-per-address", "0")
    fault = disk if kind == "no space left" else FileLimit(daemon, 100_000)
    result = through_fault(daemon, fault)
    with capsys.disabled():
        print(f"\nT6 {result}")
    log = daemon.log.read_text()
    # The log is a file as well: what it could not take while files could not grow is lost.
    if kind == "no space left":
        begun, ended = log.count("nothing can be stored"), log.count("storing works again")
        assert 1 <= begun == ended < 20 < result["refused"], "told when it begins and when it ends, not for each batch"
    check_file(daemon)


@pytest.mark.sqlite_only
def test_t6_a_log_that_cannot_be_moved_into_the_file_grows_until_the_disk_is_full_and_shrinks_again(on_small_disk):
    """A checkpoint that fails for want of space fails nobody, and is made good later"""
    daemon, disk = on_small_disk()
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    log = daemon.data / "gather.sqlite-wal"
    text = "x" * 3_900
    # The file may not grow any more, the log may: it has less than the limit, which is well above its usual 4 MiB.
    said = talk(alice, text, 1, lambda count: (daemon.data / "gather.sqlite").stat().st_size > 6_200_000)
    limit = FileLimit(daemon, 6_200_000)
    limit.strike()
    said = talk(alice, text, said, lambda count: log.stat().st_size > 5_500_000)
    limit.mend()
    said = talk(alice, text, said, lambda count: (daemon.data / "gather.sqlite").stat().st_size > 9_000_000)
    assert log.stat().st_size < 6_200_000
    rows = alice.ok("HISTORY #a limit=1000").rows
    assert [int(row.fields[1]) for row in rows] == list(range(said - 1000, said))
    check_file(daemon)


def talk(client, text: str, first: int, is_enough) -> int:
    """Messages until it is enough, all of which are taken. The id of the next one."""
    for _ in range(200):
        if is_enough(first):
            return first
        client.send_all([f"MSG #a {text}"] * 25)
        for _ in range(25):
            answer = client.answer()
            assert answer.ok, answer.final.raw
            assert int(answer.fields[1]) == first
            first += 1
    raise AssertionError("it is never enough")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("left", [0, 4_096, 40_000])
def test_t6_a_start_on_a_full_disk_is_one_line_and_leaves_nothing_in_the_way(small_disk, tmp_path, left):
    """No half key, certificate or database: the next start, with space, is like a first one"""
    folder = tmp_path / "late"
    disk = small_disk(folder / "data")
    disk.strike()
    with (disk.ballast / "bytes").open("r+b") as file:
        file.truncate(file.seek(0, os.SEEK_END) - left)
    run = subprocess.run(
        [str(binary()), "--data", str(folder / "data"), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"], capture_output=True,
        text=True, timeout=20)
    assert run.returncode in (1, 78) and run.stdout == "", run
    told = [line for line in run.stderr.splitlines() if line.startswith("gatherchatd: ")]
    assert len(told) == 1, run.stderr
    disk.mend()
    daemon = Daemon(folder, *FLAGS)
    try:
        make_room(People(daemon).log_in("alice"), "#a")
    finally:
        daemon.finish()


# -- pictures and mails


@pytest.fixture
def apart(small_disk, timed, tmp_path):  # noqa: F811
    """A daemon whose pictures and mails are on a small disk and whose database is not; that disk, and the daemon's clock."""

    def start(kind):
        disk = small_disk(tmp_path / "apart", kind)
        daemon, clock = timed(
            "--blobs", f"folder:{disk.path}/avatars", "--mail", f"outbox:{disk.path}/outbox", "--limits.avatars-per-hour", "0",
            "--limits.mails-per-address", "0")
        daemon.outbox = disk.path / "outbox"
        return daemon, disk, clock

    return start


def opened(daemon, disk) -> list[str]:
    """The files of this disk that the daemon has open."""
    paths = []
    for number in os.listdir(f"/proc/{daemon.process.pid}/fd"):
        with suppress(FileNotFoundError):  # closed meanwhile
            paths.append(os.readlink(f"/proc/{daemon.process.pid}/fd/{number}"))
    return [path for path in paths if path.startswith(f"{disk.path}/")]


def files(disk) -> set[str]:
    return {str(path.relative_to(disk.path)) for path in disk.path.rglob("*") if path.is_file() and disk.ballast not in path.parents}


@pytest.mark.parametrize("kind", ["no space left", "no more files",
                                  pytest.param("a limit on the size of files", marks=pytest.mark.postgres_only)])
def test_t6_pictures_and_mails_wait_for_space_and_stop_nothing_else(apart, kind):
    """avatars and outbox full: FAIL ≤ 1 s and the old picture stays, sign-ups go on, nothing half; both work again by themselves"""
    daemon, disk, clock = apart(NoMoreFiles if kind == "no more files" else SmallDisk)
    fault = FileLimit(daemon, 100) if kind.startswith("a limit") else disk
    alice, bob = People(daemon).all("alice", "bob")
    make_room(alice, "#a", bob)
    begun = time.monotonic()
    assert upload(alice, pictures.png(64, 64)).ok
    usual = time.monotonic() - begun
    bob.expect("AVATAR", "#a", "alice")
    before, kept, picture = alice.ok("AVATAR GET").fields, files(disk), fetch(bob, "alice")
    wait_for(lambda: not any(name.startswith("outbox/") for name in files(disk)), "an empty outbox")
    stranger = daemon.connect()

    fault.strike()
    for number in range(3):
        begun = time.monotonic()
        answer = upload(alice, pictures.png(64, 32 + number, lambda x, y: (0, 255, 0)))
        # The picture is made before there is anything to keep.
        assert answer.code == UNAVAILABLE and time.monotonic() - begun <= 1 + usual, answer.final.raw
    assert alice.ok("AVATAR GET").fields == before and fetch(bob, "alice") == picture
    assert urlopen(before[1], timeout=5).read() == picture
    for number in range(3):
        assert in_time(stranger, f"SIGNUP carol{number} carol{number}@example.org {PASSWORD}").ok
    wait_for(lambda: Scrape(daemon.web)["gather_mails_retried_total"] == 3, "three tries")
    assert in_time(alice, "MSG #a still here").ok and bob.expect("MSG", "#a", "alice").text == "still here"
    bob.no_events()
    assert files(disk) == kept, "something half was left"

    fault.mend()
    mended = time.monotonic()
    assert upload(alice, pictures.png(64, 64, lambda x, y: (0, 255, 0))).ok and time.monotonic() - mended <= 5
    assert fetch(bob, "alice") != picture
    assert not {name for name in files(disk) if name.startswith("outbox/")}, "a mail waits its minute"
    clock.set(61)
    for number in range(3):
        stranger.ok(daemon.mailed_line(f"carol{number}@example.org", "VERIFY"))
        stranger.hang_up()
        stranger = daemon.connect()
    assert not {name for name in files(disk) if name.startswith("outbox/")}, "a mail came twice"
    wait_for(lambda: not opened(daemon, disk), "files that are closed")
    assert Scrape(daemon.web)["gather_mails_retried_total"] == 3
