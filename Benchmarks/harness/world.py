"""Accounts, rooms and tokens for gatherchatd, made once a run and copied for each start.

Two people sign up, make a room and come in as people do. Other rooms and people are copies of these in the stopped daemon's embedded
database: each password costs a tenth of a second by design, and each room some commits, so thousands would take minutes. Tokens of
the copies are signed with the server's own key and outlive the run.
"""

import base64
import hashlib
import hmac
import random
import re
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path

import processes
from wire import GatherWire

PASSWORD = "a long enough password"
FAR = 20 * 365 * 86400  # seconds


@dataclass(frozen=True)
class Room:
    name: str
    members: int
    windows: int = 0  # of each member, see `staircase`


@dataclass
class World:
    """`accounts` people; each room holds the first of them."""

    accounts: int
    rooms: list[Room]
    folder: Path = field(default_factory=lambda: processes.new_folder("world"))
    tokens: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def token_file(self, count: int) -> Path:
        path = self.folder / f"tokens-{count}"
        if not path.exists():
            path.write_text("".join(f"{token}\n" for token in self.tokens[:count]))
        return path

    def make(self, launch) -> None:
        """`launch(data)` starts a daemon on that folder and gives its port and a function that stops it."""
        port, stop = launch(self.data)
        owner, member = self._sign_up(port, "bench0"), self._sign_up(port, "bench1")
        first = self.rooms[0].name
        owner.ask(f"CREATE {first}", f"LEAVE {first}")
        member.ask(f"JOIN {first} {owner.ask(f'INVITE {first}')[0].split()[3]}")
        self.tokens = [wire.ask("TOKEN ISSUE bench")[0].split()[4] for wire in (owner, member)]
        # It tells in what unit windows are kept.
        owner.ask(f"AVAIL {first} {iso(first_day())} 1h")
        for wire in (owner, member):
            wire.close()
        stop()
        with sqlite3.connect(self.data / "gather.sqlite") as database:
            numbers = self._copy_rooms(database)
            self._copy_people(database, numbers)
            self._add_windows(database, numbers)

    def _sign_up(self, port: int, name: str) -> GatherWire:
        wire = GatherWire(port)
        wire.ask(f"SIGNUP {name} {name}@example.org {PASSWORD}")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for mail in (self.data / "outbox").glob("*.eml"):
                found = re.search(r"^(VERIFY \S+)\r?$", mail.read_text(), re.MULTILINE)
                if found:
                    mail.unlink()
                    wire.ask(found.group(1))
                    return wire
            time.sleep(0.02)
        raise RuntimeError("no mail of SIGNUP")

    def _copy_rooms(self, database: sqlite3.Connection) -> list[int]:
        """The rooms' numbers in the database, in order."""
        first, folded = database.execute("SELECT id, folded FROM room").fetchone()
        sign = folded[:folded.index(self.rooms[0].name[1:])]
        numbers = [first]
        for room in self.rooms[1:]:
            numbers.append(copy(database, "room", "id = ?", first, skip="id", name=room.name, folded=sign + room.name[1:]))
            copy(database, "member", "room = ?", first, room=numbers[-1])
        return numbers

    def _copy_people(self, database: sqlite3.Connection, rooms: list[int]) -> None:
        def one(statement, *values):
            return database.execute(statement, values).fetchone()

        key = one("SELECT value FROM setting WHERE name = 'token key'")[0]
        account = one("SELECT id FROM account WHERE folded = 'bench1'")[0]
        family = one("SELECT id FROM token_family WHERE account = ?", account)[0]
        created, expires = one("SELECT created FROM account WHERE id = ?", account)[0], one("SELECT max(expires) FROM token")[0]
        # In whatever unit it counts.
        database.execute("UPDATE token SET expires = ?", (expires + FAR * max(1, round(created / time.time())),))
        made = random.Random(1)
        for number in range(2, self.accounts):
            name = f"bench{number}"
            new = copy(database, "account", "id = ?", account, skip="id", name=name, folded=name, email=f"{name}@example.org",
                       email_folded=f"{name}@example.org")
            new_family = copy(database, "token_family", "id = ?", family, skip="id", account=new)
            token = signed_token(key, made.randbytes(14))
            copy(database, "token", "family = ? AND NOT is_refresh LIMIT 1", family, hash=hashlib.sha256(token.encode()).digest(), family=new_family)
            self.tokens.append(token)
            for room, described in zip(rooms, self.rooms):
                if number < described.members:
                    copy(database, "member", f"account = ? AND room = {room}", account, account=new, sequence=number + 1)

    def _add_windows(self, database: sqlite3.Connection, rooms: list[int]) -> None:
        start, stop = database.execute("SELECT start, stop FROM availability").fetchone()
        hour = stop - start
        database.execute("DELETE FROM availability")
        accounts = [number for (number,) in database.execute("SELECT id FROM account ORDER BY id")]
        for room, described in zip(rooms, self.rooms):
            people = range(described.members if described.windows else 0)
            database.executemany("INSERT INTO availability (room, account, start, stop) VALUES (?, ?, ?, ?)", (
                (room, accounts[person], start + begin * hour // 60, start + end * hour // 60)
                for person in people for begin, end in staircase(person, described.members, described.windows)))


def chat() -> World:
    """Rooms of 256 people, and one of everybody."""
    return World(2000, [*(Room(f"#bench{number}", 256) for number in range(50)), Room("#crowd0", 2000)])


def many_rooms() -> World:
    return World(2, [Room(f"#bench{number}", 2) for number in range(5000)])


def histories() -> World:
    return World(2, [Room(f"#history{size}x0", 2) for size in HISTORIES])


def planning() -> World:
    """A room for each number of people and of windows."""
    sizes = [(20, 20), *((people, windows) for people in PLANNERS for windows in PLANNED)]
    return World(max(PLANNERS), [Room(f"#when{people}x{windows}", people, windows) for people, windows in sizes])


HISTORIES = tuple(10**power for power in range(3, 7))
PLANNERS, PLANNED = (10, 30, 100, 300, 1000), (2, 20, 200)
WORLDS = {"chat": chat, "rooms": many_rooms, "history": histories, "planning": planning}


def staircase(person: int, people: int, windows: int):
    """Minutes of a person's windows: twelve hours of each day, and each person begins a step after the one before, so that the set
    of those who are free changes all the time."""
    step = max(1, 660 // people) if people <= 660 else 1
    for day in range(windows):
        begin = day * 1440 + (person * step) % 700
        yield begin, begin + 720


def first_day() -> float:
    return (time.time() // 86400 + 30) * 86400


def iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(moment))


def copy(database: sqlite3.Connection, table: str, where: str, value, skip: str = "", **changes) -> int:
    """Copies a row (or several) with other values in some columns; the last new row's id."""
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] != skip]
    chosen = ", ".join(f":{name}" if name in changes else name for name in columns)
    where = where.replace("?", ":where")
    return database.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} WHERE {where}", {**changes, "where": value}).lastrowid


def signed_token(key: bytes, identifier: bytes) -> str:
    """An access token as the server would have made it."""
    signature = hmac.new(key, b"quickgather token 1 access\0" + identifier, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(identifier + signature).decode()
