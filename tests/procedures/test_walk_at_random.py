"""Random legal and illegal sequences of moves against a small model of the ladder.

The model knows a procedure's file and nothing of the code under test. WALKS sets how many sequences are tried: some 40
with `make test`, 2,000 or more at night (WALKS=2000).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.standing import with_standing
from cases.actions import climbing, following, managing, settling
from cases.models import Case, CheckBack
from cases.procedures.definitions import Procedure
from cases.procedures.rungs import Rung
from cases.refusals import Refusal
from tests.cast import Cast
from tests.procedures.walking import FILES, Walk, answer_to, published

WALKS = int(os.environ.get("WALKS", "40"))
MOVES = (
    "accept",
    "tell",
    "escalate",
    "view_yes",
    "view_no",
    "new_facts",
    "accept_refusal",
    "agree",
    "determine",
    "withdraw",
    "reopen",
    "check_back",
    "close",
)
WHO = ("holder", "raiser", "counterpart", "stranger")
ENDED = ("closed", "withdrawn")


@dataclass
class Model:
    """Where a case is, as anybody would keep it on paper."""

    procedure: Procedure
    urgency: str
    state: str = "dispute"  # dispute, settled, closed, withdrawn
    key: str = ""
    accepted: bool = False
    told: bool = False
    refused: bool = False
    checked: bool = False
    closing: bool = False

    def __post_init__(self) -> None:
        self.enter(self.procedure.ladder[0])

    @property
    def rung(self) -> Rung:
        return self.procedure.rung(self.key)

    @property
    def above(self) -> str | None:
        track = self.procedure.track(self.urgency)
        higher = track[track.index(self.key) + 1 :]
        return higher[0] if higher and "escalated_next_tier" in self.rung.outcomes else None

    @property
    def ready(self) -> bool:
        """Whether whoever holds it may go on: accepted where that is asked, and not refused."""
        return (self.accepted or self.rung.acknowledge is None) and not self.refused

    def enter(self, key: str) -> None:
        self.key, self.state = key, "dispute"
        self.accepted = self.told = self.refused = self.checked = False

    def allows(self, move: str, as_holder: bool, as_raiser: bool, as_counterpart: bool) -> bool:
        """Return whether somebody in these places may make a move now."""
        rung, dispute = self.rung, self.state == "dispute"
        view = rung.state == "line_manager"
        outcomes = set(rung.outcomes)
        match move:
            case "accept":
                return dispute and as_holder and rung.acknowledge is not None and not self.accepted
            case "tell":
                return dispute and as_holder and self.ready and self.above is not None and not self.told
            case "escalate":
                free = self.told or not rung.intention_notice or self.urgency == "immediate"
                return dispute and as_holder and self.ready and self.above is not None and not view and free
            case "view_yes":
                return dispute and as_holder and self.ready and view and self.above is not None
            case "view_no":
                return dispute and as_holder and self.ready and (view or rung.may_refuse)
            case "new_facts" | "accept_refusal":
                way = "new_facts" if move == "new_facts" else "accept"
                return dispute and self.refused and as_raiser and way in self.procedure.on_refusal.raiser_may
            case "agree":
                ends = bool({"resolved_agreed", "way_forward_agreed"} & outcomes)
                return dispute and as_holder and self.ready and ends
            case "determine":
                chaired = rung.kind == "chaired_meeting"
                decides = bool({"cswo_determined", "committee_determined"} & outcomes) and not chaired
                return dispute and as_holder and self.ready and decides
            case "withdraw":
                return dispute and as_raiser
            case "reopen":
                # Whoever determined it may; the committee's officer, who wrote down what others decided, may not.
                may = as_raiser or as_counterpart or (as_holder and rung.state != "committee")
                return self.state in ("settled", "closed") and may
            case "check_back":
                return self.state == "settled" and not self.checked
            case _:
                return self.state == "settled" and self.checked and as_holder

    def make(self, move: str) -> None:
        """Keep what a move does that was let through."""
        match move:
            case "accept":
                self.accepted = True
            case "tell":
                self.told = True
            case "escalate" | "view_yes":
                assert self.above is not None
                self.enter(self.above)
            case "view_no":
                self.refused = True
            case "new_facts":
                self.refused = False
            case "accept_refusal" | "withdraw":
                self.state = "withdrawn"
            case "agree" | "determine":
                self.state, self.checked = "settled", False
            case "reopen":
                self.enter(self.key)
                self.accepted = True  # the same person has it back: there is nothing to accept anew
            case "check_back":
                self.checked = True
            case _:
                self.state = "closed"


class Hands:
    """Makes the moves on a real case."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def make(self, move: str, who: Any) -> None:
        """Make a move as this person. Raises a Refusal when it is not allowed."""
        walk, case = self.walk, self.walk.case
        rung, audit = walk.rung, walk.audit()
        told = {} if who == case.raiser else {"feedback": "This was done."}
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


