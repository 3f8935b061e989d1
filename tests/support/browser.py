"""A real browser for tests: Chromium without windows, watched for all that a page must not do.

A page that writes an error to the console, breaks its Content Security Policy or asks another
host fails its test. The browser belongs to one module of tests: while it runs, there is an event
loop in this process, in which tests that need their own would fail.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from tests.support.tools import LONG, need
from tests.support.waiting import PATIENCE

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
DESKTOP, PHONE, SHEET = (1280, 900), (390, 844), (794, 1123)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_TELL = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI}`));"""
_SHORTEN = """(most) => {
    for (const list of document.querySelectorAll("main, main section, .terms, ul, ol, tbody, dl")) {
        [...list.children].slice(most).forEach((child) => child.remove());
    }
}"""
_SETTLE = """async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    await frame();
    await frame();
    const ends = (some) => Number.isFinite(some.effect.getComputedTiming().endTime);
    const running = document.getAnimations().filter(ends);
    await Promise.allSettled(running.map((some) => some.finished));
}"""
"""Waits for what a page does when its window gets another size or its colours change."""
_HAS_FOCUS = "(element) => element.isConnected ? element === document.activeElement : null"
_MANY = 15
_MILLISECONDS = PATIENCE * 1000
expect.set_options(timeout=_MILLISECONDS)
_SERIOUS = ("serious", "critical")
_EXAMINED: set[tuple[str, str]] = set()
"""The names and contents of the pages that were examined."""
_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of one module."""
    program = need("chromium-headless-shell", "install it: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


@dataclass
class Visitor:
    """Somebody with a browser; `faults` are what pages did that they must not do."""

    browser: Browser
    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, address: str, *, scripts: bool = True, status: int = 200) -> Page:
        """A page in a window of its own; it may ask nothing but its own host."""
        context = self.browser.new_context(
            java_script_enabled=scripts,
            viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
            reduced_motion="reduce",
        )
        context.set_default_timeout(_MILLISECONDS)
        context.add_init_script(_TELL)
        home = urlsplit(address).netloc
        context.on("console", partial(self._console, "" if status == 200 else address))
        context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        context.on("request", lambda request: self._request(request.url, home))
        self.contexts.append(context)
        page = context.new_page()
        reply = page.goto(address)
        assert reply is not None
        assert reply.status == status, f"{address}: {reply.status}"
        return page

    def _console(self, missing: str, message: ConsoleMessage) -> None:
        is_expected = missing and message.location["url"] == missing
        if message.type in ("error", "warning") and not is_expected:
            self.faults.append(f"console: {message.text} at {message.location}")

    def _request(self, url: str, home: str) -> None:
        if urlsplit(url).netloc != home and not url.startswith(("data:", "about:")):
            self.faults.append(f"asks another host: {url}")


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Somebody who opens pages; the test fails if one of these does what it must not do."""
    someone = Visitor(browser)
    yield someone
    for context in someone.contexts:
        context.close()
    assert not someone.faults, "\n".join(someone.faults)


def tab_to(page: Page, target: Locator, most: int = 80) -> None:
    """Press Tab until an element has the focus, `most` times."""
    expect(target).to_be_visible()
    element = target.element_handle()
    for _ in range(most):
        page.keyboard.press("Tab")
        has_focus = element.evaluate(_HAS_FOCUS)
        if has_focus is None:  # the script has written it again
            element = target.element_handle()
            has_focus = element.evaluate(_HAS_FOCUS)
        if has_focus:
            return
    raise AssertionError(f"Tab does not lead to {target}")


def type_and_choose(page: Page, text: str) -> None:
    """Enter a text where the focus is, and choose the first thing that is offered, by keyboard.

    It comes as one input, as from a clipboard: what is offered for a part of it would be replaced.
    """
    page.keyboard.insert_text(text)
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def examine(page: Page, name: str, *, is_full: bool = True) -> None:
    """Everybody can use a page, on a desktop and a phone, light and dark; write pictures of it.

    That is: axe finds nothing serious, and nothing is wider than the window. Of what is a long
    list the beginning is looked at. The colours in the dark are checked at one of the widths, by
    the name of the page, or with `LONG` at both. A page that is as it was examined before, such as
    one that is served live and as a file, is not examined again.
    """
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate(_SHORTEN, _MANY)
    parts = urlsplit(page.url)
    examined = name, page.content().replace(f"{parts.scheme}://{parts.netloc}", "")
    if examined in _EXAMINED:
        return
    page.evaluate(Axe().axe_script)
    found = []
    dark = random.Random(name).choice((DESKTOP, PHONE))
    for width, height in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        size = "desktop" if width == DESKTOP[0] else "phone"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.evaluate(_SETTLE)
            if scheme == "light" or LONG or (width, height) == dark:
                options = {} if scheme == "light" else _COLOURS  # which alone is other in the dark
                found += [f"{size}, {scheme}: {each}" for each in violations(page, options)]
            picture = SCREENSHOTS / f"{name}-{size}-{scheme}.png"
            page.screenshot(path=picture, full_page=is_full, animations="disabled")
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            found.append(f"{size}: {over} pixels wider than the window")
    _print(page, name)
    assert not found, f"{name}: " + "\n".join(found)
    _EXAMINED.add(examined)


def _print(page: Page, name: str) -> None:
    """Write a picture of a page as it is printed, on the width of a sheet; it shows no form."""
    page.set_viewport_size({"width": SHEET[0], "height": SHEET[1]})
    page.emulate_media(media="print", color_scheme="light")
    page.evaluate(_SETTLE)
    page.screenshot(path=SCREENSHOTS / f"{name}-print.png", full_page=True, animations="disabled")
    page.emulate_media(media="screen")


def photograph_without_scripts(visitor: Visitor, address: str, name: str) -> None:
    """Write pictures of a page on which no script runs, on a desktop and a phone."""
    page = visitor.open(address, scripts=False)
    for width, height, size in ((*DESKTOP, "desktop"), (*PHONE, "phone")):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=SCREENSHOTS / f"{name}-{size}-plain.png", animations="disabled")


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe, which has to be in the page, finds that is serious."""
    said = page.evaluate("(options) => axe.run({resultTypes: ['violations'], ...options})", options)
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in said["violations"]
        if each["impact"] in _SERIOUS
        for node in each["nodes"]
    ]


# ---- A static site


class _Folder(SimpleHTTPRequestHandler):
    """Serves a folder as simple hosts do: ``index.html`` for folders, ``404.html`` for the rest."""

    extensions_map = {  # noqa: RUF012  (as the base class has it)
        **SimpleHTTPRequestHandler.extensions_map,
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".ttl": "text/turtle; charset=utf-8",
    }
    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        place = Path(super().translate_path(path))
        return str(place / "index.html" if place.is_dir() else place)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory, "404.html")
        body = page.read_bytes() if code == 404 and page.exists() else b""
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving_folder(folder: Path) -> Iterator[str]:
    """The address of a folder that is served; no slash is at its end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Folder, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
