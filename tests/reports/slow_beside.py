"""What stands beside the cases, again by the slow way: learning items and Re-thinks walked through event by event."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from accounts.models import Agency, Partnership
from cases.models import Case, LearningItem, Rethink
from cases.reports.base import Period
from escalation.trail.models import REGISTRY, Event

Counts = Counter[tuple[str, str]]


def facts_of(event: Event) -> dict[str, Any]:
    return dict(json.loads(event.payload))


def learning(partnership: Partnership, period: Period, zone: Any, today: date) -> dict[str, Counts]:
    """Return the counts of the tables of learning, from the events of the registry and of closed cases."""
    agencies = set(Agency.objects.filter(partnership=partnership).values_list("pk", flat=True))
    raised: dict[str, dict[str, Any]] = {}
    cases = {c.chain: c for c in Case.objects.filter(partnership=partnership)}
    # An item out of a debrief has no event of its own: the closing of its case tells of it.
    for event in Event.objects.filter(chain__in=list(cases), verb="closed"):
        if facts_of(event)["learning"]:
            item = LearningItem.objects.get(case=cases[event.chain], source="debrief")
            raised[f"learning:{item.pk}"] = {
                "at": event.claimed_at,
                "theme": item.theme,
                "source": "debrief",
                "route": item.route,
            }
    decided: dict[str, dict[str, Any]] = {}
    done: dict[str, dict[str, Any]] = {}
    for event in Event.objects.filter(chain=REGISTRY, verb__startswith="learning_").order_by("seq"):
        given = facts_of(event)
        if event.verb == "learning_raised" and event.agency_id in agencies:
            raised[event.object_ref] = {"at": event.claimed_at, **given}
        elif event.verb == "learning_decided":
            decided[event.object_ref] = given
        elif event.verb == "learning_done":
            done[event.object_ref] = given
    found: dict[str, Counts] = defaultdict(Counter)
    for key, item in raised.items():
        if not period.first <= item["at"].astimezone(zone).date() <= period.last:
            continue
        after = decided.get(key)
        theme = after["theme"] if after else item["theme"]
        if after is None:
            state, told = "raised", "waiting"
        elif not after["adopted"]:
            state, told = "noted", "noted"
        elif key in done:
            state, told = "done", "procedure" if done[key]["procedure"] else "changed"
        else:
            state = "adopted"
            told = "late" if date.fromisoformat(after["due"]) < today else "taken_up"
        found["learning_themes"][theme, state] += 1
        found["learning_ways"][item["source"], item["route"]] += 1
        found["learning_told"][told, "n"] += 1
    return found


def rethinks(partnership: Partnership, period: Period, zone: Any) -> dict[str, Counts]:
    """Return the counts of the tables of Re-thinks, each walked through its own chain."""
    chains = Rethink.objects.filter(partnership=partnership).values_list("chain", flat=True)
    by_chain: dict[Any, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(chain__in=list(chains)).order_by("chain", "seq"):
        by_chain[event.chain].append(event)
    found: dict[str, Counts] = defaultdict(Counter)
    for events in by_chain.values():
        if period.first <= events[0].claimed_at.astimezone(zone).date() <= period.last:
            _walk(events, found)
    return found


ENDS = {
    "rethink_arranged": "arranged",
    "rethink_redirected": "redirected",
    "rethink_called_off": "cancelled",
    "rethink_held": "held",
}


def _walk(events: Iterable[Event], found: dict[str, Counts]) -> None:
    state, reason, way, actions = "asked", "", "neither", Counter[str]()
    for event in events:
        given = facts_of(event)
        state = ENDS.get(event.verb, state)
        if event.verb == "rethink_asked":
            reason, way = given["reason"], "case" if given["case"] else "neither"
        elif event.verb == "rethink_held":
            for outcome in given["outcomes"]:
                found["rethinks_brought"][outcome, "n"] += 1
            found["rethinks_people"]["account", "n"] += given["there"] - given["guests"]
            found["rethinks_people"]["guest", "n"] += given["guests"]
            actions["open"] = given["actions"]
        elif event.verb == "rethink_action_reported":
            actions["open"] -= 1
            actions["done" if given["done"] else "not_done"] += 1
        elif event.verb == "rethink_taken_on":
            way = "taken_on"
    found["rethinks"][state, reason] += 1
    found["rethinks_beside"][way, "n"] += 1
    for status, n in actions.items():
        found["rethinks_actions"][status, "n"] += n
