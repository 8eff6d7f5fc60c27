"""What the guide and briefing of 2025 lay down is what the shipped file says, and it claims no more."""

import pytest

from cases.procedures.definitions import Procedure
from cases.procedures.local import limits_of


def test_the_ladder_carries_the_names_of_the_guide(pk: Procedure) -> None:
    assert [(rung.tier, rung.state, rung.label) for rung in pk.rungs] == [
        ("T0", "resolution", "Resolution"),
        ("T1", "line_manager", "Stage 1"),
        ("T2", "managers", "Stage 1"),
        ("T3", "senior_managers", "Stage 2"),
        ("T4", "cswo", "Stage 3"),
        ("T5", "committee", "Committee or chief officers"),
    ]


def test_who_acts_with_whom(pk: Procedure) -> None:
    assert [(r.state, r.brought_by, r.acts, r.counterpart_role) for r in pk.rungs] == [
        ("resolution", None, "practitioner", "practitioner"),
        ("line_manager", "practitioner", "line_manager", None),
        ("managers", None, "line_manager", "line_manager"),
        ("senior_managers", "line_manager", "senior_manager", "senior_manager"),
        ("cswo", "senior_manager", "cswo", None),
        ("committee", "cswo", "cpc_officer", None),
    ]


def test_the_committee_is_reached_by_referral_of_the_cswo_only(pk: Procedure) -> None:
    assert pk.next_rung("cswo") is None
    assert pk.referral_rung == pk.rung("committee")
    assert {body.key: (body.outcome, body.may_refer) for body in pk.referral_bodies} == {
        "cpc": ("referred_cpc", ("cswo",)),
        "cog": ("referred_cog", ("cswo",)),
    }
    assert [rung.state for rung in pk.rungs if rung.determines] == ["cswo", "committee"]


def test_the_way_up(pk: Procedure) -> None:
    assert [r.state for r in pk.rungs_after("resolution")] == [
        "line_manager",
        "managers",
        "senior_managers",
        "cswo",
    ]
    assert [r.state for r in pk.rungs_after("senior_managers")] == ["cswo"]
    assert pk.rungs_after("committee") == ()


def test_the_words_of_time_are_the_documents_and_the_numbers_are_not(pk: Procedure) -> None:
    assert [(rung.state, rung.words, rung.source_of("words")) for rung in pk.rungs] == [
        ("resolution", "as quickly as possible", "document"),
        ("line_manager", "without delay", "document"),
        ("managers", "as quickly as possible", "document"),
        ("senior_managers", "without delay", "document"),
        ("cswo", "without delay", "document"),
        ("committee", "The guide gives no time.", "silent"),
    ]


def test_no_number_passes_for_the_guides_except_danger_on_the_day_itself(pk: Procedure) -> None:
    """X3: the documents give no hours or days; only "on that day itself" is theirs."""
    said = {path: limit.describe() for path, limit in limits_of(pk).items() if limit.source == "document"}
    assert said == {"urgencies.immediate.whole_ladder": "the end of the same day"}


@pytest.mark.parametrize(
    ("state", "immediate", "urgent", "standard"),
    [
        ("resolution", "2 hours", "1 working day", "5 working days"),
        ("line_manager", "2 hours", "1 working day", "3 working days"),
        ("managers", "2 hours", "1 working day", "5 working days"),
        ("senior_managers", "2 hours", "1 working day", "5 working days"),
        ("cswo", "2 hours", "1 working day", "5 working days"),
        ("committee", "24 hours", "5 working days", "20 working days"),
    ],
)
def test_the_limits_the_area_starts_with(
    pk: Procedure, state: str, immediate: str, urgent: str, standard: str
) -> None:
    clock = pk.rung(state).settle
    assert clock is not None
    assert [clock.limit(u).describe() for u in ("immediate", "urgent", "standard")] == [
        immediate,
        urgent,
        standard,
    ]


def test_a_ladder_of_danger_fits_into_a_working_day(pk: Procedure) -> None:
    """The guide wants every step done that day; five rungs of two hours are ten."""
    rungs = (pk.first_rung, *pk.rungs_after("resolution"))
    assert sum(rung.settle.limit("immediate").amount for rung in rungs if rung.settle) == 10


def test_a_manager_accepts_where_a_case_comes_to_them(pk: Procedure) -> None:
    assert [rung.state for rung in pk.rungs if rung.acknowledge] == [
        "line_manager",
        "senior_managers",
        "cswo",
    ]


def test_the_five_kinds_and_their_families(pk: Procedure) -> None:
    assert [(reason.key, reason.family, reason.source) for reason in pk.reasons] == [
        ("referral_threshold", "threshold", "document"),
        ("divergent_assessments", "assessment", "document"),
        ("action_not_taken", "action_not_done", "document"),
        ("timescales", "timescale", "document"),
        ("information_sharing", "information", "document"),
    ]


def test_an_agreed_action_not_done_is_in_scope_here(pk: Procedure, made_up: Procedure) -> None:
    """X1: the guide counts it in; another area calls it a complaint. The files say which, not the code."""
    assert "action_not_done" in pk.reasons_by_family
    assert "action_not_done" not in made_up.reasons_by_family
    assert [q.diverts_to for q in made_up.scope] == ["complaint"]


