"""How costs grow with listeners, connections, rooms, history, and people who plan."""

import time

import history
import load
import machine
import processes
import when
import world
from curves import Curve, Progress, draw
from fleet import Fleet
from output import Output
from server import CROWD, Needs

KINDS = ("deliveries", "connections", "rooms", "history", "when")
COMPARED = ("gather", "before", "limit-nio", "ergo-ram", "inspircd")


def add_options(parser) -> None:
    parser.add_argument("--only", metavar="NAME,…", help="of " + " ".join(KINDS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement")
    parser.add_argument("--most", type=int, default=10**6, help="messages of the longest history")


def run(options, fleet: Fleet, output: Output) -> None:
    wanted = options.only.split(",") if options.only else KINDS
    measures = {"deliveries": deliveries, "connections": connections, "rooms": rooms, "history": histories, "when": planning}
    if unknown := [name for name in wanted if name not in measures]:
        raise SystemExit(f"no curve {', '.join(unknown)}")
    progress, curves = Progress(), {}
    for _ in range(options.rounds):
        for name in wanted:
            for curve in measures[name](options, fleet, progress):
                curves.setdefault(curve.name, curve).merge(curve)
    curves = [curve for curve in curves.values() if curve.points]
    about = machine.describe()
    draw(curves, output.picture("growth"), f"{about['date']}, {about['cores']} cores, {about['system']}")
    results = {"machine": about, "curves": [vars(curve) for curve in curves]}
    output.write("growth", results, [machine.sentence(about, options.rounds), *(curve.table() for curve in curves)], progress.failures)


def once(server, needs: Needs, *words) -> dict:
    """One measurement on a server that is started for it."""
    try:
        server.start(needs)
        return load.run(server, [str(word) for word in words], needs)
    finally:
        server.stop()


def deliveries(options, fleet: Fleet, progress: Progress) -> list[Curve]:
    """One room; calm is at most 10,000 deliveries a second, busy a window of 16."""
    calm = Curve("calm", "deliveries, calm (≤ 10,000/s)", "listeners", "µs CPU a delivery")
    busy = Curve("busy", "deliveries, busy (16 in flight)", "listeners", "µs CPU a delivery")
    whole = Curve("message", "a message to a calm room", "listeners", "µs CPU a message")
    for listeners in (10, 20, 50, 100, 200, 500, 1000, 2000):
        rate = max(5, min(500, 10000 // listeners))
        for server in fleet.get(COMPARED):
            for curve, words in ((calm, ("--rate", rate)), (busy, ("--window", 16))):
                figures = progress.attempt(f"{curve.name} {listeners} {server.name}", once, server, CROWD,
                                           "fan", "--rooms", 1, "--listeners", listeners, *words, "--seconds", options.seconds, "--warmup", 0.5)
                if figures:
                    curve.add(server.name, listeners, figures["cpu_us"], load.is_disturbed(figures))
                    if curve is calm:
                        whole.add(server.name, listeners, figures["cpu_us"] * listeners, load.is_disturbed(figures))
    return [calm, busy, whole]


def connections(options, fleet: Fleet, progress: Progress) -> list[Curve]:
    """Idle connections, and a room of 20 listeners beside them."""
    memory = Curve("memory", "idle connections", "connections", "KiB a connection")
    delivery = Curve("beside", "a room of 20 beside idle connections", "idle connections", "µs CPU a delivery")
    for count in (100, 300, 1000, 3000, 10000):
        for server in fleet.get(COMPARED):
            both = progress.attempt(f"connections {count} {server.name}", idle_and_busy, server, count, options.seconds)
            if both:
                idle, busy = both
                memory.add(server.name, count, idle["kib"])
                delivery.add(server.name, count, busy["cpu_us"], load.is_disturbed(busy))
    return [memory, delivery]


def idle_and_busy(server, count: int, seconds: float) -> tuple[dict, dict]:
    """The generator holds idle connections while another one of it talks."""
    holder = None
    try:
        server.start(CROWD)
        hold = seconds + 8
        holder, folder = load.begin(server, ["idle", "--connections", str(count), "--seconds", str(hold)], CROWD, ["--prefix", "idle"])
        await_connections(server.pid, count + 64, holder)
        # It waits for five seconds before it looks at the memory.
        time.sleep(6)
        busy = load.run(server, ["fan", "--rooms", "1", "--listeners", "20", "--rate", "300", "--seconds", str(seconds), "--warmup", "0.5"], CROWD)
        return load.result(holder, folder, processes.wait(holder, hold + 60)), busy
    finally:
        if holder:
            processes.stop(holder, 1)
        server.stop()


def await_connections(pid: int, count: int, holder) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and holder.poll() is None:
        if processes.open_sockets(pid) >= count:
            return
        time.sleep(0.1)
    raise RuntimeError("the connections did not come")


def rooms(options, fleet: Fleet, progress: Progress) -> list[Curve]:
    """2,000 messages a second over all rooms, of two connections each."""
    curve = Curve("rooms", "rooms of 2, 2,000 messages/s in all", "rooms", "µs CPU a message")
    needs = Needs(world="rooms", people=2)
    for count in (1, 10, 100, 1000, 5000):
        for server in fleet.get(COMPARED):
            figures = progress.attempt(f"rooms {count} {server.name}", once, server, needs,
                                       "fan", "--rooms", count, "--listeners", 1, "--rate", 2000, "--seconds", options.seconds, "--warmup", 0.5)
            if figures:
                curve.add(server.name, count, figures["cpu_us"], load.is_disturbed(figures))
    return [curve]


def histories(options, fleet: Fleet, progress: Progress) -> list[Curve]:
    """Rooms with histories of different lengths."""
    page = Curve("page", "JOIN replays the last 50", "messages in the room", "µs CPU a join")
    line = Curve("line", "JOIN replays everything", "messages in the room", "µs CPU a line")
    publish = Curve("publish", "publishing into it (64 in flight)", "messages in the room", "µs CPU an acknowledgement")
    for server in fleet.get(("gather", "before")):
        try:
            server.start(Needs(world="history", people=2))
            for size in (size for size in world.HISTORIES if size <= options.most):
                grow(server, size, options.seconds, progress, page, line, publish)
        except (RuntimeError, OSError) as problem:
            progress.failures.append(f"history {server.name}: {problem}")
        finally:
            server.stop()
    return [page, line, publish]


def grow(server, size: int, seconds: float, progress: Progress, page: Curve, line: Curve, publish: Curve) -> None:
    """Fills the room of this size, then measures it; publishing last, as that makes it longer."""
    needs = Needs(world="history", people=2, prefix=f"history{size}x")
    history.publish(server, size, f"#{needs.prefix}0").close()
    # Each joiner reads all of it: the longer, the fewer.
    joiners = max(1, min(20, 10**6 // size))
    for curve, words, more, lines in (
            (page, ("replay", "--joiners", "200", "--lines", "50"), (), 50),
            (line, ("replay", "--joiners", str(joiners), "--lines", str(size)), ("--join", "since=0"), 1),
            (publish, ("pub", "--senders", "1", "--window", "64", "--seconds", str(seconds), "--warmup", "0.5"), (), 1)):
        figures = progress.attempt(f"{curve.name} {size} {server.name}", load.run, server, words, needs, 240, more)
        if figures:
            curve.add(server.name, size, figures["cpu_us"] * lines, load.is_disturbed(figures))


def planning(options, fleet: Fleet, progress: Progress) -> list[Curve]:
    """WHEN of people who all have so many windows, in a staircase."""
    curve = Curve("when", "WHEN", "people", "ms as a client sees it")
    needs = Needs(world="planning", people=1000)
    for server in fleet.get(("gather", "before")):
        try:
            server.start(needs)
            for people in world.PLANNERS:
                for windows in world.PLANNED:
                    figures = progress.attempt(f"when {people}x{windows} {server.name}", when.measure, server, people, windows)
                    if figures:
                        curve.add(f"{server.name}, {windows} windows", people, figures["p50_us"] / 1e3)
        finally:
            server.stop()
    return [curve]
