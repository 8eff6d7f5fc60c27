"""What holds on every rung, what comes after, and what the procedure is, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from cases.procedures.definitions import Procedure
from cases.procedures.parts import Words
from cases.procedures.telling import words
from cases.procedures.telling.told import Fact, Section, ToldLimit, facts_of, limits_of_clock, one_limit
from cases.procedures.vocabulary import FAMILY_WORDS

CLOCKS_BESIDE = {
    "run_on": "They run on.",
    "stand_still": "They stand still from when it is arranged until the day it meets, as long as the child is safe "
    "and no longer than a clock may stand still here.",
}


def in_short(procedure: Procedure) -> Section:
    """Return the area's sentences that hold throughout: the child first, speaking up, the agency's own procedure."""
    said = procedure.words
    facts = _in_short(procedure, said)
    return Section("words", "In short", "", tuple(facts))


def _in_short(procedure: Procedure, said: Words) -> Iterator[Fact]:
    return facts_of(
        procedure,
        "words.",
        said,
        ("paramount", "First", said.paramount),
        ("speak_up", "Speaking up", said.speak_up),
        ("feedback", "Hearing back", said.feedback),
        ("record", "Writing it down", said.record),
        ("complements", "Your own agency’s procedure", said.complements),
        ("resolved", "When it is settled", said.resolved),
        ("unresolved", "When it goes further", said.unresolved),
        ("threshold_question", "Asked before it goes further", said.threshold_question),
        ("determination", "At the top", said.determination),
    )


def beside(procedure: Procedure) -> Section:
    """Return what there is beside the ladder: a facilitated meeting, and worries about an agency as a whole."""
    facts: list[Fact] = []
    if (rethink := procedure.rethink) is not None:
        facts += facts_of(
            procedure,
            "rethink.",
            rethink,
            ("description", rethink.label, rethink.description),
            (
                "considerations",
                "To think of first; it stops nobody",
                [c.label for c in rethink.considerations],
            ),
            ("steps", "What happens there", [step.heading for step in rethink.steps]),
            ("outcomes", "What it hopes for", [outcome.label for outcome in rethink.outcomes]),
            ("when_unresolved", "If it does not settle the matter", rethink.when_unresolved),
            ("formal_clocks", "The dates of a case beside it", CLOCKS_BESIDE[rethink.formal_clocks]),
        )
    if (concerns := procedure.concerns) is not None:
        facts += facts_of(
            procedure,
            "concerns.",
            concerns,
            ("description", concerns.label, concerns.description),
            ("decisions", "What the lead may decide", [choice.label for choice in concerns.decisions]),
        )
    return Section("beside", "Beside the ladder", "", tuple(facts))


def reading(procedure: Procedure) -> Section:
    """Return the further reading the procedure names, and where to write about it (PK13)."""
    facts = [
        fact
        for one in procedure.signposts
        for fact in facts_of(
            procedure, f"signposts.{one.key}.", one, ("text", one.title, [one.text or "Read it.", one.url])
        )
    ]
    return Section("reading", "Further reading", "", tuple(facts))


def pace(procedure: Procedure) -> Section:
    """Return the urgencies, the limits that hold for all rungs together, and the reminders."""
    facts: list[Fact] = []
    limits: list[ToldLimit] = []
    for urgency in procedure.urgencies:
        path = f"urgencies.{urgency.key}."
        facts += facts_of(procedure, path, urgency, ("hint", urgency.label, urgency.hint))
        since = "when the case comes to a rung"
        whole, stale = urgency.whole_ladder, urgency.situation_stale_after
        limits += one_limit(f"{path}whole_ladder", "All rungs together", since, urgency.label, whole)
        since = "when it was written"
        name = f"{path}situation_stale_after"
        limits += one_limit(name, "Write “situation now” afresh", since, urgency.label, stale)
    for one in procedure.together:
        since = f"from when the case comes to {procedure.rung(one.first).label}"
        what = f"{one.label} ({procedure.rung(one.first).label} to {procedure.rung(one.last).label})"
        for key, limit in one.limits.items():
            label = procedure.urgency(key).label
            limits += one_limit(f"together.{one.key}.{key}", what, since, label, limit, one.words)
    if procedure.raise_within is not None:
        said = procedure.raise_within.describe()
        source = procedure.raise_within.source
        facts.append(Fact("raise_within", "How soon to raise it", (words.capital(said),), source))
    for number, reminder in enumerate(procedure.reminders, start=1):
        whom = words.and_list(words.AUDIENCES[a] for a in reminder.to)
        keys = reminder.urgencies or tuple(u.key for u in procedure.urgencies)
        paces = words.and_list(words.lower_first(procedure.urgency(key).label) for key in keys)
        text = f"{words.capital(reminder.describe())}: {whom} ({paces})"
        source = reminder.source
        facts.append(Fact(f"reminders.{number}", f"Reminder {number}", (text,), source))
    return Section("pace", "How fast it goes", "", tuple(facts), tuple(limits))


def rules(procedure: Procedure) -> Section:
    """Return what may happen on refusal, in danger, and when two views are left to stand."""
    differ, refusal, skip = procedure.agree_to_differ, procedure.on_refusal, procedure.skip
    blocked = words.and_list(words.lower_first(procedure.urgency(k).label) for k in differ.blocked_urgencies)
    ways = words.or_list(words.RAISER_MAY[way] for way in refusal.raiser_may)
    skipping = words.and_list(words.lower_first(procedure.urgency(k).label) for k in skip.allowed_urgencies)
    facts = [
        *facts_of(
            procedure,
            "agree_to_differ.",
            differ,
            ("allowed", "May two sides leave it at two views", "Yes" if differ.allowed else "No"),
            ("blocked_urgencies", "When they may not", blocked if differ.allowed else ""),
            ("question", "Asked then", differ.question if differ.allowed else ""),
        ),
        *facts_of(
            procedure,
            "on_refusal.",
            refusal,
            ("raiser_may", "If a manager does not support it", f"The person who raised it may {ways}."),
            (
                "independent_view",
                "Who gives an independent view",
                procedure.role_label(refusal.independent_view),
            ),
            ("signpost", "And they are told", refusal.signpost),
        ),
        *facts_of(
            procedure,
            "skip.",
            skip,
            ("allowed_urgencies", "When a rung may be passed over", skipping or "Never"),
            ("reason_required", "With a reason", "Yes" if skip.reason_required else "No"),
        ),
        *facts_of(
            procedure,
            "",
            procedure,
            (
                "same_agency_allowed",
                "Between two services of one agency",
                "It may be used" if procedure.same_agency_allowed else "It may not be used",
            ),
        ),
    ]
    for name, label, leeway in (
        ("extension", "More time for a stage", procedure.extension),
        ("pause", "Days on which the clock stands still", procedure.pause),
    ):
        if leeway is not None:
            paces = words.and_list(
                words.lower_first(procedure.urgency(k).label) for k in leeway.allowed_urgencies
            )
            given = f"At {paces}: {leeway.most_times} × {leeway.longest.describe()} at most"
            facts += facts_of(procedure, f"{name}.", leeway, ("longest", label, [given, leeway.words]))
    for body in procedure.referral_bodies:
        who = words.or_list(procedure.role_label(r) for r in body.may_refer)
        said = (("may_refer", f"Who may refer it to the {body.label}", words.capital(who)),)
        facts += facts_of(procedure, f"referral_bodies.{body.key}.", body, *said)
    return Section("rules", "What may happen when", "", tuple(facts))


def scope(procedure: Procedure) -> Section:
    """Return what is asked before a case is opened, and where a yes leads."""
    facts = [
        fact
        for one in procedure.scope
        for fact in facts_of(
            procedure,
            f"scope.{one.key}.",
            one,
            (
                "diverts_to",
                one.question,
                [
                    f"If yes: {words.lower_first(one.signpost_title)}. {words.DIVERSIONS[one.diverts_to]}.",
                    "It may be used beside that." if one.may_go_on else "",
                ],
            ),
        )
    ]
    return Section("scope", "Asked before a case is opened", "", tuple(facts))


def reasons(procedure: Procedure) -> Section:
    """Return what a disagreement may be about, and under which heading reports count it."""
    facts = [
        fact
        for one in procedure.reasons
        for fact in facts_of(
            procedure,
            f"reasons.{one.key}.",
            one,
            ("family", one.label, f"Counted in reports as: {words.lower_first(FAMILY_WORDS[one.family])}"),
        )
    ]
    return Section("reasons", "What it may be about", "", tuple(facts))


def afterwards(procedure: Procedure) -> Section:
    """Return the duties once it is settled or decided."""
    backs, debrief, learning = procedure.checkbacks, procedure.debrief, procedure.learning
    facts: list[Fact] = []
    limits: list[ToldLimit] = []
    for name, label, back in (
        ("understood", "First check back", backs.understood),
        ("done", "Second check back", backs.done),
    ):
        path = f"checkbacks.{name}"
        whom = words.and_list(words.RELATIONS[who] for who in back.asked_of)
        asked = [q for q in (back.question, back.helped_question) if q]
        facts += facts_of(
            procedure, f"{path}.", back, ("question", label, asked), ("asked_of", f"{label}: asked of", whom)
        )
        limits += limits_of_clock(procedure, path, back.clock)
    facts += facts_of(
        procedure,
        "debrief.",
        debrief,
        ("required", "Talk with everyone afterwards", "Required" if debrief.required else "Not required"),
    )
    limits += limits_of_clock(procedure, "debrief", debrief.clock)
    facts += [
        fact
        for one in procedure.closing_questions
        for fact in facts_of(
            procedure, f"closing_questions.{one.key}.", one, ("question", "Asked at closing", one.question)
        )
    ]
    facts += facts_of(
        procedure,
        "family_question.",
        procedure.family_question,
        ("question", "About the family", procedure.family_question.question),
    )
    facts += facts_of(
        procedure,
        "learning.",
        learning,
        ("question", "Learning", learning.question),
        ("routes", "Where learning may go", [route.label for route in learning.routes]),
    )
    return Section("afterwards", "When it is settled or decided", "", tuple(facts), tuple(limits))


def about(procedure: Procedure) -> Section:
    """Return what the procedure is: owner, dates, documents."""
    facts = facts_of(
        procedure,
        "",
        procedure,
        ("title", "Title", procedure.title),
        ("version", "Version of this file", procedure.version),
        ("owner", "Owner", procedure.owner),
        ("jurisdiction", "Country", words.JURISDICTIONS[procedure.jurisdiction]),
        ("effective_from", "In force from, as the source says", words.day(procedure.effective_from)),
        ("effective_until", "In force until, as the source says", words.day(procedure.effective_until)),
        ("review", "Review", procedure.review),
        (
            "source_documents",
            "Written from",
            [_document(d.title, d.note) for d in procedure.source_documents],
        ),
    )
    return Section("about", "About this procedure", "", tuple(facts))


def _document(title: str, note: str) -> str:
    return f"{title}. {note}" if note else title
