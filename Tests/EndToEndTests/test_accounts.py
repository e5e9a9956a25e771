"""Accounts, tokens, mail: section 11."""

import re
import sqlite3
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import pictures
from client import Client, SocketTransport
from people import PASSWORD, People, make_room
from test_avatars import upload


def token_of(line: str) -> str:
    return line.split(" ")[1]


@pytest.fixture
def fresh(daemon, request):
    """A username that nobody has, and its address."""
    name = "u" + re.sub(r"[^a-z0-9]", "", request.node.name.lower())[-28:]
    return name, f"{name}@example.org"


def test_signup_mails_a_verify_line_and_its_link_in_plain_ascii(daemon, fresh):
    """`VERIFY <token>` stands alone on its line, under it the link <web-url>/verify/<token>"""
    name, address = fresh
    client = daemon.connect()
    assert client.ok(f"SIGNUP {name} {address} {PASSWORD}").fields == (name,)
    mail = daemon.mail(address)
    head, _, body = mail.partition("\r\n\r\n")
    for header in ("From: ", "To: ", "Subject: ", "Date: ", "Message-ID: <", "Auto-Submitted: auto-generated"):
        assert re.search("^" + re.escape(header), head, re.MULTILINE), header
    found = re.search(r"^VERIFY ([A-Za-z0-9_-]{1,64})\r\n(\S+)\r$", body, re.MULTILINE)
    assert found and found.group(2) == f"http://127.0.0.1:{daemon.web[1]}/verify/{found.group(1)}"
    assert client.ok(f"VERIFY {found.group(1)}").fields == (name,)
    assert client.ok("WHOAMI").fields == (name, address, "UTC", "*")
    client.fail(f"SIGNUP x y@example.org {PASSWORD}", "ALREADY_LOGGED_IN")
    client.fail(f"LOGIN {name} {PASSWORD}", "ALREADY_LOGGED_IN")
    client.fail("RESUME x", "ALREADY_LOGGED_IN")
    client.fail("RESET x", "ALREADY_LOGGED_IN")


def test_a_password_is_compared_with_scrypt_wherever_it_comes_from(own):
    """What most tests leave out, as it is slow on purpose: scrypt N=2^15 r=8 p=3, at SIGNUP, LOGIN, PASSWD and RESET"""
    daemon = own(real_passwords=True)
    alice = People(daemon).sign_up("alice")
    if daemon.database is None:
        with sqlite3.connect(f"file:{daemon.data}/gather.sqlite?mode=ro", uri=True) as store:
            assert store.execute("SELECT password FROM account").fetchone()[0].startswith("$scrypt$ln=15,r=8,p=3$")
    daemon.connect().fail("LOGIN alice another long password", "INVALID_CREDENTIALS")
    begun = time.monotonic()
    daemon.connect().ok(f"LOGIN alice {PASSWORD}")
    assert time.monotonic() - begun > 0.02, "nobody guesses quickly"
    alice.ok("PASSWD " + PASSWORD.replace(" ", r"\s") + " a password that is new")
    daemon.connect().fail(f"LOGIN alice {PASSWORD}", "INVALID_CREDENTIALS")
    stranger = daemon.connect()
    stranger.ok("RESET alice")
    token = daemon.mailed_line("alice@example.org", "RESET").split()[2]
    stranger.ok(f"RESET alice {token} a third long password")
    daemon.connect().ok("LOGIN alice a third long password")


