"""Sockets of people who do not behave, below what a `Client` does; and how healthy ones fare beside them."""

from __future__ import annotations

import os
import random
import select
import socket
import ssl
import threading
import time
from dataclasses import dataclass

from client import SocketTransport
from people import PASSWORD

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CONTEXT.check_hostname, CONTEXT.verify_mode = False, ssl.CERT_NONE


def client_hello() -> bytes:
    """The first bytes of a TLS client."""
    to_server = ssl.MemoryBIO()
    try:
        CONTEXT.wrap_bio(ssl.MemoryBIO(), to_server).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return to_server.read()


CLIENT_HELLO = client_hello()


def connected(address: tuple[str, int], timeout: float = 10) -> socket.socket:
    return socket.create_connection(address, timeout)


def secured(address: tuple[str, int], timeout: float = 10) -> ssl.SSLSocket:
    return CONTEXT.wrap_socket(connected(address, timeout))


def reset(peer: socket.socket) -> None:
    """Cuts a connection at once."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    # Without a good-bye of TLS.
    socket.socket.close(peer)


def read_until(peer: socket.socket, wanted: bytes) -> bytes:
    """Reads up to a line with these words."""
    data, looked = bytearray(), 0
    while data.find(wanted, max(0, looked - len(wanted))) < 0:
        looked = len(data)
        more = peer.recv(65536)
        assert more, f"the connection ended before {wanted!r}: {bytes(data[-300:])!r}"
        data += more
    return bytes(data)


def far(address: tuple[str, int], window: int = 8_192) -> ssl.SSLSocket:
    """TLS as from a small machine elsewhere. Over loopback alone a system keeps up to four megabytes for a reader who takes nothing."""
    one = socket.socket()
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1_400)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    one.settimeout(60)
    one.connect(address)
    return CONTEXT.wrap_socket(one)


class FarTransport(SocketTransport):
    def __init__(self, address: tuple[str, int]):
        self.socket = far(address)


@dataclass
class Peer:
    kind: str
    opening: bytes  # at once
    dripping: bytes  # one by one
    begun: float
    socket: socket.socket
    dripped: int = 0
    is_connected: bool = False


class Crowd(threading.Thread):
    """Connections that say little or nothing, and wait to be closed."""

    def __init__(self, pause: float):
        super().__init__(daemon=True)
        self.pause = pause  # seconds between two bytes of those who drip
        self.poll, self.lock, self.stopping = select.epoll(), threading.Lock(), threading.Event()
        self.here: dict[int, Peer] = {}
        self.lasted: dict[str, list[float]] = {}  # by kind: how long each was let stay

    def add(self, kind: str, address: tuple[str, int], count: int, opening: bytes = b"", dripping: bytes = b"") -> None:
        """A thousand a second: more than wait to be accepted are the system's affair, for all who come."""
        self.lasted.setdefault(kind, [])
        for _ in range(count):
            time.sleep(0.001)
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(address)
            with self.lock:
                self.here[one.fileno()] = Peer(kind, opening, dripping, time.monotonic(), one)
                self.poll.register(one, select.EPOLLIN | select.EPOLLOUT)

    def take(self, kind: str, one: socket.socket, dripping: bytes = b"") -> None:
        """One that is connected already."""
        self.lasted.setdefault(kind, [])
        one.setblocking(False)
        with self.lock:
            self.here[one.fileno()] = Peer(kind, b"", dripping, time.monotonic(), one, is_connected=True)
            self.poll.register(one, select.EPOLLIN)

    def run(self):
        next_drip = time.monotonic()
        while not self.stopping.is_set():
            for number, happened in self.poll.poll(0.1):
                with self.lock:
                    self.happened(self.here[number], happened)
            if time.monotonic() >= next_drip:
                next_drip += self.pause
                with self.lock:
                    for peer in list(self.here.values()):
                        self.drip(peer)

    def happened(self, peer: Peer, happened: int) -> None:
        if happened & select.EPOLLOUT and not peer.is_connected:
            peer.is_connected = True
            self.poll.modify(peer.socket, select.EPOLLIN)
            self.say(peer, peer.opening)
        if happened & ~select.EPOLLOUT:
            try:
                ended = not socket.socket.recv(peer.socket, 65536)
            except BlockingIOError:
                ended = False
            except OSError:
                ended = True
            if ended:
                self.poll.unregister(peer.socket)
                del self.here[peer.socket.fileno()]
                self.lasted[peer.kind].append(time.monotonic() - peer.begun)
                peer.socket.close()

    def drip(self, peer: Peer) -> None:
        if peer.is_connected and peer.dripped < len(peer.dripping):
            self.say(peer, peer.dripping[peer.dripped:peer.dripped + 1])
            peer.dripped += 1

    @staticmethod
    def say(peer: Peer, data: bytes) -> None:
        try:
            peer.socket.send(data)
        except OSError:
            pass  # that it ended is seen when it is read

    def left(self) -> dict[str, int]:
        """By kind: who is there still."""
        with self.lock:
            count = dict.fromkeys(self.lasted, 0)
            for peer in self.here.values():
                count[peer.kind] += 1
        return {kind: number for kind, number in count.items() if number}

    def finish(self) -> None:
        self.stopping.set()
        self.join(10)
        for peer in self.here.values():
            peer.socket.close()
        self.poll.close()


class Visitor(threading.Thread):
    """A healthy person who comes again and again: how long each visit took to be welcome."""

    def __init__(self, visit, pause: float = 0.25):
        super().__init__(daemon=True)
        self.visit, self.pause, self.stopping = visit, pause, threading.Event()
        self.took: list[float] = []
        self.problem: Exception | None = None

    def run(self):
        while not self.stopping.wait(self.pause):
            begun = time.monotonic()
            try:
                self.visit()
            except Exception as problem:
                self.problem = problem
                return
            finally:
                self.took.append(time.monotonic() - begun)

    @property
    def slowest(self) -> float:
        return round(max(self.took), 3)

    def finish(self) -> None:
        self.stopping.set()
        self.join(60)
        assert not self.is_alive(), "a healthy visitor waits for ever"


def log_in(address: tuple[str, int], name: str) -> None:
    """A new connection, up to the OK of its LOGIN."""
    with secured(address) as peer:
        peer.sendall(f"LOGIN {name} {PASSWORD}\n".encode())
        read_until(peer, b"OK LOGIN")


def resume(address: tuple[str, int], token: str, tls: bool) -> None:
    """The same by an access token."""
    with (secured if tls else connected)(address) as peer:
        peer.sendall(f"RESUME {token}\n".encode())
        read_until(peer, b"OK RESUME")


def look_at_web(daemon) -> None:
    with connected(daemon.web) as peer:
        peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: chat.test\r\nConnection: close\r\n\r\n")
        read_until(peer, b"200 OK")


def seeded(capsys, name: str) -> random.Random:
    """A source of chance whose seed is printed, so that a run can be made again: with GATHER_TEST_SEED."""
    seed = int(os.environ.get("GATHER_TEST_SEED") or random.SystemRandom().randrange(2**32))
    with capsys.disabled():
        print(f"\n{name} seed {seed}")
    return random.Random(seed)
