"""What the embedded database itself takes for one durable row, on the file system of the run."""

import sqlite3
import time

import processes


def measure(seconds: float) -> dict:
    """One row a transaction at synchronous=FULL."""
    folder = processes.new_folder("commits")
    database = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE bare (room INTEGER, id INTEGER, time INTEGER, author INTEGER, text TEXT, PRIMARY KEY (room, id)) WITHOUT ROWID")
    times, begun, number = [], time.perf_counter(), 0
    while (now := time.perf_counter()) - begun < seconds:
        number += 1
        database.execute("INSERT INTO bare VALUES (1, ?, 1, 1, ?)", (number, "x" * 100))
        times.append(time.perf_counter() - now)
    took = time.perf_counter() - begun
    database.close()
    processes.remove(folder)
    times.sort()
    return {"p50_us": times[len(times) // 2] * 1e6, "p99_us": times[len(times) * 99 // 100] * 1e6, "per_second": number / took, "seconds": took}
