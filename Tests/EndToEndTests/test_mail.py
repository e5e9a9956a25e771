"""Mail over SMTP: section 11; T16."""

import base64
import re
import sqlite3
import subprocess
import time
from urllib.parse import quote

import pytest

from daemon import STORE, binary
from footprint import Machine
from mailserver import PASSWORD as MAIL_PASSWORD
from mailserver import USER, Authority, RealServer, ScriptedServer, Tap, free_port, wait_for
from people import PASSWORD
from postgres import shared_server
from test_wall_clock import shim, timed  # noqa: F401

FREE = ("--limits.command-rate", "0", "--limits.mails-per-address", "0")
TRIED_AGAIN, GIVEN_UP = "a mail did not leave and is tried again", "a mail cannot be sent"


def url(port: int, query: str = "", scheme: str = "smtp", host: str = "localhost", password: str = MAIL_PASSWORD) -> str:
    return f"{scheme}://{quote(USER, safe='')}:{quote(password, safe='')}@{host}:{port}{query}"


def in_the_clear(port: int) -> str:
    return url(port, "?tls=none", host="127.0.0.1")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """An authority that nobody asked to trust."""
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture
def started():
    """Servers, stopped at the end."""
    servers = []
    yield lambda server: servers.append(server) or server
    for server in servers:
        server.finish()


@pytest.fixture
def mailing(own):
    """Starts daemons that send mail; none may tell the password of its mail server."""

    def start(address: str, *flags: str, by=own):
        daemon = by(*FREE, "--mail", address, *flags)
        daemon = daemon[0] if isinstance(daemon, tuple) else daemon
        daemon.secrets |= {MAIL_PASSWORD, quote(MAIL_PASSWORD, safe=""), USER}
        return daemon

    return start


def told(daemon, what: str) -> list[str]:
    """The log lines that say this."""
    return [line for line in daemon.log.read_text().splitlines() if what in line]


def rows(daemon) -> list[tuple[str, int, str | None, int]]:
    """Recipient, tries, mark and next try of the mails that a stopped daemon left, oldest first."""
    statement = "SELECT recipient, tries, failed, next_try FROM mail ORDER BY id"
    if STORE == "postgres":
        lines = [line.split("|") for line in shared_server().query(statement, daemon.database).splitlines()]
        return [(to, int(tries), failed or None, int(then)) for to, tries, failed, then in lines]
    with sqlite3.connect(f"file:{daemon.data}/gather.sqlite?mode=ro", uri=True) as database:
        return database.execute(statement).fetchall()


def sign_up(client, name: str) -> str:
    """The address."""
    client.ok(f"SIGNUP {name} {name}@example.org {PASSWORD}", timeout=30)
    return f"{name}@example.org"


def verify(client, mail) -> None:
    client.ok(re.search(r"^VERIFY .*?(?=\r?$)", mail.text, re.MULTILINE).group())


# -- a mail on its way

@pytest.mark.sqlite_only
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_mail_has_its_envelope_and_headers_and_nothing_of_it_is_in_the_clear(mailing, started, authority, scheme):
    """Bare address in MAIL FROM; Date, Message-ID, Auto-Submitted; plain ASCII; the text is that of the outbox"""
    server = started(RealServer(authority.server("DNS:localhost"), wrapped=scheme == "smtps"))
    tap = started(Tap(server.port))
    daemon = mailing(url(tap.port, f"?ca={authority.certificate}", scheme))
    client = daemon.connect()
    address = sign_up(client, "alice")
    mail = server.to(address)
    assert (mail.hello, mail.user) == ("chat.test", USER)
    assert mail.sender == "quickgather@chat.test" and mail.recipients == (address,)
    assert mail.header("From") == "QuickGather <quickgather@chat.test>" and mail.header("To") == f"<{address}>"
    assert re.fullmatch(r"<[0-9]+-[0-9]+@chat\.test>", mail.header("Message-ID"))
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", mail.header("Date"))
    assert mail.header("Auto-Submitted") == "auto-generated"
    assert mail.content.isascii() and b"\n" not in mail.content.replace(b"\r\n", b"")
    verify(client, mail)
    plain = base64.b64encode(f"\0{USER}\0{MAIL_PASSWORD}".encode())
    for secret in (plain, MAIL_PASSWORD.encode(), address.encode(), b"MAIL FROM", b"AUTH", b"VERIFY"):
        assert secret not in tap.sent
    assert tap.sent.startswith(b"EHLO chat.test\r\nSTARTTLS\r\n\x16") if scheme == "smtp" else tap.sent.startswith(b"\x16")


