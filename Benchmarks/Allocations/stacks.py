"""Where allocations come from: names for the addresses of a process that still runs."""

from __future__ import annotations

import bisect
import subprocess
from collections import Counter
from pathlib import Path

# What stands between an allocation and the code that wanted it.
PLUMBING = ("malloc_count.so", "swift_allocObject", "swift_slowAlloc", "swift_slowAllocTyped", "_swift_allocObject_")


class Symbols:
    """The functions of the files that a process has mapped."""

    def __init__(self, pid: int):
        self.maps: list[tuple[int, int, int, str]] = []  # start, end, what address 0 of the file became, file
        bases: dict[str, int] = {}
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, _, _, _, _, *rest = line.split()
            if not rest or not rest[0].startswith("/"):
                continue
            start, end = (int(word, 16) for word in span.split("-"))
            # The first mapping of a file is that of its first page.
            self.maps.append((start, end, bases.setdefault(rest[0], start), rest[0]))
        self.maps.sort()
        self.tables: dict[str, tuple[list[int], list[tuple[int, str]]]] = {}

    def name(self, address: int) -> tuple[str, str]:
        """The function, as the file names it, and that file."""
        index = bisect.bisect(self.maps, (address, 1 << 64)) - 1
        if index < 0 or address >= self.maps[index][1]:
            return hex(address), ""
        _, _, base, path = self.maps[index]
        starts, functions = self._table(path)
        # A return address may be the first of the next function.
        place = bisect.bisect(starts, address - 1 - base) - 1
        if place >= 0 and address - 1 - base < starts[place] + functions[place][0]:
            return functions[place][1], path
        return f"in {Path(path).name}", path

    def _table(self, path: str) -> tuple[list[int], list[tuple[int, str]]]:
        """Where functions begin; their sizes and names. Of a file without all its symbols only those it exports."""
        if path not in self.tables:
            found = {}
            for flags in (["-D"], []):
                listing = subprocess.run(["nm", "-C", "-S", "--defined-only", *flags, path], capture_output=True, text=True).stdout
                for line in listing.splitlines():
                    words = line.split(" ", 3)
                    if len(words) == 4 and words[2] in "tTwWiu":
                        found[int(words[0], 16)] = (int(words[1], 16), words[3].split("@")[0])
            ordered = sorted(found.items())
            self.tables[path] = ([start for start, _ in ordered], [function for _, function in ordered])
        return self.tables[path]


def report(pid: int, stacks: list[list[int]], per: float, depth: int = 14, most: int = 40) -> str:
    """The stacks with the most allocations, each with how many there were in one unit of what was measured."""
    symbols = Symbols(pid)
    named = Counter()
    for stack in stacks:
        frames = [symbols.name(address) for address in stack]
        names = [name for name, path in frames if not path.endswith(PLUMBING[0]) and name not in PLUMBING]
        named[tuple(names[:depth])] += 1
    lines = []
    for names, count in named.most_common(most):
        lines += [f"{count / per:8.3f}", *(f"           {name}" for name in names)]
    demangled = subprocess.run(["swift", "demangle", "--simplified"], input="\n".join(lines), capture_output=True, text=True)
    return demangled.stdout or "\n".join(lines)
