"""T1 with listeners that listen, and T2 message by message."""

import re
import shutil
import sqlite3
import signal
import subprocess
import threading
import time

import pytest

from checker import Listener, Record, Sender
from client import ConnectionEnded
from peers import seeded
from people import PASSWORD, People, make_room, resumed


class Witness(threading.Thread):
    """A healthy person: PING each 250 ms while the daemon is up."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.slowest, self.done = client, 0.0, threading.Event()

    def run(self):
        try:
            while not self.done.wait(0.25):
                begun = time.monotonic()
                self.client.ok("PING witness")
                self.slowest = max(self.slowest, time.monotonic() - begun)
        except (ConnectionEnded, OSError, AssertionError):
            pass


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_t1_live_order_is_replay_order_over_kill_9(own, capsys):
    """Lost, repeated, unexpected: all empty; live order = replay order; a healthy witness is answered within 1 s"""
    chance = seeded(capsys, "T1")
    daemon = own("--limits.command-rate", "0", "--limits.connections-per-person", "100")
    names = [f"sender{n}" for n in range(8)]
    clients = People(daemon).all(*names)
    make_room(clients[0], "#a", *clients[1:])
    tokens = {client.person: client.ok("TOKEN ISSUE t1").fields[1] for client in clients}
    record, starts, replay, live = Record(), dict.fromkeys(names, 0), [], 0

    def again(name):
        return resumed(daemon, tokens[name])

    for _ in range(10):
        witness = Witness(again(names[7]))
        senders = [Sender(name, again(name), "#a", starts[name]) for name in names]
        sinces = [chance.randint(max(0, len(replay) - 2000), len(replay)) for _ in range(4)]
        for sender in senders[:4]:
            sender.start()
        listeners = [Listener(again(name), "#a", since) for name, since in zip(names[:4], sinces)]
        for thread in [witness, *senders[4:], *listeners]:
            thread.start()
        time.sleep(chance.uniform(0.02, 1))
        daemon.kill()
        witness.done.set()
        for thread in [witness, *senders, *listeners]:
            thread.join(30)
        for sender in senders:
            starts[sender.label] = sender.next
            record.add(sender)
        begun = time.monotonic()
        daemon.restart()
        assert time.monotonic() - begun < 2, "ready again within 2 s"
        # What was read in an earlier round stands; the room goes on behind it.
        rows = again(names[0]).ok(f"JOIN #a since={len(replay)}", timeout=60).rows
        replay += [(int(row.fields[1]), row.text) for row in rows]
        record.check(replay)
        for listener in listeners:
            listener.check(replay)
            live += len(listener.read) - listener.replayed
        assert witness.slowest < 1
    assert record.acknowledged and live, "something was acknowledged and heard at all"
    if not daemon.database:
        assert daemon.stop() == 0
        with sqlite3.connect(daemon.data / "gather.sqlite") as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        daemon.restart()


@pytest.mark.sqlite_only
def test_t2_each_message_is_written_and_synced_before_its_ok(own):
    """no `OK MSG` is written before its batch's fdatasync: for each message its own write to the log, then a sync, then its OK"""
    assert shutil.which("strace"), "strace is needed"
    daemon = own("--limits.command-rate", "0")
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    plain = daemon.connect(tls=False)
    plain.ok(f"LOGIN alice {PASSWORD}")
    trace = daemon.folder / "trace"
    tracer = subprocess.Popen(
        ["strace", "-f", "-y", "-s", "70000", "-o", str(trace), "-e", "trace=fdatasync,fsync,write,writev,sendto,sendmsg,pwrite64",
         "-p", str(daemon.process.pid)], stderr=subprocess.PIPE, text=True)
    assert "attached" in tracer.stderr.readline()
    count, window = 1000, 20
    for at in range(0, count, window):
        plain.send_all([f"MSG #a unique-{n:05d}-text" for n in range(at, at + window)])
        for n in range(at, at + window):
            assert plain.answer(30).fields[1] == str(n + 1)
    tracer.send_signal(signal.SIGINT)
    tracer.wait(20)
    written, synced, answered, syncs, open_syncs = set(), set(), 0, 0, {}
    for line in trace.read_text(errors="replace").splitlines():
        thread = line.split(" ", 1)[0]
        if re.search(r" (fdatasync|fsync)\(", line) and "-wal" in line:
            if "unfinished" in line:
                open_syncs[thread] = set(written)  # what is written during the call is not promised
            elif line.endswith("= 0"):
                synced, syncs = synced | written, syncs + 1
        elif re.search(r"(fdatasync|fsync) resumed", line) and thread in open_syncs:
            synced, syncs = synced | open_syncs.pop(thread), syncs + 1
        elif " pwrite64(" in line and "-wal" in line:
            written |= set(re.findall(r"unique-(\d{5})-text", line))
        else:
            for number in re.findall(r"OK MSG #a (\d+) ", line):
                answered += 1
                assert f"{int(number) - 1:05d}" in synced, f"OK MSG {number} left before its sync"
    assert answered == count and syncs > 0


def test_t3_two_hundred_cuts_leave_one_copy_each(own, capsys):
    """T3: 200 rounds: one copy, same id"""
    chance = seeded(capsys, "T3")
    daemon = own("--limits.command-rate", "0", "--limits.connections-per-person", "1000")
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    access = alice.ok("TOKEN ISSUE t3").fields[1]
    for number in range(200):
        line = f"@once=k{number} MSG #a text {number}"
        first = daemon.connect(tls=number % 2 == 0)
        first.ok(f"RESUME {access}")
        first.send(line)
        time.sleep(chance.choice((0, 0, 0.0005, 0.002)))
        first.reset()
        second = daemon.connect(tls=False)
        second.ok(f"RESUME {access}")
        assert second.ok(line).fields[1] == str(number + 1)
        second.close()
    rows = alice.ok("HISTORY #a limit=1000").rows
    assert [(row.fields[1], row.text) for row in rows] == [(str(n + 1), f"text {n}") for n in range(200)]


def test_sigterm_ends_in_time_though_a_peer_does_not_read(own):
    """SIGTERM with silent, half-open, not-reading peers: exit 0 ≤ 10 s"""
    daemon = own("--limits.command-rate", "0", "--limits.connections-per-person", "1000")
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    alice.send_all([f"MSG #a {'x' * 4000}"] * 100)
    for _ in range(100):
        assert alice.answer(30).ok
    access = alice.ok("TOKEN ISSUE deaf").fields[1]
    for tls in (True, False):
        deaf = daemon.connect(tls=tls)
        deaf.ok(f"RESUME {access}")
        deaf.send_all(["HISTORY #a limit=100"] * 200)
    time.sleep(0.5)
    begun = time.monotonic()
    assert daemon.stop(12) == 0
    assert time.monotonic() - begun < 10
    daemon.restart()
