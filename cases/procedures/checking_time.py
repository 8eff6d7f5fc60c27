"""Mistakes of sense about time: a clock on nobody, one that never starts, an urgency without a limit."""

from collections.abc import Callable, Iterator
from typing import Any

from cases.procedures.definitions import Procedure
from cases.procedures.explaining import Finding
from cases.procedures.limits import AFTER_THE_OUTCOME, MET_BY_KEY, Clock, Together
from cases.procedures.positions import Path
from cases.procedures.raw import Raw, items_of, kinds_of, text_of, texts_of
from cases.procedures.structure import Table, tables
from cases.procedures.vocabulary import CLOSING_STARTS, RUNG_STARTS, WORKING_UNITS

Found = Iterator[Finding]


def clocks_can_run(raw: Raw) -> Found:
    """Each rung that escalation enters has a settle clock, and the service can make each clock due and done."""
    for i, rung in items_of(raw.get("rungs")):
        clocks = items_of(rung.get("clocks"))
        keys = [text_of(clock.get("key")) for _, clock in clocks]
        if "settle" not in keys and rung.get("entered_by") != "referral":
            mend = 'add [[rungs.clocks]] with key = "settle"; if the document gives no time, mark it local_setting'
            yield Finding(("rungs", i), "the rung has no settle clock", mend)
        for k, clock in clocks:
            path: Path = ("rungs", i, "clocks", k)
            yield from _somebody(clock, rung, path)
            yield from _starts(clock, rung, keys[:k], keys, path)
            yield from _ends(clock, path)


def _somebody(clock: Raw, rung: Raw, path: Path) -> Found:
    if clock.get("on") == "counterpart" and not rung.get("counterpart_role"):
        mend = "name counterpart_role on the rung, or put the clock on somebody else"
        yield Finding((*path, "on"), "the clock runs on nobody: this rung has no counterpart", mend)
    if clock.get("on") == "practitioner":
        mend = 'say which practitioner: "raiser" or "counterpart"'
        yield Finding((*path, "on"), "the clock runs on nobody in particular", mend)


def _starts(clock: Raw, rung: Raw, before: list[str], keys: list[str], path: Path) -> Found:
    starts, key = text_of(clock.get("starts")), text_of(clock.get("key"))
    follows = starts.removeprefix("previous_clock:")
    where: Path = (*path, "starts")
    if follows != starts and follows not in before:
        mend = "name a clock that stands above this one on the same rung"
        yield Finding(where, f'there is no earlier clock "{follows}" on this rung', mend)
    elif starts in CLOSING_STARTS and starts not in RUNG_STARTS:
        mend = f"use one of {', '.join(RUNG_STARTS)}, or previous_clock: and the key of a clock"
        yield Finding(where, f'a clock of a rung never starts with "{starts}"', mend)
    elif starts == "accepted" and "acknowledge" not in keys:
        mend = 'add a clock with key = "acknowledge", or set starts = "rung_entered"'
        yield Finding(where, "the clock never starts: nobody accepts on this rung", mend)
    elif starts in AFTER_THE_OUTCOME and key in ("settle", "acknowledge", "reply"):
        yield Finding(
            where, f'"{key}" would start only when it is over', 'set starts = "rung_entered" or "accepted"'
        )
    elif starts in AFTER_THE_OUTCOME and not kinds_of(rung) & {"settles", "decides"}:
        mend = 'add an outcome that ends it here, such as "resolved_agreed", or start the clock earlier'
        yield Finding(where, "the clock never starts: the matter cannot be settled on this rung", mend)


def _ends(clock: Raw, path: Path) -> Found:
    key, met_by = text_of(clock.get("key")), text_of(clock.get("met_by"))
    if not met_by:
        return
    if key in MET_BY_KEY and met_by != MET_BY_KEY[key]:
        mend = "take met_by out, or give the clock a key of its own"
        yield Finding((*path, "met_by"), f'a clock called "{key}" ends by {MET_BY_KEY[key]}', mend)
    elif met_by in ("accepting", "settling") and key not in MET_BY_KEY:
        named = next(k for k, v in MET_BY_KEY.items() if v == met_by)
        mend = f'call the clock key = "{named}", or use "saying_so"'
        yield Finding((*path, "met_by"), f'only the clock called "{named}" ends by {met_by}', mend)


def closing_clocks_can_run(raw: Raw) -> Found:
    """Check backs and debrief start with something that happens after the outcome."""
    backs, debrief = raw.get("checkbacks"), raw.get("debrief")
    found: list[tuple[Path, Any, tuple[str, ...]]] = [(("debrief",), debrief, CLOSING_STARTS)]
    if isinstance(backs, dict):
        found.append((("checkbacks", "understood"), backs.get("understood"), ("outcome_recorded",)))
        found.append((("checkbacks", "done"), backs.get("done"), ("outcome_recorded", "last_action_due")))
    for path, table, allowed in found:
        clock = table.get("clock") if isinstance(table, dict) else None
        starts = text_of(clock.get("starts")) if isinstance(clock, dict) else ""
        if starts and starts not in allowed:
            mend = f"use one of {', '.join(allowed)}"
            yield Finding((*path, "clock", "starts"), f'this clock never starts with "{starts}"', mend)


def limits_together_span_rungs(raw: Raw) -> Found:
    """A limit over several rungs names a lower and a higher one of the ladder."""
    ladder = texts_of(raw.get("ladder"))
    for i, one in items_of(raw.get("together")):
        ends = [text_of(one.get(name)) for name in ("first", "last")]
        for name, key in zip(("first", "last"), ends, strict=True):
            if key and key not in ladder:
                mend = f"use one of {', '.join(ladder)}"
                yield Finding(("together", i, name), f'the ladder has no rung "{key}"', mend)
        if all(key in ladder for key in ends) and ladder.index(ends[0]) >= ladder.index(ends[1]):
            mend = "name the lower rung first, and a higher one last"
            yield Finding(("together", i, "last"), "this limit does not span several rungs", mend)


def urgencies_are_covered(raw: Raw) -> Found:
    """`immediate` exists, every clock has a limit for each urgency, and none names an urgency that is not there."""
    declared = [text_of(urgency.get("key")) for _, urgency in items_of(raw.get("urgencies"))]
    if declared and "immediate" not in declared:
        mend = 'add [[urgencies]] with key = "immediate": danger today can happen anywhere'
        yield Finding(("urgencies",), 'there is no urgency "immediate"', mend)
    for table in tables(raw, Procedure):
        for name in ("urgencies", "blocked_urgencies", "allowed_urgencies", "only_for"):
            for k, urgency in enumerate(texts_of(table.values.get(name))):
                if declared and urgency not in declared:
                    mend = f"use one of {', '.join(declared)}"
                    yield Finding((*table.path, name, k), f'the procedure has no urgency "{urgency}"', mend)
        limits = table.values.get("limits")
        if table.model not in (Clock, Together) or not isinstance(limits, dict):
            continue
        for urgency in (u for u in declared if u not in limits and table.model is Clock):
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


TIME_RULES: tuple[Callable[[Raw], Found], ...] = (
    clocks_can_run,
    closing_clocks_can_run,
    limits_together_span_rungs,
    urgencies_are_covered,
    danger_never_waits_for_opening_hours,
)
