"""The Celery app and its whole schedule.

Celery only nudges: every task is idempotent, takes no argument and finds its work in PostgreSQL. `manage.py sweep
--send` from a timer does the same. Nothing is published from a request.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "escalation.settings")

app = Celery("escalation")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
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
        "catch_up": {"task": "cases.tasks.catch_up", "schedule": 60.0, "options": {"expires": 55}},
        "send": {"task": "notifications.tasks.send", "schedule": 60.0, "options": {"expires": 55}},
    },
)
app.autodiscover_tasks()
