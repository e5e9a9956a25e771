"""Markdown of a run."""

from bounds import BOUNDS, Bound
from rounds import Results
from scenarios import Scenario

WORST = ("lost", "order_errors", "forty_ms")


def number(value: float | None) -> str:
    if value is None:
        return "–"
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 or value == 0 else f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.3f}"


def row(*cells) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def head(*cells) -> list[str]:
    return [row(*cells), row(*("---" for _ in cells))]


def figures(scenarios: list[Scenario], results: Results) -> str:
    """A line a figure, a column a server."""
    names = [name for name in ORDER if any(results.figures(scenario.name, name) for scenario in scenarios)]
    lines = head("scenario", "figure", *names)
    for scenario in scenarios:
        for index, figure in enumerate(scenario.figures):
            cells = []
            for name in names:
                value = results.median(scenario.name, name, figure.key)
                mark = results.marks(scenario.name, name) if value is not None else ""
                cells.append(number(None if value is None else value * figure.factor) + mark)
            if any(cell != "–" for cell in cells):
                lines.append(row(f"`{scenario.name}`" if index == 0 else "", figure.title, *cells))
    return "\n".join(lines)


ORDER = ("gather", "before", "limit", "limit-nio", "inspircd", "ergo-ram", "ergo-sqlite", "ngircd", "hybrid", "gather-pg", "before-pg", "ergo-pg",
         "sqlite-commit")


def verdict(bound: Bound, subject: str, results: Results) -> tuple[str, bool] | None:
    """What was reached, and whether it holds; none where something was not measured."""
    pick = results.worst if bound.key in WORST else results.median
    value = pick(bound.scenario, subject, bound.key)
    reference = results.median(bound.scenario, bound.reference, bound.key) if bound.reference else 1
    if value is None or reference is None or (bound.reference and not reference):
        return None
    if bound.reference:
        return f"{number(value / reference)}×", bound.holds(value, reference)
    return f"{number(value)}", bound.holds(value, 1)


def bar(scenarios: list[Scenario], results: Results) -> str:
    """A line a bound: what is allowed, what was reached, and before that if there is one to compare with."""
    names = {scenario.name for scenario in scenarios}
    has_before = any(name.startswith("before") for servers in results.rounds.values() for name in servers)
    lines = head("#", "scenario", "figure", "bound", "", *(["before"] if has_before else []), "reached", "")
    kept = missed = 0
    for bound in BOUNDS:
        found = verdict(bound, bound.subject, results) if bound.scenario in names else None
        if not found:
            continue
        before = verdict(bound, bound.subject.replace("gather", "before"), results)
        kind = "must" if bound.is_must else "stretch"
        limit = f"{'≤' if bound.is_upper else '≥'} {bound.factor:g}{f'× {bound.reference}' if bound.reference else ''}"
        then = [before[0] if before else "–"] if has_before else []
        lines.append(row(bound.row, f"`{bound.scenario}`", bound.key, limit, kind, *then, found[0], "yes" if found[1] else "**no**"))
        kept, missed = kept + (bound.is_must and found[1]), missed + (bound.is_must and not found[1])
    return "\n".join(lines) + f"\n\n{kept} of {kept + missed} musts are kept."
