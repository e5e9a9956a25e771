"""A real browser, headless and without JavaScript; what it asks for and complains about is remembered."""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import Page, Response, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 10_000  # milliseconds for whatever must happen

# Every element with text of its own, with the colours that it is painted in.
_PAINTED = """() => [...document.body.querySelectorAll('*')]
    .filter(element => [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()))
    .map(element => {
        let behind = element;
        while (behind && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
        return {text: element.textContent.trim(), ink: getComputedStyle(element).color,
                paper: behind ? getComputedStyle(behind).backgroundColor : 'none'};
    })"""

# What cannot be seen without scrolling sideways, as the tags of the elements.
_CUT_OFF = """() => [...document.querySelectorAll('html, body, body *')]
    .filter(element => element.scrollWidth > element.clientWidth && element.clientWidth > 0
        || element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5
        || element.getBoundingClientRect().left < 0)
    .map(element => element.tagName)"""


def binary() -> str:
    given = os.environ.get("GATHER_TEST_BROWSER")
    for found in [given] if given else map(shutil.which, NAMES):
        if found:
            return found
    raise AssertionError("no browser: install Debian's package chromium, or name a Chromium in GATHER_TEST_BROWSER")


class View:
    """One page in one window, as wide as a phone until told otherwise."""

    def __init__(self, page: Page):
        self.page = page
        self.response: Response | None = None
        self.complaints: list[str] = []
        self.requests: list[tuple[str, str]] = []  # method and URL
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self._complain(message.text))
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("request", lambda request: self.requests.append((request.method, request.url)))

    def _complain(self, text: str) -> None:
        # That the page itself has a status of 400 or more is told as well; it is meant to.
        if not text.startswith("Failed to load resource: the server responded with a status of"):
            self.complaints.append(text)

    @property
    def button(self):
        return self.page.get_by_role("button")

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def go(self, url: str) -> None:
        self.response = self.page.goto(url)

    def press(self) -> None:
        """Clicks the one button of the page, and waits for the page that comes."""
        self._answered(self.button.click)

    def type(self, key: str) -> None:
        """A key that leads to another page."""
        self._answered(lambda: self.page.keyboard.press(key))

    def _answered(self, act) -> None:
        with self.page.expect_navigation() as navigation:
            act()
        self.response = navigation.value

    def resize(self, width: int, height: int = 740) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def prefer(self, scheme: str) -> None:
        """light or dark"""
        self.page.emulate_media(color_scheme=scheme)

    def zoom_text(self, percent: int) -> None:
        """As the browser's setting for the size of letters does."""
        self.page.evaluate("size => { document.documentElement.style.fontSize = size }", f"{percent}%")

    def focused(self) -> dict:
        """The element that keys go to, and the ring around it."""
        return self.page.evaluate("""() => {
            const style = getComputedStyle(document.activeElement);
            return {tag: document.activeElement.tagName, ring: style.outlineStyle, width: parseFloat(style.outlineWidth),
                    colour: style.outlineColor};
        }""")

    def selected(self) -> str:
        return self.page.evaluate("() => getSelection().toString()")

    def painted(self) -> list[dict]:
        return self.page.evaluate(_PAINTED)

    def cut_off(self) -> list[str]:
        return self.page.evaluate(_CUT_OFF)


class Browser:
    def __init__(self):
        self._playwright = sync_playwright().start()
        # Root has no sandbox. No name but loopback's is looked up, so the browser's own requests go nowhere.
        arguments = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        self._browser = self._playwright.chromium.launch(executable_path=binary(), args=arguments)
        self._context = self._browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})

    def open(self, url: str) -> View:
        view = View(self._context.new_page())
        view.go(url)
        return view

    def finish(self) -> None:
        self._browser.close()
        self._playwright.stop()
