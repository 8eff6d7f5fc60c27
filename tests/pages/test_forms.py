"""Any field comes out as a GOV.UK field; errors say what to do and lead to where it is mended; no words are lost."""

import re
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.http import QueryDict
from pytest_django.asserts import assertHTMLEqual, assertInHTML

from escalation.forms import (
    Choice,
    ChoiceCards,
    ClockField,
    DayField,
    EscalationForm,
    EscalationModelForm,
    FormTokenMixin,
    LongTextField,
    ManyCards,
    Prompt,
    ShortTextField,
    VersionMixin,
    WhenField,
    YesNoField,
)
from escalation.gallery.forms import MISTAKEN, EveryField
from escalation.templatetags.form_tags import error_summary, field, form_fields

NOW = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)  # midday in London, a Friday
TOKEN = "6f1c1c58-5e0c-4a3f-9d59-6a2b8a0d9d11"


@pytest.fixture(autouse=True)
def friday_midday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def form_of(one: forms.Field, data: dict[str, Any] | None = None, **attributes: Any) -> EscalationForm:
    """Return a form with one field, `x`, bound when data is given."""
    return type("OneField", (EscalationForm,), {"x": one, **attributes})(data)


def drawn(one: forms.Field, data: dict[str, Any] | None = None, **attributes: Any) -> str:
    return field(form_of(one, data, **attributes)["x"])


def errors(one: forms.Field, **data: Any) -> list[str]:
    return list(form_of(one, data).errors.get("x", []))


def given(one: forms.Field, **data: Any) -> Any:
    form = form_of(one, data)
    assert form.errors == {}
    return form.cleaned_data["x"]


# How each field is drawn


def test_a_line_of_text_has_label_hint_and_box() -> None:
    assertHTMLEqual(
        drawn(ShortTextField(label="Where did you meet?", help_text="A building.", width=20)),
        """<div class="govuk-form-group">
        <label class="govuk-label govuk-label--s" for="id_x">Where did you meet?</label>
        <div id="id_x-hint" class="govuk-hint">A building.</div>
        <input type="text" name="x" class="govuk-input govuk-input--width-20" aria-describedby="id_x-hint" id="id_x">
        </div>""",
    )


def test_an_error_is_said_described_and_keeps_what_was_typed() -> None:
    assertHTMLEqual(
        drawn(forms.EmailField(label="Work email"), {"x": "somebody"}),
        """<div class="govuk-form-group govuk-form-group--error">
        <label class="govuk-label govuk-label--s" for="id_x">Work email</label>
        <div id="id_x-error"><p class="govuk-error-message"><span class="govuk-visually-hidden">Error:</span>
        Enter an email address, like name@example.org</p></div>
        <input type="email" name="x" value="somebody" class="govuk-input govuk-input--error" spellcheck="false"
        autocomplete="email" aria-describedby="id_x-error" aria-invalid="true" id="id_x">
        </div>""",
    )


def test_an_optional_question_says_so_behind_its_label() -> None:
    html = drawn(ShortTextField(label="Place", required=False))
    assertInHTML('<label class="govuk-label govuk-label--s" for="id_x">Place (optional)</label>', html)


def test_a_filter_does_not_call_its_choices_optional() -> None:
    assert "optional" not in drawn(ShortTextField(label="Place", required=False), mark_optional=False)


def test_long_text_counts_characters_and_never_cuts_them_off() -> None:
    html = drawn(LongTextField(label="What happened?", max_length=500, rows=8, count=True))
    assertInHTML(
        '<div id="id_x-info" class="govuk-hint govuk-character-count__message">You can use up to 500 characters</div>',
        html,
    )
    assert 'data-module="govuk-character-count" data-maxlength="500"' in html
    assertInHTML(
        '<textarea name="x" cols="40" rows="8" class="govuk-textarea govuk-js-character-count"'
        ' aria-describedby="id_x-info" id="id_x"></textarea>',
        html,
    )
    assert " maxlength=" not in html


def test_a_prompt_stands_above_the_hint_with_its_source_linked() -> None:
    prompts = {"x": Prompt("Say what you saw.", "Guide, page 4", "https://example.org/guide")}
    html = drawn(LongTextField(label="What happened?", help_text="Facts first."), prompts=prompts)
    assertInHTML(
        '<div id="id_x-prompt" class="esc-prompt">Say what you saw.'
        ' <a class="govuk-link" href="https://example.org/guide">Guide, page 4</a></div>',
        html,
    )
    assert 'aria-describedby="id_x-prompt id_x-hint"' in html


