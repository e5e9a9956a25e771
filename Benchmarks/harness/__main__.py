"""Benchmarks/run: the commands and their options."""

import argparse
import importlib
import signal
import subprocess
import sys

import building
import fleet
import processes
from output import Output

# Each is a module with `add_options(parser)` and `run(options, fleet, output)`; its first line says what it is for.
MEASUREMENTS = ("bar", "growth", "daemons")


def programs(command: str, arguments: list[str]) -> int:
    """What is measured by programs of their own."""
    if command == "micro":
        return subprocess.run([building.release("MicroBenchmarks"), *arguments]).returncode
    return subprocess.run([building.ROOT / "Benchmarks/Allocations/count", *arguments]).returncode


def parse(arguments: list[str]):
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description="Measures this server, its limits and its peers on loopback.")
    commands = parser.add_subparsers(dest="command", required=True)
    modules = {}
    for name in MEASUREMENTS:
        modules[name] = importlib.import_module(name)
        command = commands.add_parser(name, help=modules[name].__doc__)
        modules[name].add_options(command)
        fleet.add_options(command)
        command.add_argument("--out", metavar="FOLDER", help="for the table, the raw figures and the picture")
    commands.add_parser("micro", help="micro-benchmarks; arguments are passed on", add_help=False)
    commands.add_parser("allocations", help="allocations a message; arguments are passed on", add_help=False)
    options, rest = parser.parse_known_args(arguments)
    if options.command not in modules:
        return options, rest, None
    if rest:
        parser.error(f"unknown: {' '.join(rest)}")
    return options, rest, modules[options.command]


def main() -> int:
    options, rest, module = parse(sys.argv[1:])
    if module is None:
        return programs(options.command, rest)
    # Whatever ends the run, what it started is ended first.
    for number in SIGNALS:
        signal.signal(number, end)
    processes.raise_file_limit()
    debian_tools()
    everything = None
    try:
        everything = fleet.Fleet(options)
        module.run(options, everything, Output(options.out))
        return 0
    finally:
        try:
            if everything:
                everything.finish()
        finally:
            processes.finish()


SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def end(number, _) -> None:
    """A second one must not interrupt the tidying that the first one began."""
    for other in SIGNALS:
        signal.signal(other, lambda *_: None)
    sys.exit(128 + number)


def debian_tools() -> None:
    from debian import install
    install("gcc", "libc6-dev", "libssl-dev", "openssl", "util-linux", "procps")


if __name__ == "__main__":
    sys.exit(main())
