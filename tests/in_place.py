"""Procedures and limits put in place before a test begins: by the service, now, unless the test says otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.audit import THE_SERVICE
from accounts.models import User
from cases.models.procedure import Adoption, LocalSetting
from cases.procedures import publishing
from cases.procedures.publishing import Published


def publish(
    text: str,
    *,
    name: str = "procedure.toml",
    by: User | None = THE_SERVICE,
    at: datetime | None = None,
) -> Published:
    """As `publishing.publish`."""
    return publishing.publish(text, name=name, by=by, at=at or timezone.now())


def publish_shipped() -> list[Published]:
    """As `publishing.publish_shipped`."""
    return publishing.publish_shipped(by=THE_SERVICE, at=timezone.now())


def adopt(*what: Any, by: User | None = THE_SERVICE, at: datetime | None = None, **more: Any) -> Adoption:
    """As `publishing.adopt`."""
    return publishing.adopt(*what, by=by, at=at or timezone.now(), **more)


def set_limit(
    *what: Any, by: User | None = THE_SERVICE, at: datetime | None = None, **more: Any
) -> LocalSetting:
    """As `publishing.set_limit`."""
    return publishing.set_limit(*what, by=by, at=at or timezone.now(), **more)
