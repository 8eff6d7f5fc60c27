"""System checks of the deployment as a whole."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security)
def demo_mode_stays_out_of_production(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Refuse the demonstration, with its one-click sign-in, on an https address or with real mail."""
    if not settings.DEMO_MODE:
        return []
    found = []
    if settings.SECURE:
        found.append("BASE_URL is an https address")
    if "smtp" in settings.EMAIL_BACKEND:
        found.append("EMAIL_URL names a mail server")
    if not found:
        return []
    return [
        Error(
            f"DEMO_MODE is on, but {' and '.join(found)}: anybody could sign in as anyone.",
            hint="Unset DEMO_MODE for a real service, or leave EMAIL_URL unset and use an http BASE_URL.",
            id="escalation.E001",
        )
    ]
