"""Accounts for tests: each made once for a daemon, as a person would make it."""

from __future__ import annotations

from collections import deque

from client import Client
from daemon import Daemon

PASSWORD = "a long enough password"


class People:
    def __init__(self, daemon: Daemon):
        self.daemon = daemon
        self.known: set[str] = set()

    def address(self, name: str) -> str:
        return f"{name.lower()}@example.org"

    def sign_up(self, name: str) -> Client:
        client = self.daemon.connect()
        client.ok(f"SIGNUP {name} {self.address(name)} {PASSWORD}")
        client.ok(self.daemon.mailed_line(self.address(name), "VERIFY"))
        self.known.add(name)
        return self._known(client, name)

    def log_in(self, name: str, tls: bool = True) -> Client:
        """A new connection of this person, who signs up first if need be."""
        if name not in self.known:
            return self.sign_up(name)
        client = self.daemon.connect(tls=tls)
        client.ok(f"LOGIN {name} {PASSWORD}")
        return self._known(client, name)

    @staticmethod
    def _known(client: Client, name: str) -> Client:
        """The notices of the greeting are passed over here."""
        client.person = name
        client.events = deque(event for event in client.events if event.verb != "NOTICE")
        return client

    def all(self, *names: str) -> list[Client]:
        return [self.log_in(name) for name in names]


def resumed(daemon: Daemon, token: str) -> Client:
    """A new connection, by an access token."""
    client = daemon.connect()
    client.ok(f"RESUME {token}")
    return client


def make_room(owner: Client, room: str, *others: Client, topic: str = "") -> None:
    """A room of these people, all of whom listen; nothing of it waits as an event."""
    owner.ok(f"CREATE {room} {topic}".rstrip())
    if others:
        code = owner.ok(f"INVITE {room}").fields[1]
        for other in others:
            other.ok(f"JOIN {room} {code}")
    for client in (owner, *others):
        client.forget_events()
