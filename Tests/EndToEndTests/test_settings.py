"""Settings in layers: flags over environment over a file; what is wrong is one line and exit code 78."""

import os
import subprocess
from pathlib import Path

import pytest

from daemon import Daemon, binary

# None of it depends on the store.
pytestmark = pytest.mark.sqlite_only


def gatherchatd(*arguments: str, cwd=None, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(binary()), *arguments], capture_output=True, text=True, timeout=20, cwd=cwd,
                          env={**os.environ, **environment})


def refused(*arguments: str, **options) -> str:
    """The one line that a start with these ends in."""
    result = gatherchatd(*arguments, **options)
    assert result.returncode == 78, result
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("gatherchatd: "), result.stderr
    return lines[0].removeprefix("gatherchatd: ")


def test_one_file_configures_the_daemon(tmp_path):
    settings = tmp_path / "gather.yaml"
    settings.write_text("plain-listen: 127.0.0.1:0\nlimits:\n  mails-per-address: 1\n  command-rate: 0\n")
    daemon = Daemon(tmp_path, "--config", str(settings), plain=False)
    try:
        client = daemon.connect()
        client.ok("SIGNUP anna anna@example.org a long enough password")
        client.fail("SIGNUP anna anna@example.org a long enough password", "RATE_LIMITED")
    finally:
        daemon.finish()


def test_config_says_where_each_value_came_from_and_masks_passwords(tmp_path):
    settings = tmp_path / "gather.yaml"
    settings.write_text("server-name: chat.example.org\nmail: smtps://anna:geheim@mail.example.org\n")
    result = gatherchatd("config", "--config", str(settings), "--loops", "3", GATHER_LIMITS_REPLAY="7",
                         GATHER_DATABASE="postgres://gather:geheim@db.example.org/gather", GATHER_LISEN="x")
    assert result.returncode == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert f'server-name: "chat.example.org" # {settings}:1' in lines
    assert f'mail: "smtps://anna:***@mail.example.org" # {settings}:2' in lines
    assert 'database: "postgres://gather:***@db.example.org/gather" # GATHER_DATABASE' in lines
    assert "loops: 3 # --loops" in lines and "replay: 7 # GATHER_LIMITS_REPLAY" in lines
    assert 'log-level: "info" # default' in lines
    assert "geheim" not in result.stdout + result.stderr
    assert result.stderr == "gatherchatd: the environment variable GATHER_LISEN is no setting\n"


@pytest.mark.parametrize("text, words", [
    ("data: x\nlisen: y\n", "{file}:2: there is no setting lisen; is it listen?"),
    ("limits:\n  replay: many\n", "{file}:2: limits.replay takes a number from 0 to 100000"),
    ("data: x\n  loops: 2\n", "{file}:2: this is not YAML: mapping values are not allowed in this context"),
    ("listen: everywhere\n", "{file}:1: listen takes HOST:PORT, an IPv6 host in brackets"),
])
def test_a_fault_in_the_file_names_the_key_and_the_line(tmp_path, text, words):
    settings = tmp_path / "gather.yaml"
    settings.write_text(text)
    for command in ("serve", "config"):
        assert refused(command, "--config", str(settings)) == words.format(file=settings)


def test_what_else_is_set_wrongly_is_one_line_too(tmp_path):
    assert refused("--config", "nowhere.yaml") == "--config nowhere.yaml: there is no such file"
    assert refused(GATHER_LOOPS="0") == "GATHER_LOOPS takes a number from 1 to 256"
    assert refused("--data", "") == "--data takes a folder"
    for url in ("postgres://gather:geh@eim:Pw@127.0.0.1:1/x", "postgres://gather:geh/eim:Pw@127.0.0.1:1/x",
                "postgres://gather:geh?eim@127.0.0.1:1/x"):
        result = gatherchatd("--database", url, "--data", str(tmp_path / "data"))
        words = result.stderr.splitlines()[-1]
        assert result.returncode == 78 and "the PostgreSQL URL: special characters" in words and "eim" not in result.stderr
    assert refused("--web", "8697") == "--web takes HOST:PORT, an IPv6 host in brackets"


ROOT = Path(__file__).resolve().parents[2]


def test_the_examples_are_settings_that_the_server_takes():
    assert gatherchatd("config", "--config", str(ROOT / "examples/gather.yaml")).returncode == 0
    unit = (ROOT / "examples/systemd/gatherchatd.service").read_text()
    command = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    flags = command.split()[2:]
    assert flags[0] == "--config"
    assert gatherchatd("config", *flags[2:]).returncode == 0


def test_each_setting_stands_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    listed = [line.strip(" #").split(":")[0] for line in gatherchatd("config").stdout.splitlines()]
    for name in listed[1:]:
        assert f"`{name}`" in readme or f"`--{name} " in readme or f"`--{name}`" in readme or name == "limits", name