@pytest.mark.parametrize("line, code", [
    ("SIGNUP 1bob b@example.org {p}", "INVALID_USERNAME"), ("SIGNUP bo! b@example.org {p}", "INVALID_USERNAME"),
    ("SIGNUP " + "x" * 33 + " b@example.org {p}", "INVALID_USERNAME"), ("SIGNUP Admin b@example.org {p}", "INVALID_USERNAME"),
    ("SIGNUP help b@example.org {p}", "INVALID_USERNAME"), ("SIGNUP chat.test b@example.org {p}", "INVALID_USERNAME"),
    ("SIGNUP newbie b {p}", "INVALID_EMAIL"), ("SIGNUP newbie b@ {p}", "INVALID_EMAIL"), ("SIGNUP newbie bö@example.org {p}", "INVALID_EMAIL"),
    ("SIGNUP newbie a@b@example.org {p}", "INVALID_EMAIL"), ("SIGNUP newbie <b@example.org> {p}", "INVALID_EMAIL"),
    ("SIGNUP newbie b@example.org short", "WEAK_PASSWORD"), ("SIGNUP newbie b@example.org " + "x" * 257, "WEAK_PASSWORD"),
    ("SIGNUP newbie b@example.org", "NEED_MORE_PARAMS"), ("SIGNUP alice b@example.org {p}", "USERNAME_TAKEN"),
    ("SIGNUP ALICE b@example.org {p}", "USERNAME_TAKEN"), ("VERIFY nonsense", "INVALID_TOKEN"), ("VERIFY " + "x" * 40, "INVALID_TOKEN"),
    ("LOGIN alice wrong password", "INVALID_CREDENTIALS"), ("LOGIN nobody-at-all wrong password", "INVALID_CREDENTIALS"),
    ("LOGIN 12!? wrong password", "INVALID_CREDENTIALS"), ("RESUME nonsense", "INVALID_TOKEN"), ("TOKEN REFRESH nonsense", "INVALID_TOKEN"),
    ("RESET alice nonsense a long enough password", "INVALID_TOKEN"), ("RESET alice nonsense", "NEED_MORE_PARAMS")])
def test_bad_words_at_the_door(daemon, people, line, code):
    people.log_in("alice")
    daemon.connect().fail(line.replace("{p}", PASSWORD), code)


def test_a_pending_name_is_free_until_somebody_verifies(daemon, fresh):
    """A pending name is free: the first to VERIFY has it. SIGNUP again sends another mail."""
    name, address = fresh
    client = daemon.connect()
    client.ok(f"SIGNUP {name} {address} {PASSWORD}")
    first = daemon.mailed_line(address, "VERIFY")
    client.ok(f"SIGNUP {name} other-{address} {PASSWORD}")
    second = daemon.mailed_line(f"other-{address}", "VERIFY")
    client.ok(second)
    other = daemon.connect()
    assert other.fail(first, "USERNAME_TAKEN").fields == (name,)
    other.fail(second, "INVALID_TOKEN")  # good once
    other.ok(f"SIGNUP {name}2 {address} {PASSWORD}")
    other.ok(daemon.mailed_line(address, "VERIFY"))


def test_an_address_that_has_an_account_gets_the_same_answer(daemon, people, fresh):
    """An address that has an account gets the same answer in the same time, and a mail that says so"""
    people.log_in("alice")
    name, address = fresh
    client = daemon.connect()
    known = client.ok(f"SIGNUP {name} ALICE@example.org {PASSWORD}").final.raw
    unknown = client.ok(f"SIGNUP {name} {address} {PASSWORD}").final.raw
    assert known == unknown
    mail = daemon.mail("alice@example.org")
    assert "VERIFY" not in mail and "alice" in mail
    daemon.mail(address)


@pytest.mark.sqlite_only
def test_signup_takes_as_long_for_an_address_that_has_an_account(own):
    daemon = own("--limits.mails-per-address", "0")
    People(daemon).log_in("alice")
    client, known, unknown = daemon.connect(), [], []

    def are_alike() -> bool:
        return 0.5 < min(known) / min(unknown) < 2

    def took(address: str) -> float:
        start = time.perf_counter()
        client.ok(f"SIGNUP newbie {address} {PASSWORD}")
        return time.perf_counter() - start

    # In turns, and more often on a machine that has much else to do.
    while len(known) < 4 or not are_alike() and len(known) < 20:
        known.append(took("alice@example.org"))
        unknown.append(took(f"newbie{len(known)}@example.org"))
    assert are_alike(), (min(known), min(unknown))


