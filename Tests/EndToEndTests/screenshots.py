"""Pictures of every page of the web door: `scripts/screenshots [FOLDER]`."""

import os
import sys
import tempfile
from pathlib import Path

os.environ["GATHER_TEST_STORE"] = "sqlite"  # the one daemon on PostgreSQL names its database

from browser import Browser, View  # noqa: E402
from daemon import Daemon  # noqa: E402
from postgres import Postgres  # noqa: E402
from wall_clock import Clock, build_shim  # noqa: E402
from web_pages import STATUSES, STRICT, Links, open_all  # noqa: E402

SIZES = {"phone": (360, 740), "desktop": (1280, 800)}


def folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name


def unavailable(browser: Browser, place: Path) -> View:
    """The page of a daemon whose database is away."""
    postgres = Postgres()
    try:
        database = postgres.new_database()
        daemon = Daemon(place, "--database", postgres.url(database))
        url = Links(daemon).new_account("erin")
        postgres.stop("immediate")
        view = browser.open(url)
        daemon.kill()
        return view
    finally:
        postgres.finish()


def take(view: View, target: Path, name: str) -> None:
    for device, size in SIZES.items():
        view.resize(*size)
        for scheme in ("light", "dark"):
            view.prefer(scheme)
            view.page.screenshot(path=target / f"{name.replace(' ', '-')}-{device}-{scheme}.png")
    view.resize(320, 568)
    view.zoom_text(200)
    view.prefer("light")
    view.page.screenshot(path=target / f"{name.replace(' ', '-')}-320-large-text.png", full_page=True)


def main(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gather-pages-") as name:
        place = Path(name)
        clock = Clock(place / "offset")
        daemon = Daemon(folder(place, "daemon"), prefix=clock.prefix(build_shim(place)))
        strict = Daemon(folder(place, "strict"), *STRICT)
        browser = Browser()
        try:
            views = open_all(browser, daemon, clock, strict)
            views["unavailable"] = unavailable(browser, folder(place, "unavailable"))
            for name, view in views.items():
                status = view.response.status
                assert status == STATUSES.get(name, 503), f"{name}: {status}"
                take(view, target, name)
                print(f"{status} {name}: {view.heading}")
        finally:
            browser.finish()
            strict.finish()
            daemon.finish()
    print(f"pictures in {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
