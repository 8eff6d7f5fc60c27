"""The rarer mistakes of sense, each told by its key; the lines are held by test_mistakes.py."""

from pathlib import Path

import pytest

from cases.procedures import checking
from cases.procedures.loading import problems_in

HERE = Path(__file__).parent


def told(text: str, *edits: tuple[str, str]) -> list[tuple[str, str]]:
    assert problems_in(text) == []
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return [(problem.key, problem.what) for problem in problems_in(text)]


def test_a_rung_twice_in_the_ladder(made_up_text: str) -> None:
    assert told(made_up_text, ('"managers", "committee"]', '"managers", "managers", "committee"]')) == [
        ("ladder[3]", '"managers" stands in the ladder twice')
    ]


def test_a_rung_of_the_ladder_that_is_not_described(made_up_text: str) -> None:
    assert told(made_up_text, ('"managers", "committee"]', '"managers", "cswo", "committee"]')) == [
        ("ladder[3]", 'rung "cswo" is not described')
    ]


def test_rungs_in_another_order_than_the_ladder(made_up_text: str) -> None:
    head, first, second, rest = made_up_text.split("[[rungs]]\n")
    assert told(made_up_text) == []
    text = "[[rungs]]\n".join([head, second, first, rest])
    assert [(p.key, p.what) for p in problems_in(text)] == [
        ("rungs", "the rungs are not in the order of the ladder")
    ]


def test_escalation_from_the_top(made_up_text: str) -> None:
    assert told(
        made_up_text, ('"committee_determined"]', '"committee_determined", "escalated_next_tier"]')
    ) == [("rungs[committee].outcomes", 'there is no rung above "committee" to escalate to')]


def test_a_rung_one_may_start_on_need_not_be_reached_from_below(made_up_text: str) -> None:
    cut = ('outcomes = ["resolved_agreed", "escalated_next_tier"]', 'outcomes = ["resolved_agreed"]')
    assert told(made_up_text, cut) == [
        ("rungs[managers].state", 'rung "managers" cannot be reached from below')
    ]
    assert told(made_up_text, cut, ('state = "managers"', 'state = "managers"\nmay_start_here = true')) == []


def test_a_rung_of_referral_that_nothing_refers_to(pk_text: str) -> None:
    assert told(pk_text, (', "referred_cpc", "referred_cog"]', "]")) == [
        ("referral_bodies[cpc].outcome", "no rung refers to this body"),
        ("referral_bodies[cog].outcome", "no rung refers to this body"),
        ("rungs[committee].state", 'rung "committee" cannot be reached: nothing refers to it'),
    ]


def test_a_referral_to_nobody(pk_text: str) -> None:
    assert told(pk_text, ('outcome = "referred_cog"', 'outcome = "referred_cpc"')) == [
        ("rungs[cswo].outcomes[5]", "there is no body to refer to")
    ]


def test_a_case_cannot_open_on_referral(made_up_text: str) -> None:
    found = told(made_up_text, ('state = "resolution"', 'state = "resolution"\nentered_by = "referral"'))
    assert ("rungs[resolution].entered_by", "a case cannot open on a rung of referral") in found


def test_a_refusal_without_an_outcome(made_up_text: str) -> None:
    assert told(made_up_text, (', "manager_declined"]', "]")) == [
        ("rungs[managers].may_refuse", "a refusal here has no outcome")
    ]


def test_a_rung_without_its_own_clock(made_up_text: str) -> None:
    text = made_up_text.replace(
        'key = "settle"\nlabel = "Meet and decide"', 'key = "meet"\nlabel = "Meet and decide"'
    )
    assert [(p.key, p.what) for p in problems_in(text)] == [
        ("rungs[committee]", "the rung has no settle clock")
    ]


def test_danger_today_must_be_possible(made_up_text: str) -> None:
    start = made_up_text.index("[[urgencies]]")
    end = made_up_text.index("[[urgencies]]", start + 1)
    found = [(p.key, p.what) for p in problems_in(made_up_text[:start] + made_up_text[end:])]
    assert ("urgencies", 'there is no urgency "immediate"') in found


def test_an_urgency_the_procedure_does_not_have(made_up_text: str) -> None:
    extra = 'limits.urgent = { amount = 1, unit = "working_days", source = "silent" }\n'
    assert told(
        made_up_text,
        ("[skip]\n", '[skip]\nallowed_urgencies = ["urgent"]\n'),
        ('[debrief.clock]\nkey = "debrief"\n', f'[debrief.clock]\nkey = "debrief"\n{extra}'),
    ) == [
        ("skip.allowed_urgencies[1]", 'the procedure has no urgency "urgent"'),
        ("debrief.clock.limits.urgent", 'the procedure has no urgency "urgent"'),
    ]


def test_a_role_named_twice(pk_text: str) -> None:
    again = '[[role_names]]\nrole = "designated_lead"\nlabel = "lead"\nsource = "silent"\n\n[[outcome_names]]'
    assert told(
        pk_text, ('[[outcome_names]]\noutcome = "resolved_agreed"', f'{again}\noutcome = "resolved_agreed"')
    ) == [("role_names[2].role", 'two entries of this list have the role "designated_lead"')]


@pytest.mark.parametrize("rule", checking.RULES, ids=lambda rule: rule.__name__)
def test_each_rule_says_nothing_of_a_good_file(pk_text: str, made_up_text: str, rule: object) -> None:
    import tomllib

    for text in (pk_text, made_up_text):
        assert list(rule(tomllib.loads(text))) == []  # type: ignore[operator]
