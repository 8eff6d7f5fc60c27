"""Wiring: listens to what is recorded of cases and of people."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        from notifications import keeping, learning, people, planning

        planning.connect()
        people.connect()
        learning.connect()
        keeping.connect()
