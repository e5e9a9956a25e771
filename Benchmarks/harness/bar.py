"""Every scenario of the bar on every server that takes part, and the ratios."""

import machine
import rounds
import tables
from fleet import Fleet
from output import Output
from scenarios import SCENARIOS


def add_options(parser) -> None:
    parser.add_argument("--only", metavar="NAME,…", help="of " + " ".join(scenario.name for scenario in SCENARIOS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")


def run(options, fleet: Fleet, output: Output) -> None:
    known = {scenario.name: scenario for scenario in SCENARIOS}
    wanted = options.only.split(",") if options.only else list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise SystemExit(f"no scenario {', '.join(unknown)}")
    scenarios = [known[name] for name in wanted]
    results = rounds.run(scenarios, lambda scenario: fleet.get(scenario.servers), options.rounds, options.seconds)
    about = machine.describe()
    output.write("bar", {"machine": about, "rounds": results.rounds}, [
        machine.sentence(about, options.rounds), tables.figures(scenarios, results), tables.bar(scenarios, results)],
        [f"{scenario} on {server}: {problem}" for (scenario, server), problem in results.failures.items()])
