"""Copies of a template: new people, days, words and keys for each case, written by COPY in chunks."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction

from cases.demo.bulk_dues import Reckoned, Reckoner
from cases.demo.bulk_people import Place, Staff
from cases.demo.bulk_templates import MODELS, Template, columns, reckon
from cases.demo.bulk_words import words_of
from cases.models import Case
from cases.models.case import ALPHABET
from cases.working_time import Calendar

BACK = timedelta(days=730)
#: Steps happen every ten minutes from 09:10 to 16:40 of a working day.
FIRST_SLOT, SLOTS, SLOT = time(9, 10), 46, timedelta(minutes=10)
#: Of the open cases, this part is within its timescales; the others were left lying for one to eight weeks.
ON_TIME = 0.85
#: How much more often an agency is the receiving one than the last ones are.
RECEIVING = (12, 6, 4, 3, 1, 2, 1, 1, 1, 1)
_NAMESPACE = len(ALPHABET) ** 7
_STRIDE, _OFFSET = 7_640_891_573, 3_141_592_653  # coprime to 27 ** 7: each number has a reference of its own


def reference_of(number: int) -> str:
    """Return the reference of a generated case; it never comes twice and looks like any other."""
    left = (number * _STRIDE + _OFFSET) % _NAMESPACE
    letters = ""
    for _ in range(7):
        left, digit = divmod(left, len(ALPHABET))
        letters += ALPHABET[digit]
    return f"{letters[:3]}-{letters[3:]}"


class Days:
    """Ten-minute slots of the working days of the last two years, numbered one after the other."""

    def __init__(self, calendar: Calendar, reckoner: Reckoner, now: datetime) -> None:
        today = now.astimezone(reckoner.zone).date()
        span = (today - BACK + timedelta(days=n) for n in range(BACK.days + 1))
        self.opens = [
            datetime.combine(day, FIRST_SLOT, reckoner.zone).astimezone(now.tzinfo)
            for day in span
            if calendar.is_working_day(day)
        ]
        self.last = len(self.opens) * SLOTS - 1
        while self.at(self.last) > now:
            self.last -= 1

    def at(self, slot: int) -> datetime:
        """Return the instant of a slot, in UTC."""
        day, step = divmod(slot, SLOTS)
        return self.opens[day] + step * SLOT


class Copies:
    """Makes cases out of templates; what it draws depends on seed and number alone."""

    def __init__(self, place: Place, reckoner: Reckoner, now: datetime, seed: int) -> None:
        self.place, self.reckoner, self.now, self.seed = place, reckoner, now, seed
        self.days = Days(reckoner.calendar, reckoner, now)
        self.family = {reason.key: str(reason.family) for reason in reckoner.procedure.reasons}

    def lines(self, template: Template, number: int, case_id: int) -> Iterator[tuple[str, str]]:
        """Return (table, lines) of one new case."""
        rng = Random(f"{self.seed}/{number}")  # noqa: S311 (a load generator needs no secret)
        marks: dict[str, Any] = words_of(rng, number)
        marks |= {
            "case": case_id,
            "reference": reference_of(number),
            "family": self.family[marks["reason"]],
        }
        marks |= self._people(rng)
        acts = self._acts(template, rng)
        born = acts[0].date() + timedelta(days=rng.randint(20, 120))
        marks["expected"] = born if marks["subject"] == "unborn_baby" else "\\N"
        marks |= {f"t{n}": str(at) for n, at in enumerate(acts)}
        marks |= {mark: str(acts[act] - before) for mark, act, before in template.happened}
        marks |= {mark: str(acts[act].date()) for mark, act in template.days}
        safety = [self._safety(acts[last], rng) for last in template.safety_after]
        marks |= {f"n{n}": str(at) for n, at in enumerate(safety)}
        self._dues(template, acts, safety, rng, marks)
        for n in range(template.looks):
            marks[f"look{n}"] = self._look(acts, rng)
        for n in range(template.uuids):
            marks[f"u{n}"] = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        self._entries(template, rng, marks)
        for n in range(template.events):
            marks[f"saltEvent{n}"] = rng.randbytes(32).hex()
        for table, text in template.tables.items():
            yield table, text % marks

    def _people(self, rng: Random) -> dict[str, Any]:
        staff = self.place.staff
        raising = rng.randrange(len(staff))
        while (receiving := rng.choices(range(len(staff)), RECEIVING)[0]) == raising:
            pass
        found: dict[str, Any] = {"cswo": self.place.cswo, "officer": self.place.officer}
        for side, at in (("a", staff[raising]), ("b", staff[receiving])):
            found |= _side(side, at, rng)
        return found

    def _acts(self, template: Template, rng: Random) -> list[datetime]:
        """Return when each step was, in working hours, so that an open case was touched not long ago."""
        steps = [0]
        for fewest, most in template.gaps[1:]:
            days = rng.randint(fewest, most)
            quick = 1 if template.urgency == "immediate" else rng.randint(1, 7)
            steps.append(days * SLOTS + rng.randint(-9, 9) if days else quick)
        pause = template.paused_before
        whole = sum(steps)
        since = self._since_last(rng) if template.course.open else 0
        room = self.days.last - since - whole
        if pause is None and template.course.open:
            start = room
        elif pause is None:
            start = rng.randint(0, room)
        elif template.course.open:
            start = rng.randint(0, room)
            steps[pause] += room - start
        else:
            steps[pause] += rng.randint(1, 20 * SLOTS)
            start = rng.randint(0, self.days.last - sum(steps))
        found = []
        for step in steps:
            start += step
            found.append(self.days.at(start))
        return found

    def _since_last(self, rng: Random) -> int:
        if rng.random() < ON_TIME:
            return int(rng.random() ** 2 * 2 * SLOTS)
        return rng.randint(5 * SLOTS, 40 * SLOTS)

    def _safety(self, after: datetime, rng: Random) -> datetime:
        day = after.astimezone(self.reckoner.zone).date() + timedelta(days=rng.randint(3, 12))
        return datetime.combine(day, time(16), self.reckoner.zone).astimezone(self.now.tzinfo)

    def _look(self, acts: list[datetime], rng: Random) -> str:
        """Return when somebody last opened the case: one in five never, one in five before the last step."""
        drawn = rng.random()
        if drawn < 0.2:
            return "\\N"
        if drawn < 0.4:
            return str(acts[-2] + SLOT / 2)
        return str(min(acts[-1] + timedelta(minutes=rng.randint(1, 300)), self.now))

    def _dues(
        self,
        template: Template,
        acts: list[datetime],
        safety: list[datetime],
        rng: Random,
        marks: dict[str, Any],
    ) -> None:
        found: list[Reckoned] = []
        for n, recipe in enumerate(template.dues):
            starts = acts[recipe.act]
            if recipe.kind == "safety":
                base = safety[recipe.number]
            elif recipe.kind == "action":
                days = rng.randint(*template.ranges[recipe.number])
                base = self.reckoner.closing_time(starts, days)
                marks[f"a{n}"] = str(base.date())
            else:
                base = max((found[n].at for n in recipe.after), default=starts)
            due = reckon(self.reckoner, recipe, template.urgency, starts, base)
            found.append(due)
            marks[f"d{n}"], marks[f"q{n}"], marks[f"x{n}"] = str(due.at), due.plan, due.next_at
            marks[f"s{n}"] = str(base)
        marks["next"] = str(min((found[n].at for n in template.next_of), default=""))

    def _entries(self, template: Template, rng: Random, marks: dict[str, Any]) -> None:
        for n, content in enumerate(template.contents):
            text, salt = content % marks, rng.randbytes(32)
            marks[f"c{n}"] = hashlib.sha256(b"\x03" + salt + text.encode()).hexdigest()
            marks[f"saltEntry{n}"], marks[f"e{n}"] = salt.hex(), text.replace("\\", "\\\\")


def _side(side: str, at: Staff, rng: Random) -> dict[str, int]:
    worker = rng.choice(at.practitioners)
    return {
        f"worker_{side}": worker,
        f"manager_{side}": at.line_manager,
        f"senior_{side}": at.senior_manager,
        f"lead_{side}": at.lead,
        f"agency_{side}": at.agency,
        f"team_{side}": at.team_of(worker),
    }


def write(copies: Copies, chosen: list[tuple[int, Template]]) -> None:
    """Write one chunk of cases, given as (number, template), in one transaction."""
    tables: dict[str, list[str]] = defaultdict(list)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Case._meta.db_table, len(chosen)],
        )
        keys = [row[0] for row in cursor.fetchall()]
        for (number, template), case_id in zip(chosen, keys, strict=True):
            for table, lines in copies.lines(template, number, case_id):
                tables[table].append(lines)
        for model in MODELS:
            table = model._meta.db_table
            names = ", ".join(f'"{f.column}"' for f in columns(model))
            cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', io.StringIO("".join(tables[table])))
