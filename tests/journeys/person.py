"""Somebody at a browser: signs in, reads, fills in, presses; every page they come to is checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, expect

from accounts.models import User
from escalation.forms.clocks import LONDON

AXE = Axe()
#: A telephone's page must fit here too: as wide as a desk's window at four times the size (WCAG 1.4.10).
NARROWEST = 320
#: Titles and widths of the pages that axe saw in this process.
LOOKED_AT: set[tuple[str, int]] = set()
#: What may stand behind the words of a question that nobody has to answer.
OPTIONAL = r"( \(optional\)|, if there is one)?"


class Person:
    """One person with a window of their own. `checked` are the addresses of the pages that passed every check."""

    def __init__(
        self, browser: Browser, url: str, user: User, *, width: int, script: bool, pictures: str | None
    ) -> None:
        self.user, self.url, self.script, self.width = user, url, script, width
        self.pictures = Path(pictures) if pictures else None
        self.height = 800 if width > 600 else 740
        self.checked: list[str] = []
        self.problems: list[str] = []
        self.refused: list[tuple[int, str]] = []  # answers of 400 and above since the last check
        self.context = browser.new_context(
            viewport={"width": width, "height": self.height},
            java_script_enabled=script,
            locale="en-GB",
        )
        self.page = self._window(self.context.new_page())

    def _window(self, page: Page) -> Page:
        page.set_default_timeout(20_000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("response", self._answered)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # The browser repeats each refusal of the server as an error of its own; `refused` has them all.
        if (
            message.type in ("error", "warning")
            and "the server responded with a status of" not in message.text
        ):
            self.problems.append(f"{self.page.url}: {message.text}")

    def _answered(self, response: Response) -> None:
        # A draft that is refused is no page: the form says so itself (frontend/draft.js).
        if response.status >= 400 and not response.url.endswith("/draft/"):
            self.refused.append((response.status, response.url.removeprefix(self.url)))

    @property
    def name(self) -> str:
        return self.user.full_name

    # Going about

    def signs_in(self) -> Person:
        """Choose who to be, by one click on the demonstration's page."""
        self.goes_to("/demonstration/")
        return self.presses(f"Sign in as {self.name}")

    def goes_to(self, path: str, *, status: int = 200) -> Person:
        """Open an address of the service, and expect this answer."""
        self.page.goto(f"{self.url}{path}")
        return self.is_on_a_good_page(status)

    def follows(self, words: str | re.Pattern[str], *, among: Locator | None = None) -> Person:
        """Follow a link with these words, or a button that is a link; unfolds what is folded away over it."""
        place = among or self.page.locator("body")
        found = place.get_by_role("link", name=words, exact=True).or_(
            place.get_by_role("button", name=words, exact=True)
        )
        if not found.count() and among is None:
            if self.page.locator("#menu").get_by_text(words, exact=True).count():
                self.unfolds_the_menu()
            else:
                self.unfolds("More that you can do")
        return self._moves(found.first.click)

    def presses(self, words: str | re.Pattern[str], *, status: int = 200) -> Person:
        """Press the button of a form, and expect this answer and nothing to mend."""
        self._moves(self.page.get_by_role("button", name=words, exact=True).first.click, status)
        assert not self.page.title().startswith("Error: "), self.page.get_by_role("alert").all_inner_texts()
        return self

    def presses_in_vain(self, words: str) -> Person:
        """Press the button of a form that has something to mend."""
        self._moves(self.page.get_by_role("button", name=words, exact=True).first.click)
        assert self.page.title().startswith("Error: "), self.page.title()
        return self

    def unfolds(self, words: str) -> Person:
        """Open something that is folded away."""
        self.page.locator("summary", has_text=words).first.click()
        return self

    def unfolds_the_menu(self) -> Person:
        """Open the menu of a telephone."""
        self.page.get_by_role("button", name="Menu").click()
        return self

    def opens_another_window(self) -> Page:
        """Open a second window of the same person, and go on in it; return the first one."""
        first, self.page = self.page, self._window(self.context.new_page())
        return first

    def _moves(self, act: Callable[[], None], status: int = 200) -> Person:
        with self.page.expect_navigation():
            act()
        return self.is_on_a_good_page(status)

    @property
    def path(self) -> str:
        """Return where the person is."""
        return self.page.url.removeprefix(self.url)

    # Writing

    def box(self, label: str, *, among: str = "") -> Locator:
        """Return the box of this label, in the group of this name if one is given."""
        place = self.group(among) if among else self.page.locator("body")
        return place.get_by_role("textbox", name=re.compile(rf"^{re.escape(label)}{OPTIONAL}$"))

    def group(self, name: str) -> Locator:
        """Return the group of questions, or of answers, with this name."""
        return self.page.get_by_role("group", name=re.compile(rf"^{re.escape(name)}{OPTIONAL}$"))

    def writes(self, label: str, words: str, *, among: str = "") -> Person:
        """Write something into a box, in place of what stands there."""
        self.box(label, among=among).fill(words)
        return self

    def picks(self, question: str, *answers: str) -> Person:
        """Pick the answers of a question, each by its label."""
        for answer in answers:
            self.group(question).get_by_label(answer, exact=True).check()
        return self

    def selects(self, label: str, option: str, *, among: str = "") -> Person:
        """Pick one of a list that drops down, by the beginning of its words."""
        place = self.group(among) if among else self.page.locator("body")
        box = place.get_by_role("combobox", name=re.compile(rf"^{re.escape(label)}{OPTIONAL}$"))
        words = next(w for w in box.locator("option").all_inner_texts() if w.strip().startswith(option))
        box.select_option(label=words)
        return self

    def dates(self, question: str, when: date | datetime) -> Person:
        """Write a day, or a day and time in Scotland, into its boxes."""
        day = when.astimezone(LONDON) if isinstance(when, datetime) else when
        parts = {"Day": str(day.day), "Month": str(day.month), "Year": str(day.year)}
        if isinstance(day, datetime):
            parts["Time"] = day.strftime("%H:%M")
        for label, value in parts.items():
            self.group(question).get_by_label(label, exact=True).fill(value)
        return self

    # Reading

    def sees(self, *words: str) -> Person:
        """Expect words on the page."""
        for each in words:
            expect(self.page.locator("body")).to_contain_text(each)
        return self

    def does_not_see(self, *words: str) -> Person:
        """Expect words not to be on the page."""
        for each in words:
            expect(self.page.locator("body")).not_to_contain_text(each)
        return self

    def is_at(self, heading: str) -> Person:
        """Expect the page to have this heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        return self

    def rows_under(self, heading: str) -> list[str]:
        """Return the words of each row of the list under a heading, as they stand there."""
        title = self.page.get_by_role("heading", name=heading, exact=True)
        listed = title.locator("xpath=following-sibling::*[1][self::ul]").get_by_role("listitem")
        return [" ".join(words.split()) for words in listed.all_inner_texts()]

    # What holds on every page

    def is_on_a_good_page(self, status: int = 200) -> Person:
        """Expect the answer, one heading, nothing in the console, no accessibility violation, no sideways scroll."""
        where = f"{self.path} at {self.width} px"
        refused, self.refused = self.refused, []
        expected = [] if status < 400 else [status]
        assert [s for s, _ in refused] == expected, (
            f"{where} answered {refused}, not {expected or 'all well'}"
        )
        assert self.problems == [], self.problems
        headings = self.page.get_by_role("heading", level=1).count()
        assert headings == 1, f"{where} has {headings} headings of the first level"
        assert self.page.title().endswith(" - Escalation"), f"{where} has the title {self.page.title()!r}"
        if self._is_new_here():
            found = AXE.run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
            told = [f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:200]})" for v in found]
            assert told == [], f"{where}: {told}"
        for width in (self.width, NARROWEST) if self.width < 600 else (self.width,):
            self.page.set_viewport_size({"width": width, "height": self.height})
            wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{where} scrolls sideways by {wide} px in a window of {width} px"
        self.page.set_viewport_size({"width": self.width, "height": self.height})
        self.checked.append(self.path)
        self._take_picture()
        return self

    def _is_new_here(self) -> bool:
        """Return whether axe should look: tests/walk sees every page, so here each kind is looked at once."""
        # Its answer comes from a promise, which a window without script never keeps.
        if not self.script or (self.page.title(), self.width) in LOOKED_AT:
            return False
        LOOKED_AT.add((self.page.title(), self.width))
        return True

    def _take_picture(self) -> None:
        if self.pictures:
            self.pictures.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^a-z0-9]+", "-", self.path.lower()).strip("-") or "home"
            number = len(list(self.pictures.iterdir()))
            who = self.name.split()[0].lower()
            self.page.screenshot(
                path=self.pictures / f"{number:03d}-{self.width}-{who}-{name[:60]}.png", full_page=True
            )

    def leaves(self) -> None:
        """Close the window."""
        self.context.close()


def pages_checked(*people: Person) -> int:
    """Return how many pages these people came to, each of which passed every check."""
    return sum(len(person.checked) for person in people)
