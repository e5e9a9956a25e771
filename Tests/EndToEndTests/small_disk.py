"""What may happen to the place where a daemon keeps its files."""

from __future__ import annotations

import resource
import shutil
import subprocess
import threading
import time
from pathlib import Path

from daemon import Daemon


class SmallDisk:
    """A file system of its own, in memory, that can be filled and emptied again."""

    strikes = "no space left"

    def __init__(self, path: Path, size: int = 1 << 25, files: int = 10_000):
        self.path, self.ballast = path, path / "ballast"
        path.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={files},mode=700", "tmpfs", str(path)], check=True)

    def strike(self) -> None:
        """Not a byte is left."""
        self.ballast.mkdir()
        with (self.ballast / "bytes").open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass

    def mend(self) -> None:
        shutil.rmtree(self.ballast)

    def finish(self) -> None:
        # At once, whoever may still have a file of it open.
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)


class NoMoreFiles(SmallDisk):
    """Bytes are left, but no file can be made."""

    strikes = "no more files"

    def __init__(self, path: Path):
        super().__init__(path, files=200)

    def strike(self) -> None:
        self.ballast.mkdir()
        try:
            for number in range(10_000):
                (self.ballast / str(number)).touch()
        except OSError:
            pass


class FileLimit:
    """No file of the daemon may grow beyond so many bytes: RLIMIT_FSIZE."""

    strikes = "a limit on the size of files"

    def __init__(self, daemon: Daemon, size: int):
        self.daemon, self.size = daemon, size

    def strike(self) -> None:
        self.set(self.size)

    def mend(self) -> None:
        self.set(resource.RLIM_INFINITY)

    def set(self, size: int) -> None:
        resource.prlimit(self.daemon.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class Metronome(threading.Thread):
    """How late this machine wakes somebody who sleeps: what others do to it is no fault of the daemon's."""

    def __init__(self):
        super().__init__(daemon=True)
        self.latest, self.stopping = 0.0, threading.Event()
        self.start()

    def run(self):
        due = time.monotonic() + 0.05
        while not self.stopping.wait(max(0.0, due - time.monotonic())):
            self.latest = max(self.latest, time.monotonic() - due)
            due = time.monotonic() + 0.05

    def finish(self) -> float:
        self.stopping.set()
        self.join()
        return self.latest
