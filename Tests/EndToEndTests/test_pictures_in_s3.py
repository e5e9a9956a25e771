"""Pictures in S3: section 10, over a real server that checks every signature."""

import hashlib
import subprocess
import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

import pictures
from daemon import binary
from mailserver import Authority, free_port, wait_for
from people import PASSWORD, People, make_room
from s3server import S3, FaultyProxy
from test_avatars import fetch, upload

# Whatever store the accounts are in.
pytestmark = pytest.mark.sqlite_only

RED, BLUE = pictures.png(32, 32), pictures.png(32, 32, lambda x, y: (0, 0, 255))
DEFAULT = "3ffd74423462f27219f66a8d81d6bff4f5ad1a39dd9628e31b71d1c241d49dbd"
UNAVAILABLE = "HTTP/1.1 503 Slow Down\r\nContent-Length: 62\r\nConnection: close\r\n\r\n<Error><Code>SlowDown</Code><Message>later</Message></Error>  "


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    server = S3(tmp_path_factory.mktemp("s3"))
    yield server
    server.finish()


@pytest.fixture
def proxy(s3):
    proxy = FaultyProxy(s3.port)
    yield proxy
    proxy.finish()


@pytest.fixture
def elsewhere(s3):
    """Another server."""
    other = FaultyProxy(s3.port)
    yield other
    other.finish()


@pytest.fixture
def picturing(own, s3):
    """Starts daemons with pictures in S3; none may tell the keys."""

    def start(url: str, **variables: str):
        variables = s3.keys | variables
        daemon = own("--blobs", url, "--limits.command-rate", "0", "--limits.avatars-per-hour", "1000",
                     prefix=("env", *(f"{name}={value}" for name, value in variables.items())))
        daemon.secrets |= set(s3.keys.values())
        return daemon

    return start


def told(daemon, what: str) -> list[str]:
    return [line for line in daemon.log.read_text().splitlines() if what in line]


def web(daemon, digest: str):
    """Status and body."""
    try:
        with urlopen(f"http://127.0.0.1:{daemon.web[1]}/avatar/{digest}.png", timeout=60) as response:
            return response.status, response.read()
    except HTTPError as error:
        return error.code, b""


def test_a_picture_goes_up_to_the_bucket_and_comes_back_everywhere(picturing, s3, proxy):
    # No proxy of the environment is asked.
    nobody = f"http://127.0.0.1:{free_port()}"
    daemon = picturing(s3.url("chat/v1", port=proxy.port), http_proxy=nobody, ALL_PROXY=nobody)
    assert f"chat/v1/{DEFAULT}.png" in s3.objects("chat/v1/")
    alice, bob = People(daemon).all("alice", "bob")
    make_room(alice, "#a", bob)
    url, kind, size, digest = upload(alice, RED).fields
    assert url == f"http://127.0.0.1:{daemon.web[1]}/avatar/{digest}.png", "the URL is that of the web door, whatever the store"
    bob.expect("AVATAR", "#a", "alice", fields=(url,))
    stored = s3.objects("chat/v1/")[f"chat/v1/{digest}.png"]
    assert hashlib.sha256(stored).hexdigest() == digest and len(stored) == int(size)
    assert s3.client.head_object(Bucket=s3.BUCKET, Key=f"chat/v1/{digest}.png")["ContentType"] == "image/png"
    assert fetch(bob, "alice") == stored and web(daemon, digest) == (200, stored)
    replaced = upload(alice, BLUE).fields[3]
    assert set(s3.objects("chat/v1/")) == {f"chat/v1/{name}.png" for name in (DEFAULT, replaced)}
    assert web(daemon, digest)[0] == 404 and web(daemon, "0" * 64)[0] == 404
    alice.ok("AVATAR REMOVE")
    assert set(s3.objects("chat/v1/")) == {f"chat/v1/{DEFAULT}.png"}
    assert not any("expect" in head.lower() for head in proxy.heads)


def test_a_picture_is_asked_for_once_and_after_a_restart_again(picturing, s3, proxy):
    daemon = picturing(s3.url("cache", port=proxy.port))
    alice = People(daemon).log_in("alice")
    digest = upload(alice, RED).fields[3]
    assert daemon.stop() == 0
    daemon.restart()
    proxy.requests.clear()
    pictures_seen = {web(daemon, digest) for _ in range(5)}
    assert proxy.requests == ["GET"] and len(pictures_seen) == 1
    proxy.fault = "close"
    assert web(daemon, digest)[0] == 200


