"""Random legal and illegal sequences of moves against a small model of the ladder.

The model knows a procedure's file and nothing of the code under test. WALKS sets how many sequences are tried: 40 with
`make test`, 2,000 at night (WALKS=2000); WALK_SEED another set of them.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.standing import with_standing
from cases.actions import climbing, following, managing, settling
from cases.audit import Audit
from cases.models import Case, CheckBack
from cases.procedures.definitions import Procedure
from cases.refusals import Refusal
from tests.cases.steps import last_recorded
from tests.cast import Cast
from tests.procedures.on_paper import MOVES, Paper
from tests.procedures.walking import FILES, MINUTE, Walk, answer_to, published

WALKS = int(os.environ.get("WALKS", "40"))
SEED = int(os.environ.get("WALK_SEED", "1"))
LONG = WALKS >= 1000
SHARES = 4
WHO = ("holder", "raiser", "counterpart", "stranger")
#: Moves that a walk makes by chance alone: it would end before it has gone anywhere.
ENDS_IT = ("withdraw", "divert", "accept_refusal")
#: Moves that a walk seldom comes to; test_walk_every makes each of them on each stage that has it.
AFTER_A_REFUSAL = {"new_facts", "accept_refusal", "ask_view", "lead_yes", "lead_no"}
#: Moves that lead to where a walk seldom comes; drawn three times as often as others.
LEADS_ON = (
    "accept",
    "tell",
    "escalate",
    "view_yes",
    "view_no",
    "ask_view",
    "lead_yes",
    "refer",
    "check_back",
    "close",
)


class Hands:
    """Makes the moves on a real case."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def make(self, move: str, who: Any) -> None:
        """Make a move as this person. Raises a Refusal when it is not allowed."""
        walk, case = self.walk, self.walk.case
        rung, audit = walk.rung, Audit(walk.at, version=case.version)  # whoever moves has just looked
        told = {} if who.pk == case.raiser_id else {"feedback": "This was done."}
        answers = {q.key: answer_to(q) for q in rung.questions_on_resolve}
        confirmed = [i.key for r in walk.procedure.rungs for i in r.checks_on_entry]
        match move:
            case "accept":
                managing.accept(case, by=who, audit=audit)
            case "tell":
                climbing.notify_intention(case, by=who, audit=audit, message="Further.")
            case "escalate":
                words = {"situation": "x", "tried": "y", "threshold": "z", "no_notice_why": "Danger."}
                climbing.escalate(case, by=who, audit=audit, brief={}, confirmed=confirmed, **words, **told)
            case "skip":
                words = {"reason": "She cannot be reached.", "situation": "x", "tried": "y"}
                target = case.rungs_above[-1].key if case.rungs_above else rung.key
                climbing.skip(case, by=who, audit=audit, target=target, brief={}, **words, **told)
            case "ask_view":
                managing.ask_independent_view(case, by=who, audit=audit, question="Is it safe?")
            case "lead_yes" | "lead_no":
                yes = move == "lead_yes"
                managing.give_independent_view(case, by=who, audit=audit, supports=yes, view="So.")
            case "refer":
                bodies = walk.procedure.referral_bodies
                words = {"body": bodies[0].key if bodies else "cpc", "reason": "So.", "feedback": "So."}
                settling.refer(case, by=who, audit=audit, referred_on=walk.at.date(), **words)
            case "divert":
                words = {"route": "complaint", "reason": "So.", "feedback": "So."}
                settling.divert(case, by=who, audit=audit, **words)
            case "view_yes":
                words = {"discussion": "x", "why": "y", "feedback": "z"}
                managing.support(case, by=who, audit=audit, confirmed=confirmed, **words)
            case "view_no":
                managing.decline(case, by=who, audit=audit, why="No.", feedback="No.")
            case "new_facts":
                managing.bring_new_facts(case, by=who, audit=audit, facts="New.")
            case "accept_refusal":
                managing.accept_refusal(case, by=who, audit=audit, statement="Safe.")
            case "agree":
                settling.agree(
                    case, by=who, audit=audit, agreement="So.", actions=[], answers=answers, **told
                )
            case "determine" if rung.state == "committee":
                settling.record_committee_outcome(
                    case,
                    by=who,
                    audit=audit,
                    outcome_on=walk.at.date(),
                    outcome="So.",
                    actions=[],
                    answers=answers,
                    feedback="So.",
                )
            case "determine":
                words = {name: "So." for name in ("question", "decision", "reasons", "told")}
                settling.determine(
                    case, by=who, audit=audit, actions=[], answers=answers, feedback="So.", **words
                )
            case "withdraw":
                settling.withdraw(case, by=who, audit=audit, statement="Safe.")
            case "reopen":
                following.reopen(case, by=who, audit=audit, reason="New facts.")
            case "check_back":
                self._check_back()
            case _:
                following.close(
                    case,
                    by=who,
                    audit=audit,
                    debrief="All.",
                    debriefed_on=walk.at,
                    family=walk.procedure.family_question.options[0].key,
                    family_words="Told.",
                )

    def _check_back(self) -> None:
        """Everybody who is asked answers, and everything that is due is done; refused when there is nothing."""
        walk = self.walk
        waiting = CheckBack.objects.filter(case=walk.case, stage=walk.case.current_stage, answer="")
        if not walk.case.settled or not waiting.exists():
            raise Refusal("Nothing waits.")
        walk.do_what_is_due()
        walk.check_back()
        with transaction.atomic():
            try:
                following.acknowledge(walk.case, by=walk.case.raiser, audit=walk.audit())
            except Refusal:
                return


