"""Avatars: section 10; T17."""

import base64
import hashlib
import os
import signal
import time
import zlib
from pathlib import Path
from urllib.request import urlopen

import pytest

import pictures
from people import make_room


@pytest.fixture
def alice(daemon, people):
    return people.log_in("alice")


def upload(client, data, digest=True, end=True, line=7992):
    """Pipelined: PUT, all DATA lines, END in one write."""
    text = base64.b64encode(data).decode()
    lines = [f"AVATAR PUT {len(data)}"] + [f"AVATAR DATA {text[at:at + line]}" for at in range(0, len(text), line)]
    if end:
        lines.append("AVATAR END" + (f" {hashlib.sha256(data).hexdigest()}" if digest else ""))
    client.send_all(lines)
    answers = [client.answer(30) for _ in lines]
    return answers if not end else answers[-1]


def fetch(client, name):
    answer = client.ok(f"AVATAR FETCH {name}")
    data = b"".join(base64.b64decode(row.fields[1], validate=True) for row in answer.rows)
    assert all(len(row.fields[1]) % 4 == 0 for row in answer.rows)
    assert answer.fields == (name, str(len(data)), hashlib.sha256(data).hexdigest())
    return data


def test_a_picture_goes_up_and_comes_back_everywhere(daemon, people, room):
    alice, bob = people.all("alice", "bob")
    make_room(alice, room, bob)
    left_red = pictures.png(400, 300, lambda x, y: (255, 0, 0) if x < 200 else (0, 0, 255))
    answer = upload(alice, left_red)
    url, kind, size, digest = answer.fields
    assert kind == "image/png" and url == f"http://127.0.0.1:{daemon.web[1]}/avatar/{digest}.png"
    bob.expect("AVATAR", room, "alice", fields=(url,))
    alice.no_events()
    assert bob.ok("AVATAR GET alice").fields == ("alice", url, kind, size, digest)
    data = fetch(bob, "alice")
    assert len(data) == int(size) and hashlib.sha256(data).hexdigest() == digest
    with urlopen(url) as response:
        assert response.read() == data
        assert response.headers["Content-Type"] == "image/png" and response.headers["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in response.headers["Cache-Control"]
    width, height, kinds, pixel = pictures.pixels(data)
    assert (width, height) == (256, 256)
    assert pixel(10, 128)[0] > 200 and pixel(245, 128)[2] > 200
    default = alice.ok("AVATAR REMOVE").fields[0]
    bob.expect("AVATAR", room, "alice", fields=(default,))
    assert default == bob.ok("AVATAR GET bob").fields[1]
    assert urlopen(default).status == 200


def test_pictures_are_turned_upright_and_lose_their_metadata(alice):
    """turned upright by its EXIF, cut from the middle, without metadata"""
    top_red = pictures.png(64, 64, lambda x, y: (255, 0, 0) if y < 32 else (0, 0, 255), pictures.exif_orientation(3)
                           + pictures.chunk(b"tEXt", b"Comment\0a secret place"))
    assert upload(alice, top_red).ok
    data = fetch(alice, "alice")
    _, _, kinds, pixel = pictures.pixels(data)
    assert set(kinds) <= {b"IHDR", b"IDAT", b"IEND", b"sRGB", b"pHYs", b"gAMA", b"cHRM"} and b"secret" not in data
    assert pixel(128, 20)[2] > 200 and pixel(128, 235)[0] > 200


def test_small_pieces_and_other_verbs_in_between(alice):
    data = pictures.png(3, 5)
    text = base64.b64encode(data).decode()
    assert alice.ok(f"AVATAR PUT {len(data)}").fields == (str(len(data)), "8000")
    for at in range(0, len(text), 4):
        answer = alice.ok(f"AVATAR DATA {text[at:at + 4]}")
        alice.ok("PING between")
    assert answer.fields == (str(len(data)),)
    assert alice.ok("AVATAR END").fields[1] == "image/png"


@pytest.mark.parametrize("lines, code", [
    (["AVATAR DATA AAAA"], "NO_UPLOAD"), (["AVATAR END"], "NO_UPLOAD"), (["AVATAR PUT 0"], "INVALID_PARAMS"), (["AVATAR PUT x"], "INVALID_PARAMS"),
    (["AVATAR PUT 4194305"], "IMAGE_TOO_LARGE"), (["AVATAR PUT 99", "AVATAR DATA AAA"], "INVALID_PARAMS"),
    (["AVATAR PUT 99", "AVATAR DATA A$AA"], "INVALID_PARAMS"), (["AVATAR PUT 99", "AVATAR DATA AA==", "AVATAR DATA AAAA"], "INVALID_PARAMS"),
    (["AVATAR PUT 3", "AVATAR DATA AAAA", "AVATAR END " + "0" * 64], "CHECKSUM_MISMATCH"), (["AVATAR PUT 4", "AVATAR DATA AAAA", "AVATAR END"], "CHECKSUM_MISMATCH"),
    (["AVATAR PUT 3", "AVATAR DATA AAAA", "AVATAR END"], "UNSUPPORTED_IMAGE"), (["AVATAR GET nobody"], "NO_SUCH_USER"), (["AVATAR FETCH nobody"], "NO_SUCH_USER")])
def test_any_fail_ends_the_upload(daemon, people, lines, code):
    alice = people.log_in("bob")
    for line in lines[:-1]:
        alice.ok(line)
    answer = alice.fail(lines[-1], code)
    if code == "IMAGE_TOO_LARGE":
        assert answer.fields == ("4194304",)
    alice.fail("AVATAR DATA AAAA", "NO_UPLOAD")


def test_hostile_pictures_harm_nobody(own):
    """T17: daemon untouched, witness ≤ 1 s"""
    from people import People
    daemon = own("--limits.avatars-per-hour", "0", "--limits.command-rate", "0")
    people = People(daemon)
    alice, witness = people.all("alice", "bob")
    before = alice.ok("AVATAR GET").fields
    good = pictures.png(64, 64)
    hostile = {
        "bomb": (pictures.png_bomb(65535), ("IMAGE_TOO_LARGE",)),
        "truncated": (good[:-20], ("UNSUPPORTED_IMAGE",)), "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ("UNSUPPORTED_IMAGE",)),
        "polyglot": (b"%PDF-1.4\n" + good, ("UNSUPPORTED_IMAGE",)), "jpeg head": (b"\xff\xd8\xff\xe0" + b"\0" * 100, ("UNSUPPORTED_IMAGE",)),
        "empty gif": (b"GIF89a", ("UNSUPPORTED_IMAGE",)), "webp head": (b"RIFF\x20\0\0\0WEBPVP8 " + b"\xff" * 20, ("UNSUPPORTED_IMAGE",)),
        "noise": (bytes(range(256)) * 16, ("UNSUPPORTED_IMAGE",)),
    }
    for name, (data, codes) in hostile.items():
        start = time.monotonic()
        final = upload(alice, data).final
        assert final.kind == "FAIL" and final.words[2] in codes, name
        assert time.monotonic() - start < 15, name
        start = time.monotonic()
        witness.ok("PING well")
        assert time.monotonic() - start < 1
        assert alice.ok("AVATAR GET").fields == before
    assert upload(alice, pictures.gif(10_000)).ok  # first frame
    # Huge profiles and metadata that mean nothing: dropped, or the picture is refused; nobody else notices.
    noise = bytes(range(256)) * 8000
    for extra in (pictures.chunk(b"iCCP", b"x\0\0" + zlib.compress(noise)), pictures.chunk(b"eXIf", b"MM\0*" + noise)):
        final = upload(alice, pictures.png(64, 64, extra=extra)).final
        assert final.kind == "OK" or final.words[2] == "UNSUPPORTED_IMAGE"
        witness.ok("PING well")


def test_a_worker_that_is_killed_ends_its_upload_only(own):
    """T17: worker killed"""
    from people import People
    daemon = own()
    alice = People(daemon).log_in("alice")
    before = alice.ok("AVATAR GET").fields
    data = pictures.png_bomb(6300)  # as many pixels as are allowed: some work
    text = base64.b64encode(data).decode()
    lines = [f"AVATAR PUT {len(data)}"] + [f"AVATAR DATA {text[at:at + 8000]}" for at in range(0, len(text), 8000)] + ["AVATAR END"]
    alice.send_all(lines)
    deadline, killed = time.monotonic() + 20, False
    while not killed and time.monotonic() < deadline:
        for task in Path(f"/proc/{daemon.process.pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
                killed = True
    assert killed, "no worker was seen"
    answers = [alice.answer(30) for _ in lines]
    assert answers[-1].code == "TEMPORARILY_UNAVAILABLE"  # no fault of the picture's
    assert alice.ok("AVATAR GET").fields == before
    assert upload(alice, pictures.png(8, 8)).ok


def test_a_hundred_uploads_at_once_wait_their_turn(own):
    from people import People
    daemon = own("--limits.avatars-per-hour", "0", "--limits.connections-per-person", "200")
    people = People(daemon)
    witness = people.log_in("alice")
    token = witness.ok("TOKEN ISSUE many").fields[1]
    clients = [daemon.connect(tls=False) for _ in range(100)]
    data = pictures.png(64, 64)
    text = base64.b64encode(data).decode()
    for client in clients:
        client.send_all([f"RESUME {token}", f"AVATAR PUT {len(data)}", f"AVATAR DATA {text}", "AVATAR END"])
    start = time.monotonic()
    witness.ok("PING well")
    assert time.monotonic() - start < 1
    finals = [[client.answer(60) for _ in range(4)][-1] for client in clients]
    assert {answer.code for answer in finals} <= {None, "TEMPORARILY_UNAVAILABLE"}
    assert sum(answer.ok for answer in finals) >= 20


def test_uploads_an_hour_are_limited(own):
    from people import People
    alice = People(own("--limits.avatars-per-hour", "2")).log_in("alice")
    for _ in range(2):
        alice.ok("AVATAR PUT 5")
    assert int(alice.fail("AVATAR PUT 5", "RATE_LIMITED").fields[0]) > 3000
