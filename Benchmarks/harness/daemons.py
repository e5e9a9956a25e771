"""Several daemons on one PostgreSQL: what a delivery costs all of them, what a message costs the database, and how late others hear it."""

import statistics

import load
import machine
from curves import Progress
from fleet import Fleet
from gather import Gather
from output import Output
from server import Needs
from tables import head, number, row

# The generator spreads connections over its ports in turn, and the sender is the first; so many ports keep all but the sender elsewhere.
PORTS = 16

SCENARIOS = {
    "calm": ("1 room × 200 listeners spread over the daemons, 300 messages/s", ("fan", "--rooms", "1", "--listeners", "200", "--rate", "300")),
    "busy": ("the same, 64 in flight", ("fan", "--rooms", "1", "--listeners", "200", "--window", "64")),
    "rooms": ("50 rooms × 20 spread, 60,000 deliveries/s", ("fan", "--rooms", "50", "--listeners", "20", "--rate", "3000")),
    "remote": ("15 listeners, none on the sender's daemon where there is another, 200 messages/s",
               ("fan", "--rooms", "1", "--listeners", "15", "--rate", "200")),
    "publish": ("50 senders spread, 8 in flight each, nobody else listening", ("pub", "--senders", "50", "--window", "8")),
}
COLUMNS = (("cpu_us", "µs CPU of all daemons", 1), ("database_us", "µs CPU of the database a message", 1), ("per_second", "a second", 1),
           ("p50_us", "p50, ms", 1e-3), ("p99_us", "p99, ms", 1e-3))


def add_options(parser) -> None:
    parser.add_argument("--only", metavar="NAME,…", help="of " + " ".join(SCENARIOS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--most", type=int, default=3, help="daemons")


def run(options, fleet: Fleet, output: Output) -> None:
    wanted = options.only.split(",") if options.only else list(SCENARIOS)
    if unknown := [name for name in wanted if name not in SCENARIOS]:
        raise SystemExit(f"no scenario {', '.join(unknown)}")
    progress, results = Progress(), {}
    for _ in range(options.rounds):
        for count in range(1, options.most + 1):
            for name in wanted:
                figures = progress.attempt(f"{name}, {count} daemons", measure, fleet, count, name, options.seconds)
                if figures:
                    results.setdefault(name, {}).setdefault(count, []).append(figures)
    about = machine.describe()
    paragraphs = [machine.sentence(about, options.rounds), table(results)]
    output.write("daemons", {"machine": about, "rounds": results}, paragraphs, progress.failures)


def measure(fleet: Fleet, count: int, name: str, seconds: float) -> dict:
    worlds, databases = fleet.worlds(), fleet.database_server
    worlds.databases = databases
    first = Gather("daemon1", worlds, databases)
    daemons = [first, *(Gather(f"daemon{number + 1}", worlds, databases, beside=first) for number in range(1, count))]
    try:
        for daemon in daemons:
            daemon.start()
        ports = [daemon.port for daemon in daemons]
        if name == "remote":
            others = ports[1:] or ports
            ports = [ports[0], *(others[number % len(others)] for number in range(PORTS - 1))]
        more = ["--ports", ",".join(map(str, ports)), *(["--pid", ",".join(str(daemon.pid) for daemon in daemons[1:])] if count > 1 else [])]
        return load.run(first, [*SCENARIOS[name][1], "--seconds", str(seconds), "--warmup", "1"], Needs(), more=more)
    finally:
        # The first one's database goes with it.
        for daemon in reversed(daemons):
            daemon.stop()


def table(results: dict) -> str:
    lines = head("scenario", "daemons", *(title for _, title, _ in COLUMNS), "lost, out of order")
    for name, counts in results.items():
        for index, (count, rounds) in enumerate(counts.items()):
            mark = "\\*" if any(map(load.is_disturbed, rounds)) else ""
            cells = [number(statistics.median(figures[key] for figures in rounds) * factor) + mark for key, _, factor in COLUMNS]
            wrong = sum(figures.get("lost", 0) + figures.get("order_errors", 0) for figures in rounds)
            lines.append(row(f"`{name}`: {SCENARIOS[name][0]}" if index == 0 else "", count, *cells, wrong))
    return "\n".join(lines)
