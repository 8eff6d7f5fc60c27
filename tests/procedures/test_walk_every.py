"""Every state and move of every procedure: to its last rung, settled on each rung, reopened, refused, withdrawn."""

from __future__ import annotations

import pytest

from cases import policies
from cases.actions import following, managing, settling
from cases.models import Case, Deadline, Referral
from cases.models.deadline import DeadlineState, Rule
from cases.procedures.loading import load_file
from cases.procedures.vocabulary import OUTCOMES
from cases.refusals import NotNow
from cases.workflow import State
from tests.cast import Cast
from tests.procedures.walking import FILES, Walk, published

EVERY = list(FILES)
TRACKS = [(name, u.key) for name, path in FILES.items() for u in load_file(path).urgencies]


@pytest.mark.parametrize(("name", "urgency"), TRACKS)
def test_played_from_its_first_rung_to_its_last_and_closed(cast: Cast, name: str, urgency: str) -> None:
    walk = Walk(cast, published(name), urgency)
    walk.climb()
    assert tuple(walk.way) == walk.procedure.track(urgency)
    assert walk.rung == walk.procedure.rung(walk.procedure.track(urgency)[-1])
    walk.settle()
    assert walk.case.state in (State.AGREED, State.DETERMINED)
    walk.close()
    assert (walk.case.state, walk.case.holder) == (State.CLOSED, None)
    assert not Deadline.objects.open().filter(case=walk.case).exists()


@pytest.mark.parametrize("name", EVERY)
def test_each_rung_settles_what_its_outcomes_say_and_takes_it_back(cast: Cast, name: str) -> None:
    version = published(name)
    track = version.definition.track("standard")
    walk = Walk(cast, version)
    for key in track:
        walk.climb(key)
        kinds = {OUTCOMES[o].kind for o in walk.rung.outcomes}
        if not kinds & {"settles", "decides"}:
            continue
        walk.settle()
        settled = State.DETERMINED if walk.case.outcome.endswith("_determined") else State.AGREED
        assert (walk.case.state, walk.case.settled_in, walk.case.rung.key) == (settled, key, key)
        walk.check_back(helped=False)  # it did not help the child: it goes back to where it was settled
        walk.again()
        assert (walk.case.state, walk.case.rung_key) == (walk.procedure.rung(key).state, key)
        assert walk.case.settled_at is None
    walk.settle()
    walk.close()
    following.reopen(walk.case, by=walk.case.raiser, audit=walk.audit(), reason="It is not kept to.")
    assert walk.again().rung_key == track[-1]


@pytest.mark.parametrize("name", EVERY)
def test_each_rung_lets_through_its_own_moves_and_no_others(cast: Cast, name: str) -> None:
    walk = Walk(cast, published(name))
    for key in walk.procedure.track("standard"):
        walk.climb(key)
        walk.accept()
        rung, who = walk.rung, walk.holder
        walk.tell() if walk.case.next_rung and walk.case.state != State.LINE_MANAGER else None
        above = walk.procedure.next_rung(key, "standard") is not None
        view = rung.state == "line_manager"
        expected = {
            policies.escalate: above and not view,
            policies.give_manager_view: view,
            policies.decline: rung.may_refuse and not view,
            policies.agree: bool({"resolved_agreed", "way_forward_agreed"} & set(rung.outcomes)),
            policies.determine: "cswo_determined" in rung.outcomes,
            policies.refer: rung.state == "cswo" and bool(walk.procedure.referral_bodies),
            policies.decide_for_committee: "committee_determined" in rung.outcomes,
            policies.skip: False,  # there is no danger today
            policies.divert: rung.state != "resolution",
            policies.withdraw: who == walk.case.raiser,
            policies.close: False,
            policies.reopen: False,
        }
        found = {rule: walk.may(rule, who) for rule in expected}
        assert {r.__name__: v for r, v in found.items()} == {r.__name__: v for r, v in expected.items()}, key
        for stranger in (cast.stranger, cast.colleague, cast.auditor):
            assert not any(walk.may(rule, stranger) for rule in expected), (key, stranger)


@pytest.mark.parametrize("name", EVERY)
def test_each_rung_can_be_left_by_withdrawing_and_by_sending_it_elsewhere(cast: Cast, name: str) -> None:
    version = published(name)
    for key in version.definition.track("standard"):
        walk = Walk(cast, version)
        walk.climb(key)
        settling.withdraw(walk.case, by=walk.case.raiser, audit=walk.audit(), statement="The child is safe.")
        assert (walk.again().state, walk.case.rung_key) == (State.WITHDRAWN, key)
        if walk.rung.state == "resolution":
            continue
        other = Walk(cast, version)
        other.climb(key)
        other.accept()
        settling.divert(
            other.case,
            by=other.holder,
            audit=other.audit(),
            route="complaint",
            reason="It is about conduct.",
            feedback="It goes there.",
        )
        assert other.again().state == State.DIVERTED
        left = Deadline.objects.open().filter(case__in=[walk.case, other.case])
        assert {(d.rule, d.person) for d in left} <= {(Rule.ACKNOWLEDGE, other.case.raiser)}


