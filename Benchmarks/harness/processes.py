"""Processes of a measurement: each is known by its id, and none of them outlives the run."""

import os
import pwd
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

_running: list[subprocess.Popen] = []
_folders: list[Path] = []

# Some servers refuse to run as root.
NOBODY = "nobody"


def start(command, folder: Path, user: str | None = None) -> subprocess.Popen:
    """In a session of its own, so that a Ctrl-C reaches this program only, which then stops everything in order.

    Standard output and error go to files of these names in the folder. The process ends when this one is killed.
    """
    prefix = ["setpriv", "--pdeathsig", "KILL"]
    if user and os.getuid() == 0:
        entry = pwd.getpwnam(user)
        prefix += [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    with (folder / "stdout").open("wb") as output, (folder / "stderr").open("wb") as errors:
        process = subprocess.Popen([*prefix, *map(str, command)], cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                   start_new_session=True)
    _running.append(process)
    return process


def stop(process: subprocess.Popen, patience: float = 12) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process in _running:
        _running.remove(process)


def wait(process: subprocess.Popen, limit: float) -> int:
    """The exit code; whatever takes longer than the limit is ended."""
    try:
        return process.wait(limit)
    finally:
        stop(process, 1)


def await_line(process: subprocess.Popen, path: Path, word: str, limit: float = 60) -> str:
    """The first line with this word that the process writes to the file."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        text = path.read_text(errors="replace")
        for line in text.splitlines(keepends=True):
            if word in line and line.endswith("\n"):
                return line.strip()
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError(f"{process.args} did not say {word!r}:\n{words(path.parent)}")


def words(folder: Path) -> str:
    """The last of what a process said."""
    return "".join((folder / name).read_text(errors="replace")[-2000:] for name in ("stdout", "stderr"))


def new_folder(name: str, user: str | None = None) -> Path:
    """Gone at the end of the run. What it holds is fsynced for real, so it is no file system in memory unless TMPDIR is one."""
    folder = Path(tempfile.mkdtemp(prefix=f"gather-bench-{name}-"))
    if user and os.getuid() == 0:
        shutil.chown(folder, user)
    _folders.append(folder)
    return folder


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if folder in _folders:
        _folders.remove(folder)


def finish() -> None:
    """Stops and removes all that is left."""
    for process in list(_running):
        stop(process, 5)
    for folder in list(_folders):
        remove(folder)


def raise_file_limit(wanted: int = 65536) -> int:
    """Open files that this process and those it starts may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in ((max(wanted, soft), max(wanted, hard)), (hard, hard)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            break
        except (ValueError, OSError):
            continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def cpu_seconds(pids) -> float:
    """User and system time of all threads, to the nanosecond; a process that has gone counts nothing."""
    total = 0
    for pid in pids:
        try:
            # The kernel's number of the clock of a process: see clock_getcpuclockid(3).
            total += time.clock_gettime_ns((~pid << 3) | 2)
        except OSError:
            continue
    return total / 1e9


def open_sockets(pid: int) -> int:
    """Files that the process has open; all but a few of a server's are connections."""
    return len(os.listdir(f"/proc/{pid}/fd"))
