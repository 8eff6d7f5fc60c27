"""Each document played in a real browser from its first stage to its last, in its own words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from cases.models import Case, ChairedMeeting, Deadline
from cases.procedures.loading import shipped_files
from cases.steps import STEP_OF_RULE
from cases.workflow import State
from tests import in_place
from tests.cast import Cast
from tests.factories import member
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import Person, pages_checked
from tests.journeys.words import noon
from tests.procedures.walking import Walk, published

pytestmark = pytest.mark.browser
#: Its check backs, debrief and closing are the subject of test_whole_ladder.
FOLLOWED_UP_ELSEWHERE = "perth-and-kinross-2025"


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
        day = noon(3 if "review_on" in name else -1)
        parts = {"day": str(day.day), "month": str(day.month), "year": str(day.year), "time": "12:00"}
        part = name.rsplit("_", 1)[-1]
        if not name.startswith("action_") and (part in parts or not box.input_value()):
            box.fill(parts.get(part, "As it was."))


def takes(who: Person, case: Case, step: str) -> None:
    """Take a step on its page."""
    who.goes_to(f"/cases/{case.reference}/do/{step}/")
    answers(who)
    button = who.page.locator("main form[method=post] button[type=submit]").first
    who.presses(button.inner_text().strip())


def meets(stage: Cast, person: OpenWindow, officer: Person, case: Case) -> None:
    """Call the chaired meeting of the last stage and record it, each by whoever has to; others read what they may."""
    place = f"/cases/{case.reference}/"
    chair = member("Ivor Strand", Role.INDEPENDENT_CHAIR, stage.partnership, agency=stage.police)
    officer.goes_to(place).follows("Call the chaired meeting").dates("When is it?", noon(4))
    officer.picks("How long?", "2 hours").writes("Where?", "Old Mill, board room")
    officer.picks("Who chairs it?", chair.full_name)
    officer.writes(
        "Who is invited?", f"{stage.nurse.email}\n{stage.social_worker.email}\n{stage.teacher.email}"
    )
    officer.presses("Save this and send the invitations")
    officer.sees(f"Chaired meeting called: {chair.full_name} chairs it")
    # Somebody invited sees when and where, and not the case
    meeting = ChairedMeeting.objects.get()
    guest = person(stage.teacher, width=375).signs_in()
    guest.goes_to(f"/meetings/{meeting.reference}/").sees("Old Mill, board room", "does not open the case")
    guest.goes_to(place, status=404)
    # When the day has come, the chair records it
    ChairedMeeting.objects.update(meets_at=timezone.now() - timedelta(hours=3))
    leads = person(chair).signs_in().goes_to(place).follows("Record the chaired meeting")
    leads.picks("Who was there?", chair.full_name, stage.nurse.full_name)
    leads.writes("Minutes", "Both sides spoke. The panel asked about the visits.")
    leads.writes("Where is the record of the meeting held?", "The board, file 12")
    leads.does_not_see("The meeting decided")  # this policy knows no decision over the two sides (X10)
    leads.picks("How did it end?", "The two sides agreed")
    leads.writes("What was agreed?", "Health leads, social work attends.")
    leads.writes("How is the child now?", "At home with her grandmother.")
    leads.writes("What do you tell the person who raised it?", "Health leads from now on.")
    leads.presses("Record the meeting and tell them")


def is_followed_up(window: Callable[[User], Person], case: Case) -> None:
    """Do what is due, answer both check backs, read the feedback and close: each duty on its page, by its person."""
    steps = ("duty", "check-understood", "check-done", "acknowledge", "close")
    while not (case := Case.objects.whole().get(pk=case.pk)).ended:
        rules = [rule for rule, step in STEP_OF_RULE.items() if step in steps]
        waiting = Deadline.objects.open().filter(case=case, rule__in=rules).select_related("person")
        duty = min(waiting, key=lambda d: (steps.index(STEP_OF_RULE[d.rule]), d.due_at, d.pk))
        takes(window(duty.person), case, STEP_OF_RULE[duty.rule])


@pytest.mark.parametrize("key", list(shipped_files()))
def test_taken_to_its_last_stage_settled_and_closed(stage: Cast, person: OpenWindow, key: str) -> None:
    # Given a disagreement under this area's procedure
    version = published(key)
    in_place.adopt(stage.partnership, version, from_date=noon(-400).date(), reason="for this journey")
    changes = {"happened_at": noon(-3), "safety_until": noon(6)}
    walk = Walk(stage, version, changes=changes, at=timezone.now() - timedelta(hours=1))
    windows: dict[int, Person] = {}

    def window(who: User) -> Person:
        if who.pk not in windows:
            windows[who.pk] = person(who).signs_in()
        return windows[who.pk]

    # When each of those who hold it takes it on
    track = version.definition.track("standard")
    for rung in map(version.definition.rung, track):
        walk.again()
        who, case = window(walk.holder), walk.case
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

    # Then it is settled on the last stage, in the way that this stage knows
    decides = "determine" if rung.state == "cswo" else "committee-outcome"
    if rung.kind == "chaired_meeting":
        meets(stage, person, who, walk.case)
    else:
        takes(who, walk.case, decides if rung.determines else "agree")
    assert walk.again().state in (State.AGREED, State.DETERMINED)

    # And where the area's last stage is reached by referral alone, it is referred and settled there
    if (last := version.definition.referral_rung) is not None:
        takes(who, walk.case, "refer")
        walk.again()
        officer = window(walk.holder)
        officer.goes_to(f"/cases/{walk.case.reference}/").sees(last.label, last.title[1:])
        assert walk.case.rung_key == last.key
        takes(officer, walk.case, "committee-outcome")
        assert walk.again().state == State.DETERMINED
    assert [rung.key for rung in version.definition.rungs if rung.key not in walk.way] == []

    # And both sides are asked to check back in the area's words
    nurse = window(stage.nurse)
    nurse.goes_to(f"/cases/{walk.case.reference}/do/check-understood/")
    nurse.sees(version.definition.checkbacks.understood.question)
    if key != FOLLOWED_UP_ELSEWHERE:
        is_followed_up(window, walk.case)
        assert walk.again().state == State.CLOSED
        nurse.goes_to(f"/cases/{walk.case.reference}/").sees(
            version.definition.outcome_label(walk.case.outcome)
        )
    assert pages_checked(*windows.values()) >= 3 * len(track)
