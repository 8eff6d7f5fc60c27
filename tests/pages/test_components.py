"""The frame of every page, the components, the error pages, and the weight of it all."""

import gzip
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.template import Context, Template, engines
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from pytest_django.asserts import assertHTMLEqual, assertInHTML

from escalation.gallery import gallery
from escalation.gallery.examples import duties

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
BUILD = ROOT / "escalation" / "static" / "build"
WITHOUT_CONTEXT = ("400", "500", "503")
ERRORS = (*WITHOUT_CONTEXT, "403", "404", "csrf", "conflict")


@pytest.fixture(autouse=True)
def plain_settings(settings: Any) -> Any:
    settings.PAGE_FURNITURE = []
    settings.DEMO_MODE = True
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    return settings


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
    assert "Demonstration: everyone here is made up" in page()
    plain_settings.DEMO_MODE = False
    assert "Demonstration" not in page()


# The components


@pytest.mark.parametrize("query", ["", "?errors=1", "?question=1", "?question=1&errors=1"])
def test_the_gallery_draws_every_component_without_a_double_id_or_a_dead_link(query: str) -> None:
    html = gallery(request(query)).content.decode()
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    described = re.findall(r' (?:for|aria-labelledby|aria-describedby|data-reveals)="([^"]+)"', html)
    assert {one for found in described for one in found.split()} <= set(ids)


def test_the_gallery_shows_each_tag_that_exists() -> None:
    shown = get_template("gallery.html").template.source
    small = "escalation_tags", "small_tags", "form_tags"
    sources = [(ROOT / "escalation" / "templatetags" / f"{name}.py").read_text() for name in small]
    names = {
        name
        for text in sources
        for name in re.findall(r"@register\.(?:simple|inclusion|simple_block)_tag.*?\ndef (\w+)", text, re.S)
    }
    every = shown + get_template("gallery_question.html").template.source
    missing = {name for name in names if not re.search(rf"{{% {name}\b", every)}
    # Drawn by the others: a row by its list, an action by the panels, the strip by base.html, one field by all fields.
    assert missing == {"duty_row", "action", "contact_strip", "field", "draft_url", "panel"}


def test_the_gallery_is_a_thing_of_the_demonstration(plain_settings: Any) -> None:
    plain_settings.DEMO_MODE = False
    with pytest.raises(Http404):
        gallery(request())


def test_the_case_panel_answers_the_five_questions_in_order() -> None:
    panel = {
        "reference": "K7M2",
        "heading": "Baby under 1",
        "facts": [
            {"question": "Is the child safe now?", "answer": "No", "detail": "Ring first.", "tone": "danger"},
            {"question": "What is due?", "answer": "A meeting", "how": ["Friday: reached."]},
        ],
        "action": {"label": "Record it", "url": "/r", "method": "post", "fields": {"form_token": "t"}},
    }
    html = draw("{% now_panel panel %}", panel=panel, csrf_token="c")
    assert plain(html) == (
        "Case K7M2 Baby under 1 Is the child safe now? No Ring first. What is due? A meeting"
        " How this date came about Friday: reached. Record it"
    )
    assertInHTML('<h1 class="govuk-heading-l" id="now-K7M2">Baby under 1</h1>', html)
    assert 'class="esc-fact esc-fact--danger"' in html
    assert '<input type="hidden" name="csrfmiddlewaretoken" value="c">' in html
    waiting = {**panel, "action": None, "waiting": "Waiting for Example Person Two."}
    assert plain(draw("{% now_panel panel %}", panel=waiting)).endswith("Waiting for Example Person Two.")


def test_the_ladder_says_in_words_where_the_case_is() -> None:
    states = ["done", "refused", "current", "next", "skipped"]
    steps = [{"label": f"Rung {number}", "state": state} for number, state in enumerate(states)]
    html = draw("{% ladder given %}", given={"steps": steps})
    assert plain(html) == (
        "Rung 0 (done) Rung 1 (not supported) Rung 2 (the case is here) Rung 3 (not reached) Rung 4 (left out)"
    )
    assert html.count('aria-current="step"') == 1


def test_positions_stand_side_by_side_and_are_escaped() -> None:
    given = {
        "sides": [
            {"heading": "Health", "text": "<b>\n\nTwo", "byline": "A", "when": "4pm"},
            {"heading": "Social work"},
        ],
        "agreed": ["Seen twice"],
        "disputed": ["Whether it is enough"],
        "question": "Is it enough?",
    }
    html = draw("{% positions given %}", given=given)
    assert plain(html) == (
        "Health &lt;b&gt; Two A, 4pm Social work Nothing written yet. Both sides agree Seen twice"
        " In dispute Whether it is enough The question to decide Is it enough?"
    )


def test_a_duty_says_what_is_asked_and_by_when() -> None:
    row = {
        "url": "/c/1",
        "title": "Baby",
        "todo": "Answer",
        "reference": "K7",
        "due": "by 4pm today",
        "due_tone": "today",
    }
    alone = draw(
        "{% duty_row row %}", row={**row, "tags": [{"text": "Due today", "colour": "today"}], "new": True}
    )
    assert plain(alone) == "Baby Answer K7 by 4pm today Due today New"
    assert '<li class="esc-duty esc-duty--today">' in alone
    assertInHTML('<a class="govuk-link" href="/c/1">Baby</a>', alone)