def test_login_tells_as_little_of_who_is_here_and_takes_as_long(daemon, people):
    people.log_in("alice")
    client = daemon.connect()

    def took(line):
        start = time.perf_counter()
        raw = client.fail(line, "INVALID_CREDENTIALS").final.raw
        return time.perf_counter() - start, raw

    known = [took("LOGIN alice wrong password") for _ in range(4)]
    unknown = [took("LOGIN nobody-here wrong password") for _ in range(4)]
    assert {raw for _, raw in known} == {raw for _, raw in unknown}
    assert min(t for t, _ in unknown) > 0.5 * min(t for t, _ in known)


def test_tokens_are_issued_used_listed_and_revoked(daemon, fresh, people):
    alice = people.log_in("alice")
    name, access, access_expiry, refresh, refresh_expiry = alice.ok("TOKEN ISSUE Laptop").fields
    assert name == "Laptop" and len(access) <= 64 and len(refresh) <= 64
    bot = daemon.connect()
    assert bot.ok(f"RESUME {access}").fields == ("alice", access_expiry)
    bot.fail("TOKEN ISSUE x", "FORBIDDEN")  # pw: not by RESUME
    bot.fail("TOKEN REVOKE laptop", "FORBIDDEN")
    bot.fail("SET EMAIL x@example.org", "FORBIDDEN")
    row = [row for row in bot.ok("TOKEN LIST").rows if row.fields[0] == "Laptop"][0]
    assert row.fields[2] != "*" and row.fields[3] == refresh_expiry
    assert access not in row.raw and refresh not in row.raw
    for wrong in (refresh, access[:-1], access + "x"):
        daemon.connect().fail(f"RESUME {wrong}", "INVALID_TOKEN")
    alice.fail("TOKEN ISSUE 1x", "INVALID_PARAMS")
    alice.ok("TOKEN REVOKE LAPTOP")
    assert bot.expect_goodbye().text
    daemon.connect().fail(f"RESUME {access}", "INVALID_TOKEN")
    alice.fail("TOKEN REVOKE laptop", "INVALID_TOKEN")
    alice.ok("TOKEN ISSUE")
    assert "default" in [row.fields[0] for row in alice.ok("TOKEN LIST").rows]


def test_issue_under_a_name_in_use_replaces_that_token(daemon, people):
    alice = people.log_in("alice")
    old = alice.ok("TOKEN ISSUE phone").fields
    bot = daemon.connect()
    bot.ok(f"RESUME {old[1]}")
    new = alice.ok("TOKEN ISSUE phone").fields
    bot.expect_goodbye()
    daemon.connect().fail(f"TOKEN REFRESH {old[3]}", "INVALID_TOKEN")
    daemon.connect().ok(f"RESUME {new[1]}")


def test_a_lost_refresh_answer_locks_nobody_out(daemon, people):
    """until then it may be sent again (the unused pair dies)"""
    alice = people.log_in("alice")
    refresh = alice.ok("TOKEN ISSUE lost").fields[3]
    lost = daemon.connect().ok(f"TOKEN REFRESH {refresh}").fields
    again = daemon.connect().ok(f"TOKEN REFRESH {refresh}").fields
    daemon.connect().fail(f"RESUME {lost[1]}", "INVALID_TOKEN")
    daemon.connect().ok(f"RESUME {again[1]}")


def test_a_spent_refresh_token_revokes_its_whole_family(daemon, people):
    """A spent one gets INVALID_TOKEN, and its whole family is revoked."""
    alice = people.log_in("alice")
    refresh = alice.ok("TOKEN ISSUE thief").fields[3]
    new = daemon.connect().ok(f"TOKEN REFRESH {refresh}").fields
    bot = daemon.connect()
    bot.ok(f"RESUME {new[1]}")
    daemon.connect().fail(f"TOKEN REFRESH {refresh}", "INVALID_TOKEN")
    bot.expect_goodbye()
    daemon.connect().fail(f"RESUME {new[1]}", "INVALID_TOKEN")
    daemon.connect().fail(f"TOKEN REFRESH {new[3]}", "INVALID_TOKEN")
    assert "thief" not in [row.fields[0] for row in alice.ok("TOKEN LIST").rows]


