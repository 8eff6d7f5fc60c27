"""Wiring of the product itself."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = "Disagreements"

    def ready(self) -> None:
        from accounts.duties import register_duty_check
        from cases.checks import check_procedures, check_published_procedures
        from cases.duties import open_duties_of

        register_duty_check(open_duties_of)
        register(check_procedures)
        register(check_published_procedures, Tags.database)
