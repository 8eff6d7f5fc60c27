"""`make pages`: the five minutes of README, by hand, on a fresh demonstration; and its picture, taken on the way.

Not part of `make test`: pytest collects it only by its name. Each step is the step of README with the same number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Locator, expect

from accounts.models import User
from tests.journeys.person import Person
from tests.walk.walker import PICTURES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURE = Path(__file__).parents[2] / "docs" / "case-page.png"
#: What README tells of somebody, a paragraph for each of the five.
README = (PICTURE.parents[1] / "README.md").read_text()


class Visitor(Person):
    """Somebody who follows README: whatever it sets in italics is a link or a button of that page."""

    def tour(self) -> Person:
        """Sign in by one click, as README says, and see the first page."""
        assert f"**{self.name}, " in README
        return self.signs_in().goes_to("/")

    def opens(self, words: str) -> Person:
        """Open the waiting duty of the case about which the page says this."""
        return self._moves(self.waits(words).get_by_role("link").first.click)

    def waits(self, words: str) -> Locator:
        return self.page.locator(".esc-duty", has_text=words).first


@pytest.fixture
def visitors(browser: Browser, live_server: Any, assets: None) -> Iterator[dict[str, Visitor]]:
    call_command("seed_demo")
    found = {}
    for name in re.findall(r"^\d\. \*\*([^,]+), ", README, re.MULTILINE):
        user = User.objects.get(full_name=name)
        found[name] = Visitor(browser, live_server.url, user, width=1280, script=True, pictures=PICTURES)
    yield found
    for visitor in found.values():
        visitor.leaves()


def test_five_minutes_as_five_people(visitors: dict[str, Visitor]) -> None:
    rowan, una, alastair, helena, sorcha = visitors.values()

    # 1. Her home page says what waits on her; both positions stand side by side, and one button is the next step.
    rowan.tour().sees("Waiting for you")
    rowan.opens("Settle this or take it further").sees("Is the child safe now?")
    take_the_picture(rowan)
    sides = rowan.page.locator(".esc-position")
    left, right = (sides.nth(i).bounding_box() for i in (0, 1))
    assert left and right and left["y"] == right["y"] and left["x"] < right["x"]
    assert rowan.page.locator(".esc-now .govuk-button:not(.govuk-button--secondary)").count() == 1
    rowan.goes_to("/").follows("Log a disagreement").is_at("Log a disagreement")

    # 2. Everything lapsed is one press; how a date was reached, day by day, and who set the limit; Find a case.
    una.tour().follows(re.compile("^Everything lapsed")).is_at("Some of your cases")
    una.opens("Lapsed")
    una.follows(re.compile("^Was due by"), among=una.page.get_by_role("table", name="What is due"))
    una.sees("Day by day", "Who set this", "Counted from")
    una.goes_to("/").follows("Find a case").writes("Find a case", "school gate").presses("Find")
    una.is_at("Cases found").sees("The words stand in: the concern")

    # 3. A disagreement between two services of his own agency, with a brief; he meets, then settles it or takes it up.
    alastair.tour().opens("within Social Work").sees("What has been done so far to settle it?")
    now = alastair.page.locator(".esc-now")
    expect(now).to_contain_text("You (Alastair Quill)")
    for words in ("Record a meeting", "Record an agreement"):
        either = (alastair.page.get_by_role(role, name=words) for role in ("link", "button"))
        expect(next(either).or_(next(either)).first).to_be_visible()

    # 4. Three children are to go home today: accept, and record a determination.
    helena.tour().opens("Accept this").sees("They are to go home at the end of today.")
    helena.follows("Accept this").presses("Accept this and tell them").follows("Record the determination")
    helena.sees("What is the question to decide?", "What is your decision?", "What are your reasons?")
    helena.sees("What is to be done?", "Who is told, by whom and when?")

    # 5. Reports: counts, without a word of any case; and what was referred to the committee.
    sorcha.tour().sees("Committee or chief officers")
    sorcha.follows("Reports").follows("Activity").sees("How far it went, by urgency", "Who raised it (down)")
    sorcha.sees("What the disagreement was about").follows("All reports").follows("Timeliness")

    # Sent mail, at the foot of each page.
    sorcha.follows("Demonstration: sent mail").sees("Sent mail")


def take_the_picture(who: Person) -> None:
    """Take the picture of README: the page of a case, as it stands on a desk."""
    size = who.page.viewport_size
    assert size is not None
    who.page.set_viewport_size({"width": 1160, "height": 1650})
    who.page.screenshot(path=PICTURE)
    who.page.set_viewport_size(size)
