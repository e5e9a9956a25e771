"""What those who watch the server see: /metrics, /healthz, /readyz, logs, and what systemd is told."""

import json
import re
import socket
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from people import PASSWORD, People, make_room

PROMISED = {  # operations.md, The web door
    "gather_connections", "gather_sessions", "gather_rooms_listened", "gather_messages", "gather_deliveries",
    "gather_commit_seconds", "gather_commit_operations", "gather_unsent_bytes", "gather_slow_readers_closed",
    "gather_mail_queue", "gather_mail_oldest_seconds", "gather_mails_sent", "gather_mails_retried", "gather_mails_failed",
    "gather_follow_seconds", "gather_failures", "gather_certificate_expiry_days", "gather_store_waiting", "gather_store_failures",
    "process_open_fds", "process_max_fds", "process_resident_memory_bytes", "process_cpu_seconds", "gather_build_info"}


def get(address, path: str):
    """Status, headers, body."""
    try:
        with urlopen(f"http://{address[0]}:{address[1]}{path}", timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except HTTPError as error:
        return error.code, error.headers, error.read().decode()


class Scrape:
    """What Prometheus' own parser makes of the page."""

    def __init__(self, address):
        status, headers, self.text = get(address, "/metrics")
        assert status == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        self.families = {family.name: family for family in text_string_to_metric_families(self.text)}

    def __getitem__(self, name: str) -> float:
        family, labels = name, {}
        if "{" in name:
            family, key, value = re.fullmatch(r"(\w+)\{(\w+)=(\w+)\}", name).groups()
            labels = {key: value}
        found = [sample.value for metric in self.families.values() for sample in metric.samples
                 if sample.name == family and sample.labels == labels]
        assert len(found) == 1, name
        return found[0]


def test_metrics_tell_what_the_server_does(own):
    daemon = own()
    people = People(daemon)
    alice, bob, carol = people.all("alice", "bob", "carol")
    make_room(alice, "#a", bob, carol)
    make_room(alice, "#b")
    before = Scrape(daemon.web)
    for number in range(5):
        alice.ok(f"MSG #a {number}")
    bob.ok("PING heard"), carol.ok("PING heard")
    bob.fail("JOIN #nowhere", "NO_SUCH_ROOM")
    daemon.connect().fail("WHOAMI", "LOGIN_REQUIRED")
    after = Scrape(daemon.web)
    assert PROMISED | ({"gather_wal_bytes"} if not daemon.database else set()) == set(after.families)
    assert after["gather_connections"] == 4 and after["gather_sessions"] == 3 and after["gather_rooms_listened"] == 2

    def grew(name):
        return after[name] - before[name]

    assert grew("gather_messages_total") == 5
    assert grew("gather_deliveries_total") == 10, "two listeners beside the sender"
    assert grew("gather_commit_seconds_count") >= 5 and grew("gather_commit_operations_sum") >= 5
    assert grew("gather_failures_total{code=NO_SUCH_ROOM}") == 1
    assert grew("gather_failures_total{code=LOGIN_REQUIRED}") == 1
    assert after["gather_mails_sent_total"] == 3 and after["gather_mail_queue"] == 0
    assert 3600 < after["gather_certificate_expiry_days"] < 3650
    assert 10 < after["process_open_fds"] < after["process_max_fds"]
    assert after["process_resident_memory_bytes"] > 1_000_000 and after["process_cpu_seconds_total"] > 0
    for told in ("alice", "bob", "example.org", "#a"):
        assert told not in after.text, "nothing that people typed"


def test_a_reader_that_does_not_read_is_seen_before_and_after_its_end(own):
    daemon = own("--limits.command-rate", "0", "--limits.reader-queue", "4194304")
    alice, bob = People(daemon).all("alice", "bob")
    make_room(alice, "#a", bob)
    unsent, deadline = 0, time.monotonic() + 30
    while True:
        scrape = Scrape(daemon.web)
        unsent = max(unsent, scrape["gather_unsent_bytes"])
        if scrape["gather_slow_readers_closed_total"] == 1:
            break
        assert time.monotonic() < deadline
        alice.send_all(["MSG #a " + "x" * 4000] * 100)
        for _ in range(100):
            assert alice.answer().ok
    assert unsent > 100_000, "what waited for the reader was seen"
    deadline = time.monotonic() + 10
    while (scrape := Scrape(daemon.web))["gather_connections"] > 1:
        assert time.monotonic() < deadline
    assert scrape["gather_unsent_bytes"] == 0


@pytest.mark.sqlite_only
def test_messages_of_other_daemons_say_how_late_they_were_only_where_there_are_others(own):
    assert Scrape(own().web)["gather_follow_seconds_count"] == 0


@pytest.mark.postgres_only
def test_messages_of_other_daemons_say_how_late_they_were(server, pair):
    two = pair(server.url(server.database)).daemons
    alice, bob = People(two[0]).log_in("alice"), two[1].connect()
    alice.ok("CREATE #a")
    code = alice.ok("INVITE #a").fields[1]
    People(two[1]).sign_up("bob")
    bob.ok(f"LOGIN bob {PASSWORD}"), bob.ok(f"JOIN #a {code}")
    before = Scrape(two[1].web)["gather_follow_seconds_count"]
    alice.ok("MSG #a over there?")
    bob.expect("MSG", "#a", source="alice")
    after = Scrape(two[1].web)
    assert after["gather_follow_seconds_count"] > before and after["gather_follow_seconds_sum"] < 60
    assert after["gather_messages_total"] == 0, "it was stored by the other one"
    assert Scrape(two[0].web)["gather_messages_total"] == 1


def test_metrics_and_health_may_have_an_address_of_their_own(own):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    daemon = own("--metrics", f"127.0.0.1:{port}")
    watched = ("127.0.0.1", port)
    assert Scrape(watched)["gather_connections"] == 0
    assert get(watched, "/healthz")[::2] == (200, "ok\n") and get(watched, "/readyz")[::2] == (200, "ready\n")
    for path in ("/metrics", "/healthz", "/readyz"):
        assert get(daemon.web, path)[0] == 404, "strangers do not see it"
    assert get(watched, "/verify/x")[0] == 404


def test_an_address_that_cannot_be_had_ends_the_start_before_it_is_ready(tmp_path):
    import subprocess
    from daemon import binary
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        result = subprocess.run(
            [str(binary()), "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", "--metrics", address],
            capture_output=True, text=True, timeout=20)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == f"gatherchatd: cannot listen on {address}: Address already in use"
    assert "default picture" not in result.stderr


def test_systemd_hears_that_it_is_ready_alive_and_about_to_stop(own, tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(10)
        daemon = own(prefix=("env", f"NOTIFY_SOCKET={path}", "WATCHDOG_USEC=4000000"))
        heard = []
        while heard.count(b"WATCHDOG=1") < 2 or b"READY=1" not in heard:
            heard.append(listener.recv(100))
        assert set(heard) == {b"READY=1", b"WATCHDOG=1"}
        daemon.stop()
        while listener.recv(100) != b"STOPPING=1":
            pass
        daemon.restart()


def test_json_logs_are_one_object_a_line_with_the_keys_of_one_list(own):
    daemon = own("--log-format", "json")
    alice = People(daemon).log_in("alice")
    alice.ok("PING here")
    daemon.connect().fail("LOGIN alice a wrong password", "INVALID_CREDENTIALS")
    # A peer that speaks no TLS: a line about its connection, with its number.
    with socket.create_connection(daemon.tls) as wrong:
        wrong.sendall(b"GET / HTTP/1.1\r\n\r\n")
        wrong.recv(100)
    deadline = time.monotonic() + 10
    while "connection failed" not in daemon.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    lines = [json.loads(line) for line in daemon.log.read_text().splitlines()]
    source = (Path(__file__).resolve().parents[2] / "Sources/GatherChatd/Watching/LogKey.swift").read_text()
    keys = set(re.search(r"case (.*)", source).group(1).split(", "))
    for line in lines:
        assert {"time", "level", "message"} <= set(line) <= {"time", "level", "message"} | keys
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    failed = next(line for line in lines if line["message"] == "connection failed")
    assert failed["level"] == "debug"
    life = [line["message"] for line in lines if line.get("connection") == failed["connection"]]
    assert life[:2] == ["connection opened", "connection failed"], "one number from its first line to its last"
    refused = next(line for line in lines if line["message"] == "refused")
    assert (refused["level"], refused["command"], refused["code"]) == ("info", "LOGIN", "INVALID_CREDENTIALS")
    assert "alice" not in daemon.log.read_text() and "wrong password" not in daemon.log.read_text()
    assert "127.0.0.1" not in daemon.log.read_text(), "no address"
