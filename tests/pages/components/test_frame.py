"""The frame of every page, the error pages, and the weight of it all."""

import gzip
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.template import engines
from django.template.loader import get_template, render_to_string
from pytest_django.asserts import assertHTMLEqual, assertInHTML

from escalation.gallery import gallery
from escalation.gallery.examples import duties
from tests.pages.components.drawing import (
    BUILD,
    ERRORS,
    ROOT,
    TEMPLATES,
    WITHOUT_CONTEXT,
    built,
    draw,
    page,
    plain,
    request,
)

# The frame


def test_a_page_says_error_first_when_a_form_has_mistakes() -> None:
    from escalation.gallery.forms import OneQuestion

    assert "<title>Home - Escalation</title>" in page(form=OneQuestion())
    assert "<title>Error: Home - Escalation</title>" in page(form=OneQuestion({}))
    assert "<title>Error: Home - Escalation</title>" in page(page_has_errors=True)


def test_whom_to_ring_stands_on_every_page_before_anyone_signs_in() -> None:
    html = page()
    assert "Child in danger now? Call 999 Police, not an emergency 101" in plain(html)
    assertInHTML('<a href="tel:999">999</a>', html)


def test_a_partnership_s_own_numbers_can_be_rung() -> None:
    html = page(emergency_contacts=[{"label": "Day and night", "number": "01632 960 001"}])
    assertInHTML('<li>Day and night <a href="tel:01632960001">01632 960 001</a></li>', html)


def who(request: HttpRequest) -> dict[str, Any]:
    """Stand in for the function of another app that PAGE_FURNITURE names."""
    request.META["asked"] = request.META.get("asked", 0) + 1
    return {
        "partnership_name": "Northshire CPC",
        "signed_in": {"name": "Example Person One", "role": "Line manager"},
        "sign_out_url": "/out",
        "nav": [
            {"label": "Home", "url": "/", "current": True},
            {"label": "Cases", "url": "/cases", "current": False},
        ],
        "footer_links": [{"label": "Help", "url": "/help"}],
    }


def test_a_signed_in_person_sees_who_they_are_and_where_they_can_go(plain_settings: Any) -> None:
    plain_settings.PAGE_FURNITURE = [f"{__name__}.who"]
    html = page()
    assert "Escalation Northshire CPC Example Person One Line manager Sign out" in plain(html)
    assertInHTML('<a class="esc-nav__link" href="/" aria-current="page">Home</a>', html)
    assertInHTML('<a class="esc-nav__link" href="/cases">Cases</a>', html)
    assertInHTML('<li><a href="/help">Help</a></li>', html)
    assert '<form method="post" action="/out"><input type="hidden" name="csrfmiddlewaretoken"' in html


def test_furniture_is_asked_for_once_a_request(plain_settings: Any) -> None:
    plain_settings.PAGE_FURNITURE = [f"{__name__}.who"]
    asked = request()
    template = engines["django"].from_string("{{ partnership_name }}")
    assert [template.render({}, asked) for _ in range(2)] == ["Northshire CPC"] * 2
    assert asked.META["asked"] == 1


def test_the_demonstration_says_that_it_is_one(plain_settings: Any) -> None:
    assert "everyone here is made up" in page()
    plain_settings.DEMO_MODE = False
    assert "Demonstration" not in page()


# The error pages


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_says_what_to_do_and_whom_to_ring(name: str) -> None:
    context = (
        {"changed": [], "kept": [{"label": "Reasons", "text": "My <words>"}]} if name == "conflict" else {}
    )
    html = render_to_string(f"errors/{name}.html", context, None if name in WITHOUT_CONTEXT else request())
    assert html.count("<h1") == 1
    assert "Child in danger now? Call 999" in plain(html)
    assert re.search(r"<title>\s*\S.* - Escalation</title>", html)
    assert re.search(r"home page|Try again|See the case|They are kept", plain(html))


@pytest.mark.parametrize("name", WITHOUT_CONTEXT)
def test_the_pages_for_bad_days_need_nothing_at_all(name: str) -> None:
    source = (
        get_template(f"errors/{name}.html").template.source
        + get_template("errors/plain.html").template.source
    )
    assert re.findall(r"{{|{% (?!static|load static|extends|block|endblock)", source) == []


