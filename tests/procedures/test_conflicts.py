"""Where the five documents contradict each other or say nothing: what was decided, held by a test for each (X1 to X13).

The decisions in words: docs/decisions/conflicts-and-silences.md.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from cases.actions import climbing, following, managing, settling
from cases.clock import sweep
from cases.models import Case, Deadline, Entry, Participation, Stage
from cases.models.case import Outcome
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.procedures.definitions import Procedure
from cases.procedures.loading import load_shipped, load_text, shipped_files
from cases.procedures.local import limits_of
from cases.procedures.vocabulary import OUTCOMES, TIER_OF
from cases.refusals import NotAllowed, NotNow
from cases.reports.base import Period
from cases.reports.every import REPORTS, run
from cases.workflow import State
from escalation.trail.models import Event
from tests.cases.steps import (
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
from tests.procedures.conftest import TWO_RUNGS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"
EVERY = [*shipped_files(), "two rungs"]


def named(key: str) -> Procedure:
    return load_text(TWO_RUNGS.read_text(encoding="utf-8")) if key == "two rungs" else load_shipped(key)


class TestX1AnAgreedActionThatWasNotDone:
    """X1: within scope in one area, a complaint in another. The scope screen of each procedure says which."""

    def test_perth_and_kinross_takes_it_up_as_a_reason(self, pk: Procedure) -> None:
        assert pk.reason("action_not_taken").family == "action_not_done"
        assert not any("agreed" in question.question for question in pk.scope)

    def test_another_area_sends_it_to_complaints_before_a_case_is_opened(self, made_up: Procedure) -> None:
        assert made_up.scope_question("task_not_done").diverts_to == "complaint"
        assert "action_not_done" not in made_up.reasons_by_family


class TestX2Stage1MeansThreeThings:
    """X2: the tier is canonical and the label local, so that areas can be compared."""

    def test_one_label_may_stand_on_two_rungs_of_different_tiers(self, pk: Procedure) -> None:
        assert [(rung.label, rung.tier) for rung in pk.rungs if rung.label == "Stage 1"] == [
            ("Stage 1", "T1"),
            ("Stage 1", "T2"),
        ]

    @pytest.mark.parametrize("key", EVERY)
    def test_every_rung_of_every_procedure_has_the_tier_of_its_state(self, key: str) -> None:
        tiers = [rung.tier for rung in named(key).rungs]
        assert tiers == [TIER_OF[named(key).rung(rung).state] for rung in named(key).ladder]
        assert tiers == sorted(tiers)


class TestX3NoNumberPassesForTheGuides:
    """X3: Perth and Kinross gives no number of hours or days, so none of them carries the guide's mark."""

    def test_the_one_limit_the_guide_gives_is_the_day_itself(self, pk: Procedure) -> None:
        guides = {path: limit for path, limit in limits_of(pk).items() if limit.source == "document"}
        assert list(guides) == ["urgencies.immediate.whole_ladder"]
        assert guides["urgencies.immediate.whole_ladder"].unit == "end_of_day"

    def test_a_due_date_says_who_set_its_limit_and_from_when_it_counts(self, cast: Cast) -> None:
        duty = Deadline.objects.get(case=opened(cast), rule=Rule.SETTLE)
        assert (duty.source, duty.starts_at) == ("local_setting", TUESDAY)


