"""T5, its second half: a long replay over a slow reader is read from the store as the reader takes it, a page at a time."""

import time

from footprint import MIB, Footprint, Machine, Peak, is_sanitized
from load import Witness
from peers import far
from people import People, make_room

MOST_MEMORY = 8 * MIB


def long_replay(daemon, lines: int, slow_bytes: int, rate: int = 102_400) -> dict:
    """Somebody joins who takes `rate` bytes a second until there were `slow_bytes`, and then all that is left."""
    people = People(daemon)
    writer, reader = people.all("writer", "reader")
    make_room(writer, "#long", reader)
    writer.ok("CREATE #witness")
    access, witness = reader.ok("TOKEN ISSUE t").fields[1], Witness(daemon, writer.ok("TOKEN ISSUE t").fields[1], "#witness")
    reader.hang_up()
    for at in range(0, lines, 400):
        writer.send_all([f"MSG #long {at + number} {'x' * 60}" for number in range(min(400, lines - at))])
        for _ in range(min(400, lines - at)):
            assert writer.answer(60).ok
    writer.ok("LEAVE #long")
    time.sleep(1)  # what the writing needed may go
    before, begun = Footprint.of(daemon), time.monotonic()
    with far(daemon.tls, window=16_384) as peer, Peak(daemon) as peak, Machine() as machine:
        witness.start()
        peer.sendall(f"RESUME {access}\nJOIN #long since=0\n".encode())
        read, data = bytearray(), b" "
        while data and b"\r\nOK JOIN " not in read[-400:]:
            data = peer.recv(10_240)
            read += data
            if len(read) < slow_bytes:
                time.sleep(max(0.0, begun + len(read) / rate - time.monotonic()))
    witness.stopping.set()
    witness.join(60)
    assert witness.problem is None, witness.problem
    ids = [int(line.split(b" ", 3)[2]) for line in bytes(read).split(b"\r\n") if line.startswith(b"HISTORY ")]
    assert ids == list(range(1, lines + 1)), f"{len(ids)} of {lines} lines"
    slowest = max(witness.slowest, witness.slowest_ping)
    result = {"lines": lines, "seconds": round(time.monotonic() - begun, 1), "MiB": round(len(read) / 2**20, 1),
              "most MiB more": round((peak.memory - before.memory) / MIB, 1), "slowest witness": round(slowest, 3)}
    assert slowest <= machine.within(1), result
    assert is_sanitized() or peak.memory - before.memory <= MOST_MEMORY, result
    return result


def test_t5_a_long_replay_is_read_as_it_is_taken(own, capsys):
    """T5: a join of 100,000 lines over a 100 KiB/s reader (20,000 here): memory + ≤ 8 MiB; the big one completes"""
    result = long_replay(own("--limits.command-rate", "0"), 20_000, 300_000)
    with capsys.disabled():
        print(f"T5 {result}")
