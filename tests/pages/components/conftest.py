"""Settings with nothing of a partnership in them."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def plain_settings(settings: Any) -> Any:
    settings.PAGE_FURNITURE = []
    settings.DEMO_MODE = True
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    return settings
