"""Runs the load generator against a server, and watches the database meanwhile."""

import json
import os
import threading
import time

import processes
from server import Needs, Server

# The share of the machine that others may use before a measurement counts as disturbed.
DISTURBED = 0.05


class LoadFailed(Exception):
    """The sentence that the generator ended with."""


class Sampler(threading.Thread):
    """Reads the processor clocks of a server that has processes come and go, to tell later what any stretch of time cost."""

    def __init__(self, list_processes):
        super().__init__(daemon=True)
        self.list_processes, self.ended = list_processes, threading.Event()
        self.clocks: dict[int, float] = {}
        self.samples: list[tuple[float, float]] = []

    def run(self):
        while not self.ended.wait(0.05):
            self.sample()

    def sample(self):
        for pid in self.list_processes():
            # What has gone keeps what it had spent.
            self.clocks[pid] = max(processes.cpu_seconds([pid]), self.clocks.get(pid, 0))
        self.samples.append((time.monotonic(), sum(self.clocks.values())))

    def spent(self, begin: float, end: float) -> float:
        return self._at(end) - self._at(begin)

    def _at(self, moment: float) -> float:
        return min(self.samples, key=lambda sample: abs(sample[0] - moment))[1]


def run(server: Server, words, needs: Needs = Needs(), limit: float = 240, more=()) -> dict:
    """The generator's JSON for `words` (the scenario and its arguments)."""
    process, folder = begin(server, words, needs, more)
    sampler = Sampler(server.database_processes) if server.database_processes() else None
    if sampler:
        sampler.sample()
        sampler.start()
    try:
        code = processes.wait(process, limit)
    finally:
        if sampler:
            sampler.ended.set()
            sampler.join()
            sampler.sample()
    figures = result(process, folder, code)
    if sampler:
        add_database(figures, sampler)
    return figures


def begin(server: Server, words, needs: Needs = Needs(), more=()):
    """Starts the generator; its process and its folder."""
    folder = processes.new_folder("load")
    return processes.start([server.setup.load, *words, *server.load_words(needs), *more], folder), folder


def result(process, folder, code: int) -> dict:
    output, errors = (folder / "stdout").read_text(), (folder / "stderr").read_text().strip()
    processes.remove(folder)
    if code != 0:
        raise LoadFailed(errors or f"exit code {code}")
    return json.loads(output)


def add_database(figures: dict, sampler: Sampler) -> None:
    """The measured time ends when the generator does; the database's part is nobody else's."""
    end, seconds = sampler.samples[-1][0], figures["seconds"]
    spent = sampler.spent(end - seconds, end)
    done = figures.get("sent") or figures.get("acked")
    figures["database_us"] = spent * 1e6 / done if done else 0
    figures["others_cpu"] = max(0.0, figures["others_cpu"] - spent / seconds / os.cpu_count())


def is_disturbed(figures: dict) -> bool:
    return figures.get("others_cpu", 0) > DISTURBED


def is_saturated(figures: dict) -> bool:
    """The generator has one thread: a server at which it works all the time could do more."""
    return figures.get("own_cpu", 0) > 0.95


def forty_ms(histogram) -> float:
    """The share of latencies that stand out at 36 to 52 ms, where a delayed acknowledgement of TCP puts them."""
    total = sum(count for _, count in histogram) or 1

    def share(low, high):
        return sum(count for upper, count in histogram if low < upper / 1e3 <= high) / total

    here, around = share(36, 52), share(24, 36) + share(52, 72)
    return here if here > 0.001 and here > 2 * around else 0.0
