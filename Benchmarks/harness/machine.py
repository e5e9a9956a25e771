"""What a run ran on."""

import os
import platform
import re
import subprocess
import time
from pathlib import Path


def first_line(*command: str) -> str:
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=20)
        return ((run.stdout or run.stderr).strip().splitlines() or ["?"])[0]
    except (OSError, subprocess.TimeoutExpired):
        return "?"


def describe() -> dict:
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    release = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text()).group(1))
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "processor": processor.group(1) if processor else platform.machine(),
        "cores": os.cpu_count(), "memory_gib": round(memory / 2**20, 1), "system": release.group(1) if release else platform.system(),
        "kernel": platform.release(), "openssl": first_line("openssl", "version"), "swift": first_line("swift", "--version"),
    }


def sentence(machine: dict, rounds: int) -> str:
    return (f"{machine['date']}, {machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, {machine['system']}, "
            f"Linux {machine['kernel']}, {machine['openssl']}, {machine['swift']}; TLS 1.3, loopback, medians of {rounds}. "
            "A figure marked \\* was disturbed: something else used more than 5 % of the machine in one of its rounds; "
            "one marked † kept the load generator's core busy, so its rate is a lower bound.")