def test_a_refusal_says_why() -> None:
    html = render_to_string("errors/403.html", {"reason": "It is the other manager’s turn."}, request())
    assert "It is the other manager’s turn." in html


def test_a_conflict_shows_what_changed_and_keeps_what_was_typed() -> None:
    context = {
        "changed": [{"by": "Example Person Two", "what": "A meeting was recorded", "when": "4pm today"}],
        "kept": [{"label": "Reasons", "text": "My <words>\n\nMore"}],
        "case_url": "/c/1",
    }
    html = render_to_string("errors/conflict.html", context, request())
    assert "A meeting was recorded (Example Person Two, 4pm today)" in plain(html)
    assert '<p class="govuk-body">My &lt;words&gt;</p><p class="govuk-body">More</p>' in html
    assertInHTML(
        '<a href="/c/1" role="button" draggable="false" class="govuk-button" data-module="govuk-button">'
        "See the case as it is now</a>",
        html,
    )


# What a strict browser and a slow line ask for


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_has_a_style_or_a_script_of_its_own(path: Path) -> None:
    source = path.read_text()
    assert (
        re.findall(r"""<style|\sstyle=|\son[a-z]+=["']|javascript:|<script(?![^>]*\ssrc=)""", source, re.I)
        == []
    )
    assert re.findall(r"""(?:src|href|action)=["'](?:https?:)?//""", source) == []


def test_every_class_of_ours_in_a_template_has_a_style() -> None:
    css = built("app.css")
    whole_name = re.compile(r"\besc-[a-z]+(?:-[a-z]+)*(?:(?:__|--)[a-z]+)*(?![\w{-])")
    used = {name for path in TEMPLATES for name in whole_name.findall(path.read_text())}
    assert {name for name in used if not re.search(rf"\.{name}(?![\w-])", css)} == set()
    assert len(used) > 40


def test_every_tag_colour_has_a_style() -> None:
    from escalation.templatetags.small_tags import COLOURS, MEANINGS

    css = built("app.css")
    assert [name for name in MEANINGS if f".esc-tag--{name}{{" not in css] == []
    assert [name for name in COLOURS - {"blue"} if f".govuk-tag--{name}{{" not in css] == []


def test_styles_and_scripts_are_light_and_ours() -> None:
    css, js = built("app.css"), built("app.js")
    assert len(js.encode()) < 60_000
    assert len(gzip.compress((css + js + built("on.js")).encode())) < 80_000
    assert (
        re.findall(r"GDS Transport|govuk-crest|@font-face|@import|url\([\"']?(?:https?:|//|data:)", css) == []
    )
    assert {
        name for name in re.findall(r"url\(([^)]*)\)", css) if not (BUILD / name.strip('"')).is_file()
    } == set()


def test_a_first_visit_is_under_100_kb() -> None:
    html = gallery(request()).content
    parts = [html, *(built(name).encode() for name in ("app.css", "app.js", "on.js"))]
    assert sum(len(gzip.compress(part)) for part in parts) < 100_000


def test_the_lock_file_names_no_address_and_pins_every_package() -> None:
    text = (ROOT / "frontend" / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_a_home_page_of_25_rows_renders_in_8_milliseconds() -> None:
    source = '{% extends "base.html" %}{% load escalation_tags %}{% block main %}{% duty_list given %}{% endblock %}'
    template, rows = engines["django"].from_string(source), (duties() * 7)[:25]
    taken = []
    for _ in range(10):
        start = time.process_time()
        html = template.render({"given": {"rows": rows}}, request())
        taken.append(time.process_time() - start)
    assert html.count('<li class="esc-duty ') == 25
    assert min(taken) < 0.008


def test_a_template_comes_out_as_it_is_written() -> None:
    assertHTMLEqual(draw('{% tag "A" "red" %}{% warning "Ring" %}'), (
        '<strong class="govuk-tag govuk-tag--red">A</strong><div class="govuk-warning-text">'
        '<span class="govuk-warning-text__icon" aria-hidden="true">!</span><strong class="govuk-warning-text__text">'
        '<span class="govuk-visually-hidden">Warning: </span>Ring</strong></div>'
    ))  # fmt: skip
