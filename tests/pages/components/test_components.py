"""The components of pages: what each says, to whom, and how it comes out."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import Http404
from django.template.loader import get_template
from pytest_django.asserts import assertInHTML

from escalation.gallery import gallery
from tests.pages.components.drawing import ROOT, draw, plain, request

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
            {"heading": "School", "facts": [{"key": "Need or risk", "value": "<i>\n\nFour"}]},
        ],
        "agreed": ["Seen twice"],
        "disputed": ["Whether it is enough"],
        "question": "Is it enough?",
    }
    html = draw("{% positions given %}", given=given)
    assert plain(html) == (
        "Health &lt;b&gt; Two A, 4pm Social work Nothing written yet. School Need or risk &lt;i&gt; Four"
        " Both sides agree Seen twice In dispute Whether it is enough The question to decide Is it enough?"
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
