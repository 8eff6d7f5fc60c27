"""Goes to a page once and looks at it in every way: four widths, large text, layout, weight, requests, refusals."""

from __future__ import annotations

import gzip
import os
import re
import time
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from accounts.sign_in import pending
from escalation.clock import now
from tests.walk.media import as_devices_are_set
from tests.walk.raw import raw_words
from tests.walk.stops import Stop
from tests.walk.troubles import WORDS, Trouble
from tests.walk.world import World

WIDTHS = (1280, 768, 375, 320)
HEIGHT = 800
#: All that a page needs on a first visit, compressed, without images (bar 8).
HEAVIEST = 100_000
#: Waits until the window is drawn at its size.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}},
}
#: What of it can differ between two widths that show the same elements; the rest is looked at in the outermost two.
OF_LAYOUT = {
    "runOnly": {"type": "rule", "values": ["target-size", "scrollable-region-focusable", "color-contrast"]},
    "resultTypes": ["violations"],
}
#: Where pictures of all pages go, when they are asked for, and at which widths they are taken.
PICTURES, PICTURED = os.environ.get("PICTURES"), (1280, 768, 375)
AXE = "options => walk.axe(options)"
LOOK = (Path(__file__).parent / "look.js").read_text()


@dataclass
class Seen:
    """What one stop came to."""

    stop: Stop
    title: str = ""
    weight: int = 0
    shift: str = ""
    runs: int = 0  # of axe
    refusals: int = 0
    wrong: list[str] = field(default_factory=list)