def test_a_session_token_is_signed_and_sent(picturing, s3, proxy):
    proxy.fault = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"  # moto knows no such token
    daemon = picturing(s3.url("token", port=proxy.port), AWS_SESSION_TOKEN="a-token-that-was-lent")
    daemon.secrets.add("a-token-that-was-lent")
    head = proxy.heads[0]
    assert "x-amz-security-token: a-token-that-was-lent" in head
    assert "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token" in head


@pytest.mark.parametrize("fault", ["HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", UNAVAILABLE, "close"], ids=["500", "503", "closed"])
def test_a_fault_that_passes_is_not_seen_and_each_try_is_signed(picturing, s3, proxy, fault):
    daemon = picturing(s3.url("passing", port=proxy.port))
    alice = People(daemon).log_in("alice")
    proxy.requests.clear(), proxy.signatures.clear()
    proxy.fault, proxy.times = fault, 2
    assert upload(alice, RED).ok
    assert proxy.requests == ["PUT"] * 3 and all(proxy.signatures)
    assert not told(daemon, "the store of pictures does not work")


def test_while_it_fails_the_old_picture_stays_and_the_connection_lives(picturing, s3, proxy):
    """FAIL AVATAR TEMPORARILY_UNAVAILABLE; nothing was changed"""
    daemon = picturing(s3.url("failing", port=proxy.port))
    alice = People(daemon).log_in("alice")
    digest = upload(alice, RED).fields[3]
    for fault in (UNAVAILABLE, "close"):
        proxy.fault = fault
        answer = upload(alice, BLUE)
        assert answer.final.words[1] == "AVATAR" and answer.code == "TEMPORARILY_UNAVAILABLE"
        assert alice.ok("AVATAR GET").fields[4] == digest
        assert web(daemon, "1" * 64)[0] == 503
    assert len(told(daemon, "the store of pictures does not work")) == 1, "said once"
    proxy.fault = None
    assert upload(alice, BLUE).ok
    assert len(told(daemon, "the store of pictures works again")) == 1


def test_a_refusal_is_told_by_its_code(picturing, s3, proxy):
    daemon = picturing(s3.url("refusing", port=proxy.port))
    alice = People(daemon).log_in("alice")
    body = "<Error><Code>AccessDenied</Code><Message>alice@example.org may not</Message></Error>"
    proxy.fault = f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    proxy.requests.clear()
    assert upload(alice, RED).code == "TEMPORARILY_UNAVAILABLE"
    assert proxy.requests == ["PUT"], "what is refused is not tried again"
    assert 'reason="refused: AccessDenied"' in told(daemon, "the store of pictures does not work")[0]


def test_a_picture_that_is_not_what_its_name_says_is_shown_to_nobody(picturing, s3):
    daemon = picturing(s3.url("damaged"))
    digest = upload(People(daemon).log_in("alice"), RED).fields[3]
    assert daemon.stop() == 0
    s3.client.put_object(Bucket=s3.BUCKET, Key=f"damaged/{digest}.png", Body=b"something else")
    daemon.restart()
    assert web(daemon, digest)[0] == 503
    client = daemon.connect()
    client.ok(f"LOGIN alice {PASSWORD}")
    client.fail("AVATAR FETCH", "TEMPORARILY_UNAVAILABLE")


def served(content: str) -> str:
    """An answer whose length is not said beforehand."""
    return f"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{content}"


def test_an_answer_longer_than_a_mebibyte_is_read_no_further(picturing, s3, proxy):
    daemon = picturing(s3.url("long", port=proxy.port))
    for size, status in ((1_048_576, 200), (1_048_577, 503)):
        content = "x" * size
        proxy.fault = served(content)
        assert web(daemon, hashlib.sha256(content.encode()).hexdigest())[0] == status, size
    assert 'reason="the answer is too long' in told(daemon, "the store of pictures does not work")[0]


def test_no_redirect_is_followed(picturing, s3, proxy, elsewhere):
    daemon = picturing(s3.url("moved", port=proxy.port))
    digest = hashlib.sha256(b"what is there").hexdigest()
    elsewhere.fault = served("what is there")
    for status in (301, 302, 303, 307, 308):
        proxy.fault = f"HTTP/1.1 {status} There\r\nLocation: http://127.0.0.1:{elsewhere.port}/x.png\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        assert web(daemon, digest)[0] == 503
        assert elsewhere.connections == 0, status


