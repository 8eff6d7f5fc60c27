"""Wiring of the product itself."""

from django.apps import AppConfig
from django.core.checks import register


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = "Disagreements"

    def ready(self) -> None:
        from cases.checks import check_procedures

        register(check_procedures)