class TestX4TheManagerDoesNotAgree:
    """X4: recorded with reasons, told at once, three ways on, counted for the committee."""

    def refused(self, cast: Cast) -> Case:
        case = case_at(cast, State.LINE_MANAGER)
        at = TUESDAY + 2 * HOUR
        managing.accept(case, by=cast.nurse_manager, audit=audit(case, at))
        managing.decline(case, by=cast.nurse_manager, audit=audit(case, at), why="Wait.", feedback="Not yet.")
        return fresh(case)

    def test_the_raiser_holds_it_then_and_has_a_date_to_answer_by(self, cast: Cast) -> None:
        case = self.refused(cast)
        assert (case.holder, case.current_stage.supported) == (cast.nurse, False)
        view = Entry.objects.filter(case=case, kind=Kind.MANAGER_VIEW).get()
        assert (view.texts["supports"], view.texts["why"]) == (False, "Wait.")
        assert Deadline.objects.open().filter(case=case, rule=Rule.ANSWER_REFUSAL).get().person == cast.nurse

    def test_new_facts_go_to_the_same_manager(self, cast: Cast) -> None:
        case = self.refused(cast)
        managing.bring_new_facts(
            case, by=cast.nurse, audit=audit(case, TUESDAY + 3 * HOUR), facts="Seen again."
        )
        assert fresh(case).holder == cast.nurse_manager

    def test_accepting_it_ends_the_case_and_counts_it_as_declined(self, cast: Cast) -> None:
        case = self.refused(cast)
        managing.accept_refusal(
            case, by=cast.nurse, audit=audit(case, TUESDAY + 3 * HOUR), statement="I agree."
        )
        assert (fresh(case).state, fresh(case).outcome) == (State.WITHDRAWN, Outcome.MANAGER_DECLINED)

    def test_an_independent_view_goes_past_the_closed_door(self, cast: Cast) -> None:
        case = self.refused(cast)
        at = TUESDAY + 3 * HOUR
        managing.ask_independent_view(case, by=cast.nurse, audit=audit(case, at), question="Is waiting safe?")
        managing.give_independent_view(
            case, by=cast.health_lead, audit=audit(case, at), supports=True, view="It is not."
        )
        assert fresh(case).holder == cast.health_senior

    def test_past_a_second_closed_door_it_goes_to_the_next_stage(self, cast: Cast) -> None:
        """Nobody is above both of them but the Chief Social Work Officer, who decides in the end and takes no side."""
        case = self.refused(cast)
        for hour in (3, 5):
            at = TUESDAY + hour * HOUR
            managing.ask_independent_view(case, by=cast.nurse, audit=audit(case, at), question="Is it safe?")
            managing.give_independent_view(
                case, by=cast.health_lead, audit=audit(case, at), supports=True, view="It is not."
            )
            if fresh(case).state == State.LINE_MANAGER:
                managing.accept(case, by=cast.health_senior, audit=audit(case, at))
                words = {"why": "Wait.", "feedback": "Not yet."}
                managing.decline(case, by=cast.health_senior, audit=audit(case, at), **words)
        assert (fresh(case).state, fresh(case).holder) == (State.MANAGERS, cast.nurse_manager)
        assert not Participation.objects.filter(case=case, user=cast.cswo).exists()

    @pytest.mark.parametrize("key", EVERY)
    def test_wherever_a_manager_may_refuse_there_is_an_outcome_to_count(self, key: str) -> None:
        for rung in named(key).rungs:
            assert rung.may_refuse == (rung.refusal_outcome is not None)


class TestX5NobodyAnswers:
    """X5: recorded as a lapse at its true instant; the duty passes on; the case moves only where the file says so."""

    def test_the_other_sides_silence_passes_to_their_manager(self, cast: Cast) -> None:
        case = opened(cast)
        reply = Deadline.objects.get(case=case, rule=Rule.REPLY)
        Deadline.objects.filter(case=case).exclude(pk=reply.pk).update(next_at=None)
        sweep(reply.due_at)
        assert Event.objects.filter(chain=case.chain, verb="lapsed").count() == 1
        copies = Deadline.objects.filter(case=case, rule=Rule.REPLY).order_by("ordinal")
        assert [row.person for row in copies] == [cast.social_worker, cast.social_work_manager]
        assert fresh(case).state == State.RESOLUTION

    @pytest.mark.parametrize("key", EVERY)
    def test_each_rung_says_what_silence_does(self, key: str) -> None:
        assert {rung.on_silence for rung in named(key).rungs} <= {"move_duty", "raise"}


class TestX6DangerLeavesNoTimeForEveryStage:
    """X6: all stages are due today; one may be passed over in danger alone, with a reason."""

    def skip(self, case: Case, cast: Cast) -> None:
        climbing.skip(
            case,
            by=cast.nurse,
            audit=audit(case, TUESDAY + HOUR),
            target=State.MANAGERS,
            reason="My manager cannot be reached and harm is likely tonight.",
            brief={"concerns": "Left alone."},
            situation="Alone in the house.",
            tried="Two calls.",
        )

    def test_a_stage_is_passed_over_with_a_reason(self, cast: Cast) -> None:
        case = opened(cast, urgency="immediate")
        self.skip(case, cast)
        assert (fresh(case).state, fresh(case).holder) == (State.MANAGERS, cast.nurse_manager)
        assert Stage.objects.filter(case=case, outcome=Outcome.SKIPPED).count() == 1

    def test_not_when_there_is_no_danger_today(self, cast: Cast) -> None:
        case = opened(cast)
        with pytest.raises(NotNow):
            self.skip(case, cast)
        assert fresh(case).state == State.RESOLUTION


