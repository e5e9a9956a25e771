"""Every page that a mailed link can lead to, reached as people reach it."""

from __future__ import annotations

from pathlib import Path

from browser import Browser, View
from client import Client
from daemon import Daemon
from people import PASSWORD
from wall_clock import HOUR, Clock

# The status with which each page comes.
STATUSES = {
    "new account": 200, "welcome": 200, "new address": 200, "address changed": 200, "already used": 410, "expired": 410,
    "unknown": 404, "name taken": 409, "address taken": 409, "too many tries": 429,
}
LONGEST_NAME = "W" * 32  # the widest letter, as often as a username may have it


def link(daemon: Daemon, line: str) -> str:
    """The link under a mail's VERIFY line."""
    return f"http://127.0.0.1:{daemon.web[1]}/verify/{line.split(' ')[1]}"


class Links:
    """Links of mails from one daemon."""

    def __init__(self, daemon: Daemon):
        self.daemon = daemon

    def signup(self, name: str, address: str | None = None) -> str:
        """The VERIFY line of a new account that waits for it."""
        address = address or f"{name.lower()}@example.org"
        client = self.daemon.connect()
        client.ok(f"SIGNUP {name} {address} {PASSWORD}")
        client.close()
        return self.daemon.mailed_line(address, "VERIFY")

    def new_account(self, name: str, address: str | None = None) -> str:
        return link(self.daemon, self.signup(name, address))

    def new_address(self, client: Client, address: str) -> str:
        client.ok(f"SET EMAIL {address}")
        return link(self.daemon, self.daemon.mailed_line(address, "VERIFY"))

    @property
    def unknown(self) -> str:
        return link(self.daemon, "VERIFY x")


def strict(folder: Path) -> Daemon:
    """A daemon that counts the wrong links of this machine, and bears two of them."""
    return Daemon(folder, "--limits.exempt", "192.0.2.1", "--limits.login-failures-per-address", "2")


def open_all(browser: Browser, daemon: Daemon, clock: Clock, strict: Daemon) -> dict[str, View]:
    """Every page, each in a window of its own."""
    links, views = Links(daemon), {}

    def shown(name: str, url: str, press: bool = False) -> View:
        views[name] = browser.open(url)
        if press:
            views[name].press()
        return views[name]

    shown("new account", links.new_account(LONGEST_NAME))
    shown("welcome", used := links.new_account(LONGEST_NAME, "longest@example.org"), press=True)
    shown("already used", used)

    client = daemon.connect()
    client.ok(f"LOGIN {LONGEST_NAME} {PASSWORD}")
    shown("new address", links.new_address(client, "first@example.org"))
    shown("address changed", links.new_address(client, "second@example.org"), press=True)

    late = links.new_account("bob", "late@example.org")
    daemon.connect().ok(links.signup("bob"))
    shown("name taken", late, press=True)

    late = links.new_account("carol", "shared@example.org")
    daemon.connect().ok(links.signup("carola", "shared@example.org"))
    shown("address taken", late, press=True)

    old = links.new_account("dave")
    clock.set(25 * HOUR)
    shown("expired", old)
    clock.set(0)

    shown("unknown", links.unknown)
    for _ in range(3):
        shown("too many tries", Links(strict).unknown)
    return views
