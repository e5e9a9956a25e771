"""What ends with time, seen from outside: the wall clock of the daemon alone is moved (T13; sections 8, 11)."""

import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from people import PASSWORD, People, make_room
from wall_clock import DAY, HOUR, MINUTE, Clock, build_shim

HERE = Path(__file__).parent
BOT = next(p for p in (HERE.parents[1] / "examples/planner-bot.py", HERE / "planner-bot.py") if p.exists())


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    return build_shim(tmp_path_factory.mktemp("clock"))


@pytest.fixture
def timed(own, shim, tmp_path):
    """A daemon and its clock."""
    clock = Clock(tmp_path / "offset")

    def start(*flags):
        return own("--limits.command-rate", "0", *flags, prefix=clock.prefix(shim)), clock

    return start


def issued(client, name="bot"):
    return client.ok(f"TOKEN ISSUE {name}").fields


def test_the_clock_of_the_daemon_really_moves(timed):
    daemon, clock = timed()
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    before = alice.ok("MSG #a x").fields[2]
    clock.set(2 * DAY)
    assert alice.ok("MSG #a y").fields[2][:10] > before[:10]


def test_an_access_token_ends_after_an_hour_and_its_refresh_token_after_thirty_days(timed):
    """Access tokens last 1 h and are checked when presented: a connection outlives its token. Refresh tokens last 30 days."""
    daemon, clock = timed()
    alice = People(daemon).log_in("alice")
    tokens = issued(alice)
    bot = daemon.connect()
    bot.ok(f"RESUME {tokens[1]}")
    clock.set(55 * MINUTE)
    daemon.connect().ok(f"RESUME {tokens[1]}")
    clock.set(61 * MINUTE)
    daemon.connect().fail(f"RESUME {tokens[1]}", "EXPIRED_TOKEN")
    bot.ok("WHOAMI")
    clock.set(29 * DAY)
    daemon.connect().ok(f"TOKEN REFRESH {tokens[3]}")
    clock.set(31 * DAY)
    daemon.connect().fail(f"TOKEN REFRESH {tokens[3]}", "EXPIRED_TOKEN")
    bot.ok("WHOAMI")


def test_a_sign_up_waits_for_24_hours(timed):
    """good once, for 24 h … a used or expired one a 410 page"""
    daemon, clock = timed()
    client = daemon.connect()
    lines = {}
    for name in ("early", "late"):
        client.ok(f"SIGNUP {name} {name}@example.org {PASSWORD}")
        lines[name] = daemon.mailed_line(f"{name}@example.org", "VERIFY")
    url = f"http://127.0.0.1:{daemon.web[1]}/verify/" + lines["late"].split(" ")[1]
    clock.set(23 * HOUR)
    daemon.connect().ok(lines["early"])
    assert urlopen(url, timeout=10).status == 200
    clock.set(25 * HOUR)
    daemon.connect().fail(lines["late"], "EXPIRED_TOKEN")
    with pytest.raises(HTTPError) as failure:
        urlopen(url, timeout=10)
    assert failure.value.code == 410


def test_a_reset_waits_for_an_hour(timed):
    """(reset: 1 h)"""
    daemon, clock = timed()
    alice = People(daemon).log_in("alice")
    alice.ok("PING x")
    stranger = daemon.connect()
    stranger.ok("RESET alice")
    token = daemon.mailed_line("alice@example.org", "RESET").split(" ")[2]
    clock.set(61 * MINUTE)
    stranger.fail(f"RESET alice {token} a brand new password", "EXPIRED_TOKEN")
    daemon.connect().ok(f"LOGIN alice {PASSWORD}")


def test_codes_and_invitations_last_seven_days(timed):
    """INVITE makes a code …: this room, anybody, 7 days. By name: that person, 7 days."""
    daemon, clock = timed()
    alice, bob, carol = People(daemon).all("alice", "bob", "carol")
    make_room(alice, "#a")
    code = alice.ok("INVITE #a").fields[1]
    alice.ok("INVITE #a carol")
    clock.set(6 * DAY)
    bob.ok(f"JOIN #a {code}")
    bob.ok("RESIGN #a")
    carol.fail("MSG #a hi", "NOT_A_MEMBER")
    clock.set(8 * DAY)
    bob.fail(f"JOIN #a {code}", "NO_SUCH_ROOM")
    carol.fail("JOIN #a", "NO_SUCH_ROOM")
    carol.fail("MSG #a hi", "NO_SUCH_ROOM")


def test_what_is_over_no_longer_counts_or_shows(timed):
    """What is over no longer counts or shows … Counted are the n members with a window that is not over, or who said NONE."""
    daemon, clock = timed()
    alice, bob = People(daemon).all("alice", "bob")
    make_room(alice, "#a", bob)
    alice.ok("AVAIL #a tomorrow 10:00-12:00")
    bob.ok("AVAIL #a NONE")
    alice.forget_events()
    assert alice.ok("WHEN #a").fields[2] == "2"
    clock.set(3 * DAY)
    assert alice.ok("AVAIL #a").rows == [] and alice.ok("AVAIL #a ALL").rows == []
    assert alice.ok("WHEN #a").fields[1:3] == ("0", "1")
    assert "windows=0" in alice.ok("STATS #a alice").rows[0].fields


