"""The scenarios of the bar: what the load generator does, with whom, and which figures count."""

from dataclasses import dataclass

from server import CROWD, Needs

LIMITS = ("limit", "limit-nio")
GATHER = ("gather", "before")
# ircd-hybrid looks up every address by DNS, which cannot be switched off: where nobody answers, log-ins take seconds.
MANY = ("inspircd", "ngircd", "ergo-ram", "ergo-sqlite")
IRC = (*MANY, "hybrid")
EVERYBODY = (*GATHER, *LIMITS, *IRC)
# Servers with histories, and those that acknowledge by echo-message.
WITH_HISTORY = (*GATHER, "inspircd", "ergo-ram", "ergo-sqlite")
ON_POSTGRES = ("gather-pg", "before-pg", "ergo-pg")


@dataclass(frozen=True)
class Figure:
    """One number of a measurement: its key in the JSON, and how a table shows it."""

    key: str
    title: str
    factor: float = 1  # from the key's unit to the title's


CPU = Figure("cpu_us", "µs CPU a delivery")
RATE = Figure("per_second", "deliveries/s")
P50 = Figure("p50_us", "p50, ms", 1e-3)
P99 = Figure("p99_us", "p99, ms", 1e-3)
ACK_RATE = Figure("per_second", "acknowledged/s")
ACK_CPU = Figure("cpu_us", "µs CPU an acknowledgement")
DATABASE = Figure("database_us", "database, µs CPU an acknowledgement")


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    words: tuple[str, ...]
    figures: tuple[Figure, ...]
    servers: tuple[str, ...] = EVERYBODY
    needs: Needs = Needs()
    is_timed: bool = True  # takes --seconds


def fan(name: str, title: str, words: str, figures, needs: Needs = Needs(), servers=EVERYBODY) -> Scenario:
    return Scenario(name, title, ("fan", *words.split()), figures, servers, needs)


CALM, BUSY = (CPU, P50, P99), (CPU, RATE, P99)
CONNECT = (Figure("cpu_us", "µs CPU a connect"), Figure("per_second", "connects/s"))

SCENARIOS = [
    fan("rate200", "1 room × 200 listeners, 300 messages/s", "--rooms 1 --listeners 200 --rate 300", CALM),
    fan("rate50x20", "50 rooms × 20, 60,000 deliveries/s", "--rooms 50 --listeners 20 --rate 3000", CALM),
    fan("burst200", "1 × 200, bursts of 64", "--rooms 1 --listeners 200 --burst 64", BUSY),
    fan("burst50x20", "50 × 20, bursts of 8 a room", "--rooms 50 --listeners 20 --burst 8", BUSY),
    fan("fan200", "1 × 200, 64 in flight", "--rooms 1 --listeners 200 --window 64", BUSY),
    fan("fan50x20", "50 × 20, 8 in flight a room", "--rooms 50 --listeners 20 --window 8", BUSY),
    fan("fan2000", "1 × 2,000, 16 in flight", "--rooms 1 --listeners 2000 --window 16", BUSY, CROWD, (*GATHER, *LIMITS, *MANY)),
    Scenario("idle10000", "10,000 logged-in connections", ("idle", "--connections", "10000"),
             (Figure("kib", "KiB a connection"), Figure("idle_cpu_ms_s", "idle, ms CPU a second")), (*GATHER, *LIMITS, *MANY), CROWD),
    Scenario("handshake", "TLS handshakes", ("connect", "--handshake-only"), CONNECT),
    Scenario("connect", "connects with log-in (RESUME)", ("connect",), CONNECT, (*GATHER, *MANY)),
    Scenario("replay10000", "10,000 lines on JOIN, one after another", ("replay", "--joiners", "20", "--lines", "10000"),
             (Figure("cpu_us", "µs CPU a line"), Figure("p50_us", "a join, ms", 1e-3)), WITH_HISTORY, Needs(history=10000), is_timed=False),
    Scenario("replaymem", "the same, 200 joiners", ("replay", "--joiners", "200", "--lines", "10000"),
             (Figure("kib", "KiB left a joiner"),), WITH_HISTORY, Needs(history=10000), is_timed=False),
    Scenario("join2000", "2,000 people join one room", ("joins", "--connections", "2000"), (Figure("cpu_us", "µs CPU a joiner"),
             Figure("per_second", "joins/s")), (*GATHER, *MANY), CROWD, is_timed=False),
]

PUBLISHING = {"pub1w1": (1, 1, "1 sender, 1 in flight"), "pub50w1": (50, 1, "50 senders, 1 in flight each"),
              "pub1w64": (1, 64, "1 sender, 64 in flight"), "pub50w8": (50, 8, "50 senders, 8 in flight each")}

for name, (senders, window, title) in PUBLISHING.items():
    words = ("pub", "--senders", str(senders), "--window", str(window))
    SCENARIOS.append(Scenario(name, title, words, (ACK_RATE, ACK_CPU, P50), WITH_HISTORY))
    SCENARIOS.append(Scenario(f"{name}-pg", f"{title}, PostgreSQL", words, (ACK_RATE, ACK_CPU, DATABASE, P50), ON_POSTGRES))

for people, windows in ((1000, 200), (20, 20)):
    SCENARIOS.append(Scenario(f"when{people}x{windows}", f"WHEN of {people:,} people × {windows} windows", ("when", str(people), str(windows)),
                              (Figure("p50_us", "as a client sees it, ms", 1e-3),), GATHER, Needs(world="planning", people=1000), is_timed=False))
