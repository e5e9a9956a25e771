import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import shims  # noqa: E402
from daemon import STORE, Daemon  # noqa: E402
from people import People  # noqa: E402
from postgres import Postgres, Server, finish_shared_server, shared_server  # noqa: E402
from proxy import Proxy  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def quick_passwords(tmp_path_factory):
    """Passwords are hashed slowly on purpose; the tests that are about that ask for real ones."""
    Daemon.quick_passwords = shims.build(tmp_path_factory.mktemp("passwords"), "quick_passwords", "-lcrypto")


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


class Pair:
    """Two daemons on one database, with one folder of pictures and one outbox, as an operator would set them up."""

    def __init__(self, folder: Path, url: str, *flags: str):
        self.folder, self.url, self.flags = folder, url, flags
        (folder / "outbox").mkdir(parents=True)
        self.daemons = [self.start(number) for number in range(2)]

    def start(self, number: int) -> Daemon:
        folder = self.folder / f"daemon{number}"
        folder.mkdir()
        daemon = Daemon(folder, "--database", self.url, "--mail", f"outbox:{self.folder / 'outbox'}", "--blobs",
                        f"folder:{self.folder / 'avatars'}", "--limits.command-rate", "0",
                        "--limits.connections-per-person", "100", *self.flags)
        daemon.outbox = self.folder / "outbox"
        return daemon

    def finish(self):
        for daemon in self.daemons:
            daemon.finish()


@pytest.fixture(scope="session")
def browser():
    """One browser for all tests; each opens windows of its own."""
    from browser import Browser  # what needs no browser runs without Playwright

    browser = Browser()
    yield browser
    browser.finish()


@pytest.fixture
def server():
    """The PostgreSQL that all tests share, and a database of this test's own."""
    shared = shared_server()
    shared.database = shared.new_database()
    yield shared
    shared.drop_database(shared.database)


@pytest.fixture
def postgres():
    """A PostgreSQL of this test's own, to be mistreated."""
    own = Postgres()
    own.database = own.new_database()
    yield own
    own.finish()


@pytest.fixture
def proxies():
    """Proxies in front of a PostgreSQL."""
    started = []

    def start(target: Server) -> Proxy:
        started.append(Proxy(target.port))
        return started[-1]

    yield start
    for proxy in started:
        proxy.finish()


@pytest.fixture
def pair(tmp_path):
    """Starts two daemons on a database."""
    started = []

    def start(url: str, *flags: str) -> Pair:
        started.append(Pair(tmp_path / f"pair{len(started)}", url, *flags))
        return started[-1]

    yield start
    for two in started:
        two.finish()


def pytest_collection_modifyitems(config, items):
    """Each run holds the tests of one store; those that mean one store alone are in its run only."""
    other = "sqlite_only" if STORE == "postgres" else "postgres_only"
    kept = [item for item in items if not item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker(other)])
    items[:] = kept


_numbers = itertools.count(1)


@pytest.fixture
def room():
    """The name of a room that nobody has used."""
    return f"#room-{next(_numbers)}"


def pytest_sessionfinish(session, exitstatus):
    """A run that skipped a test fails."""
    finish_shared_server()
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = 1