def test_a_refresh_by_the_new_refresh_token_spends_the_old_one(daemon, people):
    """A refresh token is spent once a token it gave is used"""
    alice = people.log_in("alice")
    first = alice.ok("TOKEN ISSUE chain").fields[3]
    second = daemon.connect().ok(f"TOKEN REFRESH {first}").fields[3]
    daemon.connect().ok(f"TOKEN REFRESH {second}")
    daemon.connect().fail(f"TOKEN REFRESH {first}", "INVALID_TOKEN")
    daemon.connect().fail(f"TOKEN REFRESH {second}", "INVALID_TOKEN")


def test_tokens_of_one_purpose_serve_no_other(daemon, people, fresh):
    """Their tokens … are signed, bound to their purpose"""
    name, address = fresh
    client = daemon.connect()
    client.ok(f"SIGNUP {name} {address} {PASSWORD}")
    token = token_of(daemon.mailed_line(address, "VERIFY"))
    client.fail(f"RESUME {token}", "INVALID_TOKEN")
    client.fail(f"TOKEN REFRESH {token}", "INVALID_TOKEN")
    client.fail(f"RESET {name} {token} {PASSWORD}", "INVALID_TOKEN")
    client.ok(f"VERIFY {token}")


def test_passwd_ends_tokens_and_other_connections_but_not_this_one(daemon, people):
    """PASSWD and RESET revoke all tokens and close the person's other connections."""
    erin = people.log_in("erin")
    access = erin.ok("TOKEN ISSUE bot").fields[1]
    other, bot = people.log_in("erin"), daemon.connect()
    bot.ok(f"RESUME {access}")
    escaped = PASSWORD.replace(" ", r"\s")
    erin.fail(f"PASSWD wrong-old-one {PASSWORD}", "INVALID_CREDENTIALS")
    erin.fail(f"PASSWD {escaped} short", "WEAK_PASSWORD")
    other.ok("PING x")
    erin.ok(f"PASSWD {escaped} another long password")
    assert other.expect_goodbye().text and bot.expect_goodbye().text
    daemon.connect().fail(f"RESUME {access}", "INVALID_TOKEN")
    daemon.connect().fail(f"LOGIN erin {PASSWORD}", "INVALID_CREDENTIALS")
    daemon.connect().ok("LOGIN erin another long password")
    erin.ok(rf"PASSWD another\slong\spassword {PASSWORD}")


def test_reset_mails_a_line_that_sets_a_new_password_once(daemon, people):
    """A reset mail has the line `RESET <username> <token> <new password>`."""
    frank = people.log_in("frank")
    stranger = daemon.connect()
    known, unknown = stranger.ok("RESET frank").final.raw, stranger.ok("RESET nobody").final.raw
    assert known.replace("frank", "x") == unknown.replace("nobody", "x")
    line = daemon.mailed_line("frank@example.org", "RESET")
    assert line.endswith("<new password>")
    token = line.split(" ")[2]
    stranger.fail(f"RESET erin {token} a brand new password", "INVALID_TOKEN")
    stranger.fail(f"RESET frank {token} short", "WEAK_PASSWORD")
    stranger.ok(f"RESET frank {token} a brand new password")
    assert stranger.ok("WHOAMI").fields[0] == "frank"
    frank.expect_goodbye()
    daemon.connect().fail(f"RESET frank {token} a brand new password", "INVALID_TOKEN")
    stranger.ok(rf"PASSWD a\sbrand\snew\spassword {PASSWORD}")


