"""The two worked sessions of sections 15 and 16, typed into the tools that people use; and the example bot."""

import re
import shutil
import subprocess
import sys
import time

import pytest

from client import Client, ProgramTransport
from daemon import ROOT
from people import People, make_room


def s_client(daemon):
    return Client(ProgramTransport(["openssl", "s_client", "-quiet", "-connect", "%s:%d" % daemon.tls]), daemon.secrets)


def ncat(daemon):
    assert shutil.which("ncat"), "ncat is needed"
    return Client(ProgramTransport(["ncat", "--ssl", daemon.tls[0], str(daemon.tls[1])]), daemon.secrets)


@pytest.mark.parametrize("tool", [s_client, ncat])
def test_a_person_goes_through_the_session_of_section_15(own, tool):
    daemon = own(real_passwords=True)
    alice = People(daemon).log_in("alice")
    alice.ok("CREATE #picnic Sunday in the park")
    alice.ok("MSG #picnic who is in for Sunday?")
    alice.ok("AVAIL #picnic fri 18:00-20:00")
    code = alice.ok("INVITE").fields[1]
    assert re.fullmatch(r"([a-z0-9]{4}-){2}[a-z0-9]{4}", code)
    bob = tool(daemon)
    bob.ok("SIGNUP bob bob@example.org a long enough password")
    bob.ok(daemon.mailed_line("bob@example.org", "VERIFY"))
    joined = bob.ok(f"/join picnic {code}")
    assert joined.rows[0].fields[0] == "#picnic" and joined.rows[0].text == "who is in for Sunday?"
    assert joined.fields[:4] == ("#picnic", "2", "1", "1") and joined.text == "Sunday in the park"
    bob.expect("NOTICE", "*"), bob.expect("NOTICE", "*")
    assert "/avail" in bob.expect("NOTICE", "#picnic").text
    bob.ok("/set chat on")
    bob._chat_on = True
    assert bob.ok("me! :)").fields[:2] == ("#picnic", "2")
    row = bob.ok("/avail fri 18:00-22:30").rows[0]
    assert re.fullmatch(r"Fri \d+ \w+( \d+)? 18:00-22:30", row.text)
    when = bob.ok("/when")
    assert when.rows[0].fields[4:] == ("2/2", "*") and when.rows[0].text.endswith("18:00-20:00, everybody")
    assert when.fields == ("#picnic", "1", "2", "2", "end")
    stats = bob.ok("/stats bob")
    assert stats.rows[0].text == "bob: no mood, no budget, no distance, 1 window" and stats.fields == ("#picnic", "2", "2")
    bob.close()


def test_a_bot_goes_through_the_session_of_section_16(own):
    daemon = own(real_passwords=True)
    people = People(daemon)
    alice, planner = people.all("alice", "planner")
    make_room(alice, "#picnic", planner, topic="Sunday in the park")
    tokens = planner.ok("TOKEN ISSUE laptop").fields
    alice.ok("MSG #picnic who is in for Sunday?"), alice.ok("MSG #picnic me! :)")
    planner.close()
    bot = s_client(daemon)
    fresh = bot.ok(f"TOKEN REFRESH {tokens[3]}").fields
    assert bot.ok(f"/RESUME {fresh[1]}").fields == ("planner", fresh[2])
    bot.ok("SET TAGS ON")
    answer = bot.ok("@label=2 JOIN #picnic since=1")
    assert answer.label == "2" and [row.fields[1] for row in answer.rows] == ["2"] and answer.fields[:4] == ("#picnic", "2", "1", "2")
    alice.ok("MSG #picnic !best")
    assert bot.expect("MSG", "#picnic", "alice", text="!best").tags["msgid"] == "3"
    alice.ok("AVAIL fri 18:00-20:00")
    bot.expect("AVAIL", "#picnic", "alice", fields=("1",))
    when = bot.ok("@label=3 WHEN #picnic min=1h limit=1")
    assert when.rows[0].fields[4:] == ("1/1", "*") and when.fields == ("#picnic", "1", "1", "2", "end")
    once = "@once=a7 MSG #picnic Friday 18:00 UTC suits everybody"
    bot.send(once)
    bot.close()
    again = daemon.connect()
    again.ok(f"RESUME {fresh[1]}")
    assert again.ok(once).fields[1] == "4"
    assert [row.text for row in again.ok("JOIN #picnic since=3").rows] == ["Friday 18:00 UTC suits everybody"]


class Bot:
    def __init__(self, daemon, folder, tokens):
        self.path = folder / "tokens"
        self.path.write_text(f"{tokens[1]}\n{tokens[3]}\n")
        self.arguments = [sys.executable, str(ROOT / "examples/planner-bot.py"), "--host", daemon.tls[0], "--room", "#picnic",
                          "--tokens", str(self.path), "--certificate", str(daemon.data / "tls-cert.pem"), "--port"]
        self.log = (folder / "bot.log").open("ab")

    def start(self, port):
        self.process = subprocess.Popen(self.arguments + [str(port)], stdout=self.log, stderr=self.log)

    def stop(self):
        self.process.kill()
        self.process.wait()


def test_the_example_bot_loses_nothing_across_reconnects(own, tmp_path):
    """A bot of a hundred lines does the same and loses nothing across reconnects."""
    assert sum(1 for line in (ROOT / "examples/planner-bot.py").read_text().splitlines() if line.strip()) < 150
    daemon = own("--limits.command-rate", "0")
    people = People(daemon)
    alice, planner = people.all("alice", "planner")
    make_room(alice, "#picnic", planner)
    bot = Bot(daemon, tmp_path, planner.ok("TOKEN ISSUE bot").fields)
    planner.close()
    alice.ok("AVAIL fri 18:00-20:00")
    bot.start(daemon.tls[1])
    try:
        def ask(client, number):
            client.ok(f"MSG #picnic !best {number}")
            return wait_for(client, f"{number}: ")

        assert "18:00" in ask(alice, 1)
        port = daemon.tls[1]
        for number in range(2, 5):
            daemon.kill()
            daemon.restart_on(port)
            alice = people.log_in("alice")
            alice.ok("JOIN #picnic since=0"), alice.forget_events()
            assert "18:00" in ask(alice, number)
        bot.stop()
        alice.ok("MSG #picnic !best 5"), alice.ok("MSG #picnic !best 6")
        bot.start(port)
        assert wait_for(alice, "5: ") and wait_for(alice, "6: ")
        replies = [row.text for row in alice.ok("HISTORY limit=1000").rows if row.fields[3] == "planner"]
        assert [reply.partition(":")[0] for reply in replies] == ["1", "2", "3", "4", "5", "6"]
    finally:
        bot.stop()


def wait_for(client, start):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        event = client.event(20)
        if event.verb == "MSG" and event.source == "planner":
            assert event.text.startswith(start), event.raw
            return event.text
    raise AssertionError("the bot did not answer")
