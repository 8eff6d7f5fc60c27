"""The nudge by which roles and deputies that start or end today take effect. Late without it, never wrong."""

from celery import shared_task

from accounts.actions.ended_roles import tell_of_ended_roles
from accounts.actions.rights import rebuild
from escalation.clock import now


@shared_task(name="accounts.tasks.sync_roles")
def sync_roles() -> None:
    """Rebuild everybody's rights, and tell the administrators of roles that ended and left something to do."""
    at = now()
    rebuild(at=at)
    tell_of_ended_roles(at=at)
