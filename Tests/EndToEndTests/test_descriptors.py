"""T12: the server never runs out of descriptors, and gives each one back, however a connection ended."""

import contextlib
import ctypes
import itertools
import os
import shutil
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from footprint import MIB, Footprint, LiveMemory, Machine, Peak, given_back, is_sanitized, opened
from load import Witness
from peers import CLIENT_HELLO, Visitor, connected, look_at_web, read_until, reset, secured, seeded
from people import People, make_room
from pictures import png
from test_small_print import send_picture
from test_watching import Scrape

pytestmark = pytest.mark.sqlite_only  # what the doors use is the same on every store

FLAGS = ("--limits.command-rate", "0", "--limits.connections-per-person", "1000")
FULL_HOUSE = b"ERROR :The server has as many connections as it takes.\r\n"
FEW = 256  # descriptors
MOST_LEFT_BEHIND = 1_000_000  # bytes, however many came: pools and tables of the server grow to their size


def a_daemon_with_few(own):
    """`own` starts a daemon, given flags."""
    assert shutil.which("prlimit"), "prlimit is needed"
    return own(*FLAGS, prefix=("prlimit", f"--nofile={FEW}"))


class Bystanders:
    """Healthy people while others take all the connections there are: who is here stays, and the web answers."""

    def __init__(self, daemon):
        self.daemon, self.client = daemon, People(daemon).log_in("healthy")
        self.client.ok("CREATE #witness")
        self.witness = Witness(daemon, self.client.ok("TOKEN ISSUE t12").fields[1], "#witness")
        self.web = Visitor(lambda: look_at_web(daemon))
        self.before, self.machine = Footprint.of(daemon), Machine()
        for thread in (self.machine, self.witness, self.web):
            thread.start()

    def check(self) -> dict:
        """They were answered within a second, each time; then they go."""
        self.web.finish()
        self.witness.stopping.set()
        self.witness.join(60)
        self.machine.stopping.set()
        assert self.daemon.process.poll() is None, f"the daemon ended with {self.daemon.process.returncode}"
        result = {"slowest witness": round(max(self.witness.slowest, self.witness.slowest_ping), 3), "slowest web": self.web.slowest}
        assert self.witness.problem is None and self.web.problem is None, (self.witness.problem, self.web.problem)
        assert max(result.values()) <= self.machine.within(1), (result, self.machine.latest)
        return result


def welcomed(daemon):
    """A new connection, or none where it is told that there is no room."""
    data = b""
    try:
        peer = secured(daemon.tls)
        while b"\r\n" not in data and (more := peer.recv(65536)):
            data += more
    except OSError as cut:
        raise AssertionError("closed without a word") from cut
    if data.startswith(b":chat.test NOTICE"):
        return peer
    assert data == FULL_HOUSE, data
    peer.close()
    return None


def full_house(daemon, chance, connects: int, leaving: int) -> dict:
    """T12: 400 connects where 256 descriptors are; those who do not fit are told so, and who leaves makes room."""
    bystanders = Bystanders(daemon)
    inside = [peer for _ in range(connects) if (peer := welcomed(daemon))]
    assert FEW / 2 < len(inside) < FEW - 64, f"{len(inside)} of {connects} came in; 64 descriptors are kept for all else"
    for peer in chance.sample(inside, leaving):
        peer.close()
    wait_for(lambda: Scrape(daemon.web)["gather_connections"] <= len(inside) - leaving + 2)
    again = [peer for _ in range(leaving + 10) if (peer := welcomed(daemon))]
    assert len(again) == leaving, f"{leaving} left, and {len(again)} came in"
    most = sum(opened(daemon))
    for peer in [*inside, *again]:
        peer.close()
    result = bystanders.check()
    after = given_back(daemon, bystanders.before)
    return {"connects": connects, "welcome": len(inside), "most open": most, **result,
            "before": str(bystanders.before), "after": str(after)}


