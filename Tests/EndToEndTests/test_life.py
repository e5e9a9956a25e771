"""The life of the daemon: T1, T2, T18 in part, operations."""

import re
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from client import ConnectionEnded
from daemon import binary
from people import PASSWORD, People, make_room


@pytest.mark.sqlite_only
def test_t2_no_ok_leaves_before_its_batch_is_synced(own):
    """T2: strace: no `OK MSG` is written before its batch's fdatasync; 1,000 messages"""
    assert shutil.which("strace"), "strace is needed"
    daemon = own("--limits.command-rate", "0", "--loops", "1")
    alice = People(daemon).log_in("alice")
    make_room(alice, "#a")
    plain = daemon.connect(tls=False)
    plain.ok(f"LOGIN alice {PASSWORD}")
    trace = daemon.folder / "trace"
    tracer = subprocess.Popen(
        ["strace", "-f", "-s", "40", "-o", str(trace), "-e", "trace=fdatasync,fsync,write,writev,sendto,sendmsg,pwrite64", "-p", str(daemon.process.pid)],
        stderr=subprocess.PIPE, text=True)
    assert "attached" in tracer.stderr.readline()
    for number in range(1000):
        assert plain.ok(f"MSG #a {number}", timeout=30).fields[1] == str(number + 1)
    tracer.send_signal(signal.SIGINT)
    tracer.wait(10)
    syncs = answers = since = 0
    for line in trace.read_text().splitlines():
        if re.search(r"fdatasync|fsync", line) and "= 0" in line:
            syncs, since = syncs + 1, since + 1
        elif "OK MSG #a" in line and "unfinished" not in line.split("OK MSG")[0]:
            answers += 1
            assert since > 0, f"an OK without a sync since the last one: {line}"
            since = 0
    assert answers == 1000 and syncs >= 1000


def test_sigterm_answers_what_was_received_and_says_good_bye(own):
    """SIGTERM: … lines already received are answered and committed, ERROR :Server is going away, exit 0 within 10 s."""
    daemon = own("--limits.command-rate", "0")
    people = People(daemon)
    alice, idle = people.all("alice", "bob")
    make_room(alice, "#a")
    alice.send_all([f"MSG #a {n}" for n in range(300)])
    begun = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - begun < 10
    for n in range(300):
        assert alice.answer().fields[1] == str(n + 1)
    assert alice.expect_goodbye().text == "Server is going away"
    assert idle.expect_goodbye().text == "Server is going away"
    daemon.restart()
    again = daemon.connect()
    again.ok(f"LOGIN alice {PASSWORD}")
    assert again.ok("JOIN #a since=299").fields[3] == "300"


def test_sigterm_ends_within_ten_seconds_whatever_peers_do(own):
    import socket
    daemon = own()
    silent = socket.create_connection(daemon.tls)
    half = daemon.connect()
    begun = time.monotonic()
    assert daemon.stop(12) == 0
    assert time.monotonic() - begun < 10
    silent.close(), half.close()
    daemon.restart()


def test_a_restart_keeps_accounts_tokens_and_the_signing_key(own):
    daemon = own()
    alice = People(daemon).log_in("alice")
    fields = alice.ok("TOKEN ISSUE bot").fields
    assert daemon.stop() == 0
    daemon.restart()
    assert daemon.connect().ok(f"RESUME {fields[1]}").fields[0] == "alice"
    assert daemon.connect().ok(f"TOKEN REFRESH {fields[3]}").ok


def test_a_second_daemon_on_the_folder_exits_78_at_once(own):
    """second daemon exits 78 ≤ 2 s … one clear line, not a stack trace"""
    daemon = own()
    begun = time.monotonic()
    second = subprocess.run(daemon.command, capture_output=True, text=True, timeout=10)
    assert time.monotonic() - begun < 2
    assert second.returncode == 78 and second.stdout == ""
    assert [line for line in second.stderr.splitlines() if "another daemon" in line] == [second.stderr.strip()]


@pytest.mark.parametrize("flags, code, word", [
    (["--listen", "nonsense"], 78, "--listen"), (["--plain-listen", "192.0.2.1:1"], 78, "--plain-listen"), (["--limits.replay", "many"], 78, "--limits.replay"),
    (["--tls-cert", "/nonexistent.pem"], 78, "--tls-key"), (["--tls-cert", "/nonexistent.pem", "--tls-key", "/nonexistent.pem"], 78, "/nonexistent.pem"),
    (["--mail", "pigeon://x"], 78, "--mail"), (["--database", "oracle:x"], 78, "--database"), (["--blobs", "tape:x"], 78, "--blobs"),
    (["--no-such-flag"], 64, "no-such-flag"), (["--data", "/proc/nowhere"], 78, "/proc/nowhere"), (["--loops", "0"], 78, "--loops")])
def test_a_wrong_setting_is_one_clear_line(tmp_path, flags, code, word):
    base = [str(binary()), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"]
    data = [] if "--data" in flags else ["--data", str(tmp_path / "data")]
    run = subprocess.run(base + data + flags, capture_output=True, text=True, timeout=20)
    assert run.returncode == code and word in run.stderr
    if code == 78:
        assert len(run.stderr.strip().splitlines()) == 1


def test_a_port_in_use_is_one_clear_line(own, tmp_path):
    daemon = own()
    for flag, address in (("--listen", daemon.tls), ("--web", daemon.web)):
        command = [str(binary()), "--data", str(tmp_path / flag), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", flag, "%s:%d" % address]
        if flag == "--listen":
            command = [word for index, word in enumerate(command) if not (word == "127.0.0.1:0" and command[index - 1] == "--listen") and not (word == "--listen" and command[index + 1] == "127.0.0.1:0")]
        run = subprocess.run(command, capture_output=True, text=True, timeout=20)
        assert run.returncode == 1, run.stderr
        last = run.stderr.strip().splitlines()[-1]
        assert "cannot listen on" in last and str(address[1]) in last


@pytest.mark.sqlite_only
def test_a_damaged_or_newer_database_is_refused_in_one_line(own, tmp_path):
    folder = tmp_path / "newer"
    folder.mkdir()
    with sqlite3.connect(folder / "gather.sqlite") as database:
        database.execute("PRAGMA user_version = 999")
    run = subprocess.run([str(binary()), "--data", str(folder), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"], capture_output=True, text=True, timeout=20)
    assert run.returncode == 78 and "newer version" in run.stderr
    (folder / "gather.sqlite").write_bytes(b"not a database at all" * 1000)
    run = subprocess.run([str(binary()), "--data", str(folder), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"], capture_output=True, text=True, timeout=20)
    assert run.returncode == 78 and "gather.sqlite" in run.stderr


def test_one_person_in_two_doors(own):
    daemon = own()
    people = People(daemon)
    alice = people.log_in("alice")
    plain = people.log_in("alice", tls=False)
    make_room(alice, "#a")
    plain.expect("CREATE", "#a", "alice")
    plain.ok("JOIN #a")
    alice.ok("MSG #a over TLS")
    plain.expect("MSG", "#a", "alice", text="over TLS")


def test_version_names_the_libraries():
    run = subprocess.run([str(binary()), "version"], capture_output=True, text=True, timeout=10)
    words = run.stdout.splitlines()
    assert run.returncode == 0 and words[0].startswith("gatherchatd ")
    assert [line.split()[0].split("/")[0] for line in words[1:]] == ["OpenSSL", "SQLite", "libvips", "libpq", "libcurl"]
