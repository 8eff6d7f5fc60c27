"""Days, times and lengths of time as people say them; small tags."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.template import Context, Template
from pytest_django.asserts import assertHTMLEqual

from escalation.templatetags import words
from escalation.templatetags.small_tags import COLOURS, MEANINGS, action, button, submit, tag, tag_class

NOW = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)  # midday in London, Friday 12 June 2026


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def draw(source: str, **context: object) -> str:
    return Template("{% load escalation_tags words %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("value", "plain", "relative"),
    [
        (utc(2026, 6, 16, 15, 0), "Tuesday 16 June 2026", "Tuesday 16 June"),
        (NOW, "Friday 12 June 2026", "today"),
        (utc(2026, 6, 12, 23, 30), "Saturday 13 June 2026", "tomorrow"),  # half past midnight in London
        (utc(2026, 6, 11, 22, 59), "Thursday 11 June 2026", "yesterday"),
        (utc(2027, 1, 4, 9, 0), "Monday 4 January 2027", "Monday 4 January 2027"),
        (date(2026, 6, 13), "Saturday 13 June 2026", "tomorrow"),
        (None, "", ""),
    ],
)
def test_a_day(value: date | None, plain: str, relative: str) -> None:
    assert words.day(value) == plain
    assert words.day(value, NOW) == relative


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (utc(2026, 6, 16, 15, 0), "4pm"),
        (utc(2026, 6, 16, 4, 14), "5:14am"),
        (utc(2026, 1, 16, 5, 14), "5:14am"),
        (utc(2026, 6, 16, 11, 0), "midday"),
        (utc(2026, 6, 16, 11, 5), "12:05pm"),
        (utc(2026, 6, 15, 23, 0), "midnight"),
        (utc(2026, 6, 15, 23, 5), "12:05am"),
        (utc(2026, 3, 29, 0, 59), "12:59am"),  # the clocks go forward a minute later
        (utc(2026, 3, 29, 1, 0), "2am"),
        (utc(2026, 10, 25, 0, 30), "1:30am BST"),  # 1:30am happens twice
        (utc(2026, 10, 25, 1, 30), "1:30am GMT"),
        (utc(2026, 10, 25, 2, 0), "2am"),
        (time(16, 30), "4:30pm"),
        (None, ""),
    ],
)
def test_a_time_of_day(value: datetime | time | None, said: str) -> None:
    assert words.clock(value) == said


@pytest.mark.parametrize(
    ("value", "moment", "by"),
    [
        (utc(2026, 6, 16, 15, 0), "4pm on Tuesday 16 June", "by 4pm on Tuesday 16 June"),
        (utc(2026, 6, 12, 15, 0), "4pm today", "by 4pm today"),
        (utc(2026, 6, 13, 11, 0), "midday tomorrow", "by midday tomorrow"),
        (
            utc(2026, 6, 16, 23, 0),
            "midnight at the start of Wednesday 17 June",
            "by midnight at the end of Tuesday 16 June",
        ),
        (utc(2026, 6, 12, 23, 0), "midnight at the start of tomorrow", "by midnight at the end of today"),
        (utc(2026, 10, 25, 1, 30), "1:30am GMT on Sunday 25 October", "by 1:30am GMT on Sunday 25 October"),
        (None, "", ""),
    ],
)
def test_an_instant(value: datetime | None, moment: str, by: str) -> None:
    assert words.moment(value, NOW) == moment
    assert words.by(value, NOW) == by


def test_an_instant_without_a_now_has_its_year() -> None:
    assert words.by(utc(2026, 6, 16, 15, 0)) == "by 4pm on Tuesday 16 June 2026"
    assert words.short_day(NOW) == "12 Jun 2026"
    assert words.plain_day(NOW) == "12 June 2026"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (NOW, "just now"),
        (NOW - timedelta(seconds=59), "just now"),
        (NOW - timedelta(minutes=1), "1 minute ago"),
        (NOW - timedelta(minutes=59), "59 minutes ago"),
        (NOW - timedelta(hours=3, minutes=5), "3 hours ago"),
        (utc(2026, 6, 11, 11, 0), "yesterday"),
        (utc(2026, 6, 8, 11, 0), "4 days ago"),
        (utc(2026, 6, 5, 11, 0), "7 days ago"),
        (utc(2026, 6, 4, 11, 0), "on 4 June 2026"),
        (NOW + timedelta(seconds=30), "in less than a minute"),
        (NOW + timedelta(minutes=5), "in 5 minutes"),
        (NOW + timedelta(hours=1), "in 1 hour"),
        (utc(2026, 6, 13, 8, 0), "tomorrow"),
        (utc(2026, 6, 16, 8, 0), "in 4 days"),
        (utc(2026, 6, 26, 8, 0), "on 26 June 2026"),
        (None, ""),
    ],
)
def test_how_long_ago(value: datetime | None, said: str) -> None:
    assert words.ago(value, NOW) == said


@pytest.mark.parametrize("clocks_change", [utc(2026, 3, 29, 1, 0), utc(2026, 10, 25, 1, 0)])
def test_an_hour_is_an_hour_when_the_clocks_change(clocks_change: datetime) -> None:
    assert (
        words.ago(clocks_change - timedelta(minutes=30), clocks_change + timedelta(minutes=30))
        == "1 hour ago"
    )


@pytest.mark.parametrize(
    ("working", "said"),
    [
        (0, "no working time"),
        (1, "1 working minute"),
        (45, "45 working minutes"),
        (60, "1 working hour"),
        (200, "3 working hours and 20 minutes"),
        (480, "1 working day"),
        (2 * 480 + 180, "2 working days and 3 hours"),
        (2 * 480 + 20, "2 working days"),
        (timedelta(hours=8), "1 working day"),
        (None, ""),
    ],
)
def test_lengths_of_working_time(working: int | timedelta | None, said: str) -> None:
    assert words.in_words(working) == said


def test_a_working_day_may_be_shorter() -> None:
    assert words.in_words(450, 450) == "1 working day"


def test_counting() -> None:
    assert [words.count(n, "case") for n in (0, 1, 3, 1200)] == [
        "no cases",
        "1 case",
        "3 cases",
        "1,200 cases",
    ]
    assert [words.count(n, "reply,replies") for n in (None, 1, 2)] == ["no replies", "1 reply", "2 replies"]
    assert words.working_days(1) == "1 working day"


def test_prose_is_escaped_and_keeps_its_lines() -> None:
    text = "One <b>\r\ntwo\r\n \r\n\r\nThree & four"
    assert words.lines(text) == ["One <b>\ntwo", "Three & four"]
    assert words.prose(text) == (
        '<p class="govuk-body">One &lt;b&gt;<br>two</p><p class="govuk-body">Three &amp; four</p>'
    )
    assert words.prose(["<i>"]) == '<p class="govuk-body">&lt;i&gt;</p>'
    assert words.prose(0) == '<p class="govuk-body">0</p>'
    assert words.prose("") == ""


def test_filters_in_a_template() -> None:
    assert draw("{{ at|moment:now }}, {{ at|by }}", at=NOW, now=NOW) == (
        "midday today, by midday on Friday 12 June 2026"
    )
    assert draw("{{ at|moment:now }}", at=NOW, now=None) == "midday on Friday 12 June 2026"


def test_tags_have_the_colours_they_mean() -> None:
    assert tag("Lapsed", "lapsed") == '<strong class="govuk-tag esc-tag esc-tag--lapsed">Lapsed</strong>'
    assert tag({"text": "<", "colour": "blue"}) == '<strong class="govuk-tag govuk-tag--blue">&lt;</strong>'
    with pytest.raises(ValueError, match="no tag colour 'pink'"):
        tag_class("pink")
    assert not COLOURS & MEANINGS


def test_buttons_say_what_happens() -> None:
    assertHTMLEqual(
        button("Start", "/start", "secondary"),
        '<a href="/start" role="button" draggable="false" class="govuk-button govuk-button--secondary"'
        ' data-module="govuk-button">Start</a>',
    )
    assertHTMLEqual(
        submit("Send and tell them", name="next", value="1"),
        '<button type="submit" class="govuk-button" data-module="govuk-button"'
        ' name="next" value="1">Send and tell them</button>',
    )
    assert button("Later", "/later", "quiet") == '<a class="govuk-link" href="/later">Later</a>'


def test_a_button_that_sends_carries_the_csrf_token_and_its_fields() -> None:
    html = draw('{% post_button "Acknowledge" "/ack" kind="secondary" token="t" entry=3 %}', csrf_token="c")
    assertHTMLEqual(
        html,
        '<form method="post" action="/ack"><input type="hidden" name="csrfmiddlewaretoken" value="c">'
        '<input type="hidden" name="form_token" value="t"><input type="hidden" name="entry" value="3">'
        '<button type="submit" class="govuk-button govuk-button--secondary" data-module="govuk-button"'
        ">Acknowledge</button></form>",
    )


def test_an_action_is_a_link_a_form_or_nothing() -> None:
    context = Context({"csrf_token": "c"})
    assert action(context, None) == ""
    assert action(context, {"label": "Go", "url": "/go"}) == button("Go", "/go")
    sent = action(context, {"label": "Go", "url": "/go", "method": "post", "fields": {"a": 1}})
    assert '<form method="post" action="/go">' in sent
    assert '<input type="hidden" name="a" value="1">' in sent


def test_boxes_hold_what_the_page_writes() -> None:
    assertHTMLEqual(
        draw("{% details title %}<p>{{ inside }}</p>{% enddetails %}", title="What <this> means", inside="<"),
        '<details class="govuk-details"><summary class="govuk-details__summary">'
        '<span class="govuk-details__summary-text">What &lt;this&gt; means</span></summary>'
        '<div class="govuk-details__text"><p>&lt;</p></div></details>',
    )
    assertHTMLEqual(
        draw('{% panel "Case opened" %}Reference {{ ref }}{% endpanel %}', ref="K7M2"),
        '<div class="govuk-panel govuk-panel--confirmation"><h1 class="govuk-panel__title">Case opened</h1>'
        '<div class="govuk-panel__body">Reference K7M2</div></div>',
    )


def test_a_draft_says_when_it_was_saved() -> None:
    assert (
        draw("<form{% draft_url url %}>", url="/draft/?a=1&b=2")
        == '<form data-draft-url="/draft/?a=1&amp;b=2">'
    )
    assert draw("<form{% draft_url url %}>", url=None) == "<form>"
    assert draw("{% draft_note at %}", at=utc(2026, 6, 12, 15, 12)) == (
        '<p class="esc-draft" role="status" data-draft-status>Saved at 4:12pm</p>'
    )