def test_radios_carry_hints_and_a_divider() -> None:
    choices = [Choice("yes", "Yes", hint="It is settled."), Choice("no", "No", divider="or")]
    assertHTMLEqual(
        drawn(ChoiceCards(label="Do you agree?", choices=choices)),
        """<div class="govuk-form-group"><fieldset class="govuk-fieldset">
        <legend class="govuk-fieldset__legend govuk-fieldset__legend--s">Do you agree?</legend>
        <div class="govuk-radios">
        <div class="govuk-radios__item">
        <input class="govuk-radios__input" id="id_x" name="x" type="radio" value="yes"
        aria-describedby="id_x-item-hint">
        <label class="govuk-label govuk-radios__label" for="id_x">Yes</label>
        <div id="id_x-item-hint" class="govuk-hint govuk-radios__hint">It is settled.</div></div>
        <div class="govuk-radios__divider">or</div>
        <div class="govuk-radios__item">
        <input class="govuk-radios__input" id="id_x-2" name="x" type="radio" value="no">
        <label class="govuk-label govuk-radios__label" for="id_x-2">No</label></div>
        </div></fieldset></div>""",
    )


def test_a_plain_django_choice_field_with_radios_is_drawn_the_same_way() -> None:
    choices = [("", "---"), ("a", "A"), ("b", "B")]
    html = drawn(forms.ChoiceField(label="Which?", choices=choices, widget=forms.RadioSelect))
    assert re.findall(r'id="(id_x[^"]*)"', html) == ["id_x", "id_x-2"]
    assert re.findall(r'value="([^"]*)"', html) == ["a", "b"]


def test_checkboxes_keep_what_was_picked() -> None:
    data = QueryDict("x=gp&x=school")
    form = type(
        "Many",
        (EscalationForm,),
        {"x": ManyCards(choices=[("gp", "GP"), ("school", "School"), ("n", "None")])},
    )
    html = field(form(data)["x"])
    assert re.findall(r'value="(\w+)"( checked)?', html) == [
        ("gp", " checked"),
        ("school", " checked"),
        ("n", ""),
    ]
    assert form(data).is_valid()


def test_a_single_checkbox_has_its_label_beside_it_and_is_not_called_optional() -> None:
    html = drawn(forms.BooleanField(label="I have read this", required=False))
    assertInHTML(
        '<div class="govuk-checkboxes__item"><input type="checkbox" name="x" class="govuk-checkboxes__input" id="id_x">'
        '<label class="govuk-label govuk-checkboxes__label" for="id_x">I have read this</label></div>',
        html,
    )


def test_a_select_is_a_select() -> None:
    html = drawn(forms.ChoiceField(label="Stage", choices=[("", "Choose"), ("1", "Stage 1")]), {"x": "9"})
    assertInHTML(
        '<select name="x" class="govuk-select govuk-select--error" aria-describedby="id_x-error" aria-invalid="true"'
        ' id="id_x"><option value="">Choose</option><option value="1">Stage 1</option></select>',
        html,
    )
    assert "Choose one of the answers listed for “Stage”" in html


def test_a_whole_number_is_typed_as_text_so_that_nothing_typed_vanishes() -> None:
    html = drawn(forms.IntegerField(label="How many came?", min_value=1), {"x": "none"})
    assertInHTML(
        '<input type="text" name="x" value="none" inputmode="numeric" class="govuk-input govuk-input--width-5'
        ' govuk-input--error" aria-describedby="id_x-error" aria-invalid="true" id="id_x">',
        html,
    )
    assert "“How many came?” must be a whole number, like 3" in html


def test_a_date_is_three_boxes_and_the_wrong_one_is_marked() -> None:
    html = drawn(
        DayField(label="When?", noun="Date it happened"), {"x_day": "3", "x_month": "13", "x_year": "2026"}
    )
    assert re.findall(r'id="(id_x_\w+)" name="(x_\w+)"[^>]* value="(\d+)"', html) == [
        ("id_x_day", "x_day", "3"),
        ("id_x_month", "x_month", "13"),
        ("id_x_year", "x_year", "2026"),
    ]
    assert re.findall(r'id="(id_x_\w+)"[^>]*aria-invalid', html) == ["id_x_month"]
    assert 'role="group" aria-describedby="id_x-hint id_x-error"' in html


