"""The library that counts, and its counters while a daemon runs under it."""

from __future__ import annotations

import mmap
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("malloc_count.c")
HEAD = struct.Struct("6Q")
FRAMES, SAMPLES = 40, 16_384
WANTED_AT = 4 * 8


@dataclass(frozen=True)
class Counts:
    """Calls, reallocations among them, and bytes asked for."""

    allocations: int
    bytes: int

    def __sub__(self, other: Counts) -> Counts:
        return Counts(self.allocations - other.allocations, self.bytes - other.bytes)


class Counters:
    """Builds the library into a folder; `prefix` starts a program under it."""

    def __init__(self, folder: Path):
        self.library, self.path = folder / "malloc_count.so", folder / "counters"
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", str(SOURCE), "-o", str(self.library)], check=True)
        self.prefix = ("env", f"MALLOC_COUNT={self.path}", f"LD_PRELOAD={self.library}")
        self.map: mmap.mmap | None = None

    def open(self) -> None:
        """When the program runs."""
        with self.path.open("r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)

    def now(self) -> Counts:
        allocations, reallocations, _, asked, _, _ = HEAD.unpack_from(self.map)
        return Counts(allocations + reallocations, asked)

    def sample(self) -> None:
        """Keeps the stacks of the allocations from here on, as many as there is room for."""
        struct.pack_into("2Q", self.map, WANTED_AT, SAMPLES, 0)

    def stacks(self) -> list[list[int]]:
        """Those that were kept; ends keeping them."""
        wanted, taken = struct.unpack_from("2Q", self.map, WANTED_AT)
        struct.pack_into("Q", self.map, WANTED_AT, 0)
        frames = struct.Struct(f"{FRAMES}Q")
        every = (frames.unpack_from(self.map, HEAD.size + index * frames.size) for index in range(min(wanted, taken)))
        return [[address for address in stack if address] for stack in every]
