"""T11: those who connect and say nothing, stop in the middle, or say a byte now and then: at every door, all at once."""

import time
from dataclasses import dataclass

import pytest

from daemon import Daemon
from footprint import Footprint, Machine, Peak, given_back
from load import Witness
from peers import CLIENT_HELLO, Crowd, Visitor, log_in, look_at_web, resume, secured
from people import People

pytestmark = [pytest.mark.sqlite_only, pytest.mark.timeout(180)]  # the doors are the same on every store

DOORS = ("tls", "plain", "web")
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: chat.test\r\nX-Slowly: " + b"s" * 1000
UPLOAD = b"POST /verify/x HTTP/1.1\r\nHost: chat.test\r\nContent-Length: 1000\r\n\r\n"


@dataclass(frozen=True)
class Figures:
    silent: int  # say nothing at all
    half: int  # stop in the middle of what begins a connection
    dripping: int  # a byte each few seconds
    pause: float
    grace: int  # --limits.login-grace
    closed_within: float
    by_password: bool = False  # healthy people type one, now and then, and wait no longer either


# More silent ones than a door lets in at once, as in the full figures.
SHORT = Figures(300, 300, 12, 2, 8, 40)
FULL = Figures(1000, 1000, 200, 10, 60, 70, by_password=True)


def beset(daemon, door: str, figures: Figures, crowd: Crowd) -> None:
    """Opens those who do not behave at one door. A kind is a door and a word."""
    address = getattr(daemon, door)
    crowd.add(f"{door} silent", address, figures.silent)
    if door == "tls":
        crowd.add("tls half a handshake", address, figures.half, opening=CLIENT_HELLO)
        crowd.add("tls half a hello", address, figures.half // 10, opening=CLIENT_HELLO[:len(CLIENT_HELLO) // 2])
        crowd.add("tls dripping", address, figures.dripping, dripping=CLIENT_HELLO)
        for _ in range(figures.dripping):
            # Its own TLS is done with; what it says now makes no record.
            crowd.take("tls greeted, then dripping", secured(address), dripping=b"\x17\x03\x03\x40\x00" + b"s" * 1000)
    elif door == "plain":
        crowd.add("plain half a line", address, figures.half, opening=b"LOGIN somebody a lo")
        crowd.add("plain dripping", address, figures.dripping, dripping=b"PING " + b"s" * 1000)
    else:
        crowd.add("web half a request", address, figures.half, opening=UPLOAD)
        crowd.add("web dripping", address, figures.dripping, dripping=REQUEST)


def silent_peers(daemon, figures: Figures, progress=lambda words: None, number: int = 0) -> dict:
    """T11: healthy people log in, talk and look at the web within a second; all others are closed; all is given back.

    `number` tells the rounds on one daemon apart."""
    healthy = People(daemon).log_in(f"healthy-{number}")
    healthy.ok(f"CREATE #witness-{number}")
    token = healthy.ok("TOKEN ISSUE t11").fields[1]
    witness = Witness(daemon, token, f"#witness-{number}")
    before, crowd = Footprint.of(daemon), Crowd(figures.pause)
    # Hashing a password takes a third of a second of a core: the rest come by token.
    visitors = {"tls": Visitor(lambda: resume(daemon.tls, token, tls=True)), "plain": Visitor(lambda: resume(daemon.plain, token, tls=False)),
                "web": Visitor(lambda: look_at_web(daemon))}
    if figures.by_password:
        visitors["tls by password"] = Visitor(lambda: log_in(daemon.tls, healthy.person), pause=3)
    for thread in [crowd, witness, *visitors.values()]:
        thread.start()
    with Peak(daemon) as peak, Machine() as machine:
        for door in DOORS:
            beset(daemon, door, figures, crowd)
        begun = told = time.monotonic()
        while (left := crowd.left()) and time.monotonic() < begun + figures.closed_within + 2:
            assert daemon.process.poll() is None, "the daemon ended"
            if time.monotonic() > told + 10:
                told = time.monotonic()
                progress(f"after {told - begun:.0f} s there are still {left}")
            time.sleep(0.1)
        for thread in [witness, *visitors.values()]:
            thread.stopping.set()
        for thread in [witness, *visitors.values()]:
            thread.join(90)
    crowd.finish()
    healthy.close(), witness.client.close()
    after = given_back(daemon, before)
    return {"left": left, "longest stay": {kind: round(max(stays), 1) for kind, stays in crowd.lasted.items() if stays},
            "shortest stay": {kind: round(min(stays), 1) for kind, stays in crowd.lasted.items() if stays},
            "slowest healthy": {door: visitor.slowest for door, visitor in visitors.items()},
            "problems": {door: repr(visitor.problem) for door, visitor in visitors.items() if visitor.problem},
            "slowest witness": round(max(witness.slowest, witness.slowest_ping), 3), "witness": repr(witness.problem),
            "a second here": round(machine.within(1), 2), "before": str(before), "after": str(after), "most descriptors": peak.descriptors}


def check(result: dict, door: str, figures: Figures) -> None:
    waits = {kind: took for kind, took in result["slowest healthy"].items() if kind.startswith(door)}
    assert max(waits.values()) <= result["a second here"], f"healthy people wait at the {door} door: {result}"
    assert not [kind for kind in result["problems"] if kind.startswith(door)], result
    assert not [kind for kind in result["left"] if kind.startswith(door)], f"some are never closed: {result}"
    longest = {kind: stay for kind, stay in result["longest stay"].items() if kind.startswith(door)}
    assert longest and max(longest.values()) <= figures.closed_within, result


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """All doors at once, as their waiting is what takes the time."""
    daemon = Daemon(tmp_path_factory.mktemp("silent"), "--limits.login-grace", str(SHORT.grace))
    try:
        yield silent_peers(daemon, SHORT)
    finally:
        daemon.finish()


@pytest.mark.parametrize("door", DOORS)
def test_t11_nobody_waits_for_those_who_say_nothing(result, door, capsys):
    """T11: 1,000 TCP connections without a ClientHello …: 300 here, 1,000 by scripts/soak t11"""
    if door == DOORS[0]:
        with capsys.disabled():
            print(f"\nT11 {result}")
    check(result, door, SHORT)


def test_t11_a_witness_is_answered_within_a_second(result):
    assert result["witness"] == "None" and result["slowest witness"] <= result["a second here"], result