def test_an_instant_is_shown_as_london_clocks_showed_it() -> None:
    form = type("When", (EscalationForm,), {"x": WhenField()})(initial={"x": NOW.replace(minute=30)})
    assert re.findall(r'name="(x_\w+)"[^>]* value="([^"]+)"', field(form["x"])) == [
        ("x_day", "12"),
        ("x_month", "6"),
        ("x_year", "2026"),
        ("x_time", "12:30pm"),
    ]


def test_a_file_and_a_hidden_field_are_drawn() -> None:
    assert 'class="govuk-file-upload"' in drawn(forms.FileField())
    assertHTMLEqual(drawn(forms.CharField(widget=forms.HiddenInput)), '<input type="hidden" name="x">')


def test_a_question_can_be_the_heading_of_its_page() -> None:
    text = drawn(ShortTextField(label="What is it about?"), page_heading="x")
    assertInHTML(
        '<h1 class="govuk-label-wrapper">'
        '<label class="govuk-label govuk-label--l" for="id_x">What is it about?</label></h1>',
        text,
    )
    radios = drawn(YesNoField(label="Is the child safe now?"), page_heading="x")
    assertInHTML(
        '<legend class="govuk-fieldset__legend govuk-fieldset__legend--l">'
        '<h1 class="govuk-fieldset__heading">Is the child safe now?</h1></legend>',
        radios,
    )


def test_labels_hints_and_typed_words_are_escaped() -> None:
    html = drawn(ShortTextField(label="<b>1", help_text="<b>2"), {"x": '"><script>3'})
    assert "<b>" not in html
    assert "<script>" not in html


def test_a_plain_django_form_comes_out_the_same_way() -> None:
    class Plain(forms.Form):
        name = forms.CharField()
        day = forms.DateField(required=False)

    html = str(Plain({"name": ""}))
    assertInHTML('<label class="govuk-label govuk-label--s" for="id_name">Name</label>', html)
    assertInHTML('<label class="govuk-label govuk-label--s" for="id_day">Day (optional)</label>', html)
    assertInHTML('<a href="#id_name">This field is required.</a>', error_summary(Plain({"name": ""})))
    assert Plain()["name"].as_field_group() in str(Plain())


def test_stock_dates_and_times_become_ours() -> None:
    class Stock(EscalationForm):
        day = forms.DateField(label="Day of birth")
        at = forms.DateTimeField()
        clock = forms.TimeField(required=False)
        many = forms.MultipleChoiceField(choices=[("a", "A")], required=False)

    form = Stock({"day_day": "3", "day_month": "june", "day_year": "2026", "at_day": "3", "at_month": "6",
                  "at_year": "2026", "at_time": "16:30", "clock": "4pm"})  # fmt: skip
    assert form.errors == {}
    assert form.cleaned_data == {
        "day": date(2026, 6, 3),
        "at": datetime(2026, 6, 3, 15, 30, tzinfo=UTC),
        "clock": time(16),
        "many": [],
    }
    assert 'type="checkbox"' in form_fields(form, "many")


def test_a_model_form_talks_the_same_way() -> None:
    class Kind(EscalationModelForm):
        missing = {"model": "Give the kind a name"}

        class Meta:
            model = ContentType
            fields = ["model"]

    assert Kind({}).error_summary() == [{"text": "Give the kind a name", "href": "#id_model"}]


# The error summary


def test_every_line_of_the_summary_leads_to_something_on_the_page() -> None:
    form = EveryField({**MISTAKEN, "form_token": TOKEN})
    page = form_fields(form)
    ids = set(re.findall(r' id="([^"]+)"', page))
    links = [problem["href"].removeprefix("#") for problem in form.error_summary()]
    assert links == [
        "id_what", "id_day_day", "id_when_month", "id_clock", "id_email", "id_number", "id_stage", "id_why",
        "id_ready", "id_safe", "id_checked",
    ]  # fmt: skip
    assert set(links) <= ids
    described = {one for found in re.findall(r'aria-describedby="([^"]+)"', page) for one in found.split()}
    assert described <= ids
    assert len(ids) == len(re.findall(r' id="', page))


def test_no_form_or_a_good_form_has_no_summary() -> None:
    assert error_summary(None, form_of(ShortTextField()), form_of(ShortTextField(), {"x": "words"})) == ""


def test_an_error_of_the_whole_form_stands_first_and_leads_nowhere() -> None:
    form = form_of(ShortTextField(missing="Say where"), {})
    form.add_error(None, "Somebody else has answered")
    assert form.error_summary() == [
        {"text": "Somebody else has answered", "href": ""},
        {"text": "Say where", "href": "#id_x"},
    ]


