import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from daemon import Daemon  # noqa: E402
from people import People  # noqa: E402


@pytest.fixture(scope="session")
def shared_daemon(tmp_path_factory):
    """One daemon for all tests that need no settings of their own."""
    daemon = Daemon(tmp_path_factory.mktemp("shared"), "--limits.rooms-per-person", "1000",
                    "--limits.connections-per-person", "200", "--limits.command-rate", "0")
    yield daemon
    daemon.finish()


@pytest.fixture(scope="session")
def people(shared_daemon):
    return People(shared_daemon)


@pytest.fixture
def daemon(shared_daemon):
    yield shared_daemon
    for client in shared_daemon.clients:
        client.close()
    shared_daemon.clients.clear()


@pytest.fixture
def own(tmp_path):
    """Starts daemons with flags of their own; each is checked at the end."""
    started = []

    def start(*flags, **options):
        folder = tmp_path / f"daemon{len(started)}"
        folder.mkdir()
        started.append(Daemon(folder, *flags, **options))
        return started[-1]

    yield start
    for daemon in started:
        daemon.finish()


_numbers = itertools.count(1)


@pytest.fixture
def room():
    """The name of a room that nobody has used."""
    return f"#room-{next(_numbers)}"


def pytest_sessionfinish(session, exitstatus):
    """A run that skipped a test fails."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = 1
