"""How long a /when takes, as a client sees it."""

import time

from load import LoadFailed
from server import Server
from wire import GatherWire


def measure(server: Server, people: int, windows: int, times: int = 7) -> dict:
    """Each asks for another least length, so that nothing can be remembered from the one before."""
    wire = GatherWire(server.port)
    wire.ask(f"RESUME {server.world.tokens[1]}")
    took, rows = [], 0
    for number in range(times):
        begun = time.perf_counter()
        final = wire.ask(f"WHEN #when{people}x{windows} min={30 + number}m limit=10")[0]
        took.append((time.perf_counter() - begun) * 1e6)
        rows = int(final.split()[3])
    wire.close()
    if not rows:
        raise LoadFailed(f"no row: {final}")
    took = sorted(took[1:])
    return {"p50_us": took[len(took) // 2], "max_us": took[-1], "rows": rows, "seconds": sum(took) / 1e6}