def test_a_window_that_runs_is_cut_to_now(timed):
    """Windows are cut to `from` (now, rounded up to the minute, at the earliest)"""
    daemon, clock = timed()
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    row = alice.ok("AVAIL #a tomorrow").rows[0]
    clock.set(DAY)  # this time of day, tomorrow: inside the window unless midnight is near
    answer = alice.ok("WHEN #a min=1m")
    assert answer.rows[0].fields[3] == row.fields[4]
    start = answer.rows[0].fields[2]
    assert start > row.fields[3] and start.endswith(":00Z")


def test_history_days_forget_and_first_id_tells(timed):
    """A `first-id` above `since` + 1: what lay between has expired; all expired: `first-id` is `last-id` + 1."""
    daemon, clock = timed("--limits.history-days", "2")
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    for number in range(3):
        alice.ok(f"MSG #a old {number}")
    clock.set(3 * DAY)
    assert daemon.stop() == 0
    daemon.restart()
    alice = daemon.connect()
    alice.ok(f"LOGIN alice {PASSWORD}")
    deadline = time.monotonic() + 30
    while (ids := alice.ok("INFO #a").fields[4:6]) != ("4", "3") and time.monotonic() < deadline:
        time.sleep(0.5)
    assert ids == ("4", "3")
    answer = alice.ok("JOIN #a since=1")
    assert answer.rows == [] and answer.fields[2:4] == ("4", "3")
    assert alice.ok("MSG #a new").fields[1] == "4"
    assert alice.ok("INFO #a").fields[4:6] == ("4", "4")


@pytest.mark.parametrize("jump", [-HOUR, HOUR, 400 * DAY, 4200 * DAY], ids=["-1h", "+1h", "+400d", "past 2038"])
def test_t13_a_jump_of_the_wall_clock_disconnects_nobody(timed, jump):
    """T13: 0 disconnects; Timers follow the monotonic clock"""
    daemon, clock = timed("--limits.login-grace", "5")
    alice, bob = People(daemon).all("alice", "bob")
    make_room(alice, "#a", bob)
    unknown = daemon.connect()  # not logged in: its grace is measured in real time
    first = alice.ok("MSG #a before").fields[2]
    bob.expect("MSG", "#a", "alice", text="before")
    clock.set(jump)
    time.sleep(2.2)  # the sweep of each second has run
    unknown.ok("PING x")
    second = alice.ok("MSG #a after").fields
    bob.expect("MSG", "#a", "alice", text="after")
    assert second[1] == "2" and second[2] >= first, "Message time is max(now, the room's last)"
    assert unknown.expect_goodbye(8).text


def test_t13_a_short_jump_revives_and_loses_no_token(timed):
    """no token revived or lost by a jump under 2 min"""
    daemon, clock = timed()
    alice = People(daemon).log_in("alice")
    kept, gone = issued(alice, "kept"), issued(alice, "gone")
    alice.ok("TOKEN REVOKE gone")
    for jump in (-110, 110, 0):
        clock.set(jump)
        daemon.connect().ok(f"RESUME {kept[1]}")
        daemon.connect().fail(f"RESUME {gone[1]}", "INVALID_TOKEN")


def test_the_example_bot_refreshes_an_expired_token_and_stores_both(timed, tmp_path):
    """RESUME … EXPIRED_TOKEN, TOKEN REFRESH …: store both, then use them"""
    daemon, clock = timed()
    alice, planner = People(daemon).all("alice", "planner")
    make_room(alice, "#a", planner)
    tokens = issued(planner)
    planner.close()
    clock.set(2 * HOUR)
    path = tmp_path / "tokens"
    path.write_text(f"{tokens[1]}\n{tokens[3]}\n")
    with open(tmp_path / "bot.log", "wb") as log:
        bot = subprocess.Popen(
            [sys.executable, str(BOT), "--host", "127.0.0.1", "--port", str(daemon.tls[1]), "--room", "#a", "--tokens", str(path),
             "--certificate", str(daemon.data / "tls-cert.pem")], stdout=log, stderr=log)
    try:
        alice.ok("MSG #a !best")
        while (event := alice.event(20)).verb != "MSG":
            pass
        assert event.source == "planner"
        access, refresh = path.read_text().split()
        assert access != tokens[1] and refresh != tokens[3] and path.stat().st_mode & 0o077 == 0
        daemon.secrets |= {access, refresh}
        daemon.connect().fail(f"TOKEN REFRESH {tokens[3]}", "INVALID_TOKEN")  # spent
    finally:
        bot.kill()
        bot.wait()


def test_an_expired_token_is_not_in_the_answer(timed):
    """other codes may carry the name or word they are about, never a token"""
    daemon, clock = timed()
    tokens = issued(People(daemon).log_in("alice"))
    clock.set(2 * HOUR)
    raw = daemon.connect().fail(f"RESUME {tokens[1]}", "EXPIRED_TOKEN").final.raw
    assert not re.search(re.escape(tokens[1][:12]), raw)


@pytest.mark.sqlite_only
def test_a_jump_of_the_clock_is_one_line_of_the_log_and_disconnects_nobody(timed):
    """T13: a jump of the wall clock disconnects nobody and is one log line."""
    daemon, clock = timed()
    alice = People(daemon).log_in("alice")
    clock.set(400 * DAY)
    deadline = time.monotonic() + 15
    while "the clock was moved" not in daemon.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    seconds = re.search(r"the clock was moved seconds=(\d+)", daemon.log.read_text()).group(1)
    assert abs(int(seconds) - 400 * DAY) < 5
    alice.ok("PING still-here")
