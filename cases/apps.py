"""Wiring of the product itself."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = "Disagreements"

    def ready(self) -> None:
        from cases.checks import check_procedures, check_published_procedures

        register(check_procedures)
        register(check_published_procedures, Tags.database)
