"""The clock's nudge for checkpoints of the trail. `manage.py checkpoint --if-due` from a timer does the same."""

from celery import shared_task

from escalation.clock import now
from escalation.trail import checkpoints


@shared_task(name="escalation.tasks.checkpoint")
def checkpoint() -> None:
    """Take a checkpoint when one is due, and send what waits for its witnesses."""
    checkpoints.run(now())
