"""Mistakes of sense in a procedure file: a rung nobody reaches, a clock on nobody, a number without its mark.

The rules read the raw values, so that they can be told together with mistakes of form, all at once. They pass over
anything of a wrong type: explaining.py has already named it. Each rule takes the raw file and yields findings.
"""

from collections.abc import Callable, Iterator
from datetime import date

from cases.procedures.checking_time import TIME_RULES
from cases.procedures.definitions import Procedure
from cases.procedures.explaining import Finding
from cases.procedures.positions import Path
from cases.procedures.raw import Raw, items_of, key_of, kinds_of, text_of, texts_of
from cases.procedures.structure import tables
from cases.procedures.vocabulary import OUTCOMES, STATES

#: What no two entries of a list may share, where it is not key and label: a name is given to each once.
SINGLE = {"outcome_names": ("outcome",), "role_names": ("role",), "contacts": ("label", "number")}
Found = Iterator[Finding]


def findings(raw: Raw) -> list[Finding]:
    """Return every mistake of sense in the raw values of one file, rule by rule."""
    return [finding for rule in RULES for finding in rule(raw)]


def ladder_and_rungs_agree(raw: Raw) -> Found:
    """The ladder names each rung once, from the bottom up, and each rung it names is described."""
    ladder = texts_of(raw.get("ladder"))
    seen: list[str] = []
    for i, rung in items_of(raw.get("rungs")):
        key, sign = key_of(rung), "key" if rung.get("key") else "state"
        if key and key in seen:
            mend = 'take one of the two out, or give one a key of its own, such as key = "managers_again"'
            yield Finding(("rungs", i, sign), f'rung "{key}" is described twice', mend)
        elif ladder and key and key not in ladder and (sign == "key" or key in STATES):
            mend = f'add "{key}" to ladder, or take the rung out'
            yield Finding(
                ("rungs", i, sign), f'rung "{key}" cannot be reached: it is not in the ladder', mend
            )
        seen.append(key)
    for i, key in enumerate(ladder):
        if key in ladder[:i]:
            yield Finding(("ladder", i), f'"{key}" stands in the ladder twice', "take one of the two out")
        elif key not in seen:
            how = f'state = "{key}"' if key in STATES else f'key = "{key}" and a state'
            yield Finding(("ladder", i), f'rung "{key}" is not described', f"add [[rungs]] with {how}")
    yield from _in_order(raw, ladder)


def _in_order(raw: Raw, ladder: list[str]) -> Found:
    state_of = {key_of(rung): text_of(rung.get("state")) for _, rung in items_of(raw.get("rungs"))}
    known = [key for key in ladder if state_of.get(key, key) in STATES]
    in_order = sorted(known, key=lambda key: STATES.index(state_of.get(key, key)))
    if known != in_order:
        mend = f"go from the bottom up: {', '.join(STATES)}"
        yield Finding(("ladder",), "the ladder is not in order", mend)
    described = [key for key in state_of if key in known]
    if sorted(described) == sorted(known) and described != in_order:
        yield Finding(("rungs",), "the rungs are not in the order of the ladder", "put the lower rung first")


def rungs_are_reached_and_left(raw: Raw) -> Found:
    """At each urgency, each rung can be reached from the first one, and each has a way to end or to go on."""
    declared = [text_of(urgency.get("key")) for _, urgency in items_of(raw.get("urgencies"))]
    rungs = {key_of(rung): (i, rung) for i, rung in items_of(raw.get("rungs"))}
    order = [key for key in dict.fromkeys(texts_of(raw.get("ladder"))) if key in rungs]
    # In the order it should have: a ladder out of order is told once, by the rule above.
    order.sort(key=lambda key: _height(rungs[key][1]))
    yield from _referral_rungs(raw, [(key, *rungs[key]) for key in order])
    goes_on: set[str] = set()
    for urgency in declared or ["immediate"]:
        track = [key for key in order if _on_track(rungs[key][1], urgency)]
        for place, key in enumerate(track):
            i, rung = rungs[key]
            if place and not rung.get("may_start_here") and not _goes_up(rungs[track[place - 1]][1]):
                mend = 'add "escalated_next_tier" to the outcomes of the rung below it'
                yield Finding(("rungs", i, "state"), f'rung "{key}" cannot be reached from below', mend)
        goes_on |= set(track[:-1])
    for place, key in enumerate(order):
        i, rung = rungs[key]
        if place == 0 and texts_of(rung.get("only_for")):
            mend = "take only_for out: every case opens here"
            yield Finding(("rungs", i, "only_for"), "the first rung is for every urgency", mend)
        if _goes_up(rung) and key not in goes_on and rung.get("entered_by") != "referral":
            mend = 'take "escalated_next_tier" out, or add a rung above it'
            yield Finding(("rungs", i, "outcomes"), f'there is no rung above "{key}" to escalate to', mend)
        # X10: after the last rung no document knows a way on, so it must settle or decide by itself.
        if "outcomes" in rung and not kinds_of(rung) & {"settles", "decides", "moves_up"}:
            mend = 'add an outcome that ends it, such as "resolved_agreed", or "escalated_next_tier"'
            yield Finding(("rungs", i, "outcomes"), f'there is no way out of rung "{key}"', mend)