class TestX7WithdrawingMergingReopening:
    """X7: withdrawn with a statement, which may name another case; reopened on the rung where it was settled."""

    def test_the_raiser_withdraws_with_a_statement_that_stays(self, cast: Cast) -> None:
        case = opened(cast)
        statement = "Taken up together with the case of the younger child."
        settling.withdraw(case, by=cast.nurse, audit=audit(case, TUESDAY + HOUR), statement=statement)
        assert (fresh(case).state, fresh(case).outcome) == (State.WITHDRAWN, Outcome.WITHDRAWN)
        assert Entry.objects.get(case=case, kind=Kind.CLOSING).texts["statement"] == statement

    def test_nobody_else_withdraws_it(self, cast: Cast) -> None:
        case = opened(cast)
        with pytest.raises(NotAllowed):
            settling.withdraw(case, by=cast.social_worker, audit=audit(case, TUESDAY + HOUR), statement="No.")

    def test_a_closed_case_reopens_where_it_was_settled(self, cast: Cast) -> None:
        case = determined(cast)
        later = TUESDAY + 7 * DAY
        check_back_all(case, cast, later)
        following.acknowledge(case, by=cast.nurse, audit=audit(case, later))
        close(case, cast.cswo, later)
        following.reopen(
            case, by=cast.nurse, audit=audit(case, later + DAY), reason="The assessment was stopped."
        )
        assert fresh(case).state == State.CSWO


class TestX8WhoRefersToCommitteeOrChiefOfficers:
    """X8: the file names the roles; in Perth and Kinross the Chief Social Work Officer alone."""

    def test_the_file_says_who(self, pk: Procedure) -> None:
        assert {body.key: body.may_refer for body in pk.referral_bodies} == {
            "cpc": ("cswo",),
            "cog": ("cswo",),
        }

    def test_the_senior_manager_cannot_and_the_officer_can(self, cast: Cast) -> None:
        case = case_at(cast, State.CSWO)
        managing.accept(case, by=cast.cswo, audit=audit(case, TUESDAY + 7 * HOUR))
        given = {
            "body": "cpc",
            "referred_on": (TUESDAY + DAY).date(),
            "reason": "A question of policy.",
            "feedback": "It goes to the committee.",
        }
        at = TUESDAY + 8 * HOUR
        with pytest.raises(NotAllowed):
            settling.refer(case, by=cast.health_senior, audit=audit(case, at), **given)
        settling.refer(case, by=cast.cswo, audit=audit(case, at), **given)
        case = fresh(case)
        assert (case.state, case.holder) == (State.COMMITTEE, cast.cpc_officer)

    def test_what_the_committee_does_has_a_date_marked_as_nobodys(self, pk: Procedure) -> None:
        assert pk.referral_rung is not None
        assert pk.referral_rung.settle is not None
        assert {limit.source for limit in pk.referral_rung.settle.limits.values()} == {"silent"}


class TestX9NobodyIsToldOfTheirOwnAct:
    """X9: a drafting slip of 2019 lists the acting senior manager among those told; nobody reports to themselves."""

    @pytest.mark.parametrize("key", EVERY)
    def test_feedback_of_a_rung_never_goes_to_whoever_acts_on_it(self, key: str) -> None:
        for rung in named(key).rungs:
            assert rung.acts not in rung.feedback_to, rung.state
            if rung.acts == "practitioner":
                assert "raiser" not in rung.feedback_to

    def test_whoever_acts_is_not_asked_to_read_their_own_feedback(self, cast: Cast) -> None:
        case = opened(cast)
        settling.agree(
            case,
            by=cast.nurse,
            audit=audit(case, TUESDAY + HOUR),
            agreement="Joint visit.",
            actions=[],
            feedback="We agreed.",
        )
        assert not Deadline.objects.filter(case=case, rule=Rule.ACKNOWLEDGE).exists()


class TestX10TheLastRung:
    """X10: no way further up is laid down after the last rung, so it has to settle or decide."""

    @pytest.mark.parametrize("key", EVERY)
    def test_the_last_rung_settles_or_decides_and_leads_nowhere_higher(self, key: str) -> None:
        procedure = named(key)
        first, *above = (procedure.first_rung, *procedure.rungs_after(procedure.first_rung.key))
        for top in {rung.state: rung for rung in (([first, *above])[-1], procedure.rungs[-1])}.values():
            kinds = {OUTCOMES[outcome].kind for outcome in top.outcomes}
            assert "moves_up" not in kinds
            assert kinds & {"settles", "decides"}

    def test_nobody_takes_it_further_from_there(self, cast: Cast) -> None:
        case = case_at(cast, State.CSWO)
        managing.accept(case, by=cast.cswo, audit=audit(case, TUESDAY + 7 * HOUR))
        with pytest.raises((NotNow, NotAllowed)):
            tell_and_escalate(case, cast.cswo, TUESDAY + 8 * HOUR)


