"""The nudge of the sender. The outbox is in PostgreSQL: losing this task makes a mail late, never lost."""

from celery import shared_task

from cases.clock import beat
from escalation.clock import now
from notifications import delivery


@shared_task(name="notifications.tasks.send")
def send() -> None:
    """Send what may go now."""
    delivery.send_due()
    beat("send", now())
