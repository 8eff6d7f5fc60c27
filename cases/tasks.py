"""The nudge of the sweep. Everything it does is in PostgreSQL: losing this task makes a reminder late, never lost."""

from celery import shared_task

from cases import clock
from escalation.clock import now


@shared_task(name="cases.tasks.sweep")
def sweep() -> None:
    """Work off what is due now."""
    clock.sweep(now())
    clock.beat("sweep", now())
