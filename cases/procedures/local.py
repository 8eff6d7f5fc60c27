"""Limits an area may set for itself (X3): which they are, what they are called, and a procedure with its own values.

A path names one limit in words that stay the same when rungs are added: "rungs.managers.clocks.settle.urgent",
"checkbacks.done.urgent", "debrief.standard", "urgencies.immediate.whole_ladder", "together.steps_1_to_5.standard".
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from cases.procedures.definitions import Procedure
from cases.procedures.limits import Clock, Limit
from cases.procedures.vocabulary import WORKING_UNITS, Unit

MOST = 999
URGENCY_LIMITS = ("whole_ladder", "situation_stale_after")


class LocalLimitError(ValueError):
    """A local setting that may not be made; the text is a sentence for the person who tried."""


def limits_of(procedure: Procedure) -> dict[str, Limit]:
    """Return every limit of the procedure by its path, in the order of the file."""
    found = {
        f"urgencies.{urgency.key}.{name}": limit
        for urgency in procedure.urgencies
        for name in URGENCY_LIMITS
        if (limit := getattr(urgency, name)) is not None
    }
    for path, clock in clocks_of(procedure):
        found |= {f"{path}.{urgency}": limit for urgency, limit in clock.limits.items()}
    for together in procedure.together:
        found |= {f"together.{together.key}.{urgency}": limit for urgency, limit in together.limits.items()}
    return found


def open_limits(procedure: Procedure) -> dict[str, Limit]:
    """Return the limits the document leaves open, which a partnership may set for itself, by path."""
    return {path: limit for path, limit in limits_of(procedure).items() if limit.source != "document"}


def check_local(procedure: Procedure, path: str, amount: int, unit: Unit) -> Limit:
    """Return the limit a local setting would make at `path`. Raises LocalLimitError when it may not be made."""
    limit = limits_of(procedure).get(path)
    if limit is None:
        raise LocalLimitError(f"This procedure has no limit called {path}.")
    if limit.source == "document":
        raise LocalLimitError(
            "The procedure document sets this limit. It can be changed only by a new version."
        )
    if "immediate" in path.split(".") and unit in WORKING_UNITS:
        raise LocalLimitError(
            "A limit for danger today must not wait for opening hours. Use hours of the day."
        )
    if not 1 <= amount <= MOST:
        raise LocalLimitError(f"A limit must be from 1 to {MOST}.")
    return Limit(amount=amount, unit=unit, source="local_setting")


def with_limits(procedure: Procedure, settings: Mapping[str, tuple[int, Unit]]) -> Procedure:
    """Return the procedure with the given local limits, each `path: (amount, unit)`.

    A setting for a path the procedure no longer has, or that the document now sets itself, is passed over: the
    document goes first. Settings are checked when they are made (check_local).
    """
    mine = {path: value for path, value in settings.items() if path in open_limits(procedure)}
    if not mine:
        return procedure

    def local(path: str, limit: Limit) -> Limit:
        if path not in mine:
            return limit
        amount, unit = mine[path]
        return Limit(amount=amount, unit=unit, source="local_setting")

    def relimit(path: str, clock: Clock) -> Clock:
        limits = {urgency: local(f"{path}.{urgency}", limit) for urgency, limit in clock.limits.items()}
        return (
            clock if limits == clock.limits else clock.model_copy(update={"limits": MappingProxyType(limits)})
        )

    urgencies = tuple(
        urgency.model_copy(
            update={
                name: local(f"urgencies.{urgency.key}.{name}", limit)
                for name in URGENCY_LIMITS
                if (limit := getattr(urgency, name)) is not None
            }
        )
        for urgency in procedure.urgencies
    )
    together = tuple(
        one.model_copy(
            update={
                "limits": MappingProxyType(
                    {u: local(f"together.{one.key}.{u}", limit) for u, limit in one.limits.items()}
                )
            }
        )
        for one in procedure.together
    )
    return map_clocks(procedure, relimit).model_copy(update={"urgencies": urgencies, "together": together})


def clocks_of(procedure: Procedure) -> Iterator[tuple[str, Clock]]:
    """Yield every clock of the procedure with its path, rungs first."""
    for rung in procedure.rungs:
        yield from ((f"rungs.{rung.key}.clocks.{clock.key}", clock) for clock in rung.clocks)
    yield "checkbacks.understood", procedure.checkbacks.understood.clock
    yield "checkbacks.done", procedure.checkbacks.done.clock
    yield "debrief", procedure.debrief.clock


def map_clocks(procedure: Procedure, change: Callable[[str, Clock], Clock]) -> Procedure:
    """Return the procedure with each clock replaced by `change(path, clock)`."""
    new = {path: change(path, clock) for path, clock in clocks_of(procedure)}
    rungs = tuple(
        rung.model_copy(
            update={"clocks": tuple(new[f"rungs.{rung.key}.clocks.{c.key}"] for c in rung.clocks)}
        )
        for rung in procedure.rungs
    )
    backs = procedure.checkbacks
    understood = backs.understood.model_copy(update={"clock": new["checkbacks.understood"]})
    done = backs.done.model_copy(update={"clock": new["checkbacks.done"]})
    checkbacks = backs.model_copy(update={"understood": understood, "done": done})
    debrief = procedure.debrief.model_copy(update={"clock": new["debrief"]})
    return procedure.model_copy(update={"rungs": rungs, "checkbacks": checkbacks, "debrief": debrief})