def is_as_on_paper(walk: Walk, model: Model) -> None:
    case = walk.again()
    state = {"agreed": "settled", "determined": "settled"}.get(case.state, case.state)
    if case.in_dispute:
        state = "dispute"
        assert case.state == model.rung.state
        assert case.holder is not None
        assert (case.current_stage.supported is False) == model.refused
    assert (state, case.rung_key) == (model.state, model.key)
    assert (case.holder is None) == (state in ENDED)
    assert walk.way.count(model.key) >= 1


def places_of(case: Case, who: User) -> tuple[bool, bool, bool]:
    """Return whether somebody holds the case, raised it, or is its counterpart."""
    return who == case.holder, who == case.raiser, who == case.counterpart


def one_allowed(model: Model, case: Case, people: dict[str, User], n: int) -> tuple[str, str] | None:
    """Return one of the moves and places that the model allows now, other than giving up; None without one."""
    found = [
        (move, place)
        for move in MOVES
        if move != "withdraw"
        for place in ("holder", "raiser")
        if model.allows(move, *places_of(case, people[place]))
    ]
    return found[n % len(found)] if found else None


@pytest.mark.parametrize("share", range(4))  # so that two processes share the work
@pytest.mark.django_db
def test_a_random_sequence_leads_where_the_model_leads(
    cast: Cast, share: int, capsys: pytest.CaptureFixture[str]
) -> None:
    versions = {name: published(name) for name in list(FILES)[share::4]}
    both = ("standard", "immediate")
    starts = [
        (n, u)
        for n in sorted(versions)
        for u in both
        if u in [k.key for k in versions[n].definition.urgencies]
    ]
    tried = {"walks": 0, "moves made": 0, "refused": 0}
    known: dict[int, User] = {}

    @settings(
        max_examples=max(WALKS // 4, 1),
        deadline=None,
        database=None,
        derandomize=WALKS <= 40,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if WALKS > 40 else [Phase.generate],
    )
    @given(
        start=st.sampled_from(starts),
        moves=st.lists(
            st.tuples(st.sampled_from(MOVES), st.sampled_from((*WHO, "holder", "holder")), st.booleans()),
            min_size=6,
            max_size=24,
        ),
    )
    def walks(start: tuple[str, str], moves: list[tuple[str, str, bool]]) -> None:
        name, urgency = start
        version = versions[name]
        tried["walks"] += 1
        with transaction.atomic():
            walk = Walk(cast, version, urgency)
            model, hands = Model(version.definition, urgency), Hands(walk)
            for drawn, where, goes_on in moves:
                case, move, place = walk.case, drawn, where
                people = {"raiser": case.raiser, "counterpart": case.counterpart, "stranger": cast.stranger}
                people["holder"] = case.holder or case.raiser
                if (
                    goes_on
                ):  # every other time a move that the model allows: a walk would hardly leave its first stage
                    move, place = one_allowed(model, case, people, MOVES.index(drawn)) or (drawn, where)
                if people[place].pk not in known:  # as a page has them: with their standing
                    known[people[place].pk] = with_standing(User.objects.filter(pk=people[place].pk)).get()
                who = known[people[place].pk]
                expected = model.allows(move, *places_of(case, who))
                try:
                    with transaction.atomic():
                        hands.make(move, who)
                    done = True
                except Refusal:
                    done = False
                assert done == expected, (name, model, move, place)
                tried["moves made" if done else "refused"] += 1
                if done:
                    model.make(move)
                is_as_on_paper(walk, model)
                walk.at += timedelta(minutes=1)
            transaction.set_rollback(True)

    walks()
    with capsys.disabled():
        print(f"\n{len(versions)} procedures: {tried}")  # noqa: T201
    assert tried["walks"] >= max(WALKS // 4, 1)
    assert tried["moves made"] >= 3 * tried["walks"] or WALKS < 40, "walks that go nowhere show nothing"