@pytest.mark.sqlite_only
def test_a_wrong_password_is_tried_again_as_the_operator_will_mend_it(mailing, started, authority):
    server = started(RealServer(authority.server("DNS:localhost")))
    daemon = mailing(url(server.port, f"?ca={authority.certificate}", password="another password"))
    daemon.secrets.add("another password")
    sign_up(daemon.connect(), "alice")
    line = wait_for(lambda: told(daemon, TRIED_AGAIN), "a log line")[0]
    assert "AUTH: the credentials are refused" in line and server.mails == [] and server.logins == [(USER, False)]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("why", ["another authority", "another name", "the system's authorities alone"])
def test_no_mail_and_no_password_goes_to_a_server_that_cannot_show_who_it_is(mailing, started, authority, stranger, why):
    signer = stranger if why == "another authority" else authority
    server = started(RealServer(signer.server("DNS:mail.test" if why == "another name" else "DNS:localhost")))
    tap = started(Tap(server.port))
    daemon = mailing(url(tap.port, "" if why.startswith("the system") else f"?ca={authority.certificate}"))
    sign_up(daemon.connect(), "alice")
    line = wait_for(lambda: told(daemon, TRIED_AGAIN), "a log line")[0]
    assert "STARTTLS: the server's certificate is not trusted (libcurl 60)" in line
    assert server.mails == [] and server.logins == []
    assert tap.sent.startswith(b"EHLO chat.test\r\nSTARTTLS\r\n\x16") and b"alice" not in tap.sent


WITHOUT_TLS = {
    "not offered": {}, "not offered and refused": {"STARTTLS": "454 not now"}, "no EHLO": {"EHLO": "500 what?"},
    "refused for now": {"EHLO": "250 STARTTLS", "STARTTLS": "454 not now"}, "refused": {"EHLO": "250 STARTTLS", "STARTTLS": "500 what?"},
    "AUTH alone": {"EHLO": "250-AUTH PLAIN LOGIN\r\n250 SIZE"}, "no TLS behind it": {"EHLO": "250 STARTTLS", "STARTTLS": "220 go on"},
    "answers in advance": {"EHLO": "250 STARTTLS", "STARTTLS": "220 go on\r\n235 welcome\r\n250 go on"}}


@pytest.mark.sqlite_only
def test_without_tls_nothing_is_said_but_hello(mailing, started):
    """CURLUSESSL_ALL, never TRY: 0 bytes in clear"""
    server = started(ScriptedServer())
    daemon = mailing(url(server.port))
    client = daemon.connect()
    for number, (why, script) in enumerate(WITHOUT_TLS.items()):
        server.script, server.received = script, b""
        sign_up(client, f"new{number}")
        wait_for(lambda: len(told(daemon, TRIED_AGAIN)) == number + 1, f"a log line: {why}")
        said = server.received.partition(b"\x16")[0]
        assert set(said.splitlines()) <= {b"EHLO chat.test", b"STARTTLS", b"QUIT"}, (why, server.received)
        assert server.attempts == []


# -- a server that misbehaves