def test_the_words_for_a_missing_answer() -> None:
    assert errors(ShortTextField(label="Place")) == ["Enter an answer for “Place”"]
    assert errors(ShortTextField(label="Place", missing="Say where you met")) == ["Say where you met"]
    assert errors(YesNoField(label="Safe?")) == ["Choose an answer for “Safe?”"]
    assert errors(DayField(label="Date it happened")) == ["Enter the date it happened"]
    assert errors(DayField(label="When was it?")) == ["Enter the date"]
    assert errors(ClockField(label="When was it?")) == ["Enter the time"]
    assert form_of(ShortTextField(), {}, missing={"x": "The form knows best"}).errors["x"] == [
        "The form knows best"
    ]


def test_too_many_words_are_counted_as_the_browser_counts_them() -> None:
    assert given(LongTextField(max_length=3), x="a\r\nb") == "a\nb"
    assert errors(LongTextField(label="Why?", max_length=3), x="a\r\nbc") == [
        "“Why?” must be 3 characters or fewer. You have typed 4"
    ]


# Days


@pytest.mark.parametrize(
    "typed", [("16", "6", "2026"), (" 16", "06", "2026 "), ("16", "June", "2026"), ("16", "jun", "2026")]
)
def test_a_day_is_read(typed: tuple[str, str, str]) -> None:
    assert given(DayField(), x_day=typed[0], x_month=typed[1], x_year=typed[2]) == date(2026, 6, 16)


@pytest.mark.parametrize(
    ("typed", "said", "box"),
    [
        (("31", "2", "2026"), "must be a real date", "day"),
        (("29", "2", "2027"), "must be a real date", "day"),
        (("0", "6", "2026"), "must be a real date", "day"),
        (("x", "6", "2026"), "must be a real date", "day"),
        (("16", "13", "2026"), "must be a real date", "month"),
        (("16", "someday", "2026"), "must be a real date", "month"),
        (("16", "6", "26"), "must have a year of 4 numbers, like 2026", "year"),
        (("16", "6", "20226"), "must have a year of 4 numbers, like 2026", "year"),
        (("16", "6", ""), "must include a year", "year"),
        (("", "", "2026"), "must include a day and month", "day"),
        (("²", "6", "2026"), "must be a real date", "day"),
    ],
)
def test_what_is_no_day_is_said_and_led_to(typed: tuple[str, str, str], said: str, box: str) -> None:
    form = form_of(
        DayField(noun="Date it happened"), dict(zip(("x_day", "x_month", "x_year"), typed, strict=True))
    )
    assert form.error_summary() == [{"text": f"Date it happened {said}", "href": f"#id_x_{box}"}]


def day_of(value: date) -> dict[str, str]:
    return {"x_day": str(value.day), "x_month": str(value.month), "x_year": str(value.year)}


def test_days_of_the_past_and_of_the_future() -> None:
    today, tomorrow = date(2026, 6, 12), date(2026, 6, 13)
    assert given(DayField(past=True), **day_of(today)) == today
    assert errors(DayField(past=True, noun="Day"), **day_of(tomorrow)) == ["Day must be today or in the past"]
    assert given(DayField(future=True), **day_of(today)) == today
    assert errors(DayField(future=True, noun="Day"), **day_of(date(2026, 6, 11))) == [
        "Day must be today or in the future"
    ]
    limits = DayField(noun="Day", earliest=today, latest=lambda: tomorrow)
    assert errors(limits, **day_of(date(2026, 6, 11))) == ["Day must be on or after 12 June 2026"]
    assert errors(limits, **day_of(date(2026, 6, 14))) == ["Day must be on or before 13 June 2026"]


@time_machine.travel(datetime(2026, 6, 12, 23, 30, tzinfo=UTC), tick=False)
def test_today_is_today_in_london() -> None:
    assert given(DayField(past=True), **day_of(date(2026, 6, 13))) == date(2026, 6, 13)


def test_an_optional_day_may_be_left_empty() -> None:
    assert given(DayField(required=False), x_day=" ", x_month="", x_year="") is None


