"""The table of tests/access/steps.txt against looks from a file: what mutation testing runs for every mutant.

`make mutate` writes the file first; without it there is nothing to judge here.
"""

from __future__ import annotations

import copy
import logging
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from cases import policies
from cases.access import Look
from cases.models import procedure
from cases.models.participation import Participation, Relation, Side
from cases.policies import can
from cases.refusals import NotAllowed, NotNow
from cases.steps import STEPS
from escalation.prepared import number
from tests.access.frozen.looks import WHERE, thawed
from tests.access.test_policy_table import TABLE, judged

pytestmark = pytest.mark.skipif(not WHERE.exists(), reason="make mutate writes the looks first")


@pytest.fixture(scope="module")
def situations() -> dict[str, tuple[dict[str, Look], set[str]]]:
    logging.disable(logging.CRITICAL)  # a mutant that fails is a refusal, and says so a thousand times
    return thawed()


def test_the_table_holds(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    assert situations.keys() == TABLE.keys()
    for name, (looks, visible) in situations.items():
        assert judged(name, looks, visible) == []


def test_a_refusal_says_whether_it_is_for_ever_and_why(
    situations: dict[str, tuple[dict[str, Look], set[str]]],
) -> None:
    """A person who may never gets a 403, one who may not now a 409, each with a sentence."""
    for name, (looks, _) in situations.items():
        for person in sorted(TABLE[name].inside):
            for key, step in STEPS.items():
                if person in TABLE[name].may.get(key, ()):
                    assert step.rule(looks[person]) is None
                    continue
                with pytest.raises((NotAllowed, NotNow)) as refusal:
                    step.rule(looks[person])
                words = str(refusal.value)
                assert words[0].isupper() and words.endswith("."), (key, words)
                assert "XX" not in words, "mutmut writes XX into texts"
                assert not words.isupper(), "a refusal does not shout"


def test_how_people_stand(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    """What policies ask of a look, said of people by name."""
    looks = situations["cswo-accepted"][0]
    for name in ("raiser", "raiser_deputy"):
        look = looks[name]
        assert (look.is_raiser, look.is_counterpart, look.is_holder, look.is_party) == (
            True,
            False,
            False,
            True,
        )
        assert look.has(Relation.RAISER) and look.has(Relation.RAISER, Side.RAISING)
        assert not look.has(Relation.RAISER, Side.RECEIVING) and not look.has(Relation.DECIDER)
        assert look.sides == {"raising"}
    cswo, deputy = looks["cswo"], looks["cswo_deputy"]
    assert (cswo.is_holder, cswo.is_party, cswo.sides) == (True, False, {"neutral"})
    part = deputy.speaking_as(deputy.case.holder_id)
    assert part.user_id == cswo.user.pk
    assert (deputy.actor(part).user_id, deputy.actor(part).acting_for_id) == (deputy.user.pk, cswo.user.pk)
    assert cswo.actor(part).acting_for_id is None
    assert cswo.role_words(part) == "Chief Social Work Officer"
    assert deputy.role_words(part) == "Chief Social Work Officer, acting for Greta Holm"
    assert [p.relation for p in looks["cswo"].parts_of(Relation.DECIDER)] == ["decider"]
    for name in ("colleague", "leaver", "former", "stranger", "superuser", "reader"):
        assert looks[name].mine == ()
        assert not looks[name].is_party and not looks[name].is_holder
        with pytest.raises(LookupError):
            looks[name].speaking_as(looks[name].user.pk)


def test_in_which_part_somebody_acts(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    """Who has several parts acts in the one that is asked for, else in the one nearest to deciding."""
    deputy = situations["cswo-accepted"][0]["cswo_deputy"]
    own, hers = deputy.user.pk, deputy.case.holder_id
    part = copy.copy(situations["senior"][0]["senior"].mine[0])
    part.user_id = own
    deputy = replace(deputy, parts=(part, *deputy.parts))
    assert [p.user_id for p in deputy.mine] == [hers, own]
    assert deputy.speaking_as(own).relation == Relation.SENIOR_MANAGER
    assert deputy.speaking_as(None, own).user_id == own
    assert deputy.speaking_as(own, hers).user_id == own
    assert deputy.speaking_as(None).relation == deputy.speaking_as().relation == Relation.DECIDER
    with pytest.raises(LookupError, match=r"^takes no part in this case$"):
        situations["cswo"][0]["stranger"].speaking_as()
    part = deputy.speaking_as(own)
    actor = deputy.actor(part)
    assert (actor.role, actor.agency_id) == ("senior_manager", part.agency_id)
    assert part.agency_id is not None


def test_roles_in_words(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    """What stands beside somebody's name in the record."""
    for situation, person, words in (
        ("resolution", "raiser", "Raised it"),
        ("resolution", "raiser_deputy", "Raised it, acting for Nadia Reid"),
        ("senior", "senior", "Senior manager"),
        ("cswo", "cswo", "Chief Social Work Officer"),
        ("committee", "officer", "CPC officer"),
        ("panel-convened", "chair", "Independent chair"),
        ("line-view-asked", "lead", "Designated child protection lead"),
    ):
        look = situations[situation][0][person]
        assert look.role_words(look.mine[0]) == words
    look = situations["resolution"][0]["raiser_deputy"]
    long = varied(look, standing=Named(look.standing))
    assert long.role_words(long.mine[0]) == ("Raised it, acting for " + "N" * 60)[:60]


class Named:
    """A standing in which everybody has a very long name."""

    def __init__(self, standing: Any) -> None:
        self.acting_ids = standing.acting_ids

    def name_of(self, user_id: int) -> str:
        return "N" * 100


def varied(look: Look, *, conflict: bool = False, **changes: Any) -> Look:
    """Return a look that differs in `at`, `standing`, facts of the case, or parts of its `definition`."""
    own = {name: changes.pop(name) for name in ("at", "standing") if name in changes}
    case = copy.copy(look.case)
    case._state = copy.copy(case._state)
    case._state.fields_cache = dict(case._state.fields_cache)
    if "definition" in changes:
        version = copy.copy(case.procedure)
        version.sha256 = f"varied-{len(procedure._definitions)}"
        procedure._definitions[version.sha256] = case.definition.model_copy(update=changes.pop("definition"))
        case._state.fields_cache["procedure"] = version
    for name, value in changes.items():
        setattr(case, name, value)
    found = replace(look, case=case, **own)
    found.__dict__["has_conflict"] = conflict
    return found


def refused(rule: Any, look: Look, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as refusal:
        rule(look)
    assert str(refusal.value) == words


def test_what_other_procedures_allow(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    """Ladders of the field differ in what may be passed over and whom a case is referred to."""
    look = situations["resolution-urgent"][0]["raiser"]
    assert look.case.urgency == "urgent"
    only = "A stage is passed over only when there is danger today."
    refused(policies.skip, look, NotNow, only)
    skip = look.case.definition.skip
    for urgencies, words in (
        ((), "This procedure has no stage that may be passed over."),
        (
            ("immediate", "standard"),
            "A stage is passed over only for: “{immediate}”, “{standard}”.",
        ),
    ):
        labels = {key: look.case.definition.urgency(key).label for key in urgencies}
        other = varied(look, definition={"skip": skip.model_copy(update={"allowed_urgencies": urgencies})})
        refused(policies.skip, other, NotNow, words.format(**labels))
    able = varied(look, definition={"skip": skip.model_copy(update={"allowed_urgencies": ("urgent",)})})
    assert policies.skip(able) is None
    refused(
        policies.skip,
        situations["senior-danger"][0]["senior"],
        NotNow,
        "There is no stage left to pass over.",
    )
    cswo = situations["cswo-accepted"][0]["cswo"]
    nobody = varied(cswo, definition={"referral_bodies": ()})
    refused(policies.refer, nobody, NotNow, "The procedure names nobody to refer to.")
    officer = situations["committee"][0]["officer"]
    refused(policies.decide_for_committee, cswo, NotNow, "This is not with the committee.")
    key = officer.case.current_stage.rung_key
    rungs = tuple(
        rung.model_copy(update={"outcomes": ("resolved_agreed",)}) if rung.key == key else rung
        for rung in officer.case.definition.rungs
    )
    agreeing = varied(officer, definition={"rungs": rungs})
    words = "On this stage the matter is settled by agreement."
    refused(policies.decide_for_committee, agreeing, NotNow, words)


def test_what_several_rules_say(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    """The words of the refusals that most people meet."""
    stranger = situations["resolution"][0]["stranger"]
    for rule in (policies.takes_part, policies.correct):
        refused(rule, stranger, NotAllowed, "You do not take part in this case.")
        assert rule(situations["resolution"][0]["counterpart"]) is None
    closed = situations["closed"][0]["raiser"]
    refused(policies.in_dispute, closed, NotNow, "This disagreement is no longer open: closed.")
    other = situations["resolution"][0]["counterpart"]
    holder = f"The next step is with {other.case.holder}, not with you."
    refused(policies.holds_it, other, NotAllowed, holder)
    nobody = varied(other, holder_id=None)
    nobody.case._state.fields_cache["holder"] = None
    refused(policies.holds_it, nobody, NotAllowed, "The next step is with nobody, not with you.")
    adviser = copy.copy(situations["line-view-asked"][0]["lead"].mine[0])
    settled = situations["determined"][0]["raiser"]
    adviser.user_id = settled.user.pk
    neutral = replace(settled, parts=(adviser,))
    words = "Only the two sides, or whoever determined it, reopen a case."
    refused(policies.reopen, neutral, NotAllowed, words)
    assert policies.reopen(settled) is policies.reopen(situations["determined"][0]["cswo"]) is None


def test_only_the_ways_past_a_refusal_that_the_procedure_has(
    situations: dict[str, tuple[dict[str, Look], set[str]]],
) -> None:
    look = situations["line-declined"][0]["raiser"]
    ways = look.case.definition.on_refusal.raiser_may
    assert ways
    for way in ways:
        assert policies.answer_refusal_by(way)(look) is None
        with pytest.raises(NotAllowed):
            policies.answer_refusal_by(way)(situations["line-declined"][0]["counterpart"])
    words = "This procedure does not have that way past a manager’s answer."
    refused(policies.answer_refusal_by("ring the papers"), look, NotNow, words)


def test_to_the_instant(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    """More time and a pause are given until just before the due instant; a clock stands still until its last day."""
    look = situations["resolution"][0]["raiser"]
    due = look.case.current_stage.due_at
    assert due is not None
    for rule in (policies.extend, policies.pause):
        assert rule(varied(look, at=due - timedelta(microseconds=1))) is None
        with pytest.raises(NotNow, match="The time is up already"):
            rule(varied(look, at=due))
    paused = situations["resolution-paused"][0]["raiser"]
    until = paused.case.current_stage.paused_until
    assert until is not None
    last = datetime.combine(until, time(0), tzinfo=timezone.get_current_timezone())
    assert policies.resume(varied(paused, at=last - timedelta(seconds=1))) is None
    refused(policies.resume, varied(paused, at=last), NotNow, "No clock stands still.")


def test_only_the_lead_who_was_asked_and_only_then(
    situations: dict[str, tuple[dict[str, Look], set[str]]],
) -> None:
    asked = situations["line-view-asked"][0]["lead"]
    assert policies.give_independent_view(asked) is None
    only = "Only the designated lead who was asked gives the independent view."
    refused(policies.give_independent_view, varied(asked, holder_id=None), NotAllowed, only)
    holder = situations["line-view-asked"][0]["raiser"]
    mine = varied(holder, holder_id=holder.user.pk)
    refused(policies.give_independent_view, mine, NotAllowed, only)
    nobody = "Nobody has asked for an independent view."
    refused(policies.give_independent_view, situations["line-declined"][0]["raiser"], NotNow, nobody)
    refused(policies.give_independent_view, situations["resolution"][0]["raiser"], NotNow, nobody)


def test_conflicts_are_asked_of_me_and_of_whom_i_act_for(
    situations: dict[str, tuple[dict[str, Look], set[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    look = situations["cswo-accepted"][0]["cswo_deputy"]
    asked: list[Any] = []

    def fresh_look(found: set[int], user_id: int | None = None) -> Look:
        monkeypatch.setattr("cases.access.barred", lambda *given: asked.append(given) or found)
        case = copy.copy(look.case)
        case.holder_id, case.stand_in_id = (None, user_id) if user_id else (look.case.holder_id, None)
        return replace(look, case=case)

    holder = look.case.holder_id
    assert holder is not None
    assert fresh_look({look.user.pk}).has_conflict is True
    assert fresh_look({holder}).has_conflict is True, "the one in whose place I would decide"
    assert fresh_look({look.user.pk}, look.user.pk).has_conflict is True
    assert fresh_look(set()).has_conflict is False
    case, state, at = asked[0]
    assert (case.pk, state, at) == (look.case.pk, look.case.current_stage.state, look.at)


def test_a_look_is_made_of_everybodys_live_parts(
    situations: dict[str, tuple[dict[str, Look], set[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One query, read as text: of this case, still in it, with people and places, in the order of joining."""
    look = situations["senior"][0]["senior"]
    asked: list[Any] = []

    class Asked:
        def objects(self, shape: str, build: Any, values: Any, *kinds: Any) -> list[Participation]:
            asked.append((shape, str(build().query), values, kinds))
            return list(look.parts)

    case = copy.copy(look.case)
    case._state = copy.copy(case._state)
    case._state.fields_cache = {}
    monkeypatch.setattr("cases.access._PARTS", Asked())
    monkeypatch.setattr("cases.access.standing_of", lambda user: {look.user.pk: look.standing}[user.pk])
    found = Look.at_case(case, look.user, look.at)
    assert (found.case, found.user, found.parts, found.at) == (case, look.user, look.parts, look.at)
    assert found.standing is look.standing
    assert case._state.fields_cache["raiser"].pk == case.raiser_id, "and nobody is asked for again"
    ((shape, query, values, kinds),) = asked
    assert shape == "of a case"
    assert values == {number(0): case.pk}
    assert kinds == (Participation, "user", "agency", "team")
    wanted = f'"cases_participation"."ended_at" IS NULL AND "cases_participation"."case_id" = {number(0)})'
    turned = f'"cases_participation"."case_id" = {number(0)} AND "cases_participation"."ended_at" IS NULL)'
    assert wanted in query or turned in query
    assert query.endswith('ORDER BY "cases_participation"."id" ASC')


def test_a_rule_that_breaks_is_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Log:
        def exception(self, words: str) -> None:
            said.append(words)

    monkeypatch.setattr("cases.policies.asking.log", Log())

    def broken(look: Look) -> None:
        raise ZeroDivisionError

    assert can(broken, None) is False  # type: ignore[arg-type]
    assert said == ["a rule failed and was taken as a refusal"]


def test_an_error_in_a_rule_means_no(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    def broken(look: Look) -> None:
        raise ZeroDivisionError

    def silent(look: Look) -> None:
        return None

    look = situations["resolution"][0]["raiser"]
    assert can(broken, look) is False
    assert can(silent, look) is True
