"""Somebody without a mouse: every act is Tab, Space, Enter and the arrows, and the focus is always seen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from playwright.sync_api import Locator

from escalation.forms.clocks import LONDON
from tests.journeys.person import Person

#: More presses of Tab than this to come to something is no way to work.
PATIENCE = 120
#: Whether the focus shows on what has it, and whether something else lies over it (WCAG 2.4.7 and 2.4.11).
SEEN = """() => {
    const e = document.activeElement;
    if (!e || e === document.body) return "";
    const drawn = [getComputedStyle(e), ...[...(e.labels || [])].map(l => getComputedStyle(l, "::before"))];
    const lined = s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
    const marked = drawn.some(s => s.boxShadow !== "none" || lined(s));
    const box = e.getBoundingClientRect();
    const over = document.elementFromPoint(box.x + Math.min(box.width / 2, 20), box.y + Math.min(box.height / 2, 10));
    const free = over && (e.contains(over) || over.contains(e) || [...(e.labels || [])].some(l => l.contains(over)));
    return marked && free ? "" : `${e.outerHTML.slice(0, 120)}: ${marked ? "" : "no mark"} ${free ? "" : "hidden"}`;
}"""


class ByKeyboard(Person):
    """A person who uses the keyboard alone. `stops` counts the places the focus came to."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.stops = 0

    def presses(self, words: Any, *, status: int = 200) -> Person:
        button = self.page.get_by_role("button", name=words, exact=True).first
        self._moves(lambda: self._acts(button, "Enter"), status)
        assert not self.page.title().startswith("Error: "), self.page.get_by_role("alert").all_inner_texts()
        return self

    def follows(self, words: Any, *, among: Locator | None = None) -> Person:
        place = among or self.page.locator("body")
        found = place.get_by_role("link", name=words, exact=True).or_(
            place.get_by_role("button", name=words, exact=True)
        )
        return self._moves(lambda: self._acts(found.first, "Enter"))

    def writes(self, label: str, words: str, *, among: str = "") -> Person:
        return self._types(self.box(label, among=among), words)

    def picks(self, question: str, *answers: str) -> Person:
        for answer in answers:
            self.chooses(self.group(question).get_by_label(answer, exact=True))
        return self

    def selects(self, label: str, option: str, *, among: str = "") -> Person:
        place = self.group(among) if among else self.page.locator("body")
        box = place.get_by_role("combobox", name=label)
        self._reaches(box)
        self.page.keyboard.type(option)
        assert box.locator("option:checked").inner_text().strip().startswith(option)
        return self

    def dates(self, question: str, when: date | datetime) -> Person:
        day = when.astimezone(LONDON) if isinstance(when, datetime) else when
        parts = {"Day": str(day.day), "Month": str(day.month), "Year": str(day.year)}
        if isinstance(day, datetime):
            parts["Time"] = day.strftime("%H:%M")
        for label, value in parts.items():
            self._types(self.group(question).get_by_label(label, exact=True), value)
        return self

    def chooses(self, answer: Locator) -> Person:
        """Take a radio button, by the arrows of its group, or tick a box."""
        if answer.get_attribute("type") == "checkbox":
            self._acts(answer, "Space")
        else:
            group = self.page.locator(f'[name="{answer.get_attribute("name")}"]')
            self._reaches(group)
            for _ in range(group.count()):
                if self._has_focus(answer):
                    break
                self.page.keyboard.press("ArrowDown")
                self._looks()
            self.page.keyboard.press("Space")
        assert answer.is_checked()
        return self

    def skips_to_the_main_part(self) -> Person:
        """Use the first stop of a page: the link past everything that stands above."""
        self.page.keyboard.press("Tab")
        self._looks()
        assert (
            self.page.evaluate("document.activeElement.textContent") == "Skip to the main part of this page"
        )
        self.page.keyboard.press("Enter")
        assert self.page.evaluate("document.activeElement.id") == "main"
        return self

    def _types(self, box: Locator, words: str) -> Person:
        self._reaches(box)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(words)
        return self

    def _acts(self, place: Locator, key: str) -> None:
        self._reaches(place)
        self.page.keyboard.press(key)

    def _reaches(self, place: Locator) -> None:
        """Press Tab until the focus is on it, or on one of them."""
        for _ in range(PATIENCE):
            if self._has_focus(place):
                return
            self.page.keyboard.press("Tab")
            self._looks()
        raise AssertionError(f"{PATIENCE} presses of Tab never came to {place}")

    def _has_focus(self, place: Locator) -> bool:
        return bool(place.evaluate_all("found => found.includes(document.activeElement)"))

    def _looks(self) -> None:
        self.stops += 1
        problem = self.page.evaluate(SEEN)
        assert not problem, f"the focus does not show: {problem}"
