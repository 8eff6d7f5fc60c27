"""The page of a case: how it stands now, what each side wrote, what is due and why then, everything recorded."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from cases import policies
from cases.actions import climbing, following, managing, settling, talking
from cases.actions.door import change
from cases.audit import Audit, Verb
from cases.history import PRESENTERS, Line, UnknownVerb, headline
from cases.models import Action, Case, Deadline, Entry, Participation
from cases.models.deadline import Rule
from cases.models.entry import Kind, Visibility
from cases.presenters.entries import TEXTS
from cases.reading import Record
from cases.workflow import State
from tests.cases.steps import (
    POSITION,
    agreed,
    audit,
    case_at,
    check_back_all,
    close,
    determined,
    fresh,
    tell_and_escalate,
)
from tests.cast import TUESDAY, Cast, opened
from tests.pages.scene import DAY, HOUR, OTHER_POSITION, both_positions, long_case, signed_in, words

LATER = TUESDAY + HOUR
OWN_WORDS, OTHER_WORDS = "The threshold is met.", "The threshold for assessment is not met."
CLOSED = "You can read this once your own side has given its position."


def look(person: User, case: Case, at: Any = LATER, *, page: str = "") -> HttpResponse:
    with time_machine.travel(at, tick=False):
        response = signed_in(person).get(page or f"/cases/{case.reference}/")
    assert response.status_code == 200
    return response


def facts(response: HttpResponse) -> dict[str, str]:
    """Return the panel: question to answer and detail."""
    return {
        f["question"]: " | ".join(p for p in (f["answer"], f.get("detail", "")) if p)
        for f in response.context["panel"]["facts"]
    }


def tones(response: HttpResponse) -> dict[str, str]:
    return {f["question"]: f.get("tone", "") for f in response.context["panel"]["facts"]}


def event(response: HttpResponse, heading: str) -> dict[str, Any]:
    """Return the one row of the timeline with this heading."""
    (found,) = [e for e in response.context["timeline"] if e["heading"].startswith(heading)]
    return found


def said(row: dict[str, Any]) -> dict[str, Any]:
    return {f["key"]: f["value"] for f in row["facts"]}


class TestNow:
    @pytest.mark.requirement("G35", "G01")
    def test_five_questions_for_the_one_who_raised_it(self, cast: Cast) -> None:
        response = look(cast.nurse, opened(cast))
        assert facts(response) == {
            "Is the child safe now?": (
                "Yes, for now | Grandmother has the child each evening until Sunday; I visit on Thursday. "
                "To be confirmed again by 5pm on Monday 8 June."
            ),
            "Where is it?": "Resolution: talk to each other | Since 10:30am today",
            "Who holds it?": "You (Nadia Reid) | Health visitor, Health.",
            "What is due from you?": "Settle this or take it on, by 5pm on Tuesday 9 June",
        }
        assert tones(response)["Is the child safe now?"] == "safe"
        assert response.context["panel"]["action"] == {
            "label": "Record contact with the other side",
            "url": f"/cases/{response.context['reference']}/do/contact/",
            "kind": "primary",
        }
        assert "Child: a decision by Social Work" in words(response)

    def test_how_the_date_came_about_stands_beside_it(self, cast: Cast) -> None:
        (due,) = [f for f in look(cast.nurse, opened(cast)).context["panel"]["facts"] if "how" in f]
        assert due["how_label"] == "How this date came about"
        assert due["how"] == [
            "5 working days from 10:30am today.",
            "Set by your committee, not by the guide.",
            "Tuesday 2 June: The clock started at 10:30am. The start day is not counted.",
            "Wednesday 3 June: Working day 1 of 5.",
            "Thursday 4 June: Working day 2 of 5.",
            "Friday 5 June: Working day 3 of 5.",
            "Saturday 6 June: Not counted: Saturdays are not worked.",
            "Sunday 7 June: Not counted: Sundays are not worked.",
            "Monday 8 June: Working day 4 of 5.",
            "Tuesday 9 June: Working day 5 of 5. Due at 5pm.",
            "Stage: Resolution: talk to each other.",
        ]

    def test_the_other_side_is_asked_to_answer(self, cast: Cast) -> None:
        response = look(cast.social_worker, opened(cast))
        assert facts(response)["Who holds it?"] == "Nadia Reid | Health visitor, Health."
        assert facts(response)["What is due from you?"] == (
            "Answer and give your side’s position, by 5pm on Tuesday 9 June"
        )
        assert response.context["panel"]["action"]["label"] == "Give your side’s position"

    @pytest.mark.requirement("G35")
    def test_who_has_no_step_is_told_who_has(self, cast: Cast) -> None:
        response = look(cast.social_worker, case_at(cast, State.MANAGERS), TUESDAY + 4 * HOUR)
        assert response.context["panel"]["action"] is None
        assert "The next step is with Morag Lunan. You get an email when something is asked of you." in words(
            response
        )
        assert facts(response)["What is due from Morag Lunan?"] == (
            "Settle this or take it on, by 5pm on Tuesday 9 June"
        )

    def test_further_steps_are_buttons_and_quiet_ones_are_folded_away(self, cast: Cast) -> None:
        response = look(cast.nurse, opened(cast))
        labels = [s["label"] for s in response.context["further"]]
        assert labels == [
            "Record a meeting",
            "Give your side’s position",
            "Set out what is agreed and disputed",
            "Record an agreement",
            "Tell the other side you will take it further",
            "Add new information",
            "Confirm or change what keeps the child safe",
        ]
        assert {s["kind"] for s in response.context["quiet"]} == {"quiet"}
        assert "Withdraw it" in [s["label"] for s in response.context["quiet"]]

    def test_lapsed_and_today_are_said_in_words_and_tone(self, cast: Cast) -> None:
        case = opened(cast)
        on_the_day = look(cast.nurse, case, TUESDAY + 7 * DAY)
        assert facts(on_the_day)["What is due from you?"] == "Settle this or take it on, by 5pm today"
        assert tones(on_the_day)["What is due from you?"] == "today"
        assert {"text": "Due today", "colour": "today"} in on_the_day.context["panel"]["tags"]
        after = look(cast.nurse, case, TUESDAY + 8 * DAY)
        assert facts(after)["What is due from you?"] == "Settle this or take it on, was due by 5pm yesterday"
        assert tones(after)["What is due from you?"] == "lapsed"
        assert {"text": "Lapsed", "colour": "lapsed"} in after.context["panel"]["tags"]

    def test_a_safety_line_past_its_time_is_no_longer_called_safe(self, cast: Cast) -> None:
        response = look(cast.nurse, opened(cast), TUESDAY + 7 * DAY)
        assert facts(response)["Is the child safe now?"].startswith("It was, but this must be confirmed | ")
        assert facts(response)["Is the child safe now?"].endswith(
            "This had to be confirmed again by 5pm yesterday."
        )
        assert tones(response)["Is the child safe now?"] == "unsure"

    @pytest.mark.parametrize(
        ("safe", "answer", "tone"), [("no", "No", "danger"), ("unsure", "Not sure", "unsure")]
    )
    def test_not_safe_is_danger(self, cast: Cast, safe: str, answer: str, tone: str) -> None:
        response = look(cast.nurse, opened(cast, child_safe=safe))
        assert facts(response)["Is the child safe now?"].split(" | ")[0] == answer
        assert tones(response)["Is the child safe now?"] == tone

    def test_danger_today_is_a_tag(self, cast: Cast) -> None:
        response = look(cast.nurse, opened(cast, urgency="immediate"))
        assert {"text": "Danger today", "colour": "danger"} in response.context["panel"]["tags"]

    def test_a_deputy_is_told_for_whom_they_hold_it(self, cast: Cast) -> None:
        response = look(cast.cswo_deputy, case_at(cast, State.CSWO), TUESDAY + 7 * HOUR)
        assert facts(response)["Who holds it?"] == (
            "Greta Holm | You act for Greta Holm today. Chief Social Work Officer, Social Work."
        )
        assert facts(response)["What is due from Greta Holm?"] == "Accept this, by 5pm tomorrow"
        assert response.context["panel"]["action"]["label"] == "Accept this"

    def test_who_may_stand_in_is_named(self, cast: Cast) -> None:
        case = case_at(cast, State.LINE_MANAGER)
        Case.objects.filter(pk=case.pk).update(stand_in=cast.health_senior, version=case.version + 1)
        assert "Stuart Vane may act as well, because the time ran out." in words(
            look(cast.nurse, case, TUESDAY + 2 * HOUR)
        )


class TestHorizon:
    QUESTION = "By when could harm occur?"

    def test_it_says_by_when_and_that_the_stages_fit(self, cast: Cast) -> None:
        response = look(cast.nurse, opened(cast, horizon_at=TUESDAY + 10 * DAY))
        assert facts(response)[self.QUESTION] == (
            "Harm could occur by 10:30am on Friday 12 June | Every stage still to come is timed to fit before then."
        )
        assert tones(response)[self.QUESTION] == ""

    def test_it_warns_when_the_stages_no_longer_fit(self, cast: Cast) -> None:
        case = opened(cast, horizon_at=TUESDAY + 3 * HOUR)
        response = look(cast.nurse, case, TUESDAY + HOUR)
        assert facts(response)[self.QUESTION] == (
            "Harm could occur by 1:30pm today | The stages still to come do not fit before then. "
            "Make the child safe first, and go up now."
        )
        assert tones(response)[self.QUESTION] == "danger"

    def test_it_says_that_it_has_passed(self, cast: Cast) -> None:
        case = opened(cast, horizon_at=TUESDAY + 3 * HOUR)
        response = look(cast.nurse, case, TUESDAY + 3 * HOUR)
        assert facts(response)[self.QUESTION].startswith("Harm could have occurred since 1:30pm today | ")
        assert tones(response)[self.QUESTION] == "danger"

    def test_without_one_nothing_is_said(self, cast: Cast) -> None:
        assert self.QUESTION not in facts(look(cast.nurse, opened(cast)))


class TestPositions:
    """Each side writes on its own: the other's words open once one's own are given, or the stage was left (G12)."""

    def given(self, case: Case, person: User, position: dict[str, str], at: Any = TUESDAY) -> None:
        talking.give_position(case, by=person, audit=audit(case, at), position=position)

    def test_none_given(self, cast: Cast) -> None:
        found = words(look(cast.nurse, opened(cast)))
        assert "Health Raised it: Health visiting, north You have not given your position yet." in found
        assert "Social Work Was asked to answer: Children and families, north No position given yet." in found

    def test_the_raisers_words_are_closed_to_the_other_side(self, cast: Cast) -> None:
        case = opened(cast)
        self.given(case, cast.nurse, POSITION)
        response = look(cast.social_worker, case)
        assert OWN_WORDS not in response.content.decode()
        assert f"Position given at 10:30am today. {CLOSED}" in words(response)
        assert event(response, "Position of the raising side")["empty"] == CLOSED
        assert OWN_WORDS in words(look(cast.nurse, case))

    def test_the_other_sides_words_are_closed_to_the_raiser(self, cast: Cast) -> None:
        case = opened(cast)
        self.given(case, cast.social_worker, OTHER_POSITION)
        response = look(cast.nurse, case)
        assert OTHER_WORDS not in response.content.decode()
        assert f"Position given at 10:30am today. {CLOSED}" in words(response)
        assert OTHER_WORDS in words(look(cast.social_worker, case))

    def test_both_are_open_to_both_once_both_are_given(self, cast: Cast) -> None:
        case = opened(cast)
        both_positions(case, cast)
        for person in (cast.nurse, cast.social_worker):
            found = words(look(person, case))
            assert OWN_WORDS in found
            assert OTHER_WORDS in found
            assert CLOSED not in found

    def test_parts_stand_in_the_order_and_words_of_the_procedure(self, cast: Cast) -> None:
        case = opened(cast)
        both_positions(case, cast)
        assert (
            "What we have seen and know Seen on three visits. How we see the need or risk The threshold is met. "
            "What it means for the child Hunger, missed school. Nadia Reid, Resolution: talk to each other, 11am today"
            in words(look(cast.nurse, case))
        )

    def test_a_correction_of_a_closed_position_is_closed_too(self, cast: Cast) -> None:
        case = opened(cast)
        self.given(case, cast.social_worker, OTHER_POSITION)
        written = Entry.objects.get(case=case, kind=Kind.POSITION)
        for n, text in enumerate(["It was two visits in May.", "It was three visits in May."]):
            talking.correct_entry(
                case,
                by=cast.social_worker,
                audit=audit(case, TUESDAY + n * HOUR / 4),
                entry=written,
                correction=text,
            )
            written = Entry.objects.get(case=case, supersedes=written)
        response = look(cast.nurse, case)
        assert "visits in May" not in response.content.decode()
        corrections = [e for e in response.context["timeline"] if e["heading"] == "Correction"]
        assert [(e["empty"], e["links"]) for e in corrections] == [(CLOSED, []), (CLOSED, [])]
        self.given(case, cast.nurse, POSITION, TUESDAY + HOUR / 2)
        found = words(look(cast.nurse, case))
        assert "It was two visits in May." in found
        assert "It was three visits in May." in found

    def test_they_open_when_the_stage_is_left(self, cast: Cast) -> None:
        case = opened(cast)
        self.given(case, cast.social_worker, OTHER_POSITION)
        tell_and_escalate(case, cast.nurse, TUESDAY + HOUR)
        assert OTHER_WORDS in words(look(cast.nurse, case, TUESDAY + 2 * HOUR))

    def test_a_new_stage_closes_the_other_sides_new_position_and_leaves_the_earlier_one_open(
        self, cast: Cast
    ) -> None:
        case = case_at(cast, State.RESOLUTION)
        both_positions(case, cast)
        tell_and_escalate(case, cast.nurse, TUESDAY + HOUR)
        managing.accept(case, by=cast.nurse_manager, audit=audit(case, TUESDAY + 2 * HOUR))
        managing.support(
            case,
            by=cast.nurse_manager,
            audit=audit(case, TUESDAY + 3 * HOUR),
            discussion="",
            why="Clear.",
            feedback="Yes.",
        )
        at = TUESDAY + 4 * HOUR
        self.given(case, cast.social_work_manager, {"view": "We would visit once more."}, at)
        response = look(cast.nurse_manager, case, at)
        assert "We would visit once more." not in response.content.decode()
        assert response.context["earlier_positions"] == [
            {
                "label": "Social Work, Resolution: talk to each other, 11am today",
                "url": f"#entry-{Entry.objects.get(case=case, kind=Kind.POSITION, author=cast.social_worker).pk}",
            }
        ]
        self.given(case, cast.nurse_manager, {"view": "One visit is not enough."}, at)
        found = words(look(cast.nurse_manager, case, at))
        assert "We would visit once more." in found
        assert len(look(cast.nurse_manager, case, at).context["earlier_positions"]) == 2

    def test_who_stands_on_no_side_reads_both(self, cast: Cast) -> None:
        case = case_at(cast, State.CSWO)
        self.given(case, cast.nurse, POSITION, TUESDAY + 7 * HOUR)
        for person in (cast.cswo, cast.cswo_deputy):
            assert OWN_WORDS in words(look(person, case, TUESDAY + 7 * HOUR))
        assert OWN_WORDS not in look(cast.social_worker, case, TUESDAY + 7 * HOUR).content.decode()

    def test_common_ground_and_the_question(self, cast: Cast) -> None:
        case = opened(cast)
        both_positions(case, cast)
        assert (
            "Both sides agree The child missed nine days of school. In dispute Whether there is enough food at home. "
            "The question to decide Is the threshold for an assessment met? Not known yet What the father thinks."
            in words(look(cast.nurse, case))
        )


class TestReading:
    def write(self, case: Case, by: User, text: str, visibility: Visibility, at: Any = TUESDAY) -> None:
        with change(
            case, by=by, audit=audit(case, at), rule=policies.give_update, verb=Verb.UPDATED
        ) as collected:
            collected.write(Kind.UPDATE, {"update": text}, visibility=visibility)

    def test_words_for_ones_own_agency_stay_there(self, cast: Cast) -> None:
        case = case_at(cast, State.LINE_MANAGER)
        at = TUESDAY + 2 * HOUR
        self.write(case, cast.nurse, "Only Health needs this.", Visibility.OWN_AGENCY, at)
        for reader in (cast.nurse, cast.nurse_manager):
            assert "Only Health needs this." in words(look(reader, case, at))
        page = look(cast.social_worker, case, at)
        assert "Only Health needs this." not in page.content.decode()
        assert event(page, "New information")["empty"] == "Written for their own agency only."

    def test_words_for_those_who_decide_are_open_to_them_and_the_writer(self, cast: Cast) -> None:
        case = case_at(cast, State.CSWO)
        at = TUESDAY + 7 * HOUR
        self.write(case, cast.health_senior, "For the decision alone.", Visibility.DECIDERS, at)
        for reader in (cast.cswo, cast.cswo_deputy, cast.health_senior):
            assert "For the decision alone." in words(look(reader, case, at))
        for reader in (cast.nurse, cast.social_worker, cast.social_work_senior):
            page = look(reader, case, at)
            assert "For the decision alone." not in page.content.decode()
            assert event(page, "New information")["empty"] == "Written for those who decide."

    def test_what_a_deputy_wrote_is_open_to_whom_they_acted_for(self, cast: Cast) -> None:
        case = case_at(cast, State.CSWO)
        at = TUESDAY + 7 * HOUR
        self.write(case, cast.cswo_deputy, "Note by the deputy.", Visibility.DECIDERS, at)
        assert "Note by the deputy." in words(look(cast.cswo, case, at))

    def test_a_self_check_is_for_its_writer_alone(self, cast: Cast) -> None:
        case = opened(cast)
        climbing.notify_intention(case, by=cast.nurse, audit=audit(case, LATER), message="Further.")
        climbing.escalate(
            case,
            by=cast.nurse,
            audit=audit(case, LATER),
            brief={"concerns": "Hungry."},
            situation="At home.",
            tried="Two calls.",
            self_check={"tried_directly": "I put it off for a week."},
        )
        assert "I put it off for a week." in words(look(cast.nurse, case, LATER))
        for reader in (cast.nurse_manager, cast.social_worker):
            assert "I put it off" not in look(reader, case, LATER).content.decode()

    def test_the_local_reference_is_for_the_agency_that_gave_it(self, cast: Cast) -> None:
        case = opened(cast)
        assert "Reference at Health HV-2041" in words(look(cast.nurse, case))
        assert "HV-2041" not in look(cast.social_worker, case).content.decode()


class TestWhoMayOpenIt:
    def test_everybody_else_gets_the_page_of_an_unknown_reference(self, cast: Cast) -> None:
        case = opened(cast)
        duty = Deadline.objects.filter(case=case).first()
        assert duty is not None
        outsiders = (cast.stranger, cast.colleague, cast.administrator, cast.auditor, cast.nurse_manager)
        for person in (*outsiders, cast.cpc_officer, cast.cswo):
            client = signed_in(person)
            for page in ("", f"due/{duty.pk}/"):
                with time_machine.travel(LATER, tick=False):
                    real = client.get(f"/cases/{case.reference}/{page}")
                    unknown = client.get(f"/cases/222-2222/{page}")
                assert (real.status_code, unknown.status_code) == (404, 404)
                # A page may say back the address that was typed, and nothing else of the case.
                assert _without_token(real).replace(case.reference, "222-2222") == _without_token(unknown)

    def test_who_has_left_no_longer_opens_it(self, cast: Cast) -> None:
        case = opened(cast)
        Participation.objects.filter(case=case, user=cast.social_worker).update(ended_at=TUESDAY)
        assert signed_in(cast.social_worker).get(f"/cases/{case.reference}/").status_code == 404

    def test_the_reference_may_be_typed_in_small_letters(self, cast: Cast) -> None:
        case = opened(cast)
        look(cast.nurse, case, page=f"/cases/{case.reference.lower()}/")

    @pytest.mark.parametrize("reference", ["%00", "a%00b", "%F0%9F%98%80", "ß" * 9, "x" * 300])
    def test_a_strange_reference_is_not_found(self, cast: Cast, reference: str) -> None:
        assert signed_in(cast.nurse).get(f"/cases/{reference}/").status_code == 404

    def test_nobody_opens_it_without_signing_in(self, cast: Cast) -> None:
        assert Client().get(f"/cases/{opened(cast).reference}/").status_code == 302

    def test_it_is_only_read(self, cast: Cast) -> None:
        assert signed_in(cast.nurse).post(f"/cases/{opened(cast).reference}/").status_code == 405

    def test_the_title_holds_the_reference_alone(self, cast: Cast) -> None:
        case = opened(cast)
        assert f"<title>Case {case.reference} - Escalation</title>" in look(cast.nurse, case).content.decode()


def _without_token(response: HttpResponse) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


class TestLooking:
    def seen(self, case: Case, person: User) -> Any:
        return Participation.objects.get(case=case, user=person).looked_at

    def test_opening_it_is_noted_once_a_minute(self, cast: Cast) -> None:
        case = opened(cast)
        assert self.seen(case, cast.nurse) is None
        look(cast.nurse, case, LATER)
        look(cast.nurse, case, LATER + timedelta(seconds=59))
        assert self.seen(case, cast.nurse) == LATER
        look(cast.nurse, case, LATER + timedelta(seconds=60))
        assert self.seen(case, cast.nurse) == LATER + timedelta(seconds=60)
        assert self.seen(case, cast.social_worker) is None

    def test_a_change_within_the_minute_is_noted_as_seen(self, cast: Cast) -> None:
        case = opened(cast)
        look(cast.nurse, case, LATER)
        moment = LATER + timedelta(seconds=10)
        talking.give_update(case, by=cast.social_worker, audit=audit(case, moment), update="Visited.")
        response = look(cast.nurse, case, moment + timedelta(seconds=10))
        assert event(response, "New information")["new"] is True
        assert event(response, "Disagreement recorded")["new"] is False
        assert self.seen(case, cast.nurse) == moment + timedelta(seconds=10)
        assert (
            event(look(cast.nurse, case, moment + timedelta(seconds=20)), "New information")["new"] is False
        )

    def test_looking_for_somebody_leaves_what_they_have_seen(self, cast: Cast) -> None:
        case = case_at(cast, State.CSWO)
        look(cast.cswo_deputy, case, TUESDAY + 7 * HOUR)
        assert self.seen(case, cast.cswo) is None


class TestTimeline:
    def test_every_verb_has_one_presenter(self) -> None:
        assert set(PRESENTERS) == set(Verb)

    def test_every_verb_is_told_without_facts(self, cast: Cast) -> None:
        for verb in Verb:
            assert headline(Line(verb.value, {}, cast.procedure.definition)).strip()

    def test_an_unknown_verb_is_an_error(self, cast: Cast) -> None:
        with pytest.raises(UnknownVerb, match="no presenter for the verb 'vanished'"):
            headline(Line("vanished", {}, cast.procedure.definition))

    def test_every_kind_of_entry_has_its_texts(self) -> None:
        assert set(TEXTS) == set(Kind)

    def test_who_of_which_agency_in_which_role_and_when(self, cast: Cast) -> None:
        row = event(look(cast.nurse, opened(cast)), "Disagreement recorded")
        assert (row["by"], row["when"]) == ("Nadia Reid, Health (raised it)", "10:30am today")
        assert said(row) == {
            "When it happened": "3pm on Friday 29 May",
            "What happened": "The referral of 28 May was declined at screening. I saw the child unfed on three visits.",
            "What could follow for the child": (
                "Without help at home the child is likely to go hungry and miss school again."
            ),
            "Is the child safe now?": "Safe for now",
            "What keeps the child safe meanwhile": (
                "Grandmother has the child each evening until Sunday; I visit on Thursday."
            ),
            "Who makes sure of it": "Health visitor",
            "To be confirmed again": "By 5pm on Monday 8 June",
            "The situation now": "Child at school today. Grandmother confirmed by telephone at 9am.",
        }

    def test_newest_first_in_the_order_of_the_trail(self, cast: Cast) -> None:
        response = look(cast.cswo, long_case(cast), TUESDAY + 9 * HOUR)
        assert [e["heading"] for e in response.context["timeline"]] == [
            "Determination",
            "Accepted",
            "Taken to Stage 3: the Chief Social Work Officer decides",
            "The other side was told that it will be taken further",
            "Accepted",
            "Taken to Stage 2: senior managers meet",
            "The other side was told that it will be taken further",
            "Feedback read by the person who raised it",
            "The manager supports the concern. Taken to Stage 1: managers meet",
            "Accepted",
            "Taken to Stage 1: talk to your line manager",
            "The other side was told that it will be taken further",
            "What is agreed and what is disputed",
            "Position of the receiving side",
            "Position of the raising side",
            "Correction",
            "Contact with the other side: telephone",
            "Disagreement recorded",
        ]

    @pytest.mark.requirement("G27")
    def test_a_late_entry_says_when_it_happened_and_when_it_was_written(self, cast: Cast) -> None:
        row = event(look(cast.nurse, long_case(cast), TUESDAY + 9 * HOUR), "Contact with")
        assert row["when"] == "10:30am on Saturday 30 May"
        assert row["written"] == "Late entry, written at 10:45am today"

    def test_an_entry_of_the_same_day_says_both_without_being_late(self, cast: Cast) -> None:
        case = opened(cast)
        talking.give_update(
            case,
            by=cast.nurse,
            audit=audit(case, LATER),
            update="Seen.",
            happened_at=LATER - timedelta(hours=20),
        )
        row = event(look(cast.nurse, case), "New information")
        assert row["when"] == "3:30pm yesterday (written at 11:30am today)"
        assert "written" not in row

    @pytest.mark.requirement("G27")
    @pytest.mark.requirement("G27")
    def test_a_correction_stands_with_what_it_corrects(self, cast: Cast) -> None:
        response = look(cast.social_worker, long_case(cast), TUESDAY + 9 * HOUR)
        row = event(response, "Contact with")
        assert row["superseded"] is True
        assert said(row) == {
            "How": "Telephone",
            "Who": "Callum Petrie",
            "What was said": "The three visits.",
            "What came of it": "No change of view.",
            "Corrected at 10:50am today by Nadia Reid": "It was two visits.",
        }
        assert event(response, "Correction")["links"] == [
            {"label": "See it with what it corrects", "url": f"#{row['id']}"}
        ]
        assert f'id="{row["id"]}"' in response.content.decode()

    def test_who_acted_for_whom_is_said(self, cast: Cast) -> None:
        case = case_at(cast, State.CSWO)
        at = TUESDAY + 7 * HOUR
        managing.accept(case, by=cast.cswo_deputy, audit=audit(case, at))
        talking.give_update(case, by=cast.cswo_deputy, audit=audit(case, at), update="I have it.")
        response = look(cast.nurse, case, at)
        first = response.context["timeline"][1]
        assert (first["heading"], first["by"]) == (
            "Accepted for Greta Holm",
            "Hamish Orr, Social Work (decides, acting for Greta Holm)",
        )
        assert event(response, "New information")["by"] == (
            "Hamish Orr, Social Work (Chief Social Work Officer, acting for Greta Holm)"
        )

    def test_words_that_were_erased_leave_their_place(self, cast: Cast) -> None:
        case = opened(cast)
        talking.give_update(case, by=cast.nurse, audit=audit(case, LATER), update="Seen.")
        record = Record.load(fresh(case), cast.nurse, LATER)
        (update,) = [e for e in record.entries if e.kind == Kind.UPDATE]
        update.content = ""
        from cases.presenters.timeline import timeline

        assert timeline(record)[0]["facts"] == [
            {"key": "Removed", "value": "The words were removed under the retention rules."}
        ]

    def test_a_text_no_table_knows_is_shown_all_the_same(self, cast: Cast) -> None:
        case = opened(cast)
        with change(
            case, by=cast.nurse, audit=Audit(LATER), rule=policies.give_update, verb=Verb.UPDATED
        ) as c:
            c.write(Kind.UPDATE, {"update": "Seen.", "found_later": "A new word."})
        assert said(event(look(cast.nurse, case), "New information")) == {
            "New information": "Seen.",
            "Found later": "A new word.",
        }

    def test_a_lapse_says_what_was_due_from_whom(self, cast: Cast) -> None:
        from cases.clock import sweep

        case = opened(cast)
        at = TUESDAY + 8 * DAY
        sweep(at)
        response = look(cast.nurse, case, at)
        row = event(response, "The time ran out: settle this or take it on")
        assert row["by"] == "By the service, by the clock"
        assert said(row) == {
            "Was due": "5pm yesterday",
            "From": "Nadia Reid",
            "May act now as well": "Morag Lunan",
        }

    def test_a_change_of_urgency_says_which_dates_moved(self, cast: Cast) -> None:
        from cases.actions import pace

        case = opened(cast)
        pace.change_urgency(
            case, by=cast.nurse, audit=audit(case, LATER), urgency="urgent", reason="He lost weight."
        )
        row = event(look(cast.nurse, case), "Urgency changed from “weeks ahead” to “within days”")
        assert said(row)["Due date: settle this or take it on"] == "5pm tomorrow (was 5pm on Tuesday 9 June)"
        assert said(row)["Why"] == "He lost weight."


def marks(response: HttpResponse) -> list[tuple[str, str, str, str]]:
    return [
        (s["label"], s["detail"], s["state"], s.get("note", "")) for s in response.context["ladder"]["steps"]
    ]


class TestLadder:
    def test_in_the_local_labels(self, cast: Cast) -> None:
        case = case_at(cast, State.MANAGERS)
        assert marks(look(cast.nurse, case, TUESDAY + 4 * HOUR)) == [
            ("Resolution", "Talk to each other", "done", "Taken further, today"),
            ("Stage 1", "Talk to your line manager", "done", "Taken further, today"),
            ("Stage 1", "Managers meet", "current", "Due by 5pm on Tuesday 9 June"),
            ("Stage 2", "Senior managers meet", "next", ""),
            ("Stage 3", "The Chief Social Work Officer decides", "next", ""),
        ]

    def test_a_refusal_is_marked(self, cast: Cast) -> None:
        case = case_at(cast, State.LINE_MANAGER)
        at = TUESDAY + 2 * HOUR
        managing.accept(case, by=cast.nurse_manager, audit=audit(case, at))
        managing.decline(
            case, by=cast.nurse_manager, audit=audit(case, at), why="Not yet.", feedback="Visit again."
        )
        response = look(cast.nurse, case, at)
        assert marks(response)[1][2:] == (
            "refused",
            "Not supported. The person who raised it decides what happens now",
        )
        assert {"text": "Not supported", "colour": "waiting"} in response.context["panel"]["tags"]
        managing.ask_independent_view(case, by=cast.nurse, audit=audit(case, at), question="Is it safe?")
        managing.give_independent_view(
            case, by=cast.health_lead, audit=audit(case, at), supports=True, view="It is not."
        )
        assert marks(look(cast.nurse, case, at))[1][2] == "current"
        assert marks(look(cast.nurse, case, at))[1][3].startswith(
            "Not supported before; now with another manager; due by"
        )

    def test_a_stage_that_was_passed_over_is_marked(self, cast: Cast) -> None:
        case = opened(cast, urgency="immediate")
        climbing.skip(
            case,
            by=cast.nurse,
            audit=audit(case, LATER),
            target="senior_managers",
            reason="The child goes home at noon.",
            brief={"concerns": "Hungry."},
            situation="On the ward.",
            tried="One call.",
        )
        response = look(cast.nurse, case)
        assert [m[2] for m in marks(response)] == ["done", "skipped", "skipped", "current", "next"]
        assert marks(response)[1][3] == "Passed over: danger today"

    def test_a_referral_adds_its_rung_and_its_panels(self, cast: Cast) -> None:
        case = determined(cast)
        settling.refer(
            case,
            by=cast.cswo,
            audit=audit(case, TUESDAY + 8 * HOUR),
            body="cpc",
            referred_on=date(2026, 6, 2),
            reason="Thresholds need review.",
            feedback="I have referred it.",
        )
        response = look(cast.nurse, case, TUESDAY + 8 * HOUR)
        assert marks(response)[-1][0] == "Committee or chief officers"
        assert [p["heading"] for p in response.context["decided"]] == ["Referral", "The determination"]
        assert "To Child Protection Committee On today Why Thresholds need review." in words(response)
        at = TUESDAY + 9 * HOUR
        settling.record_committee_outcome(
            case,
            by=cast.cpc_officer,
            audit=audit(case, at),
            outcome_on=date(2026, 6, 2),
            outcome="The threshold guidance is to be rewritten.",
            actions=[],
            feedback="The committee agreed with you.",
        )
        after = look(cast.cpc_officer, case, at)
        assert after.context["decided"][0]["heading"] == "Outcome of the referral"
        assert "What was decided The threshold guidance is to be rewritten." in words(after)


class TestAfterwards:
    def test_a_settled_case_says_what_is_still_missing(self, cast: Cast) -> None:
        case = determined(cast)
        at = TUESDAY + 8 * HOUR
        response = look(cast.cswo, case, at)
        assert response.context["missing"] == [
            "Nadia Reid has to confirm what was agreed",
            "Callum Petrie has to confirm what was agreed",
            "Nadia Reid has to say whether it was done and whether it helped",
            "Callum Petrie has to say whether it was done and whether it helped",
            "1 agreed action must be reported",
            "Nadia Reid has to read the feedback and say so",
        ]
        assert len(response.context["missing"]) == len(following.still_missing(case))
        assert response.context["panel"]["action"] is None
        assert "Debrief and close" not in [s["label"] for s in response.context["further"]]
        assert "You see this through. Others have to do something before it can be closed" in words(response)

    def test_with_nothing_missing_closing_is_the_main_step(self, cast: Cast) -> None:
        case = agreed(cast)
        check_back_all(case, cast, TUESDAY + DAY)
        response = look(cast.nurse, case, TUESDAY + DAY)
        assert response.context["missing"] == following.still_missing(case) == []
        assert response.context["panel"]["action"]["label"] == "Debrief and close"

    def test_actions_say_who_by_when_and_how_they_stand(self, cast: Cast) -> None:
        case = determined(cast)
        late = look(cast.nurse, case, TUESDAY + 4 * DAY)
        (row,) = late.context["actions"]["rows"]
        assert row[0]["text"] == "1. Start the assessment"
        assert (row[1]["text"], row[1]["small"], row[2]) == ("Callum Petrie", "Social Work", "5 June 2026")
        assert row[3]["tag"] == {"text": "Lapsed", "colour": "lapsed"}
        following.report_action(
            case,
            by=cast.social_worker,
            audit=audit(case, TUESDAY + 4 * DAY),
            action=Action.objects.get(case=case),
            done=True,
            evidence="Held by Social Work under 77.",
            done_at=TUESDAY + 4 * DAY,
        )
        (row,) = look(cast.nurse, case, TUESDAY + 4 * DAY).context["actions"]["rows"]
        assert (row[3]["tag"]["text"], row[3]["small"]) == ("Done", "Held by Social Work under 77.")

    def test_check_backs_say_who_was_asked_what_and_the_answer(self, cast: Cast) -> None:
        case = agreed(cast)
        at = TUESDAY + DAY
        following.check_understood(case, by=cast.nurse, audit=audit(case, at), answer=True)
        following.check_done(case, by=cast.nurse, audit=audit(case, at), answer=True, helped=True)
        rows = look(cast.social_worker, case, at).context["check_backs"]["rows"]
        assert [(r[0], r[2]["text"], r[2]["small"], r[2].get("tag", {}).get("text")) for r in rows] == [
            ("Nadia Reid", "Yes", "", None),
            ("Callum Petrie", "", "", "Not answered yet"),
            ("Nadia Reid", "Yes", "Did it help the child? Yes.", None),
            ("Callum Petrie", "", "", "Not answered yet"),
        ]

    def test_a_reopened_case_keeps_the_old_check_backs_as_no_longer_asked(self, cast: Cast) -> None:
        case = agreed(cast)
        at = TUESDAY + DAY
        following.check_understood(
            case, by=cast.social_worker, audit=audit(case, at), answer=False, words="Not so."
        )
        response = look(cast.nurse, case, at)
        tags = [r[2].get("tag", {}).get("text") for r in response.context["check_backs"]["rows"]]
        assert tags == ["Not asked any more", None, "Not asked any more", "Not asked any more"]
        assert marks(response)[0][2:] == (
            "current",
            "Back here: reopened; due by 5pm on Wednesday 10 June",
        )
        assert event(response, "Check back")["heading"] == (
            "Check back: is it understood as it is written? No. The case is open again"
        )

    def test_a_withdrawn_case_says_how_it_ended(self, cast: Cast) -> None:
        case = opened(cast)
        settling.withdraw(case, by=cast.nurse, audit=audit(case, LATER), statement="Gran has the child now.")
        response = look(cast.social_worker, case)
        assert "How it ended Outcome Withdrawn Closing statement Gran has the child now." in words(response)
        assert facts(response) == {
            "Was the child safe when this ended?": (
                "Yes | Grandmother has the child each evening until Sunday; I visit on Thursday."
            ),
            "Where is it?": "Withdrawn | Withdrawn, 11:30am today",
        }
        assert response.context["panel"]["waiting"] == "This disagreement has ended. Nothing is asked of you."
        assert response.context["due"]["rows"] == []

    def test_a_closed_case_says_what_the_family_knows(self, cast: Cast) -> None:
        case = agreed(cast)
        check_back_all(case, cast, TUESDAY + DAY)
        close(case, cast.nurse, TUESDAY + DAY)
        response = look(cast.nurse, case, TUESDAY + DAY)
        assert (
            "How it ended Outcome Settled: shared solution Does the family know? Yes, they were told Who told them, "
            "or why not The health visitor told the mother on Friday." in words(response)
        )
        assert "It can be reopened if something new has come up." in words(response)


class TestPeopleAndDates:
    def test_people_with_part_agency_side_and_since_when(self, cast: Cast) -> None:
        case = case_at(cast, State.LINE_MANAGER)
        Participation.objects.filter(case=case, user=cast.social_worker).update(ended_at=TUESDAY + DAY)
        rows = look(cast.nurse, case, TUESDAY + DAY).context["people"]["rows"]
        assert [(r[0]["text"], r[0]["small"], r[1]["text"], r[2]["text"], r[3], r[4]) for r in rows] == [
            ("Nadia Reid", "Health visitor", "Raised it", "Health", "Raising", "2 Jun 2026"),
            ("Morag Lunan", "Line manager", "Line manager", "Health", "Raising", "2 Jun 2026"),
            (
                "Callum Petrie",
                "Social worker",
                "Counterpart",
                "Social Work",
                "Receiving",
                "2 Jun 2026 to 3 Jun 2026",
            ),
        ]

    def test_everything_that_is_due_links_to_how_its_date_was_reached(self, cast: Cast) -> None:
        case = opened(cast)
        rows = look(cast.nurse, case).context["due"]["rows"]
        assert [(r[0], r[1], r[2]["text"]) for r in rows] == [
            ("Confirm what keeps the child safe", "You (Nadia Reid)", "Due by 5pm on Monday 8 June"),
            ("Settle this or take it on", "You (Nadia Reid)", "Due by 5pm on Tuesday 9 June"),
            ("Say how the child is now", "You (Nadia Reid)", "Due by 5pm on Tuesday 9 June"),
            ("Answer and give your side’s position", "Callum Petrie", "Due by 5pm on Tuesday 9 June"),
        ]
        for row in rows:
            look(cast.social_worker, case, page=row[2]["url"])


class TestOneDate:
    def page(self, person: User, case: Case, rule: Rule, at: Any = LATER) -> HttpResponse:
        duty = Deadline.objects.filter(case=case, rule=rule).order_by("pk")[0]
        return look(person, case, at, page=f"/cases/{case.reference}/due/{duty.pk}/")

    def rows(self, response: HttpResponse) -> dict[str, str]:
        return {r["key"]: r["value"] for r in response.context["rows"]}

    def test_day_by_day_and_who_laid_it_down(self, cast: Cast) -> None:
        case = opened(cast)
        response = self.page(cast.social_worker, case, Rule.SETTLE)
        assert self.rows(response) == {
            "From whom": "Nadia Reid",
            "Due": "5pm on Tuesday 9 June",
            "Stage": "Resolution: talk to each other",
            "Time allowed": "5 working days",
            "Who set this": "Set by your committee, not by the guide",
            "What the guide says": (
                "“as quickly as possible”. "
                "Practitioner's Guide: Resolution and Escalation Arrangements (rewritten 2025)"
            ),
            "Counted from": "10:30am today",
        }
        assert response.context["days"]["rows"][3:6] == [
            ["Friday 5 June", "1 day", "Working day 3 of 5."],
            ["Saturday 6 June", None, "Not counted: Saturdays are not worked."],
            ["Sunday 7 June", None, "Not counted: Sundays are not worked."],
        ]
        assert "How this date came about: settle this or take it on" in words(response)
        assert f"<title>Case {case.reference}: a date - Escalation</title>" in response.content.decode()

    def test_brought_forward_before_harm_could_occur(self, cast: Cast) -> None:
        case = opened(cast, horizon_at=TUESDAY + 5 * DAY)
        response = self.page(cast.nurse, case, Rule.SETTLE)
        assert self.rows(response)["Due"] == "10:30am tomorrow"
        assert response.context["moved"] == (
            "That would be 5pm on Tuesday 9 June. It was brought forward to 10:30am tomorrow, because harm could "
            "occur by 10:30am on Sunday 7 June: the time left is shared equally among the stages still to come."
        )
        assert len(response.context["days"]["rows"]) == 8

    def test_a_time_that_somebody_named(self, cast: Cast) -> None:
        response = self.page(cast.nurse, opened(cast), Rule.SAFETY)
        assert self.rows(response)["Who set this"] == (
            "Somebody in the case named this time. No limit was counted"
        )
        assert response.context["days"] is None

    def test_where_the_guide_is_silent_it_says_so(self, cast: Cast) -> None:
        response = self.page(cast.nurse, determined(cast), Rule.CHECK_UNDERSTOOD, TUESDAY + 8 * HOUR)
        assert self.rows(response)["Who set this"] == (
            "The guide does not say. This service decides it until your committee does"
        )

    @pytest.mark.parametrize("rule", [Rule.CHECK_DONE, Rule.DEBRIEF])
    def test_a_date_counted_from_another_one_is_counted_from_there(self, cast: Cast, rule: Rule) -> None:
        case = determined(cast)
        response = self.page(cast.nurse, case, rule, TUESDAY + 8 * HOUR)
        before = {Rule.CHECK_DONE: Rule.ACTION, Rule.DEBRIEF: Rule.CHECK_DONE}[rule]
        assert Deadline.objects.filter(case=case, rule=before)[0].due_at.isoformat() in (
            "2026-06-05T16:00:00+00:00",
            "2026-06-09T16:00:00+00:00",
        )
        counted_from = {
            Rule.CHECK_DONE: "5pm on Friday 5 June",
            Rule.DEBRIEF: "5pm on Tuesday 9 June",
        }
        assert self.rows(response)["Counted from"] == counted_from[rule]
        assert response.context["days"]["rows"][-1][2].endswith("Due at 5pm.")

    def test_danger_today_is_counted_in_hours(self, cast: Cast) -> None:
        response = self.page(cast.nurse, opened(cast, urgency="immediate"), Rule.SETTLE)
        assert self.rows(response)["Time allowed"] == "2 hours"
        assert response.context["days"]["rows"] == [
            ["Tuesday 2 June", "2 hours", "Counted from 10:30am to 12:30pm."]
        ]

    def test_a_date_that_was_met_says_when(self, cast: Cast) -> None:
        case = opened(cast)
        talking.give_position(case, by=cast.social_worker, audit=audit(case, LATER), position=OTHER_POSITION)
        response = self.page(cast.nurse, case, Rule.REPLY)
        assert self.rows(response)["Done"] == "11:30am today"
        assert response.context["tag"] == {"text": "Done", "colour": "closed"}

    def test_a_date_of_another_case_is_not_found(self, cast: Cast) -> None:
        case, other = opened(cast), opened(cast, by=cast.colleague)
        duty = Deadline.objects.filter(case=other)[0]
        client = signed_in(cast.nurse)
        assert client.get(f"/cases/{case.reference}/due/{duty.pk}/").status_code == 404
        assert client.get(f"/cases/{case.reference}/due/999999999999999999999/").status_code == 404


class TestStatements:
    @pytest.mark.parametrize("updates", [3, 30])
    def test_as_many_statements_with_fifty_events_as_with_twenty(
        self, cast: Cast, updates: int, django_assert_num_queries: Any
    ) -> None:
        case = long_case(cast, updates=updates)
        client = signed_in(cast.cswo)
        at = TUESDAY + 9 * HOUR
        with time_machine.travel(at, tick=False):
            client.get(f"/cases/{case.reference}/")  # procedure and calendar are read once per process
            with django_assert_num_queries(11):
                again = client.get(f"/cases/{case.reference}/")
        assert len(again.context["timeline"]) == 18 + updates
        with (
            time_machine.travel(at + timedelta(minutes=2), tick=False),
            django_assert_num_queries(12),  # and one to note that they looked
        ):
            client.get(f"/cases/{case.reference}/")

    def test_a_date_takes_five(self, cast: Cast, django_assert_num_queries: Any) -> None:
        case = determined(cast)
        client = signed_in(cast.nurse)
        duty = Deadline.objects.filter(case=case)[0]
        page = f"/cases/{case.reference}/due/{duty.pk}/"
        with time_machine.travel(TUESDAY + 9 * HOUR, tick=False):
            client.get(page)
            with django_assert_num_queries(5):
                client.get(page)
