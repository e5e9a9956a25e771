"""Curves: one figure against something that grows, for several servers."""

import statistics
import sys
import time
from dataclasses import dataclass, field

import load
from tables import head, number, row


@dataclass
class Curve:
    """A panel of the picture. `points[line][x]` has a (y, disturbed) of each round."""

    name: str
    title: str
    x: str
    y: str
    points: dict[str, dict[float, list[tuple[float, bool]]]] = field(default_factory=dict)

    def add(self, line: str, x: float, y: float, disturbed: bool = False) -> None:
        self.points.setdefault(line, {}).setdefault(x, []).append((y, disturbed))

    def merge(self, other: "Curve") -> None:
        """Takes in another round of itself."""
        if other is not self:
            for line, points in other.points.items():
                for x, rounds in points.items():
                    self.points.setdefault(line, {}).setdefault(x, []).extend(rounds)

    def medians(self, line: str) -> list[tuple[float, float]]:
        return [(x, statistics.median(y for y, _ in rounds)) for x, rounds in sorted(self.points[line].items())]

    def table(self) -> str:
        xs = sorted({x for points in self.points.values() for x in points})
        lines = [f"**{self.title}**: {self.y}", "", *head(self.x, *(f"{x:,.0f}" for x in xs))]
        for name, points in self.points.items():
            values = {x: number(y) + ("\\*" if any(disturbed for _, disturbed in points[x]) else "") for x, y in self.medians(name)}
            lines.append(row(name, *(values.get(x, "–") for x in xs)))
        return "\n".join(lines)


# A server has its colour in every panel.
COLOURS = {"gather": "black", "before": "grey", "limit-nio": "tab:green", "limit": "tab:olive", "ergo-ram": "tab:orange", "ergo-sqlite": "tab:brown",
           "inspircd": "tab:blue"}


class Progress:
    """Tells what is being measured, and lets one failure not end the others."""

    def __init__(self):
        self.begun = time.monotonic()
        self.failures: list[str] = []

    def attempt(self, what: str, measure, *arguments):
        """What `measure(*arguments)` gives, or nothing when it fails."""
        try:
            figures = measure(*arguments)
        except (load.LoadFailed, RuntimeError, OSError) as problem:
            self.failures.append(f"{what}: {problem}")
            print(self.failures[-1], file=sys.stderr)
            return None
        print(f"[{time.monotonic() - self.begun:5.0f} s] {what}", file=sys.stderr)
        return figures


def draw(curves: list[Curve], paths, title: str) -> None:
    """A panel a curve, logarithmic both ways; a straight rising line is linear growth, a level one is none."""
    if not paths or not curves:
        return
    import matplotlib
    matplotlib.use("Agg")
    # The same figures make the same file.
    matplotlib.rcParams["svg.hashsalt"] = "gather"
    import matplotlib.pyplot as plot

    columns = min(3, len(curves))
    rows = -(-len(curves) // columns)
    figure, axes = plot.subplots(rows, columns, figsize=(5.2 * columns, 3.9 * rows), squeeze=False, layout="constrained")
    for panel, curve in zip(axes.flat, curves):
        for name in curve.points:
            points = [(x, y) for x, y in curve.medians(name) if y > 0]
            panel.plot([x for x, _ in points], [y for _, y in points], "o-", label=name, markersize=3.5, linewidth=1.3, color=COLOURS.get(name))
        panel.set(xscale="log", yscale="log", xlabel=curve.x, ylabel=curve.y)
        panel.set_title(curve.title, fontsize=10)
        panel.grid(True, which="both", linewidth=0.3, alpha=0.6)
        low, high = panel.get_ylim()
        # Noise must not look like growth: an axis spans a power of ten at least.
        if high / low < 10:
            middle = (low * high) ** 0.5
            panel.set_ylim(middle / 10 ** 0.5, middle * 10 ** 0.5)
        panel.legend(fontsize=7)
    for panel in axes.flat[len(curves):]:
        panel.set_visible(False)
    figure.suptitle(title, fontsize=9)
    for path in paths:
        figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else None)
    plot.close(figure)
