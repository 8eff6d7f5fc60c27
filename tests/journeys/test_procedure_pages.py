"""The procedure in a real browser, on a desk and on a telephone: read it, ask what would be due, adopt, set a limit."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from cases.deadlines import in_force
from cases.models.procedure import LocalSetting
from cases.procedures import publishing
from cases.procedures.local import limits_of
from tests import in_place
from tests.cast import Cast
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import Person, pages_checked
from tests.procedures.conftest import TWO_RUNGS

pytestmark = pytest.mark.browser

LONDON = ZoneInfo("Europe/London")
WIDTHS = pytest.mark.parametrize("width", [1280, 375])

#: For each drawing: is it seen, does each text stay inside it, and how large are its letters on the screen?
LOOK_AT_DRAWINGS = """
() => [...document.querySelectorAll(".esc-drawing svg")].map((svg) => {
  const seen = svg.getBoundingClientRect().width > 0;
  const width = Number(svg.getAttribute("width"));
  const ends = [...svg.querySelectorAll("text")].map((t) => t.getBBox().x + t.getBBox().width);
  return { seen, inside: Math.max(...ends) <= width, letters: 16 * svg.getBoundingClientRect().width / width };
})
"""


def drawings(reader: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reader.page.evaluate(LOOK_AT_DRAWINGS)
    return found


@WIDTHS
def test_everybody_reads_the_procedure(stage: Cast, person: OpenWindow, width: int) -> None:
    # Given a practitioner; when she opens the procedure from the top of any page
    nurse = person(stage.nurse, width=width).signs_in()
    nurse.follows("Procedure").is_at("Perth and Kinross: Resolution and Escalation, 2025")
    # Then the ladder is drawn once for her screen, readable without zooming, and no word leaves its frame
    wide, narrow = drawings(nurse)
    assert [wide["seen"], narrow["seen"]] == ([True, False] if width > 600 else [False, True])
    shown = wide if width > 600 else narrow
    assert shown["inside"]
    assert shown["letters"] >= 14.5
    # And its text alternative says everything that it shows
    picture = nurse.page.get_by_role("img", name="The ladder of Perth and Kinross").first
    assert "Rung 3, if the manager supports it: Stage 1, managers meet." in (
        picture.locator("desc").text_content() or ""
    )
    # And each stage stands there in words, with who laid it down
    nurse.sees("1. Resolution: talk to each other", "The other side must be told first.", "Guide silent")
    nurse.sees("What the guide does not say", "If nobody answers in time")
    # And on a telephone, where the page is long, each part is two touches away from the top
    jumps = nurse.page.locator(".esc-jumps")
    assert jumps.is_visible() is (width < 600)
    if width < 600:
        nurse.unfolds("Go to a part of this page")
        jumps.get_by_role("link", name="4. Stage 2: senior managers meet").click()
        expect(nurse.page.locator("#rungs-senior_managers")).to_be_in_viewport()
    # And on paper the wide drawing stands
    nurse.page.emulate_media(media="print")
    assert [drawing["seen"] for drawing in drawings(nurse)] == [True, False]
    nurse.page.emulate_media(media="screen")
    assert pages_checked(nurse) >= 3


@WIDTHS
def test_what_would_be_due_when(stage: Cast, person: OpenWindow, width: int) -> None:
    # Given a social worker who asks before there is a case
    asker = person(stage.social_worker, width=width).signs_in()
    asker.follows("Procedure").follows("What would be due when?").is_at("What would be due when?")
    # When it happened on a Thursday at 4:40pm and harm could occur on the Monday
    today = date.today()  # noqa: DTZ011 - any Thursday to come will do
    thursday = today + timedelta(days=(3 - today.weekday()) % 7 + 7)
    happened = datetime(thursday.year, thursday.month, thursday.day, 16, 40, tzinfo=LONDON)
    monday = (happened + timedelta(days=4)).replace(hour=9, minute=0)
    asker.dates("When did it happen?", happened).picks("How urgent is it?", "Within days")
    asker.dates("By when could the child be harmed, or the decision take effect?", monday)
    asker.presses("Show what would be due")
    # Then the whole ladder is fitted in before it, stage by stage, from whom
    asker.sees(
        "The ladder fits, with less time on each stage", "Harm could occur", "Chief Social Work Officer"
    )
    # And each date explains itself
    asker.unfolds("How the date came about: settle it between you").sees("The clock started at 4:40pm.")
    # And when harm is an hour away, it says that the ladder cannot fit and what to do
    asker.dates(
        "By when could the child be harmed, or the decision take effect?", happened + timedelta(hours=1)
    )
    asker.presses("Show what would be due").sees(
        "The whole ladder cannot fit", "Ring the emergency contacts at the top of this page now."
    )
    # And a question that makes no sense is told
    asker.dates(
        "By when could the child be harmed, or the decision take effect?", happened - timedelta(hours=1)
    )
    asker.presses_in_vain("Show what would be due")


@WIDTHS
def test_adopting_a_new_version_in_two_steps(stage: Cast, person: OpenWindow, width: int) -> None:
    # Given another published procedure, and an administrator
    other = in_place.publish(TWO_RUNGS.read_text(encoding="utf-8")).version
    office = person(stage.administrator, width=width).signs_in()
    office.follows("Administration").follows("Procedure", among=office.page.get_by_role("main"))
    office.is_at("The procedure your partnership follows")
    # When they read what it changes
    office.follows(re.compile(rf"^What it changes.*{re.escape(other.title)}"))
    office.sees("Before", "After", "Not there")
    # And adopt it from tomorrow
    office.goes_to(f"/administration/procedures/{other.pk}/adopt/")
    office.presses_in_vain("Go on")
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011
    office.dates("From which day should new cases follow it?", tomorrow)
    office.writes("Why does your partnership adopt it?", "The committee agreed it.")
    office.presses("Go on").is_at("Is this right?").sees("None are open.", "written for England")
    office.presses("Adopt this procedure").is_at("The procedure your partnership follows")
    # Then it is to come, and today's stays in use until then
    office.sees("To come", "In use", "The committee agreed it.")
    assert publishing.current_for(stage.partnership, tomorrow) == other


@WIDTHS
def test_setting_a_limit_that_the_guide_leaves_open(stage: Cast, person: OpenWindow, width: int) -> None:
    # Given an administrator at the limits
    office = person(stage.administrator, width=width).signs_in()
    office.goes_to("/administration/procedures/").follows("Limits your committee sets")
    office.is_at("Limits your committee sets").sees("Nothing was set yet.")
    # When they open one, send it with something missing, then mend it
    path = "rungs.resolution.clocks.settle.standard"
    office.goes_to(f"/administration/limits/{path}/").is_at("Settle it between you: Weeks ahead")
    office.writes("How many?", "none").presses_in_vain("Show what this would change")
    office.sees("How many must be a whole number from 1 to 999", "Say why this limit is set")
    office.writes("How many?", "3").writes("Why is this limit set?", "The committee agreed it.")
    office.presses("Show what this would change").is_at("Is this right?")
    office.sees("5 working days", "3 working days", "No open date would move.")
    office.presses("Set this limit and tell people whose dates move")
    # Then the list says who set it and why, and everybody reads it on the procedure's page
    office.sees("The file says 5 working days", f"{stage.administrator.full_name}")
    assert LocalSetting.objects.get().reason == "The committee agreed it."
    stage.partnership.refresh_from_db()
    assert limits_of(in_force(stage.procedure, stage.partnership))[path].amount == 3


def test_all_of_it_works_without_script(stage: Cast, person: OpenWindow) -> None:
    nurse = person(stage.nurse, script=False).signs_in()
    nurse.follows("Procedure").follows("What would be due when?")
    nurse.picks("How urgent is it?", "Danger today").presses("Show what would be due").sees("From whom")