def _height(rung: Raw) -> int:
    state = text_of(rung.get("state"))
    return STATES.index(state) if state in STATES else -1


def _on_track(rung: Raw, urgency: str) -> bool:
    only = texts_of(rung.get("only_for"))
    return rung.get("entered_by") != "referral" and (not only or urgency in only)


def _goes_up(rung: Raw) -> bool:
    return "moves_up" in kinds_of(rung)


def _referral_rungs(raw: Raw, rungs: list[tuple[str, int, Raw]]) -> Found:
    refers = False
    for place, (key, i, rung) in enumerate(rungs):
        if rung.get("entered_by") == "referral":
            if place == 0:
                mend = "take this line out"
                yield Finding(("rungs", i, "entered_by"), "a case cannot open on a rung of referral", mend)
            elif not refers or not items_of(raw.get("referral_bodies")):
                mend = (
                    'give a rung below it "referred_cpc" or "referred_cog" as an outcome, '
                    "and add [[referral_bodies]]"
                )
                what = f'rung "{key}" cannot be reached: nothing refers to it'
                yield Finding(("rungs", i, "state"), what, mend)
        refers = refers or "refers" in kinds_of(rung)


#: Outcomes that only the rung of one state can come to, because only there somebody may do it.
ONLY_ON = {
    "cswo_determined": "cswo",
    "referred_cpc": "cswo",
    "referred_cog": "cswo",
    "committee_determined": "committee",
}


def outcomes_fit_their_rung(raw: Raw) -> Found:
    """Nobody determines or refers on a rung where the service knows nobody who may."""
    for i, rung in items_of(raw.get("rungs")):
        state = text_of(rung.get("state"))
        for k, outcome in enumerate(texts_of(rung.get("outcomes"))):
            if state in STATES and ONLY_ON.get(outcome, state) != state:
                mend = f'take it out, or move it to the rung with state = "{ONLY_ON[outcome]}"'
                yield Finding(
                    ("rungs", i, "outcomes", k), f'"{outcome}" cannot come about on a rung of "{state}"', mend
                )
        if rung.get("may_start_here") is True and state in ("cswo", "committee"):
            mend = "take may_start_here out: whoever decides hears first what was tried below"
            yield Finding(("rungs", i, "may_start_here"), f'no case can begin on a rung of "{state}"', mend)
        if rung.get("kind") == "chaired_meeting" and state in STATES and state != "committee":
            mend = 'set state = "committee", or take kind out'
            yield Finding(("rungs", i, "kind"), "an independently chaired meeting is above management", mend)
        for k, question in items_of(rung.get("questions_on_resolve")):
            path: Path = ("rungs", i, "questions_on_resolve", k)
            outcome = text_of(question.get("outcome"))
            if outcome in OUTCOMES and OUTCOMES[outcome].kind != "follows_up":
                what = f'"{outcome}" is how a matter ends, not what follows from it'
                yield Finding((*path, "outcome"), what, 'use one such as "plan_review_triggered"')
            elif outcome and question.get("answer") != "yes_no":
                what = "only a yes can be counted as an outcome"
                yield Finding((*path, "outcome"), what, 'set answer = "yes_no", or take outcome out')
            if question.get("duty") and question.get("answer") != "day":
                what = "a duty needs the day on which it is due"
                yield Finding((*path, "duty"), what, 'set answer = "day", or take duty out')


