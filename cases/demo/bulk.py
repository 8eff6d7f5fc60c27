"""Generated cases for measuring: `manage.py seed_demo --cases N --seed S`.

Each of some forty courses is played once through the actions and taken back (`bulk_templates`); what it wrote is then
copied with other people, days and words (`bulk_rows`). So a generated case is what the actions would have written,
on days when no sweep ran, and a hundred thousand of them take minutes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from random import Random

from django.db import connection, transaction
from django.utils import timezone

from cases.demo.bulk_courses import COURSES, LONG, Course
from cases.demo.bulk_dues import Reckoner
from cases.demo.bulk_people import SLUG, place
from cases.demo.bulk_rows import Copies, reference_of, write
from cases.demo.bulk_templates import Template, rehearse
from cases.models import Case
from escalation.clock import now

__all__ = ["SLUG", "generate", "generate_more", "long_case"]

CHUNK = 1000
LOCK = 724003
#: The rehearsals lie some weeks back, when everybody held the role they hold now.
REHEARSED = timedelta(days=60)


def generate(count: int, *, seed: int) -> None:
    """Top the measured partnership up to `count` cases; with more than that there already, nothing changes.

    The same seed gives the same cases (keys aside) on the same day, in one go or in several. The first is the one
    that `long_case` returns. Commits in chunks: what was written stays when it is stopped, and the next call goes on.
    """
    _work_off(count, seed)


def generate_more(count: int, *, seed: int, course: str) -> None:
    """Add `count` cases, all of one course of `bulk_courses.COURSES`."""
    _work_off(Case.objects.filter(partnership__slug=SLUG).count() + count, seed, only=course)


def long_case() -> Case:
    """Return the generated case with far more than fifty lines in its record."""
    found: Case = Case.objects.whole().get(partnership__slug=SLUG, reference=reference_of(0))
    return found


def _work_off(count: int, seed: int, only: str = "") -> None:
    with connection.cursor() as cursor:  # two at once would take the same numbers
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        there = Case.objects.filter(partnership__slug=SLUG).count()
        maker = _Maker(now().replace(second=0, microsecond=0), seed, only)
        for first in range(there, count, CHUNK):
            numbers = range(first, min(first + CHUNK, count))
            write(maker.copies, [(number, maker.template(number)) for number in numbers])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


class _Maker:
    """The templates of one run, each made when it is first asked for."""

    def __init__(self, at: datetime, seed: int, only: str) -> None:
        self.at, self.seed, self.only = at, seed, only
        with transaction.atomic():
            self.place = place(timezone.localdate(at))
        self.reckoner = Reckoner(self.place.partnership, self.place.procedure)
        self.copies = Copies(self.place, self.reckoner, at, seed)
        self._made: dict[tuple[str, str], Template] = {}

    @cached_property
    def _hundred(self) -> list[str]:
        """Return the courses of a hundred cases, shuffled: their shares hold in each hundred."""
        names = [name for name, course in COURSES.items() for _ in range(course.share)]
        Random(self.seed).shuffle(names)  # noqa: S311 (a load generator needs no secret)
        return names

    def template(self, number: int) -> Template:
        """Return the template that the case of this number is copied from."""
        if number == 0:
            return self._of("long", LONG, LONG.urgencies[0])
        name = self.only or self._hundred[number % len(self._hundred)]
        course = COURSES[name]
        drawn = Random(f"{self.seed}:{number}").choice(course.urgencies)  # noqa: S311
        return self._of(name, course, drawn)

    def _of(self, name: str, course: Course, urgency: str) -> Template:
        found = self._made.get((name, urgency))
        if found is None:
            found = rehearse(course, urgency, self.place, self.at - REHEARSED, self.reckoner)
            self._made[name, urgency] = found
        return found
