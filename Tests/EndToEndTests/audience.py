"""Many listeners in one thread; each holds the server to it that nothing is missing and nothing comes twice."""

from __future__ import annotations

import select
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import load
from peers import far, reset

UNAVAILABLE = f" {load.UNAVAILABLE} ".encode()


class Unavailable(Exception):
    """The database is away just now."""


class Member:
    """One connection that listens in a room, and comes back behind the last message it has."""

    def __init__(self, room: str, name: str):
        self.room, self.name = room.encode(), name
        self.last = 0
        self.socket: ssl.SSLSocket | None = None
        self.rest = b""
        self.goodbye: bytes | None = None
        # A fault is at work that may end it.
        self.may_end = False
        self.is_paused = False

    def connect(self, daemon, token: str) -> None:
        self.rest, self.goodbye, self.is_paused = b"", None, False
        self.socket = far(daemon.tls, window=65_536)
        self.socket.sendall(f"RESUME {token}\nSET TAGS ON\nJOIN {self.room.decode()} since={self.last}\n".encode())
        while not self.take(self.socket.recv(65536)):
            assert self.goodbye is None, self.goodbye
        self.socket.setblocking(False)

    def take(self, data: bytes) -> bool:
        """Looks at whole lines; whether the OK of a JOIN was among them."""
        if not data:
            raise ConnectionError(f"ended {self.goodbye!r}")
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        has_joined = False
        for line in lines:
            if line.startswith(b"@time="):
                head, found, _ = line.partition(b" MSG " + self.room + b" :")
                if found:
                    self.heard(int(head.partition(b"msgid=")[2].split(b" ")[0]))
            elif line.startswith(b"HISTORY " + self.room + b" "):
                self.heard(int(line.split(b" ", 3)[2]))
            elif line.startswith(b"OK JOIN"):
                has_joined = True
            elif line.startswith(b"ERROR"):
                self.goodbye = line
            elif line.startswith(b"FAIL"):
                if UNAVAILABLE in line:
                    raise Unavailable
                raise AssertionError(line)
        return has_joined

    def heard(self, number: int) -> None:
        assert number == self.last + 1, f"{self.name} in {self.room.decode()} heard {number} after {self.last}"
        self.last = number


class Audience(threading.Thread):
    def __init__(self, daemon, members: list[Member], token_of):
        super().__init__(daemon=True)
        self.daemon_process, self.members, self.token_of = daemon, members, token_of
        self.poll, self.lock, self.stopping = select.epoll(), threading.Lock(), threading.Event()
        self.here: dict[int, Member] = {}
        self.closed = 0  # by the server, as it may while a fault is at work
        self.problem: Exception | None = None

    def run(self):
        try:
            while not self.stopping.is_set():
                for number, _ in self.poll.poll(0.1):
                    with self.lock:
                        if member := self.here.get(number):
                            self.read(member)
        except Exception as problem:
            self.problem = problem

    def read(self, member: Member) -> None:
        """What is here now, so that each has its turn."""
        try:
            member.take(member.socket.recv(65536))
            while member.socket.pending():
                member.take(member.socket.recv(65536))
        except ssl.SSLWantReadError:
            pass
        except OSError as end:
            assert member.may_end, f"the connection of {member.name} ended by itself: {end!r}"
            self.closed += 1
            self.forget(member)
            member.socket.close()

    def forget(self, member: Member) -> None:
        self.here.pop(member.socket.fileno(), None)
        if not member.is_paused:
            self.poll.unregister(member.socket)
        member.is_paused = False

    def drop(self, member: Member, how=reset) -> None:
        """It goes, with what is on its way to it."""
        with self.lock:
            if member.socket.fileno() >= 0:
                self.forget(member)
                how(member.socket)

    def pause(self, member: Member) -> None:
        """It reads no more, and may be closed for that."""
        with self.lock:
            member.may_end = member.is_paused = True
            self.poll.unregister(member.socket)

    def go_on(self, member: Member) -> None:
        with self.lock:
            if member.is_paused:
                member.is_paused = False
                self.poll.register(member.socket, select.EPOLLIN)

    def come(self, member: Member) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                member.connect(self.daemon_process, self.token_of(member))
                break
            except Unavailable:
                member.socket.close()
                assert time.monotonic() < deadline, "nobody can log in any more"
                time.sleep(0.1)
        with self.lock:
            member.may_end = False
            self.here[member.socket.fileno()] = member
            self.poll.register(member.socket, select.EPOLLIN)

    def restore(self) -> int:
        """Whoever is not here comes back, eight at a time. How many those were."""
        gone = [member for member in self.members if member.socket is None or member.socket.fileno() < 0]
        with ThreadPoolExecutor(8) as doors:
            list(doors.map(self.come, gone))
        return len(gone)

    def forgive_nothing(self) -> None:
        """The fault is over: whoever is here stays."""
        for member in self.members:
            member.may_end = False

    def await_all(self, newest: dict[bytes, int], timeout: float = 60) -> None:
        """Waits until each is here, and has heard what was acknowledged in its room. Who is closed for being slow comes back."""
        deadline = time.monotonic() + timeout
        while late := [member for member in self.members if member.last < newest[member.room]]:
            if self.problem:
                raise self.problem
            assert time.monotonic() < deadline, f"{len(late)} miss messages, such as {late[0].name}, who has {late[0].last} of {newest}"
            self.restore()
            time.sleep(0.05)
        self.restore()

    def finish(self) -> None:
        self.stopping.set()
        self.join(10)
        for member in self.members:
            if member.socket:
                member.socket.close()
        if self.problem:
            raise self.problem