class Eyes:
    """Reads the real case after each move, and compares it with what stands on paper."""

    def __init__(self, cast: Cast) -> None:
        self.chair = User.objects.get(full_name="Ivor Strand")
        self.cast = cast
        self._known: dict[int, User] = {}

    def whoever(self, pk: int) -> User:
        """Return somebody as a page has them, with their standing; read once."""
        if pk not in self._known:
            self._known[pk] = with_standing(User.objects.filter(pk=pk)).get()
        return self._known[pk]

    def people(self, case: Case) -> dict[str, User]:
        """Return who stands in each place; the raiser for the holder when nobody holds it."""
        holder = case.holder_id or case.raiser_id
        places = {"holder": holder, "raiser": case.raiser_id, "counterpart": case.counterpart_id}
        return {
            place: self.whoever(pk) for place, pk in (places | {"stranger": self.cast.stranger.pk}).items()
        }

    def holder(self, paper: Paper) -> int | None:
        """Return the number of whoever should hold it, by their role."""
        cast = self.cast
        by_role = {
            "raiser": cast.nurse,
            "line_manager": cast.nurse_manager,
            "senior_manager": cast.health_senior,
            "designated_lead": cast.health_lead,
            "cswo": cast.cswo,
            "cpc_officer": cast.cpc_officer,
            "independent_chair": self.chair,
        }
        return by_role[paper.holder].pk if paper.holder else None

    def compare(self, walk: Walk, paper: Paper) -> None:
        """Fail unless the real case is where it is on paper, with the same person."""
        case = walk.case = Case.objects.select_related("current_stage").get(pk=walk.case.pk)
        case.know_surroundings(self.cast.partnership)
        state = paper.rung.state if paper.state == "dispute" else paper.state
        assert (case.state, case.rung_key) == (state, paper.key)
        assert case.holder_id == self.holder(paper), paper
        assert json.loads(case.last_change) == last_recorded(case)
        if paper.state == "dispute":
            stage = case.current_stage
            found = (stage.supported is False, stage.view_asked_at is not None, stage.accepted_at is not None)
            assert found == (paper.refused, paper.asked, paper.accepted), paper
            assert (stage.notice_at is not None) == paper.told


def places_of(case: Case, who: User) -> tuple[bool, bool, bool]:
    """Return whether somebody holds the case, raised it, or is its counterpart."""
    return who.pk == case.holder_id, who.pk == case.raiser_id, who.pk == case.counterpart_id


def as_expected(
    paper: Paper, hands: Hands, move: str, place: str, who: User, *, take_back: bool = False
) -> bool:
    """Try a move; return whether it was let through. Fails unless the paper says the same."""
    walk = hands.walk
    case, at = walk.case, walk.at
    expected = paper.allows(move, *places_of(case, who))
    try:
        with transaction.atomic():
            hands.make(move, who)
            transaction.set_rollback(take_back)
        done = True
    except Refusal:
        done = False
    assert done == expected, (paper.procedure.key, move, place, paper)
    if take_back:
        walk.case, walk.at = case, at
    return done


