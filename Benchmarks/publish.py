#!/usr/bin/env python3
"""Acknowledged publishing: messages a second, and what one costs, beside what the database itself allows in the same run.

    swift build -c release --product gatherchatd
    Benchmarks/publish.py [--store sqlite|postgres] [--rounds 3] [--seconds 4]

Senders have their own rooms, and nobody else listens. The bare rate is the same rows by plain `INSERT … COMMIT` over one
connection (pgbench; for SQLite a loop in Python at synchronous=FULL). Prints a Markdown table of medians.
"""

import argparse
import os
import re
import selectors
import shutil
import socket
import sqlite3
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/EndToEndTests"))
os.environ.setdefault("GATHERCHATD", str(ROOT / ".build/release/gatherchatd"))

from daemon import Daemon  # noqa: E402
from people import People  # noqa: E402
from postgres import Postgres  # noqa: E402

TEXT = b"x" * 100
SCENARIOS = {"pub1w1": (1, 1), "pub50w1": (50, 1), "pub1w64": (1, 64), "pub50w8": (50, 8)}
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pids) -> float:
    """Seconds of user and system time."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


class Sender:
    """Keeps a number of messages in flight."""

    def __init__(self, address, token: str, room: str, window: int):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(socket.create_connection(address))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.line = f"MSG {room} :".encode() + TEXT + b"\r\n"
        self.window, self.rest, self.done, self.times = window, b"", 0, []
        self.socket.sendall(f"RESUME {token}\r\n".encode())
        while b"OK RESUME" not in self.rest:
            self.rest += self.socket.recv(65536)
        self.rest = b""
        self.socket.setblocking(False)

    def begin(self) -> None:
        self.sent = time.perf_counter()
        self.socket.send(self.line * self.window)

    def take(self, keeps_sending: bool) -> None:
        data = b""
        try:
            while chunk := self.socket.recv(65536):
                data += chunk
        except (ssl.SSLWantReadError, BlockingIOError):
            pass
        answers = data.count(b"\n")
        if not answers:
            return
        if b"FAIL" in data or b"ERROR" in data:
            raise SystemExit(data.decode())
        self.done += answers
        if self.window == 1:
            now = time.perf_counter()
            self.times.append(now - self.sent)
            self.sent = now
        if keeps_sending:
            self.socket.send(self.line * answers)


def publish(daemon, token, senders, window, seconds, servers):
    people = [Sender(daemon.tls, token, f"#bench{n}", window) for n in range(senders)]
    with selectors.DefaultSelector() as selector:
        for sender in people:
            selector.register(sender.socket, selectors.EVENT_READ, sender)
        begun, pids = time.perf_counter(), servers()
        before, database_before = cpu([daemon.process.pid]), cpu(pids)
        for sender in people:
            sender.begin()
        end = begun + seconds
        while time.perf_counter() < end:
            for key, _ in selector.select(0.1):
                key.data.take(keeps_sending=True)
        took = time.perf_counter() - begun
        done = sum(sender.done for sender in people)
        spent, database_spent = cpu([daemon.process.pid]) - before, cpu(pids) - database_before
    for sender in people:
        sender.socket.close()
    time.sleep(0.3)
    times = sorted(moment for sender in people for moment in sender.times)
    return {"rate": done / took, "cpu": spent / done * 1e6, "database": database_spent / done * 1e6,
            "p50": times[len(times) // 2] * 1e3 if times else None}


def bare_postgres(server, seconds) -> float:
    server.query("CREATE TABLE IF NOT EXISTS bare (room bigint, id bigserial, time bigint, author bigint, text text, PRIMARY KEY (room, id))", server.database)
    script = server.folder / "bare.sql"
    script.write_text(f"INSERT INTO bare (room, time, author, text) VALUES (1, 1, 1, '{TEXT.decode()}');\n")
    run = subprocess.run(["pgbench", "-n", "-M", "prepared", "-c", "1", "-T", str(seconds), "-f", str(script), server.url(server.database)],
                         capture_output=True, text=True, check=True)
    return float(re.search(r"tps = ([\d.]+)", run.stdout).group(1))


def bare_sqlite(folder, seconds) -> float:
    database = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE IF NOT EXISTS bare (room INTEGER, id INTEGER, time INTEGER, author INTEGER, text TEXT, PRIMARY KEY (room, id)) WITHOUT ROWID")
    number = database.execute("SELECT coalesce(max(id), 0) FROM bare").fetchone()[0]
    begun, first = time.perf_counter(), number
    while time.perf_counter() - begun < seconds:
        number += 1
        database.execute("INSERT INTO bare VALUES (1, ?, 1, 1, ?)", (number, TEXT.decode()))
    return (number - first) / (time.perf_counter() - begun)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="postgres")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="gather-bench-"))
    server = Postgres() if options.store == "postgres" else None
    flags = ["--limits.command-rate", "0", "--limits.connections-per-person", "200"]
    if server:
        server.database = server.new_database()
        flags += ["--database", server.url(server.database)]
    daemon = Daemon(folder, *flags)
    daemon.flags = flags
    try:
        owner = People(daemon).log_in("bench")
        for number in range(50):
            owner.ok(f"CREATE #bench{number}")
            owner.ok(f"LEAVE #bench{number}")
        token = owner.ok("TOKEN ISSUE bench").fields[1]
        owner.close()
        servers = (lambda: server.processes()) if server else (lambda: [])
        bare, results = [], {name: [] for name in SCENARIOS}
        for number in range(options.rounds):
            bare.append(bare_postgres(server, options.seconds) if server else bare_sqlite(folder, options.seconds))
            for name, (senders, window) in SCENARIOS.items():
                results[name].append(publish(daemon, token, senders, window, options.seconds, servers))
            print(f"round {number + 1} of {options.rounds}: load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        base = statistics.median(bare)
        print(f"\n{options.store}: bare INSERT … COMMIT on one connection {base:,.0f}/s\n")
        print("| scenario | acknowledged/s | × bare | CPU an ack, µs | database's CPU, µs | p50, ms |\n| --- | --- | --- | --- | --- | --- |")
        for name, rounds in results.items():
            middle = {key: statistics.median(round[key] for round in rounds) if rounds[0][key] is not None else None for key in rounds[0]}
            p50 = f"{middle['p50']:.2f}" if middle["p50"] else ""
            print(f"| {name} | {middle['rate']:,.0f} | {middle['rate'] / base:.1f} | {middle['cpu']:.1f} | {middle['database']:.1f} | {p50} |")
    finally:
        daemon.kill()
        if server:
            server.finish()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