@pytest.mark.requirement("PK05", "X8")
@pytest.mark.parametrize("name", [n for n in EVERY if load_file(FILES[n]).referral_bodies])
def test_a_referral_leads_to_its_own_stage_and_is_settled_there(cast: Cast, name: str) -> None:
    """To one body out of the stage of whoever decides, to the other once it was determined."""
    version = published(name)
    above = version.definition.referral_rung
    assert above is not None
    for body, determined in zip(version.definition.referral_bodies, (False, True), strict=True):
        walk = Walk(cast, version)
        walk.climb()
        walk.accept()
        if determined:
            walk.settle(actions=0)
        on, words = walk.at.date(), {"reason": "A question of policy.", "feedback": "It goes there."}
        settling.refer(walk.case, by=walk.holder, audit=walk.audit(), body=body.key, referred_on=on, **words)
        walk.again()
        assert (walk.case.state, walk.case.rung_key, walk.holder) == (
            State.COMMITTEE,
            above.key,
            cast.cpc_officer,
        )
        assert set(walk.way) == {rung.key for rung in version.definition.rungs}
        walk.settle()
        assert (walk.case.state, walk.case.outcome) == (State.DETERMINED, "committee_determined")
        referral = Referral.objects.get(case=walk.case)
        assert (referral.body, referral.outcome_on) == (body.key, walk.at.date())
        walk.close()
        assert walk.case.state == State.CLOSED


@pytest.mark.parametrize("name", [n for n in EVERY if any(r.may_refuse for r in load_file(FILES[n]).rungs)])
def test_a_refusal_leads_on_by_each_way_the_procedure_has(cast: Cast, name: str) -> None:
    version = published(name)
    ways = version.definition.on_refusal.raiser_may
    for rung in (r for r in version.definition.rungs if r.may_refuse):
        for way in ways:
            walk = Walk(cast, version)
            walk.climb(rung.key)
            walk.accept()
            words = {"why": "Not now.", "feedback": "Not now."}
            managing.decline(walk.case, by=walk.holder, audit=walk.audit(), **words)
            assert walk.again().holder == walk.case.raiser
            raiser = walk.case.raiser
            if way == "new_facts":
                managing.bring_new_facts(walk.case, by=raiser, audit=walk.audit(), facts="A second visit.")
                assert walk.again().holder == walk.case.current_stage.acting
            elif way == "accept":
                managing.accept_refusal(walk.case, by=raiser, audit=walk.audit(), statement="It is safe.")
                assert (walk.again().state, walk.case.outcome) == (State.WITHDRAWN, "manager_declined")
            else:  # a first view that does not support the concern leaves the refusal as it is
                for supports in (False, True):
                    managing.ask_independent_view(walk.case, by=raiser, audit=walk.audit(), question="Is it?")
                    lead = walk.again().holder
                    assert lead is not None
                    managing.give_independent_view(
                        walk.case, by=lead, audit=walk.audit(), supports=supports, view="So I see it."
                    )
                    assert walk.again().in_dispute
                    assert walk.case.holder != lead
                    assert (walk.case.holder == raiser) is not supports


@pytest.mark.parametrize("name", EVERY)
def test_danger_today_may_pass_over_a_rung_where_the_procedure_says_so(cast: Cast, name: str) -> None:
    from cases.actions import climbing

    walk = Walk(cast, published(name), "immediate")
    above = walk.case.rungs_above
    may = walk.procedure.may_skip("immediate") and len(above) > 1
    assert walk.may(policies.skip, cast.nurse) is may
    if not may:
        return
    words = {"reason": "She cannot be reached.", "situation": "At home.", "tried": "Rang."}
    climbing.skip(
        walk.case, by=cast.nurse, audit=walk.audit(), target=above[-1].key, brief={}, feedback="", **words
    )
    assert walk.again().rung_key == above[-1].key


@pytest.mark.parametrize("name", EVERY)
def test_each_clock_of_each_rung_is_due_from_somebody_who_takes_part_and_can_be_done(
    cast: Cast, name: str
) -> None:
    """No clock of a file is passed over in silence: each makes a duty, at the latest once what it waits for is done."""
    version = published(name)
    for key in version.definition.track("standard"):
        walk = Walk(cast, version)
        walk.climb(key)
        stage = walk.case.current_stage
        walk.accept()
        walk.meet()
        walk.do_what_is_due()
        if {OUTCOMES[o].kind for o in walk.rung.outcomes} & {"settles", "decides"}:
            walk.settle()
            walk.do_what_is_due()
        made = Deadline.objects.filter(case=walk.case, stage=stage).exclude(clock="")
        here = {d.clock for d in made}
        assert {c.key for c in walk.procedure.rung(key).clocks} <= here, key
        parts = set(walk.case.participations.values_list("user_id", flat=True))
        assert {d.person_id for d in made} <= parts
        asked = made.filter(rule=Rule.DUTY)
        assert not asked.filter(state=DeadlineState.OPEN).exists()
        assert all(d.label for d in asked)


def test_a_stage_is_not_entered_before_what_it_asks_for_is_confirmed(cast: Cast) -> None:
    from cases.actions import climbing

    walk = Walk(cast, published("perth-and-kinross-2019"))
    walk.tell()
    give = {"brief": {}, "situation": "x", "tried": "y", "threshold": "z"}
    with pytest.raises(NotNow, match="confirm: I think that the child is not safe"):
        climbing.escalate(walk.case, by=cast.nurse, audit=walk.audit(), confirmed=["exhausted"], **give)
    assert walk.again().state == State.RESOLUTION
    danger = Walk(cast, walk.version, "immediate")
    danger.tell()
    climbing.escalate(danger.case, by=cast.nurse, audit=danger.audit(), confirmed=[], **give)
    assert danger.again().state == State.LINE_MANAGER


def test_a_case_of_each_procedure_stays_on_the_version_it_was_opened_under(cast: Cast) -> None:
    walks = [Walk(cast, published(name)) for name in EVERY]
    assert Case.objects.count() == len(EVERY)
    assert [w.again().procedure for w in walks] == [w.version for w in walks]