def wait_for(condition, timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it never comes to that"
        time.sleep(0.05)


def test_t12_who_leaves_makes_room_for_others(own, capsys):
    """T12: prlimit --nofile=256, 400 connects, 100 leave"""
    result = full_house(a_daemon_with_few(own), seeded(capsys, "T12"), connects=400, leaving=100)
    with capsys.disabled():
        print(f"T12 {result}")


def silent(daemon):
    return connected(daemon.tls)


def half_a_handshake(daemon):
    peer = connected(daemon.tls)
    peer.sendall(CLIENT_HELLO)
    return peer


def whole_handshake(daemon):
    return secured(daemon.tls)


def in_the_clear(daemon):
    return connected(daemon.plain)


WAYS = (silent, half_a_handshake, whole_handshake, in_the_clear)


def turned_away(come, daemon):
    """What is left of coming: none, where the server closes at once."""
    try:
        return come(daemon)
    except OSError:
        return None


def overrun(daemon, come, connects: int) -> dict:
    """So many come at once and stay, whatever they are told; all else goes on."""
    bystanders = Bystanders(daemon)
    with Peak(daemon) as peak, ThreadPoolExecutor(16) as crowd:
        peers = list(crowd.map(lambda _: turned_away(come, daemon), range(connects)))
        # A picture has a process of its own, and the system's threads look after themselves each second.
        assert send_picture(bystanders.client, png(20, 20)).ok
        time.sleep(1.5)
    result = bystanders.check()
    for peer in filter(None, peers):
        peer.close()
    after = given_back(daemon, bystanders.before)
    return {"most open": peak.descriptors, **result, "before": str(bystanders.before), "after": str(after)}


@pytest.mark.parametrize("come", WAYS)
def test_t12_however_many_come_and_stay_descriptors_are_left_for_all_else(own, come, capsys):
    """64 descriptors kept for store, mail and web"""
    result = overrun(a_daemon_with_few(own), come, 400)
    with capsys.disabled():
        print(f"\nT12 {come.__name__} {result}")


# -- Six kinds of connections


class Kinds:
    """Ways to come and go, by name."""

    def __init__(self, daemon, token: str):
        self.daemon, self.token = daemon, token
        self.all = {"clean": self.clean, "reset": self.reset, "half a handshake": self.half_a_handshake,
                    "TLS without log-in": self.without_log_in, "log-in, then reset": self.log_in_then_reset, "web": self.web}

    def logged_in(self):
        peer = secured(self.daemon.tls)
        peer.sendall(f"RESUME {self.token}\nJOIN #t12\n".encode())
        read_until(peer, b"OK JOIN")
        return peer

    def clean(self):
        with self.logged_in() as peer:
            peer.sendall(b"QUIT\n")
            read_until(peer, b"OK QUIT")

    def reset(self):
        reset(connected(self.daemon.tls))

    def half_a_handshake(self):
        with connected(self.daemon.tls) as peer:
            peer.sendall(CLIENT_HELLO)
            assert peer.recv(1000), "the server's half"

    def without_log_in(self):
        with secured(self.daemon.tls) as peer:
            read_until(peer, b"HELP lists all commands")

    def log_in_then_reset(self):
        reset(self.logged_in())

    def web(self):
        look_at_web(self.daemon)


def come_and_go(daemon, chance, connects: int, live: LiveMemory, threads: int = 4, progress=lambda words: None) -> dict:
    """T12: so many connections of six kinds, mixed; descriptors are back, and nothing of a connection stays in memory."""
    people = People(daemon)
    alice, bob = people.all("alice", "bob")
    make_room(alice, "#t12", bob)
    kinds = Kinds(daemon, bob.ok("TOKEN ISSUE t12").fields[1])
    bystanders = Bystanders(daemon)
    order = [name for name, _ in zip(itertools.cycle(kinds.all), range(connects))]
    chance.shuffle(order)
    warm = min(connects // 5, 5_000)
    run_all(kinds, order[:warm], threads, progress)
    middle, live_middle = given_back(daemon, bystanders.before), live.least()
    begun = time.monotonic()
    run_all(kinds, order[warm:], threads, progress)
    seconds, left = time.monotonic() - begun, connects - warm
    after, live_after = given_back(daemon, bystanders.before), live.least()
    result = bystanders.check()
    wait_for(lambda: Scrape(daemon.web)["gather_connections"] == 4 and Scrape(daemon.web)["gather_sessions"] == 4)
    result |= {"connects": connects, "a second": round(left / seconds), "before": str(bystanders.before), f"after {warm}": str(middle),
               "after all": str(after), "bytes a connection": round((live_after - live_middle) / left, 1)}
    progress(str(result))
    if not is_sanitized():
        assert live_after - live_middle < MOST_LEFT_BEHIND, result
        # The allocator keeps for later some of what it had once.
        assert after.memory - middle.memory < 48 * MIB, result
    return result


def run_all(kinds: Kinds, names: list[str], threads: int, progress) -> None:
    waiting, done, problems = iter(names), itertools.count(1), []
    lock, told = threading.Lock(), [time.monotonic()]

    def work():
        while not problems:
            with lock:
                name, number = next(waiting, None), next(done)
                if time.monotonic() > told[0] + 10:
                    told[0] = time.monotonic()
                    progress(f"{number} of {len(names)}; {Footprint.of(kinds.daemon)}")
            if name is None:
                return
            try:
                kinds.all[name]()
            except Exception as problem:
                problems.append((name, repr(problem)))

    workers = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not problems, problems


def test_t12_connections_of_six_kinds_leave_nothing_behind(own, tmp_path, capsys):
    """T12: 100,000 connects of six kinds (600 here, 100,000 by scripts/soak t12): descriptors back to ± 2; no leak"""
    live = LiveMemory(tmp_path)
    result = come_and_go(own(*FLAGS, prefix=live.prefix), seeded(capsys, "T12"), 600, live)
    with capsys.disabled():
        print(f"T12 {result}")


PIDFD_GETFD = 438  # pidfd_getfd(2), which Python does not know


def of_the_daemon(daemon, peer) -> socket.socket:
    """The daemon's end of a connection, which it may be about to accept."""
    libc, process = ctypes.CDLL(None, use_errno=True), os.pidfd_open(daemon.process.pid)
    deadline = time.monotonic() + 10
    try:
        while time.monotonic() < deadline:
            for name in os.listdir(f"/proc/{daemon.process.pid}/fd"):
                copy = libc.syscall(PIDFD_GETFD, process, int(name), 0)
                if copy < 0:
                    continue  # closed meanwhile
                try:
                    end = socket.socket(fileno=copy)
                except OSError:
                    os.close(copy)  # no socket
                    continue
                with contextlib.suppress(OSError):
                    if end.getpeername() == peer.getsockname():
                        return end
                end.close()
            time.sleep(0.02)
        raise AssertionError("no such connection")
    finally:
        os.close(process)


@pytest.mark.parametrize("door", ["tls", "plain"])
def test_a_connection_is_never_held_back_and_a_peer_that_is_gone_is_found(daemon, door):
    """TCP_NODELAY, and keepalives: set on the listening socket, which hands them down."""
    with (secured(daemon.tls) if door == "tls" else connected(daemon.plain)) as peer, of_the_daemon(daemon, peer) as end:
        options = {name: end.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
                   for name in ("TCP_NODELAY", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")}
        assert options == {"TCP_NODELAY": 1, "TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4, "TCP_USER_TIMEOUT": 120_000}
        assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