# Times


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("4:30pm", time(16, 30)),
        ("4.30 p.m.", time(16, 30)),
        ("16:30", time(16, 30)),
        ("1630", time(16, 30)),
        ("16 30", time(16, 30)),
        ("04:30", time(4, 30)),
        ("0430", time(4, 30)),
        ("4 PM", time(16)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("12:05am", time(0, 5)),
        ("midday", time(12)),
        ("12 noon", time(12)),
        ("midnight", time(0)),
        ("0:15", time(0, 15)),
        ("23", time(23)),
        ("12:15", time(12, 15)),
    ],
)
def test_a_time_is_read(typed: str, read: time) -> None:
    assert given(ClockField(), x=typed) == read


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("4:30", "must say am or pm: 4:30am or 4:30pm"),
        ("430", "must say am or pm: 430am or 430pm"),
        ("9", "must say am or pm: 9am or 9pm"),
        ("25:00", "must have a real time, like 4:30pm or 16:30"),
        ("13pm", "must have a real time, like 4:30pm or 16:30"),
        ("4:75pm", "must have a real time, like 4:30pm or 16:30"),
        ("teatime", "must have a time like 4:30pm or 16:30"),
    ],
)
def test_what_is_no_time_is_asked_about(typed: str, said: str) -> None:
    assert errors(ClockField(noun="Start of the meeting"), x=typed) == [f"Start of the meeting {said}"]


# Instants


def at(day: date, clock: str) -> dict[str, str]:
    return {**day_of(day), "x_time": clock}


SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.mark.parametrize(
    ("day", "clock", "instant"),
    [
        (date(2026, 6, 12), "11am", datetime(2026, 6, 12, 10, 0, tzinfo=UTC)),
        (date(2026, 1, 12), "11am", datetime(2026, 1, 12, 11, 0, tzinfo=UTC)),
        (SPRING, "00:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (SPRING, "2am", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (AUTUMN, "1:30am", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (AUTUMN, "1:30am BST", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (AUTUMN, "1:30am GMT", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (AUTUMN, "2am", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        (date(2026, 6, 12), "midnight", datetime(2026, 6, 11, 23, 0, tzinfo=UTC)),
    ],
)
def test_what_london_clocks_show_becomes_an_instant(day: date, clock: str, instant: datetime) -> None:
    read = given(WhenField(), **at(day, clock))
    assert read == instant
    assert read.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    ("day", "clock", "said"),
    [
        (SPRING, "1:30am", "has a time that was left out when the clocks went forward. Try 02:30"),
        (date(2026, 6, 12), "11am GMT", "has a time in GMT, but clocks here did not show GMT then"),
        (date(2026, 6, 12), "", "must include a time, like 4:30pm"),
        (date(2026, 6, 12), "4", "must say am or pm: 4am or 4pm"),
    ],
)
def test_an_instant_that_cannot_be_leads_to_its_time(day: date, clock: str, said: str) -> None:
    form = form_of(WhenField(noun="Time you spoke"), at(day, clock))
    assert form.error_summary() == [{"text": f"Time you spoke {said}", "href": "#id_x_time"}]


def test_an_instant_may_have_to_be_past_or_to_come() -> None:
    field_past, field_future = WhenField(past=True, noun="Time"), WhenField(future=True, noun="Time")
    assert given(field_past, **at(date(2026, 6, 12), "midday")) == NOW
    assert errors(field_past, **at(date(2026, 6, 12), "12:01pm")) == ["Time must be in the past"]
    assert errors(field_future, **at(date(2026, 6, 12), "11:59am")) == ["Time must be in the future"]


def test_an_instant_in_the_double_hour_comes_back_as_it_went_out() -> None:
    later = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    form = type("When", (EscalationForm,), {"x": WhenField()})(initial={"x": later})
    shown = dict(re.findall(r'name="(x_\w+)"[^>]* value="([^"]+)"', field(form["x"])))
    assert shown["x_time"] == "1:30am GMT"
    assert given(WhenField(), **shown) == later


# Questions inside a choice


class Agreement(EscalationForm):
    """`why` and `ready` are asked of those who say no; `day` of those who are ready."""

    agree = ChoiceCards(choices=[Choice("yes", "Yes"), Choice("no", "No", reveals=("why", "ready"))])
    why = LongTextField(label="Why not?", missing="Say why not")
    ready = YesNoField(yes={"reveals": "day"})
    day = DayField(noun="Day", future=True)


def test_a_question_inside_a_choice_is_drawn_there_and_folded_until_it_is_picked() -> None:
    html = form_fields(Agreement())
    assert html.count('name="why"') == 1
    assert (
        '<div class="govuk-radios__conditional govuk-radios__conditional--hidden" id="id_agree-2-reveals">'
        in html
    )
    assert 'data-reveals="id_agree-2-reveals"' in html
    assert '<div class="govuk-radios__conditional" id="id_agree-2-reveals">' in form_fields(
        Agreement({"agree": "no"})
    )


