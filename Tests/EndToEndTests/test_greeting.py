"""First words and last: section 13."""

import socket
import ssl
import time

import pytest

from client import Client, SocketTransport
from daemon import SERVER

pytestmark = pytest.mark.sqlite_only  # the first lines are the same on every store


def test_the_greeting_welcomes_and_says_what_to_type(daemon):
    """:<server> NOTICE * :Welcome to QuickGather … first, then notices that say what to type: SIGNUP, LOGIN, HELP."""
    client = daemon.connect()
    client.ok("PING x")
    lines = client.greeting + list(client.events)
    assert all(line.source == SERVER and line.verb == "NOTICE" and line.target == "*" for line in lines)
    assert lines[0].text.startswith("Welcome to QuickGather")
    words = " ".join(line.text for line in lines)
    assert all(verb in words for verb in ("SIGNUP", "LOGIN", "HELP"))


@pytest.mark.parametrize("line", [
    "CAP LS 302", "NICK bob", "USER bob 0 * :Bob", "PASS x", "GET / HTTP/1.1", "POST / HTTP/1.1", "PUT / HTTP/1.1", "HEAD / HTTP/1.1",
    "OPTIONS * HTTP/1.1", "CONNECT a:1 HTTP/1.1", "cap ls"])
def test_other_protocols_are_told_so_and_closed(daemon, line):
    """First verb CAP, NICK …: ERROR :This server speaks the QuickGather protocol …, closed."""
    client = daemon.connect()
    client.send_raw(line.encode() + b"\r\n\r\n")
    assert client.expect_goodbye().text.startswith("This server speaks the QuickGather protocol")


def test_later_such_a_verb_is_just_unknown(daemon):
    client = daemon.connect()
    client.ok("PING x")
    client.fail("NICK bob", "UNKNOWN_COMMAND")


def test_too_many_connections_are_told_inside_tls(own):
    daemon = own("--limits.connections", "2")
    kept = [daemon.connect(), daemon.connect()]
    third = Client(SocketTransport(daemon.tls, True), greeting=False)
    assert third.expect_goodbye().text
    kept[0].close()
    assert daemon.connect_when_possible().ok("PING x")


def test_connections_an_address_are_limited_unless_exempt(own):
    daemon = own("--limits.connections-per-address", "2", "--limits.exempt", "192.0.2.1")
    first, second = daemon.connect(), daemon.connect()
    third = Client(SocketTransport(daemon.tls, True), greeting=False)
    assert third.expect_goodbye().text
    first.ok("PING x"), second.ok("PING x")


def test_nobody_logged_in_in_time(own):
    daemon = own("--limits.login-grace", "1")
    client = daemon.connect()
    assert client.expect_goodbye(timeout=5).text


def test_a_plain_text_peer_at_the_tls_door_harms_nobody(daemon, people):
    stranger = SocketTransport(daemon.tls, False)
    stranger.send(b"HELP\r\n" * 100)
    people.log_in("alice").ok("PING x")
    stranger.close()


def test_a_half_closed_connection_is_answered_before_it_ends(daemon):
    """What a person piping lines into nc -N expects."""
    client = daemon.connect(tls=False)
    client.send_all(["PING a", "HELP ping", "PING b"])
    client.finish_sending()
    assert [client.answer().ok for _ in range(3)] == [True] * 3
    client.expect_end()


def speaking(version: ssl.TLSVersion, purpose: int) -> ssl.SSLContext:
    """This version alone, as weak as it may be."""
    context = ssl.SSLContext(purpose)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.1", "1.2", "1.3"])
def test_tls_is_1_2_or_newer(daemon, version):
    """TLS 1.2 or newer"""
    client, server = speaking(version, ssl.PROTOCOL_TLS_CLIENT), speaking(version, ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(daemon.data / "tls-cert.pem", daemon.data / "tls-key.pem")
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)
    for side in sides * 3:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass
    assert sides[0].version() == version.name.replace("_", "."), "this client speaks it"
    with socket.create_connection(daemon.tls, 10) as peer:
        if version is ssl.TLSVersion.TLSv1_1:
            with pytest.raises(ssl.SSLError, match="TLSV1_ALERT_PROTOCOL_VERSION"):
                client.wrap_socket(peer)
        else:
            with client.wrap_socket(peer) as secured:
                assert secured.version() == version.name.replace("_", ".")
                assert secured.recv(100).startswith(b":chat.test NOTICE")


def test_a_peer_that_never_begins_tls_is_closed(daemon, people):
    """own handshake timer 10 s"""
    silent = SocketTransport(daemon.tls, False)
    started = time.monotonic()
    assert silent.receive(20) == b""
    assert 8 < time.monotonic() - started < 15
    people.log_in("alice").ok("PING x")
