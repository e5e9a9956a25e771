"""The way of a mailed link, clicked in a real browser without JavaScript: the web door; section 11."""

import re
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from colours import contrast
from people import PASSWORD
from wall_clock import HOUR, Clock, build_shim
from web_pages import STRICT, Links


@pytest.fixture
def links(daemon):
    return Links(daemon)


@pytest.fixture
def fresh(request):
    """A username that nobody has."""
    return "w" + re.sub(r"[^a-z0-9]", "", request.node.name.lower())[-28:]


def ask(url, method="GET", **headers):
    """As programs do that are no browser: the status, the headers, the body."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request(method, parts.path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_the_button_makes_the_account(browser, links, daemon, fresh):
    view = browser.open(links.new_account(fresh))
    view.press()
    assert (view.response.status, view.heading) == (200, f"Welcome, {fresh}")
    daemon.connect().ok(f"LOGIN {fresh} {PASSWORD}")


def test_the_button_changes_the_address(browser, links, daemon, fresh):
    client = daemon.connect()
    client.ok(links.signup(fresh))
    view = browser.open(links.new_address(client, f"new-{fresh}@example.org"))
    assert client.ok("WHOAMI").fields[1] == f"{fresh}@example.org"
    view.press()
    assert (view.response.status, view.heading) == (200, "Address changed")
    assert client.ok("WHOAMI").fields[1] == f"new-{fresh}@example.org"


def test_a_link_that_is_looked_at_is_not_used(browser, links, daemon, fresh):
    """whose page creates nothing before a POST: programs follow the links of a mail, and browsers fetch ahead"""
    url = links.new_account(fresh)
    view = browser.open(url)
    for method, headers in (("HEAD", {}), ("GET", {}), ("GET", {"Sec-Purpose": "prefetch"}), ("GET", {"Range": "bytes=0-99"}),
                            ("OPTIONS", {}), ("PUT", {}), ("HEAD", {})):
        ask(url, method, **headers)
    for _ in range(3):
        assert ask(url)[0] == 200
    daemon.connect().fail(f"LOGIN {fresh} {PASSWORD}", "INVALID_CREDENTIALS")
    view.press()
    assert view.response.status == 200
    daemon.connect().ok(f"LOGIN {fresh} {PASSWORD}")


def test_head_is_what_get_says(links, fresh):
    """A program that checks a link by HEAD finds it well."""
    url = links.new_account(fresh)
    for target in (url, links.unknown):
        (status, headers, body), (expected, others, page) = ask(target, "HEAD"), ask(target)
        assert (status, body) == (expected, b"")
        assert headers["content-length"] == str(len(page))
        for name in ("content-type", "content-security-policy", "cache-control", "referrer-policy"):
            assert headers[name] == others[name]


def test_a_second_press_says_that_the_first_one_worked(browser, links, daemon, fresh):
    """As after a double click, when the browser shows the answer to the second."""
    view = browser.open(url := links.new_account(fresh))
    assert ask(url, "POST")[0] == 200
    view.press()
    assert (view.response.status, view.heading) == (410, "This link has been used") and view.button.count() == 0
    assert "That worked" in view.page.inner_text("main p >> nth=0")
    daemon.connect().ok(f"LOGIN {fresh} {PASSWORD}")


@pytest.mark.postgres_only
def test_a_store_that_is_away_has_a_page_and_the_link_stays_good(browser, postgres, own, fresh):
    """A database that is away stops nothing … it works again when the database does."""
    daemon = own("--database", postgres.url(postgres.database))
    view = browser.open(url := Links(daemon).new_account(fresh))
    postgres.stop("immediate")
    view.press()
    assert (view.response.status, view.heading) == (503, "Not right now")
    assert view.complaints == [] and view.cut_off() == []
    postgres.start()
    deadline = time.monotonic() + 20
    while ask(url)[0] != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    view.go(url)
    view.press()
    assert view.heading == f"Welcome, {fresh}"


def test_a_button_that_was_shown_for_too_long_says_so(browser, own, tmp_path, fresh):
    """good once, for 24 h"""
    clock = Clock(tmp_path / "offset")
    daemon = own(prefix=clock.prefix(build_shim(tmp_path)))
    view = browser.open(url := Links(daemon).new_account(fresh))
    clock.set(25 * HOUR)
    view.press()
    assert (view.response.status, view.heading) == (410, "This link is too old")
    view.go(url)
    assert view.response.status == 410 and view.button.count() == 0
    daemon.connect().fail(f"LOGIN {fresh} {PASSWORD}", "INVALID_CREDENTIALS")


def test_too_many_wrong_links_close_the_door_to_good_ones(browser, own, fresh):
    """Log-in failures are counted for … VERIFY …: guessing is limited here as it is there, and the wait is said."""
    daemon = own(*STRICT)
    links = Links(daemon)
    url = links.new_account(fresh)
    for status in (404, 404, 429):
        assert ask(links.unknown, "POST")[0] == status
    view = browser.open(url)
    assert view.response.status == 429 and view.button.count() == 0
    assert "again in 10 minutes" in view.page.inner_text("main")
    assert ask(url, "POST")[0] == ask(url, "HEAD")[0] == 429
    daemon.connect().fail(f"LOGIN {fresh} {PASSWORD}", "RATE_LIMITED")


def test_keys_alone_will_do(browser, links, daemon, fresh):
    """WCAG 2.2, 2.1.1, 2.4.7, 1.4.11: the first Tab is at the button, which shows it; Enter presses it"""
    view = browser.open(links.new_account(fresh))
    assert view.focused()["tag"] == "BODY"
    view.page.keyboard.press("Tab")
    for scheme in ("light", "dark"):
        view.prefer(scheme)
        focused = view.focused()
        assert focused["tag"] == "BUTTON" and focused["ring"] == "solid" and focused["width"] >= 2
        card = next(part["paper"] for part in view.painted() if part["text"] == view.heading)
        assert contrast(focused["colour"], card) >= 3
    view.type("Enter")
    assert view.heading == f"Welcome, {fresh}"
    daemon.connect().ok(f"LOGIN {fresh} {PASSWORD}")
