"""Wiring of the product itself."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = "Disagreements"

    def ready(self) -> None:
        from accounts.duties import register_duties
        from accounts.furniture import register_links
        from cases.checks import check_procedures, check_published_procedures
        from cases.duties import hand_over, left_by
        from cases.furniture import links

        register_links(links)
        register_duties(left_by, hand_over)
        register(check_procedures)
        register(check_published_procedures, Tags.database)
