"""Every page that a mailed link can lead to, reached as people reach it."""

from __future__ import annotations

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

# The flags of a daemon that counts the wrong links of this machine, and bears two of them.
STRICT = ("--limits.exempt", "192.0.2.1", "--limits.login-failures-per-address", "2")


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


def open_all(browser: Browser, daemon: Daemon, clock: Clock, strict: Daemon) -> dict[str, View]:
    """Every page, each in a window of its own."""
    links, views = Links(daemon), {}

    def shown(name: str, url: str, press: bool = False) -> View:
        views[name] = browser.open(url)
        if press:
            views[name].press()
        return views[name]

    # Three sign-ups, of which one wins the name from the first and the address from the last.
    first = links.new_account(LONGEST_NAME)
    winner = links.new_account(LONGEST_NAME, "shared@example.org")
    last = links.new_account("carol", "shared@example.org")
    shown("new account", first)
    shown("welcome", winner, press=True)
    shown("already used", winner)
    shown("name taken", first, press=True)
    shown("address taken", last, press=True)
    clock.set(25 * HOUR)
    shown("expired", first)
    clock.set(0)

    client = daemon.connect()
    client.ok(f"LOGIN {LONGEST_NAME} {PASSWORD}")
    shown("new address", links.new_address(client, "first@example.org"))
    shown("address changed", links.new_address(client, "second@example.org"), press=True)

    shown("unknown", links.unknown)
    for _ in range(3):
        shown("too many tries", Links(strict).unknown)
    return views
