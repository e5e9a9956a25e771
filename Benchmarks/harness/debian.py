"""Peers from Debian's packages. None is left running, and none starts with the machine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from building import BUILT, ROOT

UNPACKED = BUILT / "debian"


def is_installed(package: str) -> bool:
    run = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True)
    return run.stdout == "installed"


def install(*packages: str) -> None:
    subprocess.run([ROOT / "scripts/packages", *packages], check=True, stdout=sys.stderr)


def as_root(*command: str) -> None:
    subprocess.run(command if os.getuid() == 0 else ["sudo", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def unpacked(package: str, program: str) -> Path:
    """The program of a package that is unpacked and not installed: no service, and packages that exclude each other stay apart."""
    path = UNPACKED / package / program
    if path.exists():
        return path
    folder = UNPACKED / package
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    archive = next(folder.glob("*.deb"))
    depends = subprocess.run(["dpkg-deb", "-f", archive, "Depends"], check=True, capture_output=True, text=True).stdout
    libraries = [name for name in re.findall(r"(?:^|, )(lib[\w.+-]+)", depends) if "perl" not in name]
    install(*libraries)
    subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
    return path


def installed_hybrid() -> Path:
    """It finds its modules where its package puts them, so it is installed; the service that this starts is ended."""
    if not is_installed("ircd-hybrid"):
        install("ircd-hybrid")
        if Path("/run/systemd/system").is_dir():
            as_root("systemctl", "disable", "--now", "ircd-hybrid")
        else:
            as_root("/etc/init.d/ircd-hybrid", "stop")
            as_root("update-rc.d", "ircd-hybrid", "disable")
    return Path("/usr/sbin/ircd-hybrid")


def find(what: str) -> Path | None:
    """The program of a peer; none, with a word about why, where the packages cannot be had."""
    ways = {"inspircd": lambda: unpacked("inspircd", "usr/sbin/inspircd"), "ngircd": lambda: unpacked("ngircd", "usr/sbin/ngircd"),
            "hybrid": installed_hybrid}
    try:
        return ways[what]()
    except (subprocess.CalledProcessError, OSError, StopIteration) as problem:
        print(f"{what} is left out: {problem}", file=sys.stderr)
        return None