def test_a_question_that_was_not_asked_is_neither_missed_nor_kept() -> None:
    form = Agreement(
        {"agree": "yes", "why": "typed before changing my mind", "ready": "maybe", "day_day": "99"}
    )
    assert form.errors == {}
    assert form.cleaned_data == {"agree": "yes", "why": "", "ready": None, "day": None}


def test_a_question_inside_a_question_that_was_not_asked_is_not_asked_either() -> None:
    assert Agreement({"agree": "yes", "ready": "yes"}).is_valid()

    class Backwards(EscalationForm):
        day = DayField()
        ready = YesNoField(yes={"reveals": "day"})
        agree = YesNoField(no={"reveals": "ready"})

    assert Backwards({"agree": "yes", "ready": "yes"}).is_valid()
    assert set(Backwards({"agree": "no", "ready": "yes"}).errors) == {"day"}


def test_a_question_that_was_asked_must_be_answered() -> None:
    assert set(Agreement({"agree": "no"}).errors) == {"why", "ready"}
    assert set(Agreement({"agree": "no", "why": "Facts", "ready": "yes"}).errors) == {"day"}
    assert Agreement({"agree": "no", "why": "Facts", "ready": "no"}).is_valid()


def test_checkboxes_reveal_too() -> None:
    class Told(EscalationForm):
        told = ManyCards(choices=[("gp", "GP"), Choice("other", "Somebody else", reveals="who")])
        who = ShortTextField(missing="Say who")

    assert Told(QueryDict("told=gp")).is_valid()
    assert Told(QueryDict("told=gp&told=other")).errors == {"who": ["Say who"]}


def test_yes_and_no_are_true_and_false_and_come_back_ticked() -> None:
    assert given(YesNoField(), x="yes") is True
    assert given(YesNoField(), x="no") is False
    assert given(YesNoField(required=False)) is None
    form = type("YesNo", (EscalationForm,), {"x": YesNoField()})(initial={"x": False})
    assert re.findall(r'value="(\w+)"( checked)?', field(form["x"])) == [("yes", ""), ("no", " checked")]


# Tokens, versions, drafts


class Sent(FormTokenMixin, VersionMixin, EscalationForm):
    words = ShortTextField()


def test_each_page_shown_has_its_own_token_and_the_version_it_saw() -> None:
    first, second = (form_fields(Sent(initial={"version": 7})) for _ in range(2))
    tokens = [re.search(r'name="form_token" value="([^"]+)"', html)[1] for html in (first, second)]
    assert tokens[0] != tokens[1]
    assert '<input type="hidden" name="version" value="7">' in first


def test_token_and_version_arrive() -> None:
    form = Sent({"form_token": TOKEN, "version": "7", "words": "x"})
    assert form.errors == {}
    assert form.cleaned_data == {"form_token": UUID(TOKEN), "version": 7, "words": "x"}


@pytest.mark.parametrize("token", ["", "none"])
def test_a_missing_token_is_refused_once_and_replaced(token: str) -> None:
    form = Sent({"form_token": token, "version": "7", "words": "typed"})
    assert [problem["text"][:29] for problem in form.error_summary()] == ["This page has been open too l"]
    html = form_fields(form)
    fresh = re.search(r'name="form_token" value="([^"]+)"', html)[1]
    assert 'value="typed"' in html
    assert Sent({"form_token": fresh, "version": "7", "words": "typed"}).is_valid()


def test_half_written_words_are_offered_back_as_they_were() -> None:
    draft = {
        "agree": "no",
        "why": "Because",
        "day_day": "16",
        "day_month": "x",
        "day_year": "",
        "form_token": TOKEN,
    }
    html = form_fields(Agreement(initial=Agreement.typed(draft)))
    assert ">\nBecause</textarea>" in html
    assert 'name="day_month" type="text" value="x"' in html
    assert "Error:" not in html
    assert Sent.typed({"words": "w", "form_token": TOKEN, "version": "3"}) == {"words": "w"}


def test_groups_are_fieldsets_in_their_order() -> None:
    groups = [("Who", ["b"]), (None, ["a"])]
    form = type(
        "G",
        (EscalationForm,),
        {"a": ShortTextField(), "b": ShortTextField(), "c": ShortTextField(), "groups": groups},
    )()
    html = form_fields(form)
    assert re.findall(r'name="(\w)"', html) == ["b", "a", "c"]
    assertInHTML('<legend class="govuk-fieldset__legend govuk-fieldset__legend--m">Who</legend>', html)
