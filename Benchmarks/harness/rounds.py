"""Measures each scenario on each server in turn, several times, and keeps every figure."""

import statistics
import sys
import time

import commits
import history
import load
import when
from scenarios import Scenario
from server import Server

# Measured once more where others disturbed it; the quieter one counts.
AGAIN = 1


class Results:
    """All rounds of all scenarios: `figures(scenario, server)` is a list of the generator's answers."""

    def __init__(self):
        self.rounds: dict[str, dict[str, list[dict]]] = {}
        self.failures: dict[tuple[str, str], str] = {}

    def add(self, scenario: str, server: str, figures: dict) -> None:
        self.rounds.setdefault(scenario, {}).setdefault(server, []).append(figures)

    def figures(self, scenario: str, server: str) -> list[dict]:
        return self.rounds.get(scenario, {}).get(server, [])

    def median(self, scenario: str, server: str, key: str) -> float | None:
        values = [figures[key] for figures in self.figures(scenario, server) if key in figures]
        return statistics.median(values) if values else None

    def worst(self, scenario: str, server: str, key: str) -> float | None:
        return max((figures[key] for figures in self.figures(scenario, server) if key in figures), default=None)

    def marks(self, scenario: str, server: str) -> str:
        """What a reader must know of a figure: others disturbed it, or the generator itself was at its end."""
        rounds = self.figures(scenario, server)
        return ("\\*" if any(map(load.is_disturbed, rounds)) else "") + ("†" if any(map(load.is_saturated, rounds)) else "")


def measure(server: Server, scenario: Scenario, seconds: float) -> dict:
    """One measurement on a server that is started for it."""
    publisher = None
    try:
        server.start(scenario.needs)
        if scenario.words[0] == "when":
            return when.measure(server, *map(int, scenario.words[1:]))
        if scenario.needs.history:
            publisher = history.publish(server, scenario.needs.history)
        timing = ["--seconds", str(seconds), "--warmup", "1"] if scenario.is_timed else []
        figures = load.run(server, [*scenario.words, *timing], scenario.needs)
        if figures.get("delivered", 1) == 0:
            raise load.LoadFailed("nothing arrived")
        if "histogram" in figures:
            figures["forty_ms"] = load.forty_ms(figures["histogram"])
        return figures
    finally:
        if publisher:
            publisher.close()
        server.stop()


def quiet(server: Server, scenario: Scenario, seconds: float) -> dict:
    best = None
    for _ in range(1 + AGAIN):
        figures = measure(server, scenario, seconds)
        if best is None or figures.get("others_cpu", 0) < best.get("others_cpu", 0):
            best = figures
        if not load.is_disturbed(best):
            break
    return best


def run(scenarios: list[Scenario], servers_of, rounds: int, seconds: float) -> Results:
    """`servers_of(scenario)`: those that take part. Each round begins with another server."""
    results, begun = Results(), time.monotonic()
    for number in range(rounds):
        for scenario in scenarios:
            servers = servers_of(scenario)
            for server in servers[number % len(servers):] + servers[:number % len(servers)] if servers else []:
                if (scenario.name, server.name) in results.failures:
                    continue
                try:
                    figures = quiet(server, scenario, seconds)
                except (load.LoadFailed, RuntimeError, OSError) as problem:
                    results.failures[scenario.name, server.name] = str(problem)
                    print(f"{scenario.name} {server.name}: {problem}", file=sys.stderr)
                    continue
                results.add(scenario.name, server.name, figures)
                told = ", ".join(f"{figures[figure.key] * figure.factor:,.2f} {figure.title}" for figure in scenario.figures if figure.key in figures)
                print(f"[{time.monotonic() - begun:5.0f} s, {number + 1}/{rounds}] {scenario.name} {server.name}: {told}"
                      f"{' *' if load.is_disturbed(figures) else ''}", file=sys.stderr)
            if scenario.name == "pub1w1":
                results.add("pub1w1", "sqlite-commit", commits.measure(min(seconds, 2)))
    return results