def one_allowed(paper: Paper, case: Case, people: dict[str, User], n: int) -> tuple[str, str] | None:
    """Return one of the moves and places that the paper allows now and that do not give up; None without one."""
    found = [
        (move, place)
        for move in MOVES
        if move not in ENDS_IT
        for place in (("holder", "raiser") if case.holder_id != case.raiser_id else ("raiser",))
        if paper.allows(move, *places_of(case, people[place]))
        for _ in range(3 if move in LEADS_ON else 1)
    ]
    return found[n % len(found)] if found else None


def moves_of(procedure: Procedure) -> set[str]:
    """Return the moves that a procedure has on some stage."""
    outcomes = {outcome for rung in procedure.rungs for outcome in rung.outcomes}
    without = {
        "accept": not any(rung.acknowledge for rung in procedure.rungs),
        "determine": not {"cswo_determined", "committee_determined"} & outcomes,
        "refer": not procedure.referral_bodies,
        "skip": not procedure.skip.allowed_urgencies,
        "view_yes": not any(rung.state == "line_manager" for rung in procedure.rungs),
    }
    if not any(rung.may_refuse for rung in procedure.rungs):
        without |= dict.fromkeys(
            ("view_no", "new_facts", "accept_refusal", "ask_view", "lead_yes", "lead_no"), True
        )
    return {move for move in MOVES if not without.get(move)}


@pytest.mark.parametrize("share", range(SHARES))  # so that two processes share the work
@pytest.mark.django_db
def test_a_random_sequence_leads_where_the_paper_leads(
    cast: Cast, share: int, capsys: pytest.CaptureFixture[str]
) -> None:
    versions = {name: published(name) for name in list(FILES)[share::SHARES]}
    starts = [
        (name, urgency.key)
        for name, version in sorted(versions.items())
        for urgency in version.definition.urgencies
        if urgency.key != "urgent"  # another pace of the same ladder
    ]
    wanted, walks = -(-WALKS // SHARES), 0
    made, refused, reached = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    eyes = Eyes(cast)

    @seed(SEED * SHARES + share)
    @settings(
        max_examples=wanted,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
    )
    @given(
        start=st.sampled_from(starts),
        moves=st.lists(
            st.tuples(st.sampled_from(MOVES), st.sampled_from((*WHO, "holder", "holder")), st.booleans()),
            min_size=8,
            max_size=40,
        ),
    )
    def walk_about(start: tuple[str, str], moves: list[tuple[str, str, bool]]) -> None:
        nonlocal walks
        name, urgency = start
        walks += 1
        with transaction.atomic():
            walk = Walk(cast, versions[name], urgency)
            paper, hands = Paper(walk.procedure, urgency), Hands(walk)
            eyes.compare(walk, paper)

            def everything(place: str) -> None:
                """Somebody tries every move, each time from the same place."""
                for move in MOVES:
                    who = eyes.people(walk.case)[place]
                    done = as_expected(paper, hands, move, place, who, take_back=True)
                    (made if done else refused)[move] += 1

            for drawn, where, goes_on in moves:
                case, move, place = walk.case, drawn, where
                people = eyes.people(case)
                if goes_on:  # every other time one that is allowed: a walk would hardly leave its first stage
                    move, place = one_allowed(paper, case, people, MOVES.index(drawn)) or (drawn, where)
                done = as_expected(paper, hands, move, place, people[place])
                (made if done else refused)[move] += 1
                if done:
                    paper.make(move)
                    reached[name, paper.key] += 1
                eyes.compare(walk, paper)
                walk.at += MINUTE
                if done and move == "view_no":  # seldom reached, and the next move alone would show little
                    everything("raiser")
            everything(moves[-1][1])  # where it has come to
            transaction.set_rollback(True)

    walk_about()
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{', '.join(versions)}: {walks} walks with seed {SEED}, {made.total()} moves made and "
            f"{refused.total()} refused, {len(reached)} stages reached; made {dict(made)}, refused {dict(refused)}"
        )
    assert walks >= wanted
    assert made.total() >= 3 * walks or WALKS < 40, "walks that go nowhere show nothing"
    if LONG:  # hardly anything was left out: each move, each stage of each ladder
        stages = {(name, rung.key) for name, v in versions.items() for rung in v.definition.rungs}
        possible = set().union(*(moves_of(v.definition) for v in versions.values()))
        assert set(made) | AFTER_A_REFUSAL >= possible
        assert set(made) & AFTER_A_REFUSAL or "view_no" not in possible
        assert set(refused) == set(MOVES)
        assert set(reached) == stages
