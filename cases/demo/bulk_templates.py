"""A course played once, turned into lines for PostgreSQL's COPY with marks for all that differs from case to case.

Nothing here knows what an action writes: the rows are read back from the database, every person, place, instant and
key in them is replaced by a mark, and a value that cannot be explained stops it. So copies follow the actions.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction

from accounts.models import Agency, Team, User
from cases.demo.bulk_courses import Course
from cases.demo.bulk_dues import Recipe, Reckoned, Reckoner
from cases.demo.bulk_people import Place
from cases.demo.bulk_rehearsal import Rehearsal
from cases.models import Action, Case, CheckBack, Deadline, Entry, Participation, Referral, Stage
from cases.models.deadline import Rule
from escalation.trail.models import Event
from escalation.trail.writing import canonical

#: Things are recorded as having happened so long before they were written.
BEFORE = (timedelta(minutes=40), timedelta(hours=1), timedelta(hours=20))
#: What every copy is given anew, by the column of the case.
OWN = {
    "reference": "%(reference)s",
    "about": "%(about)s",
    "reasons": "{%(reason)s}",
    "reason_families": "{%(family)s}",
    "subject": "%(subject)s",
    "subject_reference": "%(file)s",
    "age_band": "%(age)s",
    "expected_on": "%(expected)s",
}
#: Set by the trigger that seals events, whatever a caller brings.
SEALED = ("seq", "at", "commitment", "prev", "hash")
PEOPLE_IN_FACTS = ("acting", "adviser", "for", "person")
MARK = re.compile(r"\[\[(\w+)\]\]")


class NotExplained(ValueError):
    """An action wrote something for which copying has no rule yet."""


@dataclass
class Template:
    """One course at one urgency, ready to be copied."""

    course: Course
    urgency: str
    gaps: list[tuple[int, int]]
    paused_before: int | None
    happened: list[tuple[str, int, timedelta]] = field(default_factory=list)  # mark, act, how long before it
    days: list[tuple[str, int]] = field(default_factory=list)  # mark of a local day, act
    safety_after: list[int] = field(default_factory=list)  # the last act below each safety line
    dues: list[Recipe] = field(default_factory=list)
    ranges: dict[int, tuple[int, int]] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)  # table -> its lines
    contents: list[str] = field(default_factory=list)  # of the entries
    next_of: list[int] = field(
        default_factory=list
    )  # open duties, the first of which a settled case is due by
    looks: int = 0  # participations, each with the time of its last look
    uuids: int = 0
    events: int = 0


def columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Return the columns to copy: all but keys that nothing refers to and what the seal computes."""
    return [
        f
        for f in model._meta.concrete_fields
        if not (isinstance(f, models.AutoField) and model is not Case)
        and not (model is Event and f.name in SEALED)
    ]


#: In the order in which they are written; the chain of a case in the order of its events.
MODELS: tuple[type[models.Model], ...] = (
    Case,
    Stage,
    Participation,
    Entry,
    Deadline,
    Action,
    CheckBack,
    Referral,
    Event,
)


def rehearse(course: Course, urgency: str, place: Place, start: datetime, reckoner: Reckoner) -> Template:
    """Play a course, read what was written, take it back, and return it as a template."""
    with transaction.atomic():
        played = Rehearsal(place.demo(), start, urgency)
        course.told(played)
        template = _Reader(played, course, reckoner).read()
        transaction.set_rollback(True)
    return template


