"""Draws a page or a piece of template, as the service does."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context, Template, engines
from django.test import RequestFactory

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
BUILD = ROOT / "escalation" / "static" / "build"
WITHOUT_CONTEXT = ("400", "500", "503")
ERRORS = (*WITHOUT_CONTEXT, "403", "404", "csrf", "conflict")


def request(query: str = "") -> HttpRequest:
    asked = RequestFactory().get(f"/{query}")
    asked.user = AnonymousUser()
    return asked


def page(body: str = "", **context: Any) -> str:
    source = '{% extends "base.html" %}{% load escalation_tags %}{% block title %}Home{% endblock %}'
    return engines["django"].from_string(source + body).render(context, request())


def draw(source: str, **context: Any) -> str:
    return Template("{% load escalation_tags %}" + source).render(Context(context))


def plain(html: str) -> str:
    """Return what a reader reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def built(name: str) -> str:
    path = BUILD / name
    assert path.is_file(), f"{name} is not built: run `python frontend/build.py`"
    return path.read_text()