def test_nothing_is_said_to_a_server_that_cannot_show_who_it_is(picturing, s3, proxy, tmp_path):
    """peer and host verified"""
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    proxy.context = authority.server("DNS:localhost")
    daemon = picturing(s3.url("secured", port=proxy.port, server="https://localhost", query=f"&ca={authority.certificate}"))
    alice = People(daemon).log_in("alice")
    assert upload(alice, RED).ok and proxy.received.startswith(b"PUT /pictures/secured/")
    for wrong in (stranger.server("DNS:localhost"), authority.server("DNS:pictures.test")):
        proxy.context, proxy.connections, proxy.received = wrong, 0, b""
        assert upload(alice, BLUE).code == "TEMPORARILY_UNAVAILABLE"
        assert proxy.connections == 3 and proxy.received == b""
    assert "the server's certificate is not trusted (libcurl 60)" in told(daemon, "the store of pictures does not work")[0]
    proxy.context = authority.server("DNS:localhost")
    assert upload(alice, BLUE).ok


def test_a_store_that_hangs_holds_nobody_else_and_not_the_end(picturing, s3, proxy):
    """exit 0 within 10 s; a witness is answered within a second"""
    daemon = picturing(s3.url("hanging", port=proxy.port))
    alice, bob = People(daemon).all("alice", "bob")
    proxy.fault, count = "hang", len(proxy.requests)
    upload(alice, RED, end=False)
    alice.send("AVATAR END")
    wait_for(lambda: len(proxy.requests) > count, "the picture to be sent")
    for _ in range(5):
        bob.ok("PING x", timeout=1)
        bob.ok("WHOAMI", timeout=1)
    begun = time.monotonic()
    assert daemon.stop() == 0 and time.monotonic() - begun < 10
    proxy.fault = None
    daemon.restart()


# -- the start

def start(tmp_path, url: str, variables: dict[str, str]):
    return subprocess.run(
        ["env", "-u", "AWS_ACCESS_KEY_ID", "-u", "AWS_SECRET_ACCESS_KEY", *(f"{name}={value}" for name, value in variables.items()),
         str(binary()), "--data", str(tmp_path), "--blobs", url, "--web", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
        capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("why", ["no such bucket", "a wrong secret", "an unknown key", "a wrong region", "no keys", "half of the keys", "no bucket", "keys in the URL"])
def test_what_only_the_operator_can_mend_is_one_line_and_exit_78(tmp_path, s3, why):
    url, keys = s3.url("x"), dict(s3.keys)
    said = {"no such bucket": "NoSuchBucket", "a wrong secret": "SignatureDoesNotMatch", "an unknown key": "InvalidAccessKeyId",
            "no keys": "AWS_ACCESS_KEY_ID", "half of the keys": "AWS_SECRET_ACCESS_KEY", "keys in the URL": "takes no keys"}.get(why, "")
    if why == "no such bucket":
        url = s3.url("x", bucket="nowhere")
    elif why == "a wrong secret":
        keys["AWS_SECRET_ACCESS_KEY"] = "geheim"
    elif why == "an unknown key":
        keys["AWS_ACCESS_KEY_ID"] = "AKIAGEHEIM"
    elif why == "a wrong region":
        url = url.replace("eu-central-1", "eu_central")
    elif why == "no keys":
        keys = {}
    elif why == "half of the keys":
        del keys["AWS_SECRET_ACCESS_KEY"]
    elif why == "no bucket":
        url = "s3://?region=geheim"
    elif why == "keys in the URL":
        url = url.replace("s3://", "s3://AKIA:geheim@")
    run = start(tmp_path, url, keys)
    lines = [line for line in run.stderr.splitlines() if " notice " not in line]
    assert run.returncode == 78 and run.stdout == "" and len(lines) == 1, run
    assert lines[0].startswith("gatherchatd: --blobs") and said in lines[0]
    assert not any(secret in run.stderr for secret in ("geheim", *keys.values()))


def test_a_store_that_cannot_be_reached_is_a_warning_and_people_chat(picturing, s3):
    daemon = picturing(s3.url("x", port=free_port()))
    assert "no connection" in told(daemon, "the default picture could not be stored")[0]
    alice, bob = People(daemon).all("alice", "bob")
    make_room(alice, "#a", bob)
    alice.ok("MSG #a hello")
    bob.expect("MSG", "#a", "alice", text="hello")
    assert web(daemon, DEFAULT)[0] == 200 and fetch(alice, "alice")
    assert upload(alice, RED).code == "TEMPORARILY_UNAVAILABLE"
    assert not told(daemon, "the store of pictures does not work"), "said at the start"
