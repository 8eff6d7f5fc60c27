"""The nudge of the sweep. Everything it does is in PostgreSQL: losing this task makes a reminder late, never lost."""

from celery import shared_task
from django.utils import timezone

from cases import clock
from cases.record.verifying import verify_database
from cases.reports import facts, making, papers
from escalation.clock import now


@shared_task(name="cases.tasks.sweep")
def sweep() -> None:
    """Work off what is due now."""
    clock.sweep(now())
    clock.beat("sweep", now())


@shared_task(name="cases.tasks.draft_papers")
def draft_papers() -> None:
    """Draft the committee paper of the quarter that ended last, once for each partnership."""
    at = now()
    papers.draft_quarter(timezone.localdate(at), at)


@shared_task(name="cases.tasks.make_papers")
def make_papers() -> None:
    """Make the committee papers that somebody waits for."""
    while making.make_next(now()):
        pass


@shared_task(name="cases.tasks.catch_up")
def keep_facts() -> None:
    """Work out the figures of cases that changed, so that the next report finds little to do."""
    facts.catch_up()


@shared_task(name="cases.tasks.verify_trail")
def verify_trail() -> None:
    """Check every chain, text and checkpoint, and write down how it ended: for the auditor's page."""
    verify_database(now())
