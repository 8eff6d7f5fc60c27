"""Each document played in a real browser from its first stage to its last, in its own words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Case
from cases.procedures import publishing
from cases.procedures.loading import shipped_files
from cases.workflow import State
from tests.cast import Cast
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import Person, pages_checked
from tests.journeys.words import noon
from tests.procedures.walking import Walk, published

pytestmark = pytest.mark.browser


def answers(who: Person) -> None:
    """Answer everything on the page that has no answer yet: yes where it is yes or no, the first choice elsewhere."""
    form = who.page.locator("main form[method=post]").first
    groups = {radio.get_attribute("name") for radio in form.locator("input[type=radio]").all()}
    for name in groups:
        choices = form.locator(f"input[type=radio][name={name}]")
        yes = form.locator(f"input[type=radio][name={name}][value=yes]")
        (yes if yes.count() else choices).first.check()
    for box in form.locator("input[type=checkbox]").all():
        box.check()
    for box in form.locator("textarea:visible, input[type=text]:visible").all():
        name = box.get_attribute("name") or ""
        if name.startswith("action_") or box.input_value():
            continue
        day = noon(3 if "review_on" in name else -1)
        parts = {"day": str(day.day), "month": str(day.month), "year": str(day.year), "time": "12:00"}
        box.fill(parts.get(name.rsplit("_", 1)[-1], "As it was."))


def takes(who: Person, case: Case, step: str) -> None:
    """Take a step on its page."""
    who.goes_to(f"/cases/{case.reference}/do/{step}/")
    answers(who)
    button = who.page.locator("main form[method=post] button[type=submit]").first
    who.presses(button.inner_text().strip())


@pytest.mark.parametrize("key", list(shipped_files()))
def test_taken_to_its_last_stage_and_settled(stage: Cast, person: OpenWindow, key: str) -> None:
    # Given a disagreement under this area's procedure
    version = published(key)
    publishing.adopt(stage.partnership, version, from_date=noon(-400).date(), reason="for this journey")
    changes = {"happened_at": noon(-3), "safety_until": noon(6)}
    walk = Walk(stage, version, changes=changes, at=timezone.now() - timedelta(hours=1))
    windows: dict[int, Person] = {}

    def window() -> Person:
        who = walk.again().holder
        assert who is not None
        if who.pk not in windows:
            windows[who.pk] = person(who).signs_in()
        return windows[who.pk]

    # When each of those who hold it takes it on
    track = version.definition.track("standard")
    for rung in map(version.definition.rung, track):
        who, case = window(), walk.case
        assert case.rung_key == rung.key
        who.goes_to(f"/cases/{case.reference}/").sees(rung.label, rung.title[1:])
        if rung.acknowledge:
            takes(who, case, "accept")
        if rung.key == track[-1]:
            break
        if rung.state == "line_manager":
            takes(who, case, "manager-view")
            continue
        if rung.intention_notice:
            takes(who, case, "intention")
        takes(who, case, "escalate")

    # Then it is settled on the last stage, and both sides are asked to check back in the area's words
    decides = "determine" if rung.state == "cswo" else "committee-outcome"
    takes(window(), walk.case, decides if rung.determines else "agree")
    assert walk.again().state in (State.AGREED, State.DETERMINED)
    nurse = windows[stage.nurse.pk]
    nurse.goes_to(f"/cases/{walk.case.reference}/do/check-understood/")
    nurse.sees(version.definition.checkbacks.understood.question)
    assert pages_checked(*windows.values()) >= 3 * len(track)