def test_a_list_of_duties_and_its_empty_state() -> None:
    rows: list[dict[str, Any]] = [{"url": f"/{n}", "title": f"Case {n}"} for n in range(3)]
    rows[1] |= {"tags": [{"text": "Lapsed", "colour": "lapsed"}], "new": True, "facts": ["A", "B"]}
    more = {"label": "Show all 9", "url": "/all"}
    html = draw("{% duty_list given %}", given={"heading": "Waiting for you", "rows": rows, "more": more})
    assert plain(html) == "Waiting for you Case 0 Case 1 A B Lapsed New Case 2 Show all 9"
    empty = {"heading": "Nothing waits", "text": "Log one.", "action": {"label": "Log", "url": "/log"}}
    assert (
        plain(draw("{% duty_list given %}", given={"rows": [], "empty": empty}))
        == "Nothing waits Log one. Log"
    )
    assert draw("{% duty_list given %}", given={"rows": []}).strip() == ""


def test_a_summary_list_says_what_a_change_link_changes() -> None:
    rows = [
        {"key": "Place", "value": "Ward <2>", "change": {"url": "/place"}},
        {"key": "Time", "value": "", "missing": True},
        {"key": "Came", "value": ["One", "Two"]},
    ]
    html = draw('{% summary_list rows card="Meeting" %}', rows=rows)
    assert (
        plain(html)
        == "Meeting Place Ward &lt;2&gt; Change Place (Meeting) Time Not answered yet Came One Two"
    )
    assert html.count("govuk-summary-list__row--no-actions") == 2


def test_the_timeline_shows_when_it_happened_and_that_it_was_written_later() -> None:
    meeting = {"heading": "Meeting", "by": "A, as manager", "when": "4pm", "written": "Written later: 9am"}
    at = datetime(2026, 6, 12, 15, tzinfo=UTC)
    note = {"heading": "Note", "when": "3pm", "empty": "Removed.", "superseded": True, "id": "e7"}
    entries = [{**meeting, "datetime": at, "text": "Words", "new": True}, note]
    html = draw("{% timeline entries level=2 %}", entries=entries)
    assert plain(html) == (
        "Meeting A, as manager New since you looked 4pm Written later: 9am Words Note Corrected since 3pm Removed."
    )
    assert '<time datetime="2026-06-12T15:00:00+00:00">4pm</time>' in html
    assert html.count('<h2 class="moj-timeline__title">') == 2
    assert 'id="e7"' in html


def test_a_table_says_its_columns_again_in_each_cell_for_phones() -> None:
    table = {
        "caption": "Cases",
        "columns": [{"label": "Stage"}, {"label": "Open", "numeric": True}],
        "rows": [["One", 1200], [{"text": "Two", "url": "/2", "small": "Managers"}, None]],
        "foot": ["All", 1200],
    }
    html = draw("{% data_table table %}", table=table)
    assertInHTML('<th scope="row" role="rowheader" class="govuk-table__header">One</th>', html)
    assertInHTML(
        '<td role="cell" class="govuk-table__cell govuk-table__cell--numeric">'
        '<span class="esc-table__label" aria-hidden="true">Open</span><span>–</span></td>',
        html,
    )
    assert plain(html) == "Cases Stage Open One Open 1200 Two Managers Open – All Open 1200"
    with pytest.raises(ValueError, match="Cases: 1 cells for 2 columns"):
        draw("{% data_table table %}", table={**table, "rows": [["One"]]})
    assert plain(
        draw("{% data_table table %}", table={**table, "rows": [], "foot": None, "empty": "None yet."})
    ) == ("Cases Stage Open None yet.")


def test_a_table_of_many_columns_moves_in_a_window_of_its_own_that_the_keyboard_reaches() -> None:
    columns = [{"label": f"Column {n}"} for n in range(7)]
    wide = draw("{% data_table table %}", table={"caption": "By month", "columns": columns, "rows": []})
    assert '<div class="esc-table esc-table--wide" role="region" tabindex="0" aria-label="By month">' in wide
    narrow = {"caption": "By month", "columns": columns[:6], "rows": []}
    assert 'tabindex="0"' not in draw("{% data_table table %}", table=narrow)


def test_bars_are_as_long_as_their_numbers() -> None:
    bars = [
        {"label": "A", "value": 4},
        {"label": "B", "value": 1, "tone": "lapsed"},
        {"label": "C", "value": 0},
    ]
    html = draw("{% bar_chart chart %}", chart={"caption": "Open", "unit": "case", "bars": bars})
    assert re.findall(r'<rect width="(\d+)"', html) == ["1000", "250", "0"]
    assert plain(html) == "Open A 4 cases B 1 case C no cases"
    half = draw("{% bar_chart chart %}", chart={"caption": "", "bars": bars, "max": 8})
    assert re.findall(r'<rect width="(\d+)"', half) == ["500", "125", "0"]
    assert draw("{% bar_chart chart %}", chart={"caption": "Open", "bars": []}).count("<rect") == 0


def test_pages_before_and_after_are_linked_when_there_are_some() -> None:
    assert draw("{% pagination %}").strip() == ""
    html = draw('{% pagination "" "?before=9" %}')
    assert plain(html) == "Older page"
    assert 'href="?before=9" rel="next"' in html


def test_a_notice_has_a_kind() -> None:
    html = draw('{% notice "success" heading="Sent" %}<p>Told.</p>{% endnotice %}')
    assert 'class="moj-alert moj-alert--success" aria-label="success: Sent"' in html
    assert plain(html) == "Sent Told."
    assert "moj-alert--information" in draw('{% notice "info" %}x{% endnotice %}')


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
