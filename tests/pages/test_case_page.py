"""The page of a case: how it stands now, where it is on the ladder, what comes afterwards, who may open it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from cases.actions import climbing, following, managing, settling
from cases.models import Action, Case, Deadline
from cases.workflow import State
from tests.cases.steps import (
    agreed,
    audit,
    case_at,
    check_back_all,
    close,
    determined,
)
from tests.cast import TUESDAY, Cast, opened
from tests.pages.case_reading import LATER, event, facts, look, marks, tones
from tests.pages.scene import DAY, HOUR, long_case, signed_in, words


class TestNow:
    @pytest.mark.requirement("G35", "G01")
    def test_five_questions_for_the_one_who_raised_it(self, cast: Cast) -> None:
        response = look(cast.nurse, opened(cast))
        assert facts(response) == {
            "Is the child safe now?": (
                "Yes, for now | Grandmother has the child each evening until Sunday; I visit on Thursday. "
                "To be confirmed again by 5pm on Monday 8 June."
            ),
            "Who holds it?": "You (Nadia Reid) | Health visitor, Health.",
            "What is due from you?": "Settle this or take it further, by 5pm on Tuesday 9 June",
            "Where is it?": "Resolution: talk to each other | Since 10:30am today",
        }
        questions = [fact["question"] for fact in response.context["panel"]["facts"]]
        assert questions[:3] == ["Is the child safe now?", "Who holds it?", "What is due from you?"]
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
            "It is part of “Resolution: talk to each other”.",
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
            "Settle this or take it further, by 5pm on Tuesday 9 June"
        )

    def test_further_steps_are_links_and_rare_ones_are_folded_away(self, cast: Cast) -> None:
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
        shown = [*response.context["further"], *response.context["quiet"]]
        assert {s["kind"] for s in shown} == {"quiet"}, "the next step alone is a button"
        assert "Withdraw the disagreement" in [s["label"] for s in response.context["quiet"]]

    def test_lapsed_and_today_are_said_in_words_and_tone(self, cast: Cast) -> None:
        case = opened(cast)
        on_the_day = look(cast.nurse, case, TUESDAY + 7 * DAY)
        assert facts(on_the_day)["What is due from you?"] == "Settle this or take it further, by 5pm today"
        assert tones(on_the_day)["What is due from you?"] == "today"
        assert {"text": "Due today", "colour": "today"} in on_the_day.context["panel"]["tags"]
        after = look(cast.nurse, case, TUESDAY + 8 * DAY)
        assert (
            facts(after)["What is due from you?"]
            == "Settle this or take it further, was due by 5pm yesterday"
        )
        assert tones(after)["What is due from you?"] == "lapsed"
        assert {"text": "Lapsed", "colour": "lapsed"} in after.context["panel"]["tags"]

    def test_a_safety_line_without_a_full_stop_does_not_run_into_the_next_sentence(self, cast: Cast) -> None:
        response = look(cast.nurse, opened(cast, safety_line="Aunt, each day"))
        assert facts(response)["Is the child safe now?"] == (
            "Yes, for now | Aunt, each day. To be confirmed again by 5pm on Monday 8 June."
        )

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
        assert "To Child Protection Committee On Today Why Thresholds need review." in words(response)
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
