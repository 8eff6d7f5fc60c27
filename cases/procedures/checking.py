"""Mistakes of sense in a procedure file: a rung nobody reaches, a clock on nobody, a number without its mark.

The rules read the raw values, so that they can be told together with mistakes of form, all at once. They pass over
anything of a wrong type: explaining.py has already named it. Each rule takes the raw file and yields findings.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from cases.procedures.definitions import Procedure
from cases.procedures.explaining import Finding
from cases.procedures.limits import Clock
from cases.procedures.positions import Path
from cases.procedures.structure import Table, tables
from cases.procedures.vocabulary import OUTCOMES, STATES, WORKING_UNITS

Raw = dict[str, Any]
#: What no two entries of a list may share, where it is not key and label: a name is given to each once.
SINGLE = {"outcome_names": ("outcome",), "role_names": ("role",), "contacts": ("label", "number")}
Found = Iterator[Finding]


def findings(raw: Raw) -> list[Finding]:
    """Return every mistake of sense in the raw values of one file, rule by rule."""
    return [finding for rule in RULES for finding in rule(raw)]


def text_of(value: Any) -> str:
    """Return the value if it is text, else an empty text."""
    return value if isinstance(value, str) else ""


def texts_of(value: Any) -> list[str]:
    """Return the texts in a list, or nothing when it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def items_of(value: Any) -> list[tuple[int, Raw]]:
    """Return the tables of a list with their places, or nothing when it is no list."""
    return (
        [(i, item) for i, item in enumerate(value) if isinstance(item, dict)]
        if isinstance(value, list)
        else []
    )


def kinds_of(rung: Raw) -> set[str]:
    """Return the kinds of outcome a raw rung lists."""
    return {OUTCOMES[key].kind for key in texts_of(rung.get("outcomes")) if key in OUTCOMES}


def ladder_and_rungs_agree(raw: Raw) -> Found:
    """The ladder names each rung once, from the bottom up, and each rung it names is described."""
    ladder = texts_of(raw.get("ladder"))
    seen: list[str] = []
    for i, rung in items_of(raw.get("rungs")):
        state = text_of(rung.get("state"))
        if state in seen:
            yield Finding(
                ("rungs", i, "state"), f'rung "{state}" is described twice', "take one of the two out"
            )
        elif ladder and state in STATES and state not in ladder:
            mend = f'add "{state}" to ladder, or take the rung out'
            yield Finding(
                ("rungs", i, "state"), f'rung "{state}" cannot be reached: it is not in the ladder', mend
            )
        seen.append(state)
    for i, state in enumerate(ladder):
        if state in ladder[:i]:
            yield Finding(("ladder", i), f'"{state}" stands in the ladder twice', "take one of the two out")
        elif state in STATES and state not in seen:
            yield Finding(
                ("ladder", i), f'rung "{state}" is not described', f'add [[rungs]] with state = "{state}"'
            )
    known = [state for state in ladder if state in STATES]
    in_order = sorted(known, key=STATES.index)
    if known != in_order:
        yield Finding(
            ("ladder",), "the ladder is not in order", f"go from the bottom up: {', '.join(STATES)}"
        )
    described = [state for state in seen if state in known]
    if sorted(described) == sorted(known) and described != in_order:
        yield Finding(("rungs",), "the rungs are not in the order of the ladder", "put the lower rung first")


def rungs_are_reached_and_left(raw: Raw) -> Found:
    """Each rung can be reached from the first one, and each has a way to end or to go on."""
    rungs = {text_of(rung.get("state")): (i, rung) for i, rung in items_of(raw.get("rungs"))}
    # In the order it should have: a ladder out of order is told once, by the rule above.
    ladder = sorted({*texts_of(raw.get("ladder"))} & {*rungs} & {*STATES}, key=STATES.index)
    climbing = [state for state in ladder if rungs[state][1].get("entered_by") != "referral"]
    reached, refers = True, False
    for place, state in enumerate(ladder):
        i, rung = rungs[state]
        if rung.get("entered_by") == "referral":
            yield from _referral_rung(raw, state, place, refers, i)
        elif not reached and not rung.get("may_start_here"):
            mend = 'add "escalated_next_tier" to the outcomes of the rung below it'
            yield Finding(("rungs", i, "state"), f'rung "{state}" cannot be reached from below', mend)
        kinds = kinds_of(rung)
        refers = refers or "refers" in kinds
        goes_up = "moves_up" in kinds
        if state in climbing:
            reached = goes_up
            if goes_up and state == climbing[-1]:
                mend = 'take "escalated_next_tier" out, or add a rung above it'
                yield Finding(
                    ("rungs", i, "outcomes"), f'there is no rung above "{state}" to escalate to', mend
                )
        # X10: after the last rung no document knows a way on, so it must settle or decide by itself.
        if "outcomes" in rung and not kinds & {"settles", "decides", "moves_up"}:
            mend = 'add an outcome that ends it, such as "resolved_agreed", or "escalated_next_tier"'
            yield Finding(("rungs", i, "outcomes"), f'there is no way out of rung "{state}"', mend)