def test_what_the_scope_screen_sends_elsewhere(pk: Procedure) -> None:
    assert [(q.key, q.diverts_to, q.source_of("diverts_to")) for q in pk.scope] == [
        ("new_concern", "referral", "silent"),
        ("conduct", "complaint", "document"),
        ("planning_meeting_dissent", "conference_dissent", "document"),
        ("whistleblowing", "whistleblowing", "document"),
    ]
    assert all(question.signpost_text for question in pk.scope)


@pytest.mark.requirement("PK01")
def test_the_note_for_stage_1_has_four_parts(pk: Procedure) -> None:
    """PK01."""
    assert [part.key for part in pk.rung("resolution").brief] == [
        "concerns",
        "consequences",
        "steps",
        "other_position",
    ]


def test_the_brief_for_stage_2_has_three_and_for_stage_3_four(pk: Procedure) -> None:
    """PK03, PK04: the last one says what has stood in the way."""
    assert [part.key for part in pk.rung("managers").brief] == ["concern", "steps", "consequences"]
    assert [part.key for part in pk.rung("senior_managers").brief] == [
        "issue",
        "consequences",
        "steps",
        "blocked",
    ]


def test_every_part_of_a_brief_is_built_from_the_case(pk: Procedure) -> None:
    """G19: edited, never typed again."""
    assert [part.key for rung in pk.rungs for part in rung.brief if part.built_from == "nothing"] == []


def test_the_other_side_is_told_before_each_new_stage(pk: Procedure) -> None:
    """G15. The two halves of Stage 1 are one stage: no notice between them."""
    told = [rung.state for rung in pk.rungs if rung.intention_notice]
    assert told == ["resolution", "managers", "senior_managers"]
    assert all(pk.rung(state).source_of("intention_notice") == "document" for state in told)


def test_refusal_has_a_way_past_it(pk: Procedure) -> None:
    """G22, X4."""
    assert {rung.state: rung.refusal_outcome for rung in pk.rungs if rung.may_refuse} == {
        "line_manager": "manager_declined",
        "senior_managers": "not_escalated_by_senior_manager",
    }
    assert pk.on_refusal.raiser_may == ("new_facts", "accept", "independent_view")
    assert pk.on_refusal.independent_view == "designated_lead"
    assert pk.on_refusal.source == "silent"


def test_danger_opens_skipping_and_closes_agreeing_to_differ(pk: Procedure) -> None:
    """X6, G13."""
    assert [u.key for u in pk.urgencies if pk.may_skip(u.key)] == ["immediate"]
    assert [u.key for u in pk.urgencies if pk.agree_to_differ.allows(u.key)] == ["standard"]


def test_feedback_widens_with_the_ladder(pk: Procedure) -> None:
    """G21."""
    assert [rung.feedback_to for rung in pk.rungs] == [
        (),
        ("raiser",),
        ("raiser",),
        ("raiser", "line_manager"),
        ("raiser", "line_manager", "senior_manager"),
        ("raiser", "line_manager", "senior_manager"),
    ]


def test_the_supervision_questions_come_from_the_briefing(pk: Procedure) -> None:
    """PK10."""
    assert [question.key for question in pk.self_check] == [
        "said_clearly",
        "tried_directly",
        "asked_manager",
        "own_procedure",
    ]
    assert {pk.document_title(question) for question in pk.self_check} == {
        "7-minute briefing: Resolution and Escalation of Professional Differences"
    }


def test_five_tips_of_the_guide_each_at_its_step(pk: Procedure) -> None:
    """PK12: one pair a step."""
    from_guide = [tip for tip in pk.tips if not tip.document]
    assert len(from_guide) == 5
    assert all(len(pk.tips_for(tip.step)) == 1 for tip in pk.tips)
    assert pk.tips_for("committee") == ()


def test_closing_asks_both_sides_and_about_the_family(pk: Procedure) -> None:
    """G36, G25, X12."""
    assert [(q.key, q.asked_of) for q in pk.closing_questions] == [
        ("harm_reduced", ("raiser", "counterpart")),
        ("heard", ("raiser", "counterpart")),
    ]
    assert pk.checkbacks.understood.asked_of == pk.checkbacks.done.asked_of == ("raiser", "counterpart")
    assert pk.checkbacks.done.helped_question == "Did it help the child?"
    assert [option.key for option in pk.family_question.options] == ["told", "knew_otherwise", "not_told"]


def test_two_services_of_one_agency_may_use_it(pk: Procedure) -> None:
    """G03."""
    assert pk.same_agency_allowed
    assert pk.source_of("same_agency_allowed") == "document"


def test_reminders_widen_to_the_next_tier(pk: Procedure) -> None:
    clock = pk.rung("managers").settle
    assert clock is not None
    assert [(r.describe(), r.to) for r in clock.reminders_for("standard")] == [
        ("1 working day before", ("holder",)),
        ("when it is due", ("holder", "deputy")),
        ("1 working day after", ("holder", "holder_manager")),
        ("3 working days after", ("next_tier", "designated_lead", "partnership")),
    ]
