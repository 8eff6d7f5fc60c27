"""One rung of the ladder in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from cases.procedures.definitions import Procedure
from cases.procedures.rungs import Rung
from cases.procedures.telling import words
from cases.procedures.telling.told import Section, facts_of, limits_of_clock


def _paces(procedure: Procedure, keys: Sequence[str]) -> list[str]:
    return [words.lower_first(procedure.urgency(key).label) for key in keys]


def _notice(rung: Rung) -> str:
    return f"The other side {'must' if rung.intention_notice else 'need not'} be told first."


def rung_section(procedure: Procedure, rung: Rung, place: int) -> Section:
    """Return one rung: who acts with whom, what is asked before it goes on, what may follow, and its limits."""
    role = procedure.role_label
    yes = "Yes, with reasons. The person who raised it is told at once."
    facts = facts_of(
        procedure,
        f"rungs.{rung.key}.",
        rung,
        ("acts", "Who acts", words.capital(role(rung.acts))),
        (
            "counterpart_role",
            "With whom",
            f"The {role(rung.counterpart_role)} on the other side" if rung.counterpart_role else "",
        ),
        (
            "brought_by",
            "Who brings it here",
            f"The {role(rung.brought_by)}" if rung.brought_by else "",
        ),
        ("entered_by", "How it comes here", "By referral only" if rung.entered_by == "referral" else ""),
        (
            "kind",
            "What it is",
            "A meeting with an independent chair" if rung.kind == "chaired_meeting" else "",
        ),
        ("only_for", "Only when it is", words.or_list(_paces(procedure, rung.only_for))),
        ("checks_on_entry", "Confirmed before it comes here", [item.label for item in rung.checks_on_entry]),
        ("may_start_here", "May a case start here", "Yes" if rung.may_start_here else ""),
        (
            "words",
            "How soon, in the words of the source",
            rung.words if rung.source_of("words") == "silent" else f"“{rung.words}”",
        ),
        (
            "intention_notice",
            "Before it goes up from here",
            _notice(rung) if rung.may_escalate else "",
        ),
        ("brief", "What goes up with it", [part.question for part in rung.brief]),
        ("tried_below_question", "Asked before it goes further", rung.tried_below_question),
        ("meeting_agenda", "What to talk about", [item.heading for item in rung.meeting_agenda]),
        (
            "checklist_on_resolve",
            "When it is settled here",
            [item.label for item in rung.checklist_on_resolve],
        ),
        (
            "questions_on_resolve",
            "Asked when it is settled here",
            [question.question for question in rung.questions_on_resolve],
        ),
        ("checks_back", "Confirmed in the check backs", [item.label for item in rung.checks_back]),
        ("advice_roles", "Who may be asked for advice", words.and_list(role(r) for r in rung.advice_roles)),
        (
            "feedback_to",
            "Who is told what came of it",
            words.and_list(words.RELATIONS[r] for r in rung.feedback_to) or "Nobody is named",
        ),
        (
            "notify",
            "Who is told that a case is here",
            words.and_list(role(r) for r in rung.notify) or "Nobody outside the ladder",
        ),
        ("on_silence", "If nobody answers in time", words.ON_SILENCE[rung.on_silence]),
        ("may_refuse", "May the manager say no", yes if rung.may_refuse else "No"),
        ("outcomes", "How it may end here", [procedure.outcome_label(key) for key in rung.outcomes]),
    )
    limits = [
        limit
        for clock in rung.clocks
        for limit in limits_of_clock(procedure, f"rungs.{rung.key}.clocks.{clock.key}", clock, rung)
    ]
    return Section(
        f"rungs.{rung.key}",
        f"{place}. {rung.label}: {words.lower_first(rung.title)}",
        rung.description,
        tuple(facts),
        tuple(limits),
    )