def outcomes_have_what_they_need(raw: Raw) -> Found:
    """Refusal, agreeing to differ and referral are allowed only where the rest of the file provides for them."""
    differ = raw.get("agree_to_differ")
    may_differ = not isinstance(differ, dict) or differ.get("allowed") is not False
    bodies = {text_of(body.get("outcome")) for _, body in items_of(raw.get("referral_bodies"))}
    used: set[str] = set()
    for i, rung in items_of(raw.get("rungs")):
        outcomes = texts_of(rung.get("outcomes"))
        used |= set(outcomes)
        refuses = "refuses" in kinds_of(rung)
        if rung.get("may_refuse") is True and not refuses:
            mend = 'add "manager_declined" to outcomes, or set may_refuse = false'
            yield Finding(("rungs", i, "may_refuse"), "a refusal here has no outcome", mend)
        if rung.get("may_refuse") is False and refuses:
            mend = "set may_refuse = true, or take the outcome out"
            yield Finding(
                ("rungs", i, "outcomes"), "an outcome of refusal stands where nobody may refuse", mend
            )
        for k, outcome in enumerate(outcomes):
            if outcome == "agreed_to_differ_low_risk" and not may_differ:
                mend = "set agree_to_differ.allowed = true, or take this outcome out"
                yield Finding(
                    ("rungs", i, "outcomes", k), "the procedure does not allow agreeing to differ", mend
                )
            if outcome in OUTCOMES and OUTCOMES[outcome].kind == "refers" and outcome not in bodies:
                mend = f'add [[referral_bodies]] with outcome = "{outcome}"'
                yield Finding(("rungs", i, "outcomes", k), "there is no body to refer to", mend)
    for i, body in items_of(raw.get("referral_bodies")):
        if text_of(body.get("outcome")) and body["outcome"] not in used:
            mend = "add that outcome to the rung that may refer, or take the body out"
            yield Finding(("referral_bodies", i, "outcome"), "no rung refers to this body", mend)


def keys_and_labels_are_single(raw: Raw) -> Found:
    """Within one list no two entries share a key, and no two choices look the same to the person who chooses."""
    for table in tables(raw, Procedure):
        for name, value in table.values.items():
            if name == "rungs":  # Two rungs may carry one label: one guide calls both halves Stage 1.
                continue
            for sign in SINGLE.get(name, ("key", "label")):
                seen: set[str] = set()
                for k, item in items_of(value):
                    text = text_of(item.get(sign))
                    if text and text in seen:
                        mend = f"give each its own {sign}, or take one out"
                        path = (*table.path, name, k, sign)
                        yield Finding(path, f'two entries of this list have the {sign} "{text}"', mend)
                    seen.add(text)


def marks_point_somewhere(raw: Raw) -> Found:
    """`sources` names keys of its own table, and `document` names a document of the list."""
    documents = [text_of(document.get("key")) for _, document in items_of(raw.get("source_documents"))]
    for table in tables(raw, Procedure):
        marks = table.values.get("sources")
        for name in marks if isinstance(marks, dict) else ():
            if name not in table.model.model_fields:
                mend = "name a key of this table, or take the mark out"
                yield Finding(
                    (*table.path, "sources", name), f'a source mark for an unknown key "{name}"', mend
                )
        document = text_of(table.values.get("document"))
        if document and document not in documents:
            mend = f"use one of {', '.join(documents)}, or add [[source_documents]]"
            yield Finding((*table.path, "document"), f'there is no source document "{document}"', mend)


def dates_are_in_order(raw: Raw) -> Found:
    """A procedure cannot end before it begins."""
    start, end = raw.get("effective_from"), raw.get("effective_until")
    if type(start) is date and type(end) is date and end < start:
        yield Finding(("effective_until",), "this is before effective_from", "put the later date here")


def what_stays_in_the_room_is_not_carried(raw: Raw) -> Found:
    """No notes of a Re-think both stay with those who were there and go along into a formal escalation."""
    rethink = raw.get("rethink")
    for i, step in items_of(rethink.get("steps")) if isinstance(rethink, dict) else ():
        if step.get("stays_in_room") is True and step.get("carried") is True:
            mend = "set carried = false, or stays_in_room = false"
            yield Finding(
                ("rethink", "steps", i, "carried"), "notes that stay in the room cannot be carried on", mend
            )


def clocks_stand_still_as_pause_allows(raw: Raw) -> Found:
    """A Re-think stops the clocks of a case only within what the procedure allows a pause to be."""
    rethink = raw.get("rethink")
    stops = isinstance(rethink, dict) and rethink.get("formal_clocks") == "stand_still"
    if stops and not isinstance(raw.get("pause"), dict):
        mend = 'add [pause] with how long a clock may stand still at most, or set formal_clocks = "run_on"'
        yield Finding(("rethink", "formal_clocks"), "nothing says how long the clocks may stand still", mend)


RULES: tuple[Callable[[Raw], Found], ...] = (
    ladder_and_rungs_agree,
    rungs_are_reached_and_left,
    outcomes_have_what_they_need,
    outcomes_fit_their_rung,
    *TIME_RULES,
    keys_and_labels_are_single,
    marks_point_somewhere,
    dates_are_in_order,
    what_stays_in_the_room_is_not_carried,
    clocks_stand_still_as_pause_allows,
)
