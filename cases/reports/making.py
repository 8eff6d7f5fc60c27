"""A paper that somebody asked for: the worker makes it, and a page shows how far it has come.

The request is a row, so a worker or queue that is down makes a paper late and never loses it. Progress is written on
a connection of its own, because the figures are counted inside one transaction that nobody else sees into.
"""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from accounts.models import Partnership, User
from cases.models import PaperRun
from cases.reports.base import Period
from cases.reports.papers import draft
from cases.reports.recording import Verb, record

#: A run whose worker has not ended it by then is taken again; so often, then it has failed.
GIVEN_UP = timedelta(minutes=3)
TRIES = 3
log = logging.getLogger(__name__)


def ask(partnership: Partnership, period: Period, *, by: User, at: datetime) -> PaperRun:
    """Ask for a paper. Where one is being made for this partnership, that one is returned: pressed twice is once."""
    try:
        with transaction.atomic():
            run = PaperRun.objects.create(
                partnership=partnership, first=period.first, last=period.last, asked_by=by, asked_at=at
            )
            facts = {"first": period.first.isoformat(), "last": period.last.isoformat()}
            record(Verb.PAPER_ASKED, by=by, about=f"paper_run:{run.pk}", facts=facts, at=at)
            return run
    except IntegrityError:
        return PaperRun.objects.get(partnership=partnership, ended_at=None)


def make_next(at: datetime) -> bool:
    """Make the paper that has waited longest, and return whether there was one. What failed is tried again."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=at - GIVEN_UP)
    waiting = PaperRun.objects.filter(free, ended_at=None).order_by("asked_at", "pk")
    run = waiting.select_related("partnership", "asked_by").first()
    if run is None:
        return False
    # Claimed by whoever changes the row that was seen: two workers never make the same one.
    if not waiting.filter(pk=run.pk).update(claimed_at=at, tries=F("tries") + 1, done=0):
        return True
    if run.tries >= TRIES:
        PaperRun.objects.filter(pk=run.pk).update(ended_at=at)
        return True
    try:
        with closing(connection.copy()) as aside:

            def counting(done: int, of: int, title: str) -> None:
                with aside.cursor() as cursor:
                    cursor.execute(PROGRESS, [done, of, title, run.pk])

            draft(
                run.partnership,
                Period(run.first, run.last),
                by=run.asked_by,
                at=at,
                counting=counting,
                # With the paper itself: a worker killed in between would make a second one.
                together=lambda paper: PaperRun.objects.filter(pk=run.pk).update(
                    ended_at=at, done=F("parts"), paper=paper
                ),
            )
    except Exception:
        log.exception("the paper of run %s could not be made", run.pk)
        PaperRun.objects.filter(pk=run.pk).update(claimed_at=at - GIVEN_UP - timedelta(seconds=1))
    return True


PROGRESS = "UPDATE cases_paperrun SET done = %s, parts = %s, doing = %s WHERE id = %s"