def test_set_email_changes_once_verified_and_tells_the_old_address(daemon, people):
    """VERIFY of a changed address only changes it; the old one is told."""
    grace = people.log_in("grace")
    grace.fail("SET EMAIL nonsense", "INVALID_EMAIL")
    taken = grace.ok("SET EMAIL alice@example.org").final.raw if "alice" in people.known else None
    answer = grace.ok("SET EMAIL Grace+new@example.org").final.raw
    assert taken in (None, answer)
    assert grace.ok("WHOAMI").fields[1] == "grace@example.org"
    line = daemon.mailed_line("Grace+new@example.org", "VERIFY")
    assert daemon.connect().ok(line).fields == ("grace",)  # logged in or not
    assert grace.ok("WHOAMI").fields[1] == "Grace+new@example.org"
    assert "grace" in daemon.mail("grace@example.org")
    grace.fail(line, "INVALID_TOKEN")
    grace.ok("SET EMAIL grace@example.org")
    grace.ok(daemon.mailed_line("grace@example.org", "VERIFY"))


def test_zone_is_an_iana_name(daemon, people):
    alice = people.log_in("alice")
    assert alice.ok("SET TZ europe/berlin").fields == ("Europe/Berlin",)
    for wrong in ("Mars/Olympus", "../../etc/passwd", "CEST!"):
        alice.fail(f"SET TZ {wrong}", "INVALID_ZONE")
    assert alice.ok("WHOAMI").fields[2] == "Europe/Berlin"
    alice.ok("SET TZ UTC")


def test_export_gives_what_is_ones_own(own):
    """EXPORT: ACCOUNT, TOKEN, for each group GROUP, STATS member, AVAIL, HISTORY rows"""
    daemon = own()
    people = People(daemon)
    alice, bob = people.all("alice", "bob")
    make_room(alice, "#a", bob)
    alice.ok("TOKEN ISSUE x")
    alice.ok("AVAIL #a fri 18:00 2h"), alice.ok("MOOD #a very hungry")
    for number in range(3):
        alice.ok(f"MSG #a mine {number}"), bob.ok(f"MSG #a not mine {number}")
    alice.forget_events()
    answer = alice.ok("@label=e EXPORT")
    assert [row.words[0] for row in answer.rows] == ["ACCOUNT", "TOKEN", "GROUP", "STATS", "AVAIL"] + ["HISTORY"] * 3
    assert answer.fields == ("8",) and answer.rows[0].fields[1] == "alice@example.org"
    assert r"mood=very\shungry" in answer.rows[3].fields
    assert alice.fail("EXPORT", "RATE_LIMITED").fields[0].isdigit()


class Overheard(SocketTransport):
    """A connection that keeps every byte that came."""

    def __init__(self, address: tuple[str, int]):
        super().__init__(address, True)
        self.heard = b""

    def receive(self, timeout: float) -> bytes:
        data = super().receive(timeout)
        self.heard += data
        return data


def test_nobody_learns_the_mail_address_of_another(daemon, people, fresh, room):
    """OK WHOAMI <username> <email>; ACCOUNT <username> <email>: EXPORT only, what is one's own"""
    people.log_in("alice")
    name, first, second = fresh[0], "at-home@places.test", "elsewhere@places.test"
    alice, stranger = (Client(Overheard(daemon.tls), daemon.secrets) for _ in range(2))
    bob = daemon.connect()
    daemon.clients += [alice, stranger]
    alice.ok(f"LOGIN alice {PASSWORD}")
    bob.ok(f"SIGNUP {name} {first} {PASSWORD}"), bob.ok(daemon.mailed_line(first, "VERIFY"))
    make_room(alice, room, bob)
    for line in ("MSG {room} hello", "MOOD {room} keen", "BUDGET {room} 5 EUR", "DISTANCE {room} 5km", "AVAIL {room} fri 18:00 2h", "SET NAME Robert",
                 f"SET EMAIL {second}", "LEAVE {room}", "JOIN {room}"):
        bob.ok(line.format(room=room))
    assert upload(bob, pictures.png(3, 3)).ok
    for line in ("MEMBERS {room}", "INFO {room}", "STATS {room}", "STATS {room} {name}", "AVAIL {room} LIST {name}", "WHEN {room}", "ROLE {room} {name} organizer",
                 "HISTORY {room}", "AVATAR GET {name}", "AVATAR FETCH {name}", "GROUPS", "WHOAMI", "EXPORT"):
        alice.ok(line.format(room=room, name=name))
    stranger.ok(f"RESET {name}"), stranger.ok(f"SIGNUP {name}2 {first} {PASSWORD}")
    assert bob.ok("WHOAMI").fields[1] == first
    bob.ok(daemon.mailed_line(second, "VERIFY"))
    bob.ok(f"ACCOUNT DELETE {PASSWORD}")
    alice.forget_events()
    heard = (alice.transport.heard + stranger.transport.heard).lower()
    assert f":{name} resign {room}".encode() in heard and b"alice@example.org" in heard, "to the end, one's own address too"
    assert not [word for word in (b"at-home", b"elsewhere", b"places.test") if word in heard]


