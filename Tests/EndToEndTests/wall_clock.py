"""A daemon's wall clock, moved from outside: nothing else of the machine sees it."""

from __future__ import annotations

import struct
from pathlib import Path

import shims

MINUTE, HOUR, DAY = 60, 3600, 86400


def build_shim(folder: Path) -> Path:
    """The library that a daemon with a clock of its own is started with."""
    return shims.build(folder, "shifted_clock", "-ldl")


class Clock:
    def __init__(self, path: Path):
        self.path = path
        self.set(0)

    def set(self, seconds: int) -> None:
        """Moves the daemon's wall clock, from now on."""
        if not self.path.exists():
            self.path.write_bytes(bytes(8))
        with open(self.path, "r+b") as file:
            file.write(struct.pack("=q", seconds))

    def prefix(self, shim: Path) -> tuple[str, ...]:
        """What a daemon is started with to have this clock."""
        return "env", f"LD_PRELOAD={shim}", f"CLOCK_OFFSET_FILE={self.path}"
