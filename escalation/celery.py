"""The Celery app and its whole schedule.

Celery only nudges: every task is idempotent, takes no argument and finds its work in PostgreSQL. `manage.py sweep
--send` from a timer does the same. Nothing is published from a request.
"""

import logging
import os
import time
from typing import Any

from celery import Celery
from celery.beat import PersistentScheduler
from celery.schedules import crontab
from celery.signals import task_postrun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "escalation.settings")

app = Celery("escalation")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    beat_scheduler="escalation.celery:HeardScheduler",
    beat_max_loop_interval=30,
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_publish_retry=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 2},
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        "sweep": {"task": "cases.tasks.sweep", "schedule": 60.0, "options": {"expires": 55}},
        "sync_roles": {
            "task": "accounts.tasks.sync_roles",
            "schedule": 3600.0,
            "options": {"expires": 3500},
        },
        "verify_trail": {
            "task": "cases.tasks.verify_trail",
            "schedule": crontab(hour=2, minute=15),
            "options": {"expires": 3600},
        },
        "checkpoint": {
            "task": "escalation.tasks.checkpoint",
            "schedule": 60.0,
            "options": {"expires": 55},
        },
        "draft_papers": {
            "task": "cases.tasks.draft_papers",
            "schedule": 6 * 3600.0,
            "options": {"expires": 3600},
        },
        # Somebody looks at the page that waits for it.
        "make_papers": {"task": "cases.tasks.make_papers", "schedule": 5.0, "options": {"expires": 5}},
        "catch_up": {"task": "cases.tasks.catch_up", "schedule": 60.0, "options": {"expires": 55}},
        "send": {"task": "notifications.tasks.send", "schedule": 60.0, "options": {"expires": 55}},
    },
)
app.autodiscover_tasks()


class HeardScheduler(PersistentScheduler):
    """Celery's scheduler, which says once a minute that it is alive: a beat that hangs turns the pages red."""

    EVERY_SECONDS = 30
    _said = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Publish what is due, and say so."""
        waits = super().tick(*args, **kwargs)
        if time.monotonic() - self._said > self.EVERY_SECONDS:
            self._said = time.monotonic()
            _heard("beat")
        return min(waits, self.EVERY_SECONDS) if waits else waits


@task_postrun.connect
def _worker_is_heard(**signal: Any) -> None:
    _heard("worker")


def _heard(name: str) -> None:
    """Note a sign of life. Failing to is no failure of the work itself: the silence says it."""
    from escalation import health
    from escalation.clock import now

    try:
        health.heard(name, now())
    except Exception:
        logging.getLogger(__name__).warning("the sign of life of %s could not be kept", name)
