"""The one place that asks what time it is. Everything below the outermost caller takes the instant as an argument."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return timezone.now()
