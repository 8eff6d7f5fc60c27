"""What people find, one sentence each: `then(manager).has_waiting(case, Rule.ACCEPT, Rule.SETTLE)`."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import expect

from cases.models import Case
from cases.models.deadline import Rule
from cases.workflow import State
from tests.journeys.person import Person

#: What is to be done where there is nowhere further to take it.
AT_THE_TOP = {
    State.CSWO: "Settle this or record the determination",
    State.COMMITTEE: "Settle this or record what was decided",
}


@dataclass
class Then:
    """Somebody looks, and finds what is expected."""

    who: Person

    def has_waiting(self, case: str, *duties: Rule) -> Person:
        """Find exactly these duties of the case under "Waiting for you" at home."""
        self.who.goes_to("/")
        rows = [row for row in self.who.rows_under("Waiting for you") if case in row]
        words = {rule: rule.label for rule in Rule}
        where = Case.objects.get(reference=case).state
        words[Rule.SETTLE] = AT_THE_TOP.get(where, words[Rule.SETTLE])
        expected = sorted(words[duty] for duty in duties)
        found = sorted(label for row in rows for label in words.values() if row.startswith(f"{label} "))
        assert (len(rows), found) == (len(expected), expected), f"{self.who.name} has waiting: {rows}"
        return self.who

    def has_nothing_waiting(self, case: str) -> Person:
        """Find nothing of the case among what waits."""
        return self.has_waiting(case)

    def cannot_find(self, case: str) -> Person:
        """Get the same answer as for a case that does not exist."""
        self.who.goes_to(f"/cases/{case}/", status=404).is_at("There is no such page")
        return self.who.does_not_see(case)

    def sees_it_at(self, case: str, stage: str) -> Person:
        """Find the case on this stage of the ladder."""
        if self.who.path != f"/cases/{case}/":
            self.who.goes_to(f"/cases/{case}/")
        here = self.who.page.locator("[aria-current=step]")
        expect(here).to_contain_text(stage)
        return self.who

    def sees_it_settled(self, case: str, how: str) -> Person:
        """Find the case settled or ended, so on no stage of the ladder any more."""
        if self.who.path != f"/cases/{case}/":
            self.who.goes_to(f"/cases/{case}/")
        expect(self.who.page.locator("[aria-current=step]")).to_have_count(0)
        return self.who.sees(how)

    def is_told(self, *words: str) -> Person:
        """Read what happened, at the top of the page."""
        return self.who.sees(*words)

    def finds_written(self, label: str, *parts: str) -> Person:
        """Find a box filled in already, with these words in it."""
        text = self.who.box(label).input_value()
        for part in parts:
            assert part in text, f"“{label}” begins with {text!r}, without {part!r}"
        return self.who

    def reads_the_fact(self, question: str) -> str:
        """Return what stands beside these words in a list of facts."""
        term = self.who.page.get_by_role("term").filter(has_text=question).first
        return term.locator("xpath=following-sibling::dd[1]").inner_text().strip()

    def finds_how_far_down(self, question: str) -> float:
        """Return where the end of a fact stands on the page, in pixels from its top."""
        term = self.who.page.get_by_role("term").filter(has_text=question).first
        box = term.locator("xpath=..").bounding_box()
        assert box is not None
        return box["y"] + box["height"]

    def finds_the_next_step_on_the_first_screen(self, label: str) -> Person:
        """See the button of the next step without moving the page, and nothing over it."""
        assert self.who.page.evaluate("scrollY") == 0
        button = self.who.page.locator(".esc-now__foot").get_by_role("button", name=label, exact=True)
        box = button.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= self.who.height, f"{label} stands {box['y']:.0f} px down"
        button.click(trial=True)
        return self.who

    def finds_recorded_once(self, case: str, heading: str) -> Person:
        """Find one entry of this heading among everything recorded."""
        if self.who.path != f"/cases/{case}/":
            self.who.goes_to(f"/cases/{case}/")
        expect(self.who.page.get_by_role("heading", level=3, name=heading, exact=True)).to_have_count(1)
        return self.who

    def is_asked_to_mend(self, *problems: str) -> Person:
        """Find exactly these problems at the top; following the first one leads into its field."""
        page = self.who.page
        expect(
            page.get_by_role("heading", name="There is something to mend before this can be sent")
        ).to_be_visible()
        assert page.title().startswith("Error: "), page.title()
        told = page.get_by_role("alert").get_by_role("listitem")
        assert told.all_inner_texts() == list(problems), told.all_inner_texts()
        for link in page.get_by_role("alert").get_by_role("link").all():
            target = link.get_attribute("href") or ""
            assert page.locator(f"[id='{target.removeprefix('#')}']").count() == 1, f"{target} leads nowhere"
        return self.who
