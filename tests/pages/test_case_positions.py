"""The page of a case: the two positions, and which words somebody may read."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from cases import policies
from cases.actions import climbing, managing, talking
from cases.actions.door import change
from cases.audit import Verb
from cases.models import Case, Entry
from cases.models.entry import Kind, Visibility
from cases.workflow import State
from tests.cases.steps import (
    POSITION,
    audit,
    case_at,
    determined,
    tell_and_escalate,
)
from tests.cast import TUESDAY, Cast, opened
from tests.pages.case_reading import CLOSED, LATER, OTHER_WORDS, OWN_WORDS, event, look
from tests.pages.scene import HOUR, OTHER_POSITION, both_positions, words


class TestPositions:
    """Each side writes on its own: the other's words open once one's own are given, or the stage was left (G12)."""

    def given(self, case: Case, person: User, position: dict[str, str], at: Any = TUESDAY) -> None:
        talking.give_position(case, by=person, audit=audit(case, at), position=position)

    def test_none_given(self, cast: Cast) -> None:
        found = words(look(cast.nurse, opened(cast)))
        assert "Health Raised it: Health visiting, north You have not given your position yet." in found
        assert "Social Work Was asked to answer: Children and families, north No position given yet." in found
        ended = words(look(cast.nurse, determined(cast), TUESDAY + 8 * HOUR))
        assert ended.count("No position was given.") == 2

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
