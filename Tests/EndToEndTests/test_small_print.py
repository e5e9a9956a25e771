"""Sentences of the specification that no other test quotes: limits of texts, kinds of pictures, ties in statistics, audiences."""

import base64
import datetime
import hashlib
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import pictures
from peers import seeded
from people import PASSWORD, People, make_room
from web_pages import Links

HERE = Path(__file__).parent
BOT = next(p for p in (HERE.parents[1] / "examples/planner-bot.py", HERE / "planner-bot.py") if p.exists())
DAY = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=30)


def window(start, end, day=DAY):
    return f"{day} {start}-{end}"


@pytest.fixture
def four(daemon, people, room):
    clients = people.all("alice", "bob", "carol", "dave")
    make_room(clients[0], room, *clients[1:])
    return clients, room


# -- bytes


@pytest.mark.parametrize("line, limit", [
    ("TOPIC {room} {text}", 400), ("KICK {room} bob {text}", 400), ("QUIT {text}", 400), ("MOOD {room} {text}", 100), ("SET NAME {text}", 64),
    ("PING {text}", 100), ("MSG {room} {text}", 4096)])
def test_texts_are_limited_in_bytes_not_in_characters(daemon, people, room, line, limit):
    """line 8,192; message 4,096; topic, reasons 400; mood 100; NAME 64; PING 100; TEXT_TOO_LONG <bytes>"""
    alice, bob = people.all("alice", "bob")
    make_room(alice, room, bob)
    answer = alice.fail(line.format(room=room, text="é" * (limit // 2) + "x"), "TEXT_TOO_LONG")
    assert answer.fields[0] == str(limit)
    alice.ok(line.format(room=room, text="é" * (limit // 2)))


def test_a_label_comes_back_on_a_line_that_is_too_long(daemon, people):
    """A line with @label=x has it on every line of its answer, also where the line was refused whole"""
    alice = people.log_in("alice")
    alice.send_raw(b"@label=long PING " + b"x" * 9000 + b"\nPING next\n")
    answer = alice.answer()
    assert answer.code == "INPUT_TOO_LONG" and answer.label == "long"
    assert alice.answer().fields == ("next",)


def test_c1_controls_and_line_separators_are_refused_inside_chat_mode_too(daemon, people, room):
    alice = people.log_in("alice")
    make_room(alice, room)
    alice.ok("SET CHAT ON")
    for bad in ("a\x85b", "a\u2028b", "a\u202eb", "a\x1b[2Jb"):
        alice.send_raw(bad.encode() + b"\n")
        assert alice.answer().final.words[:3] == ("FAIL", "*", "INVALID_CHARACTER")
    alice.send_raw("tab\tstays a space\n".encode())
    assert alice.answer().ok
    assert alice.ok("/HISTORY limit=1").rows[0].text == "tab stays a space"


# -- who hears it


def test_rename_and_delete_reach_members_who_do_not_listen(daemon, people, room):
    """RENAME, DELETE: M, all of all members"""
    alice, bob = people.all("alice", "bob")
    make_room(alice, room, bob)
    idle = people.log_in("bob")
    alice.ok(f"RENAME {room} {room}x")
    for client in (bob, idle):
        client.expect("RENAME", room, "alice", fields=(f"{room}x",))
    alice.ok(f"DELETE {room}x")
    for client in (bob, idle):
        client.expect("DELETE", f"{room}x", "alice")
        client.no_events()


def test_an_invitation_reaches_every_connection_of_the_person_once(daemon, people, room):
    """INVITE  P  all of the person concerned … Each gets it once"""
    alice, bob, second, carol = people.log_in("alice"), people.log_in("bob"), people.log_in("bob"), people.log_in("carol")
    make_room(alice, room, carol)
    alice.ok(f"INVITE {room} bob")
    for client in (bob, second):
        client.expect("INVITE", room, "alice", fields=("bob",))
        client.no_events()
    carol.no_events()
    bob.ok(f"RESIGN {room}")


def test_kick_with_a_reason_reaches_the_room_and_all_of_the_person(daemon, people, room):
    """:<username> KICK <#room> <username> [:<reason>]  L P"""
    alice, bob, second, carol = people.log_in("alice"), people.log_in("bob"), people.log_in("bob"), people.log_in("carol")
    make_room(alice, room, bob, carol)
    second.expect("JOIN", room, "bob")  # a new member: L and P
    alice.ok(f"KICK {room} bob off topic, again")
    for client in (bob, second, carol):
        client.expect("KICK", room, "alice", fields=("bob",), text="off topic, again")
        client.no_events()
    alice.no_events()


def test_who_goes_loses_all_planning_there(four):
    """Who resigns or is kicked loses all planning there."""
    (alice, bob, carol, _), room = four
    for client in (bob, carol):
        client.ok(f"MOOD {room} keen"), client.ok(f"AVAIL {room} {window('10:00', '12:00')}")
        client.ok(f"BUDGET {room} 5 EUR"), client.ok(f"DISTANCE {room} 5km")
    bob.ok(f"RESIGN {room}")
    alice.ok(f"KICK {room} carol")
    assert alice.ok(f"STATS {room}").fields == (room, "2", "0")
    alice.ok(f"INVITE {room} carol")
    carol.ok(f"JOIN {room}")
    assert carol.ok(f"STATS {room} carol").rows[0].fields[3:] == ("mood=*", "budget=*", "distance=*", "windows=0")
    assert carol.ok(f"AVAIL {room}").rows == []


# -- tokens


def test_an_access_token_of_before_a_refresh_lives_out_its_hour(daemon, people):
    """Access tokens last 1 h and are checked when presented"""
    alice = people.log_in("alice")
    tokens = alice.ok("TOKEN ISSUE older").fields
    daemon.connect().ok(f"TOKEN REFRESH {tokens[3]}")
    daemon.connect().ok(f"RESUME {tokens[1]}")


def test_a_refresh_may_be_lost_many_times(daemon, people):
    """until then it may be sent again (the unused pair dies), so a lost answer locks nobody out"""
    refresh = people.log_in("alice").ok("TOKEN ISSUE unlucky").fields[3]
    pairs = [daemon.connect().ok(f"TOKEN REFRESH {refresh}").fields for _ in range(5)]
    for dead in pairs[:-1]:
        daemon.connect().fail(f"RESUME {dead[1]}", "INVALID_TOKEN")
    daemon.connect().ok(f"RESUME {pairs[-1][1]}")


# -- planning


def rows(answer):
    return [(row.fields[2][5:16], row.fields[3][5:16], row.fields[4], row.fields[5]) for row in answer.rows]


def on(clock, day=DAY):
    return f"{day:%m-%d}T{clock}"


def test_long_meetings_of_few_stand_beside_short_ones_of_many(four):
    """three people free 10–18 and a fourth 12–14 give 12–14 4/4 and 10–18 3/4"""
    (alice, bob, carol, dave), room = four
    for client in (alice, bob, carol):
        client.ok(f"AVAIL {room} {window('10:00', '18:00')}")
    dave.ok(f"AVAIL {room} {window('12:00', '14:00')}")
    assert rows(alice.ok(f"WHEN {room}")) == [(on("12:00"), on("14:00"), "4/4", "*"), (on("10:00"), on("18:00"), "3/4", "dave")]


def test_who_said_none_is_counted_and_missing(four):
    """Counted are the n members with a window that is not over, or who said NONE."""
    (alice, bob, carol, _), room = four
    for client in (alice, bob):
        client.ok(f"AVAIL {room} {window('10:00', '12:00')}")
    assert alice.ok(f"WHEN {room}").fields == (room, "1", "2", "4", "end")
    assert carol.ok(f"AVAIL {room} NONE").fields == (room, "0")
    answer = alice.ok(f"WHEN {room}")
    assert rows(answer) == [(on("10:00"), on("12:00"), "2/3", "carol")] and answer.fields == (room, "1", "3", "4", "end")


def test_each_day_is_a_day_of_the_askers_zone_and_the_zone_changes_only_words_otherwise(four):
    """each=day keeps the first row of each local day of the asker's … the reader's zone changes only words"""
    (alice, bob, *_), room = four
    for start, end in (("14:00", "14:40"), ("15:30", "16:30"), ("20:00", "21:00")):
        for client in (alice, bob):
            client.ok(f"AVAIL {room} {window(start, end)}")
    utc = alice.ok(f"WHEN {room}")
    assert len(alice.ok(f"WHEN {room} each=day").rows) == 1
    alice.ok("SET TZ Asia/Tokyo")  # 15:30 UTC is the next day there
    try:
        tokyo = alice.ok(f"WHEN {room}")
        assert [row.fields for row in tokyo.rows] == [row.fields for row in utc.rows]
        assert [row.text for row in tokyo.rows] != [row.text for row in utc.rows]
        assert rows(alice.ok(f"WHEN {room} each=day")) == [(on("15:30"), on("16:30"), "2/2", "*"), (on("14:00"), on("14:40"), "2/2", "*")]
    finally:
        alice.ok("SET TZ UTC")


def test_from_and_until_as_dates_take_whole_days(four):
    """a date: from its beginning, until its end"""
    (alice, *_), room = four
    after = DAY + datetime.timedelta(days=1)
    for day in (DAY, after):
        alice.ok(f"AVAIL {room} {window('10:00', '12:00', day)}")
    assert rows(alice.ok(f"WHEN {room} from={after}")) == [(on("10:00", after), on("12:00", after), "1/1", "*")]
    assert rows(alice.ok(f"WHEN {room} until={DAY}")) == [(on("10:00"), on("12:00"), "1/1", "*")]
    assert len(alice.ok(f"WHEN {room} from={DAY} until={after}").rows) == 2


def test_split_and_doubled_windows_change_nothing(four):
    """order of entry, split or duplicated windows … change nothing"""
    (alice, bob, *_), room = four
    for start, end in (("12:00", "14:00"), ("10:00", "12:00"), ("11:00", "13:00"), ("10:00", "12:00")):
        alice.ok(f"AVAIL {room} {window(start, end)}")
    bob.ok(f"AVAIL {room} {window('10:00', '14:00')}")
    assert rows(alice.ok(f"WHEN {room}")) == [(on("10:00"), on("14:00"), "2/2", "*")]


@pytest.mark.parametrize("budgets, row", [
    (["20-40 EUR", "0-30 EUR", "35-50 EUR"], ("20", "30", "EUR", "2/3")),  # two each: the wider
    (["20-30 EUR", "30-40 EUR"], ("30", "30", "EUR", "2/2")),              # ends included
    (["0-10 EUR", "20-30 EUR"], ("0", "10", "EUR", "1/2")),                # as many, as wide: the lower
    (["12.5-20 EUR", "15.25-30 EUR"], ("15.25", "20", "EUR", "2/2"))])
def test_common_budget_suits_most_then_is_widest_then_lowest(four, budgets, row):
    """what suits the most, of that the widest, of that the lowest"""
    clients, room = four
    for client, budget in zip(clients, budgets):
        client.ok(f"BUDGET {room} {budget}")
    assert [r.fields[2:] for r in clients[0].ok(f"STATS {room}").rows if r.fields[1] == "budget"] == [row]


@pytest.mark.parametrize("distances, common, median", [
    (["5km"], "5000", "5000"), (["5m", "8m"], "5", "6"), (["1km", "9km", "2km"], "1000", "2000"), (["1m", "2m", "4m", "9m"], "1", "3")])
def test_median_of_an_even_number_is_the_mean_of_the_middle_two_rounded_down(four, distances, common, median):
    clients, room = four
    for client, distance in zip(clients, distances):
        client.ok(f"DISTANCE {room} {distance}")
    n = len(distances)
    assert [r.fields[2:] for r in clients[0].ok(f"STATS {room}").rows if r.fields[1] == "distance"] == [(common, median, f"{n}/{n}")]


def test_moods_are_equal_whatever_the_case_in_any_script(four):
    """mood: equal whatever the case, shown in lower case … by count, then mood"""
    (alice, bob, carol, dave), room = four
    for client, mood in ((alice, "ÉMU"), (bob, "ému"), (carol, "zen"), (dave, "Calm; back\\slash")):
        client.ok(f"MOOD {room} {mood}")
    moods = [r.fields[2:] for r in alice.ok(f"STATS {room}").rows if r.fields[1] == "mood"]
    assert moods == [("ému", "2"), (r"calm\:\sback\\slash", "1"), ("zen", "1")]


def test_the_greatest_distance_is_twenty_thousand_kilometres(four):
    (alice, *_), room = four
    assert alice.ok(f"DISTANCE {room} 20000km").fields == (room, "20000000")
    alice.fail(f"DISTANCE {room} 20000001m", "INVALID_DISTANCE")


# -- pictures


def send_picture(client, data):
    text = base64.b64encode(data).decode()
    lines = [f"AVATAR PUT {len(data)}"] + [f"AVATAR DATA {text[at:at + 8000]}" for at in range(0, len(text), 8000)]
    client.send_all(lines + [f"AVATAR END {hashlib.sha256(data).hexdigest()}"])
    return [client.answer(30) for _ in range(len(lines) + 1)][-1]


def picture_of(client, name):
    return b"".join(base64.b64decode(row.fields[1], validate=True) for row in client.ok(f"AVATAR FETCH {name}").rows)


def jpeg(blocks, orientation=None, columns=2):
    """A grey baseline JPEG of flat 8 × 8 blocks (T.81); each value is the brightness of a block, black 0 to white 255."""
    def segment(marker, data):
        return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data

    # One code a size of difference (0 to 11), and one code, "end of block", for the rest of a block.
    head = b"\xff\xd8"
    if orientation:
        tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HH", orientation, 0) + b"\0\0\0\0"
        head += segment(0xE1, b"Exif\0\0" + tiff)
    head += segment(0xDB, b"\0" + b"\x08" * 64)
    head += segment(0xC0, struct.pack(">BHHB", 8, 8 * (len(blocks) // columns), 8 * columns, 1) + b"\x01\x11\0")
    head += segment(0xC4, b"\0" + bytes((0, 0, 0, 12) + (0,) * 12) + bytes(range(12)))
    head += segment(0xC4, b"\x10" + bytes((1,) + (0,) * 15) + b"\0")
    head += segment(0xDA, b"\x01\x01\0\0\x3f\0")
    bits, before = "", 0
    for value in blocks:
        level = round((value - 128) * 8 / 8)
        difference, before = level - before, level
        size = abs(difference).bit_length()
        bits += f"{size:04b}"
        if size:
            bits += f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}"
        bits += "0"
    bits += "1" * (-len(bits) % 8)
    body = bytes(int(bits[at:at + 8], 2) for at in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")
    return head + body + b"\xff\xd9"


WEBP = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")  # one pixel, lossless
PNG = pictures.png(3, 3)


@pytest.mark.parametrize("data", [jpeg([0, 255, 255, 255]), WEBP, pictures.gif(1), PNG], ids=["jpeg", "webp", "gif", "png"])
def test_each_kind_of_picture_becomes_a_square_png(daemon, people, data):
    """PNG, JPEG, WebP or GIF (first frame), by content, never by name … Stored as a 256×256 PNG"""
    alice = people.log_in("alice")
    answer = send_picture(alice, data)
    assert answer.ok, answer.final.raw
    assert answer.fields[1] == "image/png"
    stored = picture_of(alice, "alice")
    assert stored[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", stored[16:24]) == (256, 256)


@pytest.mark.parametrize("orientation, corner", [(1, (32, 32)), (3, (224, 224)), (6, (224, 32)), (8, (32, 224))])
def test_a_jpeg_is_turned_upright_by_its_exif(daemon, people, orientation, corner):
    """turned upright by its EXIF: 3 by half, 6 a quarter clockwise, 8 a quarter counter-clockwise"""
    alice = people.log_in("alice")
    assert send_picture(alice, jpeg([0, 255, 255, 255], orientation)).ok
    pixel = pictures.pixels(picture_of(alice, "alice"))[3]
    dark = {(x, y) for x in (32, 224) for y in (32, 224) if pixel(x, y)[0] < 80}
    assert dark == {corner}


def test_a_wide_picture_is_cut_from_the_middle(daemon, people):
    """cut from the middle"""
    alice = people.log_in("alice")
    third = lambda x, y: ((255, 0, 0), (0, 255, 0), (0, 0, 255))[x // 60]  # noqa: E731
    assert send_picture(alice, pictures.png(180, 60, third)).ok
    pixel = pictures.pixels(picture_of(alice, "alice"))[3]
    assert all(pixel(x, y)[1] > 200 and pixel(x, y)[0] < 60 for x in (20, 128, 235) for y in (20, 235))


def test_a_polyglot_is_stored_without_what_it_hid(daemon, people):
    """without metadata"""
    alice = people.log_in("alice")
    answer = send_picture(alice, PNG + b"<script>alert(1)</script>")
    if answer.ok:
        assert b"script" not in picture_of(alice, "alice")
    else:
        assert answer.code == "UNSUPPORTED_IMAGE"


# -- the web door, by hand


def raw_http(daemon, data, wait=10):
    with socket.create_connection(daemon.web, timeout=wait) as connection:
        answer = b""
        try:
            connection.sendall(data)
        except ConnectionError:
            pass  # refused before all of it was sent
        try:
            while block := connection.recv(65536):
                answer += block
        except (TimeoutError, ConnectionError):
            pass
        return answer


def test_a_body_or_head_over_16_kib_is_refused(daemon, people):
    """bodies 16 KiB, headers 16 KiB: the link that they came to stays good"""
    def posted(url, framing, body):
        head = f"POST /{url.split('/', 3)[3]} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{framing}\r\n\r\n"
        return raw_http(daemon, head.encode() + body)[:13]

    url = Links(daemon).new_account("sixteen")
    chunks = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    assert posted(url, "Content-Length: 20000", b"x" * 20000) == b"HTTP/1.1 413 "
    assert posted(url, "Content-Length: 16385", b"x" * 16385) == b"HTTP/1.1 413 "
    assert posted(url, "Transfer-Encoding: chunked", chunks * 5 + b"0\r\n\r\n") == b"HTTP/1.1 413 "
    daemon.connect().fail(f"LOGIN sixteen {PASSWORD}", "INVALID_CREDENTIALS")
    assert posted(url, "Content-Length: 16384", b"x" * 16384) == b"HTTP/1.1 200 "
    daemon.connect().ok(f"LOGIN sixteen {PASSWORD}")
    for size, is_taken in ((16_000, True), (20_000, False)):
        answer = raw_http(daemon, b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: " + b"y" * size + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ") == is_taken, answer
    people.log_in("alice").ok("PING well")


def test_requests_that_make_no_sense_do_no_harm(daemon, people):
    for data in (b"\0" * 100 + b"\r\n\r\n", b"GET\r\n\r\n", b"GET /verify/%00%ff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                 b"GET /avatar/..%2f..%2fgather.sqlite HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"):
        assert b"200 OK" not in raw_http(daemon, data, 3)[:40]
    people.log_in("alice").ok("PING well")


# -- the example bot, cut off in the middle of things


class CuttingProxy:
    """Passes bytes on, and cuts all connections when told to."""

    def __init__(self, target):
        self.target, self.open, self.lock = target, [], threading.Lock()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.door.accept()
                far = socket.create_connection(self.target)
            except OSError:
                return
            with self.lock:
                self.open += [near, far]
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(a, b), daemon=True).start()

    @staticmethod
    def _pass(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for end in (a, b):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        with self.lock:
            for end in self.open:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()
            self.open.clear()


def test_the_example_bot_cut_off_anywhere_answers_each_question_once(own, tmp_path, capsys):
    """A bot … loses nothing across reconnects"""
    chance = seeded(capsys, "bot")
    daemon = own("--limits.command-rate", "0")
    alice, planner = People(daemon).all("alice", "planner")
    make_room(alice, "#a", planner)
    alice.ok(f"AVAIL #a {window('18:00', '20:00')}")
    tokens = planner.ok("TOKEN ISSUE bot").fields
    planner.close()
    path = tmp_path / "tokens"
    path.write_text(f"{tokens[1]}\n{tokens[3]}\n")
    proxy = CuttingProxy(daemon.tls)
    with open(tmp_path / "bot.log", "wb") as log:
        bot = subprocess.Popen(
            [sys.executable, str(BOT), "--host", "127.0.0.1", "--port", str(proxy.port), "--room", "#a", "--tokens", str(path),
             "--certificate", str(daemon.data / "tls-cert.pem")], stdout=log, stderr=log)
    try:
        asked = 0
        for _ in range(8):
            for _ in range(3):
                asked += 1
                alice.ok(f"MSG #a !best {asked}")
                time.sleep(chance.choice((0, 0.001, 0.003)))
            proxy.cut()
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            said = [row.text.partition(":")[0] for row in alice.ok("HISTORY #a limit=1000").rows if row.fields[3] == "planner"]
            if len(said) >= asked:
                break
            time.sleep(0.2)
        time.sleep(0.5)  # one answer too many would come now
        said = [row.text.partition(":")[0] for row in alice.ok("HISTORY #a limit=1000").rows if row.fields[3] == "planner"]
        assert said == [str(n) for n in range(1, asked + 1)], (tmp_path / "bot.log").read_text()
        assert bot.poll() is None
    finally:
        bot.kill(), bot.wait(), proxy.door.close(), proxy.cut()