def _referral_rung(raw: Raw, state: str, place: int, refers: bool, i: int) -> Found:
    if place == 0:
        yield Finding(
            ("rungs", i, "entered_by"), "a case cannot open on a rung of referral", "take this line out"
        )
    elif not refers or not items_of(raw.get("referral_bodies")):
        mend = (
            'give a rung below it "referred_cpc" or "referred_cog" as an outcome, and add [[referral_bodies]]'
        )
        yield Finding(("rungs", i, "state"), f'rung "{state}" cannot be reached: nothing refers to it', mend)


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


def clocks_can_run(raw: Raw) -> Found:
    """Each rung that escalation enters has a settle clock, and each clock runs on somebody who is there."""
    for i, rung in items_of(raw.get("rungs")):
        clocks = items_of(rung.get("clocks"))
        keys = [text_of(clock.get("key")) for _, clock in clocks]
        if "settle" not in keys and rung.get("entered_by") != "referral":
            mend = 'add [[rungs.clocks]] with key = "settle"; if the document gives no time, mark it local_setting'
            yield Finding(("rungs", i), "the rung has no settle clock", mend)
        for k, clock in clocks:
            path: Path = ("rungs", i, "clocks", k)
            if clock.get("on") == "counterpart" and not rung.get("counterpart_role"):
                mend = "name counterpart_role on the rung, or put the clock on somebody else"
                yield Finding((*path, "on"), "the clock runs on nobody: this rung has no counterpart", mend)
            before = text_of(clock.get("starts")).removeprefix("previous_clock:")
            if before != clock.get("starts") and before not in keys[:k]:
                mend = "name a clock that stands above this one on the same rung"
                yield Finding((*path, "starts"), f'there is no earlier clock "{before}" on this rung', mend)


def urgencies_are_covered(raw: Raw) -> Found:
    """`immediate` exists, every clock has a limit for each urgency, and none names an urgency that is not there."""
    declared = [text_of(urgency.get("key")) for _, urgency in items_of(raw.get("urgencies"))]
    if declared and "immediate" not in declared:
        mend = 'add [[urgencies]] with key = "immediate": danger today can happen anywhere'
        yield Finding(("urgencies",), 'there is no urgency "immediate"', mend)
    for table in tables(raw, Procedure):
        for name in ("urgencies", "blocked_urgencies", "allowed_urgencies"):
            for k, urgency in enumerate(texts_of(table.values.get(name))):
                if declared and urgency not in declared:
                    mend = f"use one of {', '.join(declared)}"
                    yield Finding((*table.path, name, k), f'the procedure has no urgency "{urgency}"', mend)
        limits = table.values.get("limits")
        if table.model is not Clock or not isinstance(limits, dict):
            continue
        for urgency in (u for u in declared if u not in limits):
            mend = f"add limits.{urgency} = {{ ... }}; if the document gives none, mark it local_setting"
            yield Finding((*table.path, "limits"), f'the clock has no limit for "{urgency}"', mend)
        for urgency in (u for u in limits if declared and u not in declared):
            mend = f"use one of {', '.join(declared)}"
            yield Finding((*table.path, "limits", urgency), f'the procedure has no urgency "{urgency}"', mend)


def danger_never_waits_for_opening_hours(raw: Raw) -> Found:
    """Limits for danger today run in calendar time, and no limit is 0."""
    for table in tables(raw, Procedure):
        unit, amount = table.values.get("unit"), table.values.get("amount")
        is_limit = "unit" in table.model.model_fields and "when" not in table.model.model_fields
        if is_limit and amount == 0:
            mend = "use 1 or more; the end of the same day is 1"
            yield Finding((*table.path, "amount"), "a limit of 0 is due before it starts", mend)
        if is_limit and unit in WORKING_UNITS and _is_for_danger(table, raw):
            mend = 'use unit = "calendar_hours", "calendar_days" or "end_of_day"'
            yield Finding((*table.path, "unit"), "a limit for danger today waits for opening hours", mend)


def _is_for_danger(table: Table, raw: Raw) -> bool:
    if "immediate" in table.path:
        return True
    above = table.parent
    while above is not None:
        if above.path[:1] == ("urgencies",) and above.values.get("key") == "immediate":
            return True
        above = above.parent
    return False


def keys_and_labels_are_single(raw: Raw) -> Found:
    """Within one list no two entries share a key, and no two choices look the same to the person who chooses."""
    for table in tables(raw, Procedure):
        for name, value in table.values.items():
            if name == "rungs":  # Two rungs may carry one label: P&K calls both halves Stage 1.
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


RULES: tuple[Callable[[Raw], Found], ...] = (
    ladder_and_rungs_agree,
    rungs_are_reached_and_left,
    outcomes_have_what_they_need,
    clocks_can_run,
    urgencies_are_covered,
    danger_never_waits_for_opening_hours,
    keys_and_labels_are_single,
    marks_point_somewhere,
    dates_are_in_order,
    what_stays_in_the_room_is_not_carried,
)