class Walker:
    """A browser that goes from stop to stop, each person in a window of their own."""

    def __init__(self, browser: Browser, url: str, world: World) -> None:
        self.browser, self.url, self.world = browser, url, world
        self.windows: dict[str, Page] = {}
        self.heard: list[str] = []
        self.asked: list[str] = []
        self.images: list[str] = []
        self.sizes: dict[str, int] = {}
        self.took: dict[str, float] = {}

    def close(self) -> None:
        """Close every window."""
        for page in self.windows.values():
            page.context.close()

    def visit(self, stop: Stop) -> Seen:
        """Go to a page and look at it; then send each of its forms so that it must be refused."""
        seen = Seen(stop)
        page, address = self._window(stop), self.url + stop.address(self.world)
        page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        page.evaluate(DRAWN)  # a window that grows while the next page loads would move what is on it
        answer = self._goes(page, address, seen, stop.status)
        if answer is None:
            return seen
        seen.weight = self._weight(answer)
        if seen.weight >= HEAVIEST:
            seen.wrong.append(f"weighs {seen.weight:,} bytes")
        seen.shift = page.evaluate("walk.shift()")
        if seen.shift:
            seen.wrong.append(f"moves while it loads: {seen.shift}")
        self._skeleton(page, seen)
        self._every_width(page, seen)
        if stop.devices:
            seen.wrong += as_devices_are_set(page, lambda how: self._take_picture(page, stop, WIDTHS[0], how))
        forms = 0 if stop.takes_all or stop.status != 200 else page.evaluate("walk.forms()")
        for number in range(forms):
            if number:
                self._goes(page, address, seen, stop.status)
            self._refusal(page, number, seen)
        return seen

    def meet(self, trouble: Trouble) -> Seen:
        """Let something go wrong, and look at the page that says so; words that were typed must stand on it."""
        stop = trouble.stop
        seen = Seen(replace(stop, route=f"{stop.route}, {trouble.name}", parts=()))
        page, address = self._opened(stop), self.url + stop.address(self.world)
        if trouble.raised:
            with trouble.under_way():
                self._goes(page, address, seen, trouble.status)
        else:
            self._goes(page, address, seen, stop.status)
            with page.expect_response(lambda r: r.url == address) if trouble.status else nullcontext() as met:
                trouble.befalls(page, self.world)
            if met and met.value.status != trouble.status:
                seen.wrong.append(f"answers {met.value.status}, not {trouble.status}")
            page.get_by_text(trouble.says).first.wait_for()
            page.evaluate(AXE_SCRIPT + LOOK)
            if not page.evaluate("words => walk.stands(words)", WORDS):
                seen.wrong.append("words that were typed are gone")
        if not page.get_by_text(trouble.says).count():
            seen.wrong.append(f"does not say {trouble.says!r}")
        self._skeleton(page, seen)
        self._every_width(page, seen)
        page.context.close()
        return seen

    # One look

    def _goes(self, page: Page, address: str, seen: Seen, status: int) -> Response | None:
        self.heard.clear()
        self.asked.clear()
        self.images.clear()
        began = time.perf_counter()
        answer = page.goto(address)
        self._count("loading", began)
        assert answer is not None
        page.evaluate(AXE_SCRIPT + LOOK)
        if answer.status != status:
            seen.wrong.append(f"answers {answer.status}, not {status}")
            return None
        if page.url != address:
            seen.wrong.append(f"leads on to {page.url}")
        foreign = [url for url in self.asked if not url.startswith((self.url, "data:"))]
        # So that nothing is missing where images are off: drawings of ours stand in the page itself, with words.
        images = [url for url in self.images if not url.endswith("/favicon.svg")]
        if images:
            seen.wrong.append(f"needs images: {images}")
        if foreign:
            seen.wrong.append(f"asks other hosts: {foreign}")
        if self.heard:
            seen.wrong.append(f"console: {self.heard}")
        return answer

    def _skeleton(self, page: Page, seen: Seen) -> None:
        found = page.evaluate("walk.skeleton()")
        seen.title = found["title"]
        levels = found["levels"]
        if levels.count(1) != 1 or any(b - a > 1 for a, b in zip([0, *levels], levels, strict=False)):
            seen.wrong.append(f"order of headings: {levels}")
        if found["vague"]:
            seen.wrong.append(f"buttons that do not say what happens: {found['vague']}")
        if raw := raw_words(page.content()):
            seen.wrong.append(f"words of a program: {raw}")
        if seen.stop.plain:
            return
        if found["missing"] or found["nameless"] or found["lang"] != "en-GB":
            seen.wrong.append(f"landmarks: {found}")
        if not re.fullmatch(r"(?!Error: ).+ - Escalation", seen.title):
            seen.wrong.append(f"title {seen.title!r}")

    def _every_width(self, page: Page, seen: Seen, refused: str = "") -> None:
        # What stands around a form that was refused is what stood there before.
        whole = (WIDTHS[-1],) if refused else (WIDTHS[0], WIDTHS[-1])
        layout = "options => walk.axe(options, 'main')" if refused else AXE
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            how = (OPTIONS, AXE) if width in whole else (OF_LAYOUT, layout)
            self._look(page, seen, f"{refused}{width} px", *how)
            self._take_picture(page, seen.stop, width, refused)
        page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        self._look(page, seen, f"{refused}200 % text", OF_LAYOUT, layout)
        page.evaluate("document.documentElement.style.fontSize = ''")

    def _take_picture(self, page: Page, stop: Stop, width: int, how: str = "") -> None:
        if PICTURES and width in PICTURED:
            name = re.sub(r"[^a-z0-9]+", "-", f"{stop} {stop.who} {how}".lower()).strip("-")
            folder = Path(PICTURES) / str(width)
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}.png", full_page=True)

    def look(self, stop: Stop) -> list[str]:
        """Return what axe finds on a page at the widest and the narrowest of the widths."""
        seen = Seen(stop)
        page = self._window(stop)
        if self._goes(page, self.url + stop.address(self.world), seen, stop.status) is not None:
            for width in (WIDTHS[0], WIDTHS[-1]):
                page.set_viewport_size({"width": width, "height": HEIGHT})
                self._look(page, seen, f"{width} px", OPTIONS)
            for width in PICTURED if stop.devices else ():
                page.set_viewport_size({"width": width, "height": HEIGHT})
                self._take_picture(page, stop, width)
        return seen.wrong

    def _look(self, page: Page, seen: Seen, how: str, options: dict[str, Any], axe: str = AXE) -> None:
        began = time.perf_counter()
        found = page.evaluate(axe, options)
        self._count("axe", began)
        seen.runs += 1
        seen.wrong += [f"{how}: {violation}" for violation in found]
        wide = page.evaluate("walk.sideways()")
        if wide > 0:
            seen.wrong.append(f"{how}: scrolls sideways by {wide} px")

    def _refusal(self, page: Page, number: int, seen: Seen) -> None:
        page.set_viewport_size({"width": WIDTHS[-1], "height": HEIGHT})
        kept = page.evaluate(
            "([number, empty]) => walk.spoil(number, empty)", [number, bool(seen.stop.empty)]
        )
        began = time.perf_counter()
        try:
            with page.expect_navigation():
                page.locator("form[data-walked]").locator("button:not([type=button])").first.click()
        except PlaywrightTimeoutError:
            seen.wrong.append(f"form {number}: its button leads to no page")
            return
        self._count("sending", began)
        page.evaluate(AXE_SCRIPT + LOOK)
        found = page.evaluate("kept => walk.refused(kept)", kept)
        if not found["title"].startswith("Error: "):
            seen.wrong.append(f"form {number}: takes it, and comes to {found['title']!r} at {page.url}")
            return
        seen.refusals += 1
        if found["summaries"] != 1 or not found["links"] or not found["focused"]:
            seen.wrong.append(f"form {number}: the summary of errors: {found}")
        if found["broken"] or found["lost"]:
            seen.wrong.append(
                f"form {number}: links to nothing {found['broken']}, lost words {found['lost']}"
            )
        if raw := raw_words(page.content()):
            seen.wrong.append(f"form {number}: words of a program: {raw}")
        self._every_width(page, seen, f"form {number} refused, ")

    # Windows

    def _window(self, stop: Stop) -> Page:
        key = stop.who or (f"under way: {stop.under_way}" if stop.under_way else "")
        if key not in self.windows:
            self.windows[key] = self._opened(stop)
        return self.windows[key]

    def _opened(self, stop: Stop) -> Page:
        """Open a new window of whoever goes to a stop."""
        context = self.browser.new_context(
            viewport={"width": WIDTHS[0], "height": HEIGHT}, locale="en-GB", reduced_motion="reduce"
        )
        if stop.who or stop.under_way:
            context.add_cookies([self._cookie(stop)])
        return self._listened(context)

    def title(self, stop: Stop) -> str:
        """Return the title of a page, read without a browser."""
        body = self._client(stop).get(stop.address(self.world)).content.decode()
        found = re.search(r"<title>(.*?)</title>", body, re.DOTALL)
        return unescape(found[1]) if found else body[:200]

    def _cookie(self, stop: Stop) -> Any:
        name = settings.SESSION_COOKIE_NAME
        return {"name": name, "value": self._client(stop).cookies[name].value, "url": self.url}

    def _client(self, stop: Stop) -> Client:
        client = Client()
        if stop.who:
            client.force_login(self.world.person(stop.who), backend="accounts.backends.PersonBackend")
        elif stop.under_way:
            person, session = self.world.person(stop.under_way), client.session
            session[pending.KEY] = {
                "person": person.pk,
                "mark": person.get_session_auth_hash(),
                "how": "password",
                "goes_to": "/",
                "at": now().isoformat(),
            }
            session.save()
        return client

    def _listened(self, context: BrowserContext) -> Page:
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda m: self.heard.append(m.text) if self._matters(m.type, m.text) else None)
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("request", self._asks)
        return page

    @staticmethod
    def _matters(kind: str, text: str) -> bool:
        return kind in ("error", "warning") and "the server responded with a status of" not in text

    def _asks(self, request: Request) -> None:
        self.asked.append(request.url)
        if request.resource_type == "image" and not request.url.startswith("data:"):
            self.images.append(request.url)

    def _weight(self, answer: Response) -> int:
        """Return what a first visit to this page transfers, compressed as the service's web process does it."""
        total = len(gzip.compress(answer.body(), 6))
        for url in dict.fromkeys(self.asked):
            if not url.startswith(f"{self.url}/static/") or re.search(r"\.(svg|png|ico)(\?|$)", url):
                continue
            if url not in self.sizes:
                self.sizes[url] = len(gzip.compress(answer.request.frame.page.request.get(url).body(), 6))
            total += self.sizes[url]
        return total

    def _count(self, what: str, began: float) -> None:
        self.took[what] = self.took.get(what, 0) + time.perf_counter() - began
