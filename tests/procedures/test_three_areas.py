"""Perth and Kinross 2019, Worcestershire and Portsmouth: what each document asks for stands in its file."""

from __future__ import annotations

import pytest

from cases.procedures.definitions import Procedure
from cases.procedures.limits import Limit
from cases.procedures.loading import load_shipped


@pytest.fixture
def pk_2019() -> Procedure:
    return load_shipped("perth-and-kinross-2019")


@pytest.fixture
def worcestershire() -> Procedure:
    return load_shipped("worcestershire")


@pytest.fixture
def portsmouth() -> Procedure:
    return load_shipped("portsmouth")


def said(limit: Limit) -> tuple[str, str]:
    return limit.describe(), limit.source


class TestPerthAndKinross2019:
    @pytest.mark.requirement("PK06", "X2")
    def test_four_stages_of_which_the_first_is_with_ones_own_manager(self, pk_2019: Procedure) -> None:
        assert [(rung.label, rung.tier, rung.acts) for rung in pk_2019.rungs] == [
            ("Resolution", "T0", "practitioner"),
            ("Stage 1", "T1", "line_manager"),
            ("Stage 2", "T2", "line_manager"),
            ("Stage 3", "T3", "senior_manager"),
            ("Stage 4", "T4", "cswo"),
            ("Committee or chief officers", "T5", "cpc_officer"),
        ]

    @pytest.mark.requirement("PK07")
    def test_the_managers_answer_is_confirmed_in_writing(self, pk_2019: Procedure) -> None:
        stage = pk_2019.rung("line_manager")
        assert stage.may_refuse
        assert stage.refusal_outcome == "manager_declined"
        assert stage.source_of("checklist_on_resolve") == "document"
        assert [item.label for item in stage.checklist_on_resolve] == [
            "Practitioner and manager have each written down what was said and agreed"
        ]
        assert [question.question for question in stage.questions_on_resolve] == [
            "When will the practitioner hear what came of it?"
        ]

    @pytest.mark.requirement("PK08", "X9")
    def test_who_hears_back_widens_with_each_stage_and_never_names_who_acts(self, pk_2019: Procedure) -> None:
        assert [rung.feedback_to for rung in pk_2019.rungs[:5]] == [
            (),
            ("raiser",),
            ("raiser",),
            ("raiser", "line_manager"),
            ("raiser", "line_manager", "senior_manager"),
        ]
        assert "senior_manager" not in pk_2019.rung("senior_managers").feedback_to

    @pytest.mark.requirement("X3")
    def test_it_gives_no_number_either(self, pk_2019: Procedure) -> None:
        sources = {
            limit.source for rung in pk_2019.rungs for clock in rung.clocks for limit in clock.limits.values()
        }
        assert sources == {"local_setting", "silent"}


class TestWorcestershire:
    @pytest.mark.requirement("WO01")
    def test_stage_1_within_one_working_day_with_four_things_to_do_once_settled(
        self, worcestershire: Procedure
    ) -> None:
        stage = worcestershire.first_rung
        assert stage.settle is not None
        assert said(stage.settle.limit("standard")) == ("1 working day", "document")
        assert [item.key for item in stage.checklist_on_resolve] == ["understood", "child_file", "agency_log"]
        assert [(item.key, item.round) for item in stage.checks_back] == [
            ("child_file", "understood"),
            ("agency_log", "understood"),
        ]
        assert worcestershire.checkbacks.done.source_of("question") == "document"

    @pytest.mark.requirement("WO02")
    def test_stage_2_within_two_working_days_told_written_reviewed(self, worcestershire: Procedure) -> None:
        stage = worcestershire.rung("managers")
        assert stage.settle is not None
        assert said(stage.settle.limit("standard")) == ("2 working days", "document")
        assert stage.advice_roles == ("designated_lead",)
        after = {clock.key: clock.starts for clock in stage.clocks if clock.lasts}
        assert after == {"tell_staff": "outcome_recorded", "confirm_in_writing": "outcome_recorded"}
        asked = {question.key: question for question in stage.questions_on_resolve}
        assert asked["plan_review"].outcome == "plan_review_triggered"
        assert (asked["review_on"].answer, bool(asked["review_on"].duty)) == ("day", True)

    @pytest.mark.requirement("WO03", "G28")
    def test_stage_3_says_where_the_record_is_and_what_follows_for_policy_and_people(
        self, worcestershire: Procedure
    ) -> None:
        stage = worcestershire.rung("senior_managers")
        assert [(question.key, question.outcome) for question in stage.questions_on_resolve] == [
            ("record_held", None),
            ("policy", "policy_review"),
            ("compliance", "compliance_or_competence_followed_up"),
        ]
        assert next(clock.starts for clock in stage.clocks if clock.key == "tell_staff") == "outcome_recorded"

    @pytest.mark.requirement("WO04", "G26", "X10")
    def test_stage_4_is_a_meeting_with_an_independent_chair_and_the_last_rung(
        self, worcestershire: Procedure
    ) -> None:
        stage = worcestershire.rungs[-1]
        assert (stage.kind, stage.acts, stage.brought_by) == (
            "chaired_meeting",
            "cpc_officer",
            "senior_manager",
        )
        assert "independent_meeting_convened" in stage.outcomes
        assert worcestershire.next_rung(stage.key) is None

    @pytest.mark.requirement("WO05", "X1")
    def test_what_is_sent_elsewhere(self, worcestershire: Procedure) -> None:
        assert {question.key: question.diverts_to for question in worcestershire.scope} == {
            "new_concern": "referral",
            "action_not_delivered": "complaint",
            "how_an_agency_works": "cumulative_concern",
        }
        assert worcestershire.concerns is not None


class TestPortsmouth:
    @pytest.mark.requirement("PO01", "PO02", "PO04", "PO05")
    def test_the_rethink_stands_beside_the_ladder(self, portsmouth: Procedure) -> None:
        rethink = portsmouth.rethink
        assert rethink is not None
        assert [len(part) for part in (rethink.considerations, rethink.steps, rethink.outcomes)] == [3, 5, 5]
        assert rethink.where == "in_person"
        assert rethink.formal_clocks == "run_on"

    @pytest.mark.requirement("PO06", "X3")
    def test_the_formal_rungs_are_marked_as_nobodys(self, portsmouth: Procedure) -> None:
        assert {rung.source for rung in portsmouth.rungs[1:]} == {"silent"}
        sources = {
            limit.source
            for rung in portsmouth.rungs[1:]
            for clock in rung.clocks
            for limit in clock.limits.values()
        }
        assert sources == {"silent"}