class _Reader:
    """Reads the rows of one played case."""

    def __init__(self, played: Rehearsal, course: Course, reckoner: Reckoner) -> None:
        self.played, self.reckoner = played, reckoner
        self.case = Case.objects.get(pk=played.case.pk)
        self.template = Template(
            course, played.urgency, played.gaps, played.paused_before, ranges=dict(played.ranges)
        )
        self.person = {user.pk: f"%({key})s" for key, user in played.demo.people.items()}
        self.agency = {
            self.case.raising_agency_id: "%(agency_a)s",
            self.case.receiving_agency_id: "%(agency_b)s",
        }
        self.uuids: dict[uuid.UUID, str] = {}
        self.rows: dict[type[models.Model], Sequence[Any]] = {
            Case: [self.case],
            Event: list(Event.objects.filter(chain=self.case.chain).order_by("seq")),
            **{
                model: list(model._default_manager.filter(case=self.case).order_by("pk"))
                for model in (Stage, Participation, Deadline, Action, CheckBack, Referral)
            },
            # Not by their keys, which are random: the same seed is to give the same copies.
            Entry: list(Entry.objects.filter(case=self.case).order_by("written_at", "kind", "content")),
        }
        self.duties: Sequence[Deadline] = self.rows[Deadline]
        self.stage_of = {stage.pk: stage for stage in self.rows[Stage]}

    def read(self) -> Template:
        """Return the template."""
        last = len(self.played.acts) - 1
        pause = self.played.paused_before
        self.template.safety_after = [last if pause is None else pause - 1, last]
        for number, duty in enumerate(self.duties):
            self.template.dues.append(self._recipe(number, duty))
        for model in MODELS:
            lines = [self._line(model, row, number) for number, row in enumerate(self.rows[model])]
            self.template.tables[model._meta.db_table] = "".join(lines)
        self.template.uuids, self.template.events = len(self.uuids), len(self.rows[Event])
        self._check_names()
        return self.template

    def _check_names(self) -> None:
        for text in (*self.template.tables.values(), *self.template.contents):
            for user in self.played.demo.people.values():
                if user.full_name in text:
                    raise NotExplained(f"a text names {user.full_name}, who is another person in each copy")

    # Lines

    def _line(self, model: type[models.Model], row: Any, number: int) -> str:
        return "\t".join(self._cell(model, f, row, number) for f in columns(model)) + "\n"

    def _cell(self, model: type[models.Model], column: models.Field[Any, Any], row: Any, number: int) -> str:
        value, name = getattr(row, column.attname), column.name
        match model.__name__, name:
            case "Case", "id":
                return "%(case)s"
            case "Case", _ if name in OWN:
                return OWN[name]
            case "Case", "last_change":
                last = json.loads(value)
                by = f"<{self.person[last['actor']]}>" if last["actor"] else None
                return self._told({**last, "facts": self._facts(last["facts"]), "actor": by})
            case "Case", "due_at" if self._due_by_next(value):
                return "%(next)s"
            case "Participation", "looked_at":
                self.template.looks += 1
                return f"%(look{number})s"
            case "Deadline", "due_at":
                return f"%(d{number})s"
            case "Deadline", "starts_at" if _counted_from_another(self.template.dues[number]):
                return f"%(s{number})s"
            case "Deadline", "plan":
                return f"%(q{number})s"
            case "Deadline", "next_at":
                return "\\N" if value is None else f"%(x{number})s"
            case "Entry", "content":
                self.template.contents.append(self._content(row))
                return f"%(e{number})s"
            case "Entry" | "Event", "salt":
                return f"\\\\x%({name}{model.__name__}{number})s"
            case "Event", "object_ref":
                return "case:%(case)s"
            case "Event", "payload":
                return self._payload(row)
        return self._plain(column, value, row)

    def _plain(self, column: models.Field[Any, Any], value: Any, row: Any) -> str:
        if value is None:
            return "\\N"
        related = column.related_model
        if related is User or column.name in ("actor_id", "acting_for_id"):
            return self.person[value]
        if related is Case:
            return "%(case)s"
        if related is Agency or column.name == "agency_id":
            return self.agency.get(value, str(value))  # that of the CSWO is the same in each case
        if related is Team:
            return "%(team_a)s" if value == self.case.raising_team_id else "%(team_b)s"
        if isinstance(value, uuid.UUID):
            return self._uuid(value)
        if isinstance(value, datetime):
            return self._instant(value, row, column.name)
        if isinstance(value, date):
            return self._day(value, row)
        if isinstance(value, bool):
            return "t" if value else "f"
        if isinstance(value, list):
            value = "{" + ",".join(value) + "}"
        return _escaped(str(value))

    def _uuid(self, value: uuid.UUID) -> str:
        return self.uuids.setdefault(value, f"%(u{len(self.uuids)})s")

    def _due_by_next(self, at: datetime | None) -> bool:
        """Return whether a settled case is due when the first of its open duties is, whichever that is in a copy."""
        still = [n for n, duty in enumerate(self.duties) if duty.state == "open"]
        if not self.case.settled or at != min((self.duties[n].due_at for n in still), default=None):
            return False
        self.template.next_of = still
        return True

    # Instants and days

    def _act(self, at: datetime) -> int | None:
        return self.played.acts.index(at) if at in self.played.acts else None

    def _instant(self, at: datetime, row: Any, name: str) -> str:
        act = self._act(at)
        if act is not None:
            return f"%(t{act})s"
        for number in (0, 1):
            if at == self.played.safety_until(number):
                return f"%(n{number})s"
        for before in BEFORE:
            act = self._act(at + before)
            if act is not None:
                mark = f"t{act}m{int(before.total_seconds())}"
                if mark not in (known for known, _, _ in self.template.happened):
                    self.template.happened.append((mark, act, before))
                return f"%({mark})s"
        return f"%(d{self._duty_due(at, row, name)})s"

    def _duty_due(self, at: datetime, row: Any, name: str) -> int:
        """Return the duty whose due instant a stage or a case repeats."""
        stage_id = row.pk if isinstance(row, Stage) else self.case.current_stage_id
        found = [
            (duty.state != "open", duty.person_id != self.case.holder_id, duty.rule != Rule.SETTLE, number)
            for number, duty in enumerate(self.duties)
            if duty.due_at == at and duty.stage_id == stage_id
        ]
        if isinstance(row, Stage):
            found = [f for f in found if not f[2]]
        if not found:
            raise NotExplained(f"{type(row).__name__}.{name} is {at}, which no step and no duty explains")
        return min(found)[-1]

    def _day(self, value: date, row: Any) -> str:
        if isinstance(row, Action):
            return f"%(a{self._action_duty(row.stage_id, row.number)})s"
        for act, at in enumerate(self.played.acts):
            if at.astimezone(self.reckoner.zone).date() == value:
                if (mark := f"day{act}") not in (known for known, _ in self.template.days):
                    self.template.days.append((mark, act))
                return f"%({mark})s"
        raise NotExplained(f"{type(row).__name__} has the day {value}, which no step explains")

    # Duties

    def _action_duty(self, stage_id: uuid.UUID, ordinal: int) -> int:
        return next(
            n
            for n, duty in enumerate(self.duties)
            if duty.rule == Rule.ACTION and duty.stage_id == stage_id and duty.ordinal == ordinal
        )

    def _recipe(self, number: int, duty: Deadline) -> Recipe:
        """Return how a duty follows, having tried that it gives this very duty."""
        begun = duty.starts_at
        if duty.rule in (
            Rule.CHECK_DONE,
            Rule.DEBRIEF,
        ):  # counted from another duty, and set with the outcome
            begun = self.stage_of[duty.stage_id].left_at or begun
        act = self._act(begun)
        if act is None:
            raise NotExplained(f"the duty {duty.rule} begins at {begun}, which no step explains")
        found = self._guess(number, duty, act)
        known = [Reckoned.of(d.due_at, d.plan) for d in self.duties[:number]]
        starts = [begun]
        if found.kind == "safety":  # its reminders were planned when the line was confirmed
            starts = [at for at in self.played.acts if at >= duty.starts_at]
        for start in starts:
            if found.kind == "safety":
                named = max(self.played.safety_until(found.number), duty.starts_at)
            elif found.kind == "action":
                named = self.reckoner.closing_time(duty.starts_at, found.number)
            else:
                named = max((known[n].at for n in found.after), default=begun)
            if self._same(duty, reckon(self.reckoner, found, self.template.urgency, start, named)):
                return replace(found, act=self.played.acts.index(start))
        raise NotExplained(f"the duty {duty.rule} ({duty.amount} {duty.unit}) is reckoned in another way now")

    def _same(self, duty: Deadline, found: Reckoned) -> bool:
        return found.at == duty.due_at and json.loads(found.plan) == duty.plan

    def _guess(self, number: int, duty: Deadline, act: int) -> Recipe:
        state = self.stage_of[duty.stage_id].state
        earlier = [n for n in range(number) if self.duties[n].stage_id == duty.stage_id]

        def those(rule: Rule) -> tuple[int, ...]:
            return tuple(n for n in earlier if self.duties[n].rule == rule)

        match duty.rule:
            case Rule.SAFETY:
                at = self.played.safety_until(1)
                return Recipe("safety", act, number=int(duty.due_at == at))
            case Rule.ACTION:
                days = (duty.due_at.date() - duty.starts_at.astimezone(self.reckoner.zone).date()).days
                return Recipe("action", act, number=days)
            case Rule.CHECK_UNDERSTOOD:
                return Recipe("clock", act, clock=duty.rule)
            case Rule.CHECK_DONE:
                return Recipe("clock", act, clock=duty.rule, after=those(Rule.ACTION))
            case Rule.DEBRIEF:
                return Recipe("clock", act, clock=duty.rule, after=those(Rule.CHECK_DONE))
            case Rule.REPLY if duty.source == "named":
                return Recipe("named", act, after=those(Rule.SETTLE))
            case Rule.SETTLE | Rule.ACCEPT | Rule.REPLY:
                return Recipe("clock", act, state=state, clock=duty.rule)
        if not duty.unit:
            raise NotExplained(f"the duty {duty.rule} is due at an instant of its own")
        return Recipe("within", act, amount=duty.amount or 0, unit=duty.unit)

    # Texts

    def _content(self, entry: Entry) -> str:
        text = entry.content.replace("%", "%%")
        for number in (0, 1):
            text = text.replace(str(self.played.safety_until(number)), f"%(n{number})s")
        for act, at in enumerate(self.played.acts):
            day = str(at.astimezone(self.reckoner.zone).date())
            if f'"on":"{day}"' in text and f"%(day{act})s" not in text:
                text = text.replace(f'"on":"{day}"', f'"on":"%(day{act})s"')
        if re.search(r"\d{4}-\d\d-\d\d", text):
            raise NotExplained(f"an entry of kind {entry.kind} holds an instant: {text}")
        return MARK.sub(r"%(\1)s", text)

    def _payload(self, event: Event) -> str:
        text = self._told(self._facts(json.loads(event.payload)))
        for number, entry in enumerate(self.rows[Entry]):
            text = text.replace(str(entry.pk), self._uuid(entry.pk)).replace(
                entry.commitment, f"%(c{number})s"
            )
        return text

    def _facts(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Return the facts of an event with marks for what differs between copies."""
        people = {k: f"<{self.person[facts[k]]}>" for k in PEOPLE_IN_FACTS if isinstance(facts.get(k), int)}
        return facts | people | ({"reasons": ["<reason>"]} if "reasons" in facts else {})

    def _told(self, facts: dict[str, Any]) -> str:
        text = canonical(facts).replace("%", "%%").replace("%%(", "%(")
        text = re.sub(r'"<(%\(\w+\)s)>"', r"\1", text).replace("<reason>", "%(reason)s")
        if "\\" in text:
            raise NotExplained(f"these facts hold a backslash: {text}")
        return text


def _counted_from_another(recipe: Recipe) -> bool:
    """Return whether a duty counts from the due instant of an earlier one, not from a step."""
    return recipe.kind == "clock" and bool(recipe.after)


def reckon(reckoner: Reckoner, recipe: Recipe, urgency: str, starts: datetime, base: datetime) -> Reckoned:
    """Return a duty by its recipe; `base` is the named instant, or what it is counted from."""
    match recipe.kind:
        case "clock":
            return reckoner.by_clock(recipe, urgency, base)
        case "within":
            return reckoner.within(recipe, urgency, starts)
        case _:
            return reckoner.named(base, urgency, starts)


def _escaped(text: str) -> str:
    """Return text as COPY wants it, and safe for filling in marks."""
    text = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return text.replace("%", "%%")