class TestX11AConflictOfInterest:
    """X11: a party never decides, and nobody decides twice; the deputy does."""

    def test_the_deputy_decides_when_the_officer_is_a_party(self, cast: Cast) -> None:
        case = case_at(cast, State.SENIOR_MANAGERS, counterpart=cast.cswo, counterpart_team_id=None)
        managing.accept(case, by=cast.health_senior, audit=audit(case, TUESDAY + 5 * HOUR))
        tell_and_escalate(case, cast.health_senior, TUESDAY + 6 * HOUR)
        assert fresh(case).holder == cast.cswo_deputy
        assert Participation.objects.filter(case=case, user=cast.cswo_deputy).exists()

    def test_an_agency_without_managers_is_told_and_the_officer_stands_on_no_side(self, cast: Cast) -> None:
        case = opened(cast, by=cast.police_officer, raising_team_id=None)
        with pytest.raises(NotNow, match="knows no line manager for Strathbracken Police"):
            tell_and_escalate(case, cast.police_officer, TUESDAY + HOUR)
        assert fresh(case).holder == cast.police_officer

    def test_one_manager_over_both_sides_does_not_answer_for_the_other(self, cast: Cast) -> None:
        case = case_at(
            cast, State.MANAGERS, counterpart=cast.colleague, counterpart_team_id=cast.health_team.pk
        )
        assert case.current_stage.acting == cast.nurse_manager
        assert case.current_stage.opposite not in (None, cast.nurse_manager)


class TestX12DoesTheFamilyKnow:
    """X12: one required answer at closing, and who told them or why not."""

    @pytest.mark.parametrize("key", EVERY)
    def test_every_procedure_asks(self, key: str) -> None:
        asked = named(key).family_question
        assert asked.question
        assert len(asked.options) >= 2

    def test_the_answer_stands_in_the_record(self, cast: Cast) -> None:
        case = agreed(cast)
        check_back_all(case, cast, TUESDAY + 7 * DAY)
        close(case, cast.nurse, TUESDAY + 7 * DAY)
        answer = Entry.objects.get(case=case, kind=Kind.CLOSING).texts
        assert (answer["family"], answer["family_words"]) == (
            "told",
            "The health visitor told the mother on Friday.",
        )


class TestX13NoDocumentDefinesNumbers:
    """X13: the reports' own figures, from facts that every case has, the same in each area."""

    @pytest.mark.requirement("PO07")
    def test_each_report_says_what_it_counts(self, cast: Cast) -> None:
        agreed(cast)
        period = Period.year_to(TUESDAY.date())
        for report in REPORTS.values():
            tables = run(report, cast.partnership, period, TUESDAY + DAY)
            assert tables, report.key
            assert all(table.caption for table in tables), report.key

    def test_how_far_it_went_is_counted_by_tier_so_that_areas_compare(self, cast: Cast) -> None:
        case_at(cast, State.MANAGERS)
        opened(cast, at=TUESDAY + HOUR)
        tables = run(REPORTS["activity"], cast.partnership, Period.year_to(TUESDAY.date()), TUESDAY + DAY)
        reached = next(table for table in tables if table.key == "reached")
        assert [line.key for line in reached.rows] == [tier.removeprefix("T") for tier in TIER_OF.values()]
        assert [sum(row) for row in reached.counts] == [1, 0, 1, 0, 0, 0]


class TestTheRecordOfDecisions:
    def test_each_conflict_has_a_line_a_place_and_a_test(self) -> None:
        text = (DECISIONS / "conflicts-and-silences.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| (X\d+) \| (.+?) \| (.+?) \| `(.+?)` \|$", text, flags=re.MULTILINE)
        assert [row[0] for row in rows] == [f"X{n}" for n in range(1, 14)]
        root = DECISIONS.parents[1]
        for key, _, where, test in rows:
            for path in re.findall(r"`([\w/.-]+)`", where):
                assert (root / path).exists(), (key, path)
            assert test in globals(), (key, test)
            assert test.startswith(f"Test{key}") and not test[len(f"Test{key}")].isdigit()