IN_THE_CLEAR_STAGES = ("greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "message")
OF_THE_MAIL = ("MAIL", "RCPT", "DATA", "message")


def test_t16_a_reply_decides_whether_a_mail_is_tried_again(mailing, started):
    """closes, answers 4xx/5xx at each stage: tried again, but for a 5xx to the mail itself, which marks it failed"""
    server = started(ScriptedServer())
    daemon = mailing(in_the_clear(server.port))
    alice = daemon.connect()
    verify(alice, server.to(sign_up(alice, "alice")))
    expected = []
    cases = [(stage, reply) for stage in IN_THE_CLEAR_STAGES for reply in ("450 not now", "550 no", "535 who?", ScriptedServer.CLOSE)]
    for stage, reply in cases:
        server.script = {stage: reply}
        count = len(told(daemon, " a mail "))
        daemon.connect().ok("RESET alice")
        line = wait_for(lambda: told(daemon, " a mail ")[count:], f"{reply} at {stage}")[0]
        is_final = reply == "550 no" and stage in OF_THE_MAIL
        assert (GIVEN_UP if is_final else TRIED_AGAIN) in line, (stage, reply, line)
        assert f"{'HELO' if stage == 'EHLO' and reply != ScriptedServer.CLOSE else stage}: " in line, (stage, reply, line)
        if stage in OF_THE_MAIL and reply != ScriptedServer.CLOSE:
            assert f"reply {reply[:3]}," in line, line
        expected.append(("alice@example.org", 1, "550" if is_final else None))
    server.script = {"message": "250 taken", "QUIT": "hang"}
    assert len(server.mails) == 1
    now = time.time() * 1000
    assert daemon.stop() == 0
    left = rows(daemon)
    assert [row[:3] for row in left] == expected
    assert all(now - 30_000 < row[3] - 60_000 < now + 1_000 for row in left if row[2] is None), "after a minute"
    daemon.restart()


def test_a_server_that_does_not_say_goodbye_holds_nobody(mailing, started):
    server = started(ScriptedServer())
    server.script = {"QUIT": ScriptedServer.HANG}
    daemon = mailing(in_the_clear(server.port))
    alice = daemon.connect()
    verify(alice, server.to(sign_up(alice, "alice")))
    for _ in range(5):
        daemon.connect().ok("RESET alice")
    wait_for(lambda: len(server.mails) == 6, "all mails")
    assert not told(daemon, " a mail ")
    assert daemon.stop() == 0 and rows(daemon) == []
    daemon.restart()


@pytest.mark.sqlite_only
def test_a_server_that_lets_strangers_wait_gets_the_mail(mailing, started):
    """connect 5 s is the connection alone: many a mail server waits for who talks too early"""
    server = started(ScriptedServer())
    server.thinks = 5.5
    daemon = mailing(in_the_clear(server.port))
    address = sign_up(daemon.connect(), "alice")
    server.to(address)
    assert not told(daemon, " a mail ")


def sign_ups(daemon, count: int, most_seconds: float = 1.0) -> tuple[list[str], float]:
    """OK SIGNUP ≤ 1 s, and a healthy person is answered meanwhile: the addresses, and the slowest."""
    client, witness, addresses, slowest = daemon.connect(), daemon.connect(), [], 0.0
    with Machine() as machine:
        for number in range(count):
            begun = time.monotonic()
            addresses.append(sign_up(client, f"new{number}"))
            slowest = max(slowest, time.monotonic() - begun)
            witness.ok("PING x", timeout=machine.within(1))
    assert slowest < machine.within(most_seconds), f"OK SIGNUP took {slowest:.1f} s"
    return addresses, slowest


def through_a_hang(daemon, server: ScriptedServer, stages, count: int) -> dict:
    """T16 in full: the server hangs at these stages, many sign up meanwhile, and each gets one mail after the next start."""
    held = []
    for number, stage in enumerate(stages):
        server.script = {stage: ScriptedServer.HANG}
        held.append(sign_up(daemon.connect(), f"held{number}"))
        server.wait_until_hanging(number + 1)
    addresses, slowest = sign_ups(daemon, count)
    assert daemon.stop() == 0
    server.finish()
    now = time.time() * 1000
    left = rows(daemon)
    assert sorted(row[0] for row in left) == sorted(held + addresses) and not any(row[2] for row in left)
    # A mail that hung for a minute counts as tried, and comes minutes later.
    due = {row[0] for row in left if row[3] <= now}
    again = ScriptedServer(server.port)
    try:
        daemon.restart()
        wait_for(lambda: due <= {mail.recipients[0] for mail in list(again.mails)}, "the mails that waited", 60 + count / 5)
        received = [mail.recipients[0] for mail in again.mails]
        assert len(received) == len(set(received)) and set(received) <= set(held + addresses)
    finally:
        again.finish()
    return {"mails": len(due), "to be tried later": len(left) - len(due), "slowest sign-up": round(slowest, 2)}


def test_t16_mails_that_hang_hold_only_their_places(mailing, started):
    server = started(ScriptedServer())
    daemon = mailing(in_the_clear(server.port))
    server.script = {"EHLO": ScriptedServer.HANG}
    client = daemon.connect()
    for number in range(3):
        sign_up(client, f"held{number}")
        server.wait_until_hanging(number + 1)
    server.script = {}
    for number in range(6):
        server.to(sign_up(client, f"free{number}"), timeout=3)


@pytest.mark.parametrize("stages", [("greeting", "EHLO", "AUTH", "MAIL"), ("RCPT", "DATA", "message"), ("greeting", "EHLO", "STARTTLS")],
                         ids=lambda stages: stages[-1])
def test_t16_a_server_that_hangs_at_any_stage_stops_neither_sign_ups_nor_the_daemon(mailing, started, stages):
    """OK SIGNUP ≤ 1 s; exit 0 within 10 s; the mail is sent after the next start, no try counted"""
    server = started(ScriptedServer())
    has_tls = "STARTTLS" in stages
    daemon = mailing(url(server.port) if has_tls else in_the_clear(server.port))
    client, addresses = daemon.connect(), []
    if not has_tls:
        alice = daemon.connect()
        verify(alice, server.to(sign_up(alice, "alice")))
    for number, stage in enumerate(stages):
        server.script = {"EHLO": "250 STARTTLS"} if has_tls else {}
        server.script[stage] = ScriptedServer.HANG
        addresses.append(sign_up(client, f"held{number}"))
        server.wait_until_hanging(number + 1)
    assert sorted(server.hanging) == sorted(stages)
    if len(stages) == 4:
        # All places are held, and many mails wait.
        client.send_all(["RESET alice"] * 100)
        assert all(client.answer().ok for _ in range(100))
        addresses += sign_ups(daemon, 4)[0]
    begun = time.monotonic()
    assert daemon.stop() == 0 and time.monotonic() - begun < 5
    assert not told(daemon, " a mail ")
    now = time.time() * 1000
    assert all(tries == 0 and failed is None and then <= now for _, tries, failed, then in rows(daemon))
    server.finish()
    again = started(ScriptedServer(server.port))
    daemon.flags = tuple(in_the_clear(server.port) if flag.startswith("smtp:") else flag for flag in daemon.flags)
    daemon.restart()
    for address in addresses:
        again.to(address)
    if len(stages) == 4:
        wait_for(lambda: len(again.mails) == 100 + len(addresses), "the mails that waited")
    assert len({mail.header("Message-ID") for mail in again.mails}) == len(again.mails)


def test_t16_a_retry_comes_after_a_minute_and_is_the_same_mail(mailing, started, timed):  # noqa: F811
    """1, 5, 15, 60 min … until the token dies; Message-ID stays"""
    server = started(ScriptedServer())
    server.script = {"message": "451 not now"}
    clocks = []

    def by(*flags):
        daemon, clock = timed(*flags)
        clocks.append(clock)
        return daemon

    daemon = mailing(in_the_clear(server.port), by=by)
    address = sign_up(daemon.connect(), "alice")
    ahead = 0
    for number, minutes in enumerate((1, 5, 15, 60, 60)):
        wait_for(lambda: len(told(daemon, TRIED_AGAIN)) == number + 1, "a try")
        clocks[0].set(ahead + minutes * 60 - 20)
        time.sleep(0.5)
        assert len(server.attempts) == number + 1, "too early"
        ahead += minutes * 60 + 1
        if number == 4:
            server.script = {}
        clocks[0].set(ahead)
    mail = server.to(address)
    assert len(server.attempts) == 6 and set(server.attempts) == {mail.content}
    # A token that is dead is mailed to nobody.
    server.script = {"message": "451 not now"}
    sign_up(daemon.connect(), "bob")
    wait_for(lambda: len(told(daemon, TRIED_AGAIN)) == 6, "a try")
    server.script = {}
    clocks[0].set(ahead + 25 * 3600)
    time.sleep(1)
    assert [mail.recipients for mail in server.mails] == [(address,)]


# -- addresses

HOSTILE = [
    "bob@example.org>", "<bob@example.org>", "bob@example.org>,<eve@example.net", "bob@example.org,eve@example.net", "\"bob\"@example.org",
    "bob@example.org>\\r\\nRCPT", "bob@example.org%0d%0aRCPT", "bob@example.org\x00", "bob\x0b@example.org", "bob@exam\x7fple.org",
    "bob@[192.0.2.1]", "bob@example.org.", ".bob@example.org", "bob..x@example.org", "bob@-example.org", "bob@localhost", "bob@@example.org",
    "\"bob eve\"@example.org", "bob(eve)@example.org", "bob:eve@example.org", "bob;eve@example.org", "bob\\@example.org", "bob@example.org/../x",
    "bób@example.org", "bob@exämple.org", "bob@example.org\u2028RCPT", "@example.org", "bob@", "x" * 65 + "@example.org",
    "bob@example.org\rRCPT TO:<eve@example.net>", "bob@example.org\nRCPT TO:<eve@example.net>", "bob@example.org\r\nRCPT TO:<eve@example.net>"]
ODD = ["o'brien+tag@example.org", "a!#$%&*/=?^_`{|}~-z@example.org", "UPPER.Case@Example.ORG", "1@2.example", "x" * 64 + "@example.org"]


@pytest.mark.sqlite_only
def test_t16_no_mail_goes_to_an_address_that_was_not_typed(mailing, started, authority):
    server = started(RealServer(authority.server("DNS:localhost")))
    daemon = mailing(url(server.port, f"?ca={authority.certificate}"), "--limits.signups-per-address", "0")
    for number, address in enumerate(HOSTILE):
        client = daemon.connect()
        client.send_raw(f"SIGNUP bad{number} {address} {PASSWORD}\nPING end\n".encode())
        answers = []
        while not answers or answers[-1].final.words[1] != "PING":
            answers.append(client.answer())
        assert not any(answer.ok for answer in answers[:-1]), address
        client.close()
    client = daemon.connect()
    for number, address in enumerate(ODD):
        client.ok(f"SIGNUP odd{number} {address} {PASSWORD}")
    for address in ODD:
        mail = server.to(address)
        assert mail.recipients == (address,) and mail.header("To") == f"<{address}>"
    assert sorted(mail.recipients for mail in server.mails) == sorted((address,) for address in ODD)


# -- settings

@pytest.mark.sqlite_only
@pytest.mark.parametrize("address", [
    "smtp:", "smtp://", "imap://geheim@mail.test", "smtp://u:geheim@mail.test/inbox", "smtp://u:geheim@mail.test?tls=none", "smtp://u:gehe im@mail.test",
    "smtp://u:geheim%0a@mail.test", "smtp://mail.test?geheim=1", "smtp://127.mail.test?tls=none", "smtp://mail.test?ca=/nowhere/geheim.pem"])
def test_what_cannot_be_meant_is_one_line_and_exit_78(tmp_path, address):
    run = subprocess.run([str(binary()), "--data", str(tmp_path), "--mail", address, "--web", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
                         capture_output=True, text=True, timeout=10)
    assert run.returncode == 78 and run.stdout == ""
    assert re.fullmatch(r"gatherchatd: --mail: [^\n]+\n", run.stderr) and "geheim" not in run.stderr


@pytest.mark.sqlite_only
def test_a_mail_server_that_is_away_does_not_hinder_the_start(mailing, started):
    port = free_port()
    daemon = mailing(in_the_clear(port))
    sign_up(daemon.connect(), "alice")
    assert "greeting: no connection (libcurl 7)" in wait_for(lambda: told(daemon, TRIED_AGAIN), "a log line")[0]
