"""How the pages of mailed links look in a real browser, without JavaScript: the web door."""

import base64
import hashlib
import re

import pytest

from colours import contrast, luminance
from daemon import Daemon
from wall_clock import Clock, build_shim
from web_pages import LONGEST_NAME, STATUSES, STRICT, open_all

SCHEMES = ("light", "dark")
pytestmark = pytest.mark.sqlite_only  # the look is the same on every store


@pytest.fixture(scope="module")
def views(browser, tmp_path_factory):
    """Every page, each in a window of its own."""
    clock = Clock(tmp_path_factory.mktemp("clock") / "offset")
    daemons = [
        Daemon(tmp_path_factory.mktemp("timed"), prefix=clock.prefix(build_shim(clock.path.parent))),
        Daemon(tmp_path_factory.mktemp("strict"), *STRICT)]
    try:
        yield open_all(browser, daemons[0], clock, daemons[1])
    finally:
        for daemon in daemons:
            daemon.finish()


@pytest.fixture(params=STATUSES)
def view(views, request):
    """One page after the other."""
    return views[request.param]


def test_each_page_comes_with_its_status(views):
    assert {name: view.response.status for name, view in views.items()} == STATUSES


def test_a_page_says_what_it_is(view):
    page = view.page
    assert page.get_attribute("html", "lang") == "en"
    assert page.title() == f"{view.heading} - QuickGather"
    assert page.get_attribute("meta[name=viewport]", "content") == "width=device-width, initial-scale=1"
    assert page.locator("main h1").count() == 1 and page.locator("main p").count() >= 1
    # Browsers that show an icon would ask for /favicon.ico.
    assert page.get_attribute("link[rel=icon]", "href") == "data:,"


def test_a_page_has_a_button_only_where_something_is_left_to_do(views):
    assert {name for name, view in views.items() if view.button.count() == 1} == {"new account", "new address"}
    assert all(view.button.count() <= 1 for view in views.values())


def test_a_page_may_do_nothing_but_be_read_and_sent(view):
    """Pages carry a strict content-security policy"""
    headers, body = view.response.headers, view.response.text()
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    style = re.search("<style>(.*?)</style>", body, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == {"default-src": "'none'", "style-src": f"'sha256-{digest}'", "img-src": "data:", "form-action": "'self'",
                      "base-uri": "'none'", "frame-ancestors": "'none'"}
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["referrer-policy"] == "no-referrer" and headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store" and "set-cookie" not in headers
    assert "<script" not in body and not re.search(r"\bon[a-z]+=", body)


def test_a_page_asks_for_nothing_and_breaks_no_rule(view):
    """Not for a picture, not at another host; and the browser has nothing to complain of."""
    assert view.complaints == []
    assert [method for method, _ in view.requests] in (["GET"], ["GET", "POST"])
    assert {url for _, url in view.requests} == {view.page.url}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_everything_can_be_read(view, scheme):
    """WCAG 2.2, 1.4.3: a contrast of 4.5 to 1"""
    view.prefer(scheme)
    painted = view.painted()
    assert len(painted) >= 3
    ratios = {part["text"]: contrast(part["ink"], part["paper"]) for part in painted}
    assert {text: ratio for text, ratio in ratios.items() if ratio < 4.5} == {}
    papers = [luminance(part["paper"]) for part in painted if part["text"] == view.heading]
    assert all(paper > 0.5 if scheme == "light" else paper < 0.2 for paper in papers), "the colours that were asked for"


def test_nothing_is_cut_off(view):
    """WCAG 2.2, 1.4.4 and 1.4.10: letters twice as large, no scrolling sideways at 320 px; the longest name fits"""
    found = {}
    for width, percent in ((320, 100), (320, 200), (1280, 100), (1280, 200)):
        view.resize(width)
        view.zoom_text(percent)
        found[width, percent] = view.cut_off()
    assert not any(found.values()), found


def test_the_whole_step_is_seen_without_scrolling(views):
    """On a phone, for the longest name."""
    for name in ("new account", "new address"):
        views[name].resize(360, 640)
        views[name].zoom_text(100)
        box = views[name].button.bounding_box()
        assert box["y"] + box["height"] <= 640 and box["height"] >= 44, "a finger's width"


def test_one_click_selects_what_is_to_be_typed(views):
    """The password is nowhere, so what stands for it is not copied along."""
    view = views["welcome"]
    view.page.bring_to_front()
    line = view.page.locator("pre")
    assert line.inner_text() == f"LOGIN {LONGEST_NAME} your password"
    line.locator("code").click()
    assert view.selected() == f"LOGIN {LONGEST_NAME}"
