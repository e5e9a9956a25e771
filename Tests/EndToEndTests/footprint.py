"""What a daemon's process holds, memory and descriptors, before, meanwhile and after; and how busy the machine is."""

from __future__ import annotations

import functools
import mmap
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import shims
from daemon import binary

MIB = 1024  # KiB


# What a store opens as it needs it, however many people there are: files of four readers, or connections to PostgreSQL.
STORES_OWN = 12


@dataclass(frozen=True)
class Footprint:
    memory: int  # KiB, its share of what it shares with others
    sockets: int
    files: int  # all other descriptors

    @classmethod
    def of(cls, daemon) -> Footprint:
        with open(f"/proc/{daemon.process.pid}/smaps_rollup") as rollup:
            memory = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
        return cls(memory, *opened(daemon))

    @property
    def descriptors(self) -> int:
        return self.sockets + self.files

    def __str__(self) -> str:
        return f"{self.memory / MIB:.1f} MiB, {self.sockets} sockets and {self.files} other descriptors"


def opened(daemon) -> tuple[int, int]:
    """Sockets and other descriptors."""
    folder, sockets, files = f"/proc/{daemon.process.pid}/fd", 0, 0
    for name in os.listdir(folder):
        try:
            is_socket = os.readlink(f"{folder}/{name}").startswith("socket:")
        except FileNotFoundError:  # closed while we looked
            continue
        sockets, files = sockets + is_socket, files + (not is_socket)
    return sockets, files


def given_back(daemon, before: Footprint, timeout: float = 20) -> Footprint:
    """Waits until the daemon has no more open than before, give or take two."""
    deadline = time.monotonic() + timeout
    more_sockets, more_files = (STORES_OWN, 0) if "--database" in daemon.flags else (0, STORES_OWN)
    while True:
        assert daemon.process.poll() is None, f"the daemon ended with {daemon.process.returncode}"
        sockets, files = opened(daemon)
        if sockets <= before.sockets + more_sockets + 2 and files <= before.files + more_files + 2:
            return Footprint.of(daemon)
        assert time.monotonic() < deadline, f"{sockets} sockets and {files} files are open; before it was {before}"
        time.sleep(0.05)


@functools.cache
def is_sanitized() -> bool:
    """A sanitizer has memory of its own, and its own way to allocate: what is measured of it says nothing of the server."""
    with open(binary(), "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as code:
        return any(code.find(name) >= 0 for name in (b"__asan_init", b"__tsan_init"))


class LiveMemory:
    """What a daemon has allocated and not given back, to the byte; it is started with `prefix`."""

    def __init__(self, folder: Path):
        self.library, self.file = shims.build(folder, "live_memory"), folder / "live_memory"
        self.file.write_bytes(bytes(8))

    @property
    def prefix(self) -> tuple[str, ...]:
        if is_sanitized():
            return ()
        return "env", f"LD_PRELOAD={self.library}", f"LIVE_MEMORY_FILE={self.file}"

    def __int__(self) -> int:
        return int.from_bytes(self.file.read_bytes(), sys.byteorder, signed=True)

    def least(self, seconds: float = 2) -> int:
        """The least within some time: what is done in between comes on top for a moment."""
        deadline, least = time.monotonic() + seconds, int(self)
        while time.monotonic() < deadline:
            least = min(least, int(self))
            time.sleep(0.01)
        return least


class Machine(threading.Thread):
    """How late this process gets its turn: what a busy machine adds to every wait, whatever the server does."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopping, self.latest = threading.Event(), 0.0

    def run(self):
        while not self.stopping.is_set():
            begun = time.monotonic()
            time.sleep(0.01)
            self.latest = max(self.latest, time.monotonic() - begun - 0.01)

    def within(self, seconds: float) -> float:
        """So long on a machine that is free. An answer takes turns of a client, an event loop and a thread of the store."""
        return seconds + 3 * self.latest

    def __enter__(self) -> Machine:
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()


class Peak(threading.Thread):
    """The most that was held at once, looked at each 100 ms."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.daemon_process, self.stopping = daemon, threading.Event()
        self.memory = self.descriptors = 0

    def run(self):
        while not self.stopping.wait(0.1):
            self.look()

    def look(self) -> None:
        try:
            now = Footprint.of(self.daemon_process)
        except (OSError, StopIteration):  # it ended; who asks for its answers will see that
            return
        self.memory, self.descriptors = max(self.memory, now.memory), max(self.descriptors, now.descriptors)

    def __enter__(self) -> Peak:
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join(10)
        self.look()
