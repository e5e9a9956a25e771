"""T9: the network between daemons and their database is cut, on either side, without a word to anybody."""

import contextlib
import os
import time

import pytest

from checker import Listener, difference
from daemon import Daemon
from load import Load
from network import Network
from people import resumed
from postgres import Postgres

pytestmark = [pytest.mark.postgres_only, pytest.mark.slow, pytest.mark.timeout(300)]


class RemotePostgres(Postgres):
    """On a host of its own."""

    def __init__(self, host):
        self.host = host
        super().__init__()
        self.database = self.new_database()
        self.stop()
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write("listen_addresses = '*'\n")
        with (self.data / "pg_hba.conf").open("a") as access:
            access.write("host all all 10.78.0.0/16 trust\n")
        self.prefix = host.prefix
        self.start()

    def remote_url(self) -> str:
        return f"postgres://gather@{self.host.back}:{self.port}/{self.database}"


@contextlib.contextmanager
def three_hosts(folder):
    """Two daemons and a database, each on a host of its own."""
    assert os.getuid() == 0, "network namespaces take root"
    network, started = Network(), []
    try:
        database = RemotePostgres(network.host())
        started.append(database)
        for number in range(2):
            host, own = network.host(), folder / f"daemon{number}"
            own.mkdir()
            (folder / "outbox").mkdir(exist_ok=True)
            daemon = Daemon(own, "--database", database.remote_url(), "--listen", f"{host.front}:0", "--mail",
                            f"outbox:{folder}/outbox", "--limits.command-rate", "0", "--limits.connections-per-person", "100",
                            "--limits.connections-per-address", "1000", prefix=host.prefix, plain=False)
            daemon.outbox, daemon.host = folder / "outbox", host
            started.append(daemon)
        yield database, started[1:]
        for daemon in started[1:]:
            daemon.finish()
    finally:
        for one in started[1:]:
            if one.process.poll() is None:
                one.kill()
        for one in started[:1]:
            one.finish()
        network.finish()


@pytest.fixture
def hosts(tmp_path):
    with three_hosts(tmp_path) as made:
        yield made


def through_a_cut(database, daemons, cut_hosts, seconds, room="#load"):
    # Few enough for what waits for those who listen on the daemon that was cut off: it catches up as fast as it reads.
    load = Load(daemons, window=4, room=room, pause=0.01)
    load.settle()
    for host in cut_hosts:
        host.cut()
    time.sleep(seconds)
    for host in cut_hosts:
        host.mend()
    mended = time.monotonic()
    recovered = max(witness.first_success(mended) for witness in load.witnesses)
    load.settle()
    count = load.finish()
    return {"messages": count, "recovered": round(recovered, 3),
            "slowest witness": [round(witness.slowest, 1) for witness in load.witnesses],
            "slowest ping": round(max(witness.slowest_ping for witness in load.witnesses), 3),
            "refused": sum(sender.refused for sender in load.senders)}


@pytest.mark.parametrize("cut", ["the database", "one daemon"])
def test_t9_the_network_is_cut(hosts, cut, capsys):
    database, daemons = hosts
    result = through_a_cut(database, daemons, [database.host if cut == "the database" else daemons[0].host], seconds=12)
    with capsys.disabled():
        print(f"\nT9 {cut} cut off: {result}")
    assert result["slowest ping"] < 1, "who does not need the database does not notice"
    assert result["recovered"] <= 5
    if cut == "one daemon":
        assert result["slowest witness"][1] < 3, "the other daemon goes on"


class Returning:
    """Listens, hangs up while it is cut off, and comes back with since= what it has."""

    def __init__(self, daemon, load):
        self.daemon, self.load, self.read = daemon, load, []
        self.listen()

    def listen(self):
        client = resumed(self.daemon, self.load.tokens["sender2"])
        self.listener = Listener(client, self.load.room, len(self.read))
        self.listener.start()

    def hang_up(self):
        self.listener.client.hang_up()
        self.listener.join(40)
        assert self.listener.problem is None, self.listener.problem
        self.read += self.listener.read

    def await_message(self, number):
        deadline = time.monotonic() + 20
        while len(self.read) + len(self.listener.read) < number:
            assert time.monotonic() < deadline, f"heard {len(self.read) + len(self.listener.read)} of {number}"
            time.sleep(0.02)


def test_t9_people_are_cut_off_from_one_daemon(hosts, capsys):
    """0 lost, 0 repeated after `since=`; who waits for the cable to come back is still connected; the other daemon goes on."""
    _, daemons = hosts
    load = Load(daemons, window=4, pause=0.01)  # few enough, as above
    load.settle()
    returning = [Returning(daemon, load) for daemon in daemons]
    daemons[0].host.cut("front")
    time.sleep(10)
    for one in returning:
        one.hang_up()
    heard = [len(one.read) for one in returning]
    daemons[0].host.mend("front")
    for one in returning:
        one.listen()
    load.settle()
    newest = max(max(sender.acknowledged) for sender in load.senders)
    for one in returning:
        one.await_message(newest)
        one.hang_up()
    count = load.finish()
    reader = resumed(daemons[0], load.tokens["sender2"])
    replay = [(int(row.fields[1]), row.text) for row in reader.ok(f"JOIN {load.room} since=0", timeout=60).rows]
    for one in returning:
        assert one.read == replay[:len(one.read)], difference(one.read, replay)
    assert heard[0] < heard[1], "it was cut off"
    assert load.witnesses[1].slowest < 3 and load.witnesses[1].slowest_ping < 1
    with capsys.disabled():
        print(f"\nT9 people cut off: {count} messages, heard {heard} meanwhile")