def test_account_delete_erases_and_keeps_messages_without_a_name(daemon, people, room):
    """ACCOUNT DELETE also resigns everywhere and erases account …; messages stay, with * for their author; the name is free."""
    alice, heidi = people.log_in("alice"), people.sign_up("heidi")
    make_room(heidi, room, alice)
    heidi.ok(f"MSG {room} hello from me")
    alice.forget_events()
    other = people.log_in("heidi")
    heidi.fail("ACCOUNT DELETE wrong password", "INVALID_CREDENTIALS")
    heidi.ok(f"ACCOUNT DELETE {PASSWORD}")
    heidi.expect_end()
    other.expect_goodbye()
    alice.expect("RESIGN", room, "heidi")
    alice.expect("ROLE", room, fields=("alice", "owner"))
    row = alice.ok(f"HISTORY {room}").rows[0]
    assert row.fields[3] == "*" and row.text == "hello from me"
    daemon.connect().fail(f"LOGIN heidi {PASSWORD}", "INVALID_CREDENTIALS")
    people.known.discard("heidi")
    people.sign_up("heidi")


# -- the web door


def get(url, method="GET"):
    try:
        with urlopen(Request(url, method=method, data=b"" if method == "POST" else None), timeout=10) as response:
            return response.status, dict(response.headers), response.read()
    except HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_the_link_of_a_mail_creates_nothing_before_a_post(daemon, fresh):
    name, address = fresh
    client = daemon.connect()
    client.ok(f"SIGNUP {name} {address} {PASSWORD}")
    token = token_of(daemon.mailed_line(address, "VERIFY"))
    url = f"http://127.0.0.1:{daemon.web[1]}/verify/{token}"
    for _ in range(2):
        status, headers, body = get(url)
        assert status == 200 and b"<form method=\"post\"" in body and name.encode() in body
    assert "default-src 'none'" in headers["Content-Security-Policy"] and headers["Cache-Control"] == "no-store"
    client.fail(f"LOGIN {name} {PASSWORD}", "INVALID_CREDENTIALS")
    assert get(url, "POST")[0] == 200
    client.ok(f"LOGIN {name} {PASSWORD}")
    status, _, body = get(url)
    assert status == 410 and b"LOGIN" in body
    assert get(url, "POST")[0] == 410
    status, _, body = get(url[:-1] + ("A" if url[-1] != "A" else "B"))
    assert status == 404 and b"SIGNUP" in body


def test_the_web_door_says_that_it_is_well(daemon):
    base = f"http://127.0.0.1:{daemon.web[1]}"
    assert get(base + "/healthz")[0] == 200 and get(base + "/readyz")[0] == 200
    for path in ("/", "/verify/", "/avatar/x.png", "/avatar/../data/gather.sqlite", "/avatar/" + "0" * 64 + ".png"):
        assert get(base + path)[0] == 404
