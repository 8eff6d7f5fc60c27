"""Wiring of the shared machinery."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EscalationConfig(AppConfig):
    name = "escalation"
    verbose_name = "Escalation"

    def ready(self) -> None:
        from escalation.roles import grant_runtime_rights

        post_migrate.connect(grant_runtime_rights, dispatch_uid="runtime-rights")
