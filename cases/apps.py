"""Wiring of the product itself."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = "Disagreements"

    def ready(self) -> None:
        from accounts.duties import register_duties
        from accounts.furniture import register_links
        from cases import duties_beside, people
        from cases.checks import check_procedures, check_published_procedures
        from cases.duties import hand_over, left_by
        from cases.furniture import links

        register_links(links)
        people.connect()
        register_duties(left_by, hand_over)
        register_duties(duties_beside.left_by, duties_beside.hand_over)
        register(check_procedures)
        register(check_published_procedures, Tags.database)
