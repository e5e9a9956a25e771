"""Moving house: everything that people have is there after `gatherchatd migrate`, and again after an interruption."""

import hashlib
import subprocess
import time
import urllib.request

import pytest

from daemon import Daemon, binary
from people import PASSWORD, People, make_room
from pictures import png
from test_avatars import upload

pytestmark = [pytest.mark.postgres_only, pytest.mark.timeout(180)]


def migrate(daemon, url, **options):
    return subprocess.run([str(binary()), "migrate", "--from", f"sqlite:{daemon.data}/gather.sqlite", "--to", url],
                          capture_output=True, text=True, timeout=120, **options)


def on_sqlite(folder):
    folder.mkdir()
    return Daemon(folder, "--database", f"sqlite:{folder}/data/gather.sqlite", "--limits.command-rate", "0")


def on_postgres(daemon, url):
    daemon.flags = ("--database", url, "--limits.command-rate", "0")
    daemon.start()


def test_people_find_everything_as_it_was(server, tmp_path):
    daemon = on_sqlite(tmp_path / "house")
    people = People(daemon)
    alice, bob = people.all("alice", "bob")
    make_room(alice, "#tea", bob, topic="On Sunday")
    for number in range(120):
        alice.ok(f"MSG #tea message {number} 🙂 \"quoted\\s{{,}}")
    first = alice.ok("@once=k1 MSG #tea with a key").fields
    tokens = alice.ok("TOKEN ISSUE laptop").fields
    code = alice.ok("INVITE #tea").fields[1]
    alice.ok("AVAIL #tea 2030-06-01 18:00-21:00"), bob.ok("AVAIL #tea 2030-06-01 19:00-22:00")
    alice.ok("MOOD #tea hungry"), bob.ok("BUDGET #tea 20-40 EUR"), bob.ok("DISTANCE #tea 10km")
    picture = upload(alice, png(64, 64)).fields[3]
    lines = ["HISTORY #tea limit=200", "STATS #tea", "WHEN #tea", "GROUPS", "AVAIL #tea", "TOKEN LIST"]
    before = {line: [row.raw for row in alice.ok(line).rows] for line in lines}
    assert daemon.stop() == 0

    url = server.url(server.database)
    run = migrate(daemon, url)
    assert run.returncode == 0, run.stderr
    assert "message 121" in run.stdout.splitlines() and "both sides compared" in run.stdout
    assert "copying message: 121 of 121" in run.stderr
    again = migrate(daemon, url)
    assert again.returncode == 0 and "there already" in again.stdout

    on_postgres(daemon, url)
    alice = daemon.connect()
    assert alice.ok(f"RESUME {tokens[1]}").fields[0] == "alice"
    replay = alice.ok("JOIN #tea since=0").rows
    assert len(replay) == 121
    after = {line: [row.raw for row in alice.ok(line).rows] for line in lines}
    after["TOKEN LIST"] = before["TOKEN LIST"]  # RESUME was its last use
    assert after == before
    assert alice.ok("@once=k1 MSG #tea with a key").fields == first
    assert alice.ok("MSG #tea the next").fields[1] == "122"
    with urllib.request.urlopen("http://%s:%d/avatar/%s.png" % (*daemon.web, picture)) as page:
        assert hashlib.sha256(page.read()).hexdigest() == picture
    carol = People(daemon).log_in("carol")
    carol.ok(f"JOIN #tea {code}")
    refused = migrate(daemon, url)
    assert refused.returncode == 78 and "another daemon, or a command of it, uses" in refused.stderr
    assert daemon.stop() == 0
    refused = migrate(daemon, url)
    assert refused.returncode == 78 and "has other content" in refused.stderr
    assert len([line for line in refused.stderr.splitlines() if line.startswith("gatherchatd:")]) == 1
    daemon.start()
    daemon.finish()


def test_a_move_that_was_killed_is_begun_again(server, tmp_path):
    daemon = on_sqlite(tmp_path / "house")
    alice = People(daemon).log_in("alice")
    make_room(alice, "#tea")
    count = 20_000
    for at in range(0, count, 500):
        alice.send_all([f"MSG #tea {n} {'x' * 100}" for n in range(at, at + 500)])
        for _ in range(500):
            assert alice.answer(30).ok
    assert daemon.stop() == 0
    url = server.url(server.database)
    command = [str(binary()), "migrate", "--from", f"sqlite:{daemon.data}/gather.sqlite", "--to", url]
    for delay in (0.05, 0.2, 0.4, 0.8):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.kill()
        process.wait()
    run = migrate(daemon, url)
    assert run.returncode == 0, run.stderr
    on_postgres(daemon, url)
    alice = daemon.connect()
    alice.ok(f"LOGIN alice {PASSWORD}")
    rows = alice.ok("JOIN #tea since=0", timeout=60).rows
    assert [row.text.split()[0] for row in rows] == [str(n) for n in range(count)]
    daemon.finish()


@pytest.mark.parametrize("source, target, code, words", [
    ("sqlite:/nonexistent/gather.sqlite", "postgres://gather@127.0.0.1:1/x", 78, "/nonexistent/gather.sqlite"),
    ("{file}", "postgres://gather@127.0.0.1:1/x", 78, "--from takes sqlite:PATH"),
    ("sqlite:{file}", "mysql://x", 78, "--to takes postgres://"),
    ("sqlite:{file}", "postgres://gather:secretword@127.0.0.1:1/x", 78, "not a database")])
def test_what_cannot_be_moved_is_one_clear_line(tmp_path, source, target, code, words):
    file = tmp_path / "data" / "gather.sqlite"
    file.parent.mkdir()
    file.write_bytes(b"this is no database, and long enough to be looked at" * 100)
    run = subprocess.run([str(binary()), "migrate", "--from", source.format(file=file), "--to", target],
                         capture_output=True, text=True, timeout=30)
    assert run.returncode == code and run.stdout == ""
    assert len(run.stderr.strip().splitlines()) == 1 and words in run.stderr and "secretword" not in run.stderr
