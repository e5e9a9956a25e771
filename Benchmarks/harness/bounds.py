"""The bar: which figure may be how many times another one's, or how large at all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """`factor` times the figure of `reference`, or an absolute value in the key's own unit where that is empty."""

    row: int
    scenario: str
    key: str
    factor: float
    reference: str = ""
    is_must: bool = True
    subject: str = "gather"

    @property
    def is_upper(self) -> bool:
        return self.key != "per_second"

    def holds(self, value: float, reference: float) -> bool:
        allowed = self.factor * reference
        return value <= allowed if self.is_upper else value >= allowed


def musts(row, scenario, key, subject="gather", **references) -> list[Bound]:
    return [Bound(row, scenario, key, factor, name.replace("_", "-"), True, subject) for name, factor in references.items()]


def stretch(row, scenario, key, subject="gather", **references) -> list[Bound]:
    return [Bound(row, scenario, key, factor, name.replace("_", "-"), False, subject) for name, factor in references.items()]


def absolute(row, scenario, key, most, is_must=True) -> list[Bound]:
    return [Bound(row, scenario, key, most, "", is_must)]


BOUNDS = [
    *musts(1, "rate200", "cpu_us", ergo_sqlite=1.0, inspircd=1.25, limit_nio=1.2, limit=1.3), *stretch(1, "rate200", "cpu_us", ergo_ram=1.0),
    *musts(2, "rate50x20", "cpu_us", ergo_sqlite=0.95, limit_nio=1.4, limit=1.7), *stretch(2, "rate50x20", "cpu_us", ergo_ram=1.0),
    *musts(3, "burst200", "cpu_us", ergo_ram=0.12, inspircd=0.9, limit=3), *musts(3, "burst200", "p99_us", ergo_ram=0.3, inspircd=0.3),
    *stretch(3, "burst200", "cpu_us", limit=2),
    *musts(4, "burst50x20", "cpu_us", ergo_ram=0.4, ergo_sqlite=0.2, inspircd=1.5, limit=2.2), *stretch(4, "burst50x20", "cpu_us", inspircd=1.1),
    *musts(5, "fan200", "per_second", ergo_ram=5, inspircd=5), *stretch(5, "fan200", "per_second", ergo_ram=10),
    *musts(5, "fan50x20", "per_second", ergo_ram=1.8, inspircd=2), *stretch(5, "fan50x20", "per_second", ergo_ram=2.5),
    *musts(5, "fan2000", "per_second", ergo_ram=2.5, inspircd=5), *stretch(5, "fan2000", "per_second", ergo_ram=4),
    *musts(6, "fan200", "cpu_us", ergo_ram=0.15), *stretch(6, "fan200", "cpu_us", limit=2),
    *musts(6, "fan50x20", "cpu_us", ergo_ram=0.45), *stretch(6, "fan50x20", "cpu_us", limit=2),
    *musts(6, "fan2000", "cpu_us", ergo_ram=0.3), *stretch(6, "fan2000", "cpu_us", limit=2),
    *musts(7, "rate200", "p50_us", ergo_ram=2), *absolute(7, "rate200", "p50_us", 2800),
    *musts(7, "rate50x20", "p50_us", ergo_ram=2), *absolute(7, "rate50x20", "p50_us", 600),
    *musts(7, "rate200", "p99_us", ergo_sqlite=1.5), *absolute(7, "rate200", "p99_us", 15000), *stretch(7, "rate200", "p99_us", inspircd=2),
    *musts(7, "rate50x20", "p99_us", ergo_sqlite=1.5), *absolute(7, "rate50x20", "p99_us", 15000), *stretch(7, "rate50x20", "p99_us", inspircd=2),
    *absolute(8, "idle10000", "kib", 28), *musts(8, "idle10000", "kib", ergo_ram=0.8, limit_nio=1.25), *absolute(8, "idle10000", "kib", 24, False),
    *musts(8, "replaymem", "kib", ergo_ram=0.35),
    *musts(9, "handshake", "cpu_us", limit_nio=1.2, ergo_ram=0.65), *musts(9, "connect", "cpu_us", ergo_ram=0.6),
    *musts(9, "connect", "per_second", ergo_ram=1.2),
    *musts(10, "replay10000", "cpu_us", ergo_sqlite=0.35, ergo_ram=0.6, inspircd=6), *musts(10, "replay10000", "p50_us", ergo_ram=0.5),
    *absolute(10, "replay10000", "cpu_us", 3, False),
    *absolute(11, "pub1w1", "p50_us", 400), *musts(11, "pub1w1", "p50_us", sqlite_commit=2.5), *musts(11, "pub1w1", "per_second", ergo_sqlite=0.5),
    *stretch(11, "pub1w1", "per_second", ergo_sqlite=0.8),
    *(bound for name, factor in (("pub50w1", 2.5), ("pub50w8", 4), ("pub1w64", 4)) for bound in (
        *musts(12, name, "per_second", ergo_sqlite=factor), *musts(12, name, "cpu_us", ergo_sqlite=0.3), *stretch(12, name, "per_second", ergo_ram=0.5))),
    *(bound for name, factor in (("pub1w1", 1), ("pub50w1", 4), ("pub50w8", 4), ("pub1w64", 4)) for bound in (
        *musts(13, f"{name}-pg", "per_second", "gather-pg", ergo_pg=factor), *musts(13, f"{name}-pg", "database_us", "gather-pg", ergo_pg=0.35),
        *stretch(13, f"{name}-pg", "per_second", "gather-pg", ergo_pg=8))),
    *musts(14, "join2000", "cpu_us", ergo_ram=0.15, inspircd=1.3),
    *(bound for name in ("rate200", "rate50x20", "burst200", "burst50x20", "fan200", "fan50x20", "fan2000") for key in ("lost", "order_errors", "forty_ms")
      for bound in absolute(15, name, key, 0)),
    *absolute(15, "idle10000", "idle_cpu_ms_s", 5),
    *absolute(16, "when1000x200", "p50_us", 300_000), *absolute(16, "when1000x200", "p50_us", 50_000, False), *absolute(16, "when20x20", "p50_us", 1000),
]
