"""Any field comes out as a GOV.UK field; errors say what to do and lead to where it is mended; no words are lost."""

import re
from datetime import UTC, date, datetime, time

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
    LongTextField,
    ManyCards,
    Prompt,
    ShortTextField,
    WhenField,
    YesNoField,
)
from escalation.gallery.forms import MISTAKEN, EveryField
from escalation.templatetags.form_tags import error_summary, field, form_fields
from tests.pages.forms.asking import NOW, TOKEN, drawn, errors, form_of, given

# How each field is drawn


def test_a_line_of_text_has_label_hint_and_box() -> None:
    assertHTMLEqual(
        drawn(ShortTextField(label="Where did you meet?", help_text="A building.", width=20)),
        """<div class="govuk-form-group">
        <label class="govuk-label govuk-label--s" for="id_x">Where did you meet?</label>
        <div id="id_x-hint" class="govuk-hint">A building.</div>
        <input type="text" name="x" class="govuk-input govuk-input--width-20" aria-describedby="id_x-hint" id="id_x"
        autocomplete="off"></div>""",
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
        ' aria-describedby="id_x-info" id="id_x" autocomplete="off"></textarea>',
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
    assert "Choose one of the answers listed</p>" in html


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


def test_an_error_under_its_question_does_not_say_the_question_again() -> None:
    asked = YesNoField(label="Safe?", missing="Choose yes or no: “Safe?”")
    for question, said in ((asked, "Choose yes or no"), (ShortTextField(label="Place"), "Enter an answer")):
        form = form_of(question, {})
        assert str(form.error_summary()[0]["text"]).endswith(f"“{question.label}”")
        assert f"</span> {said}</p>" in str(form)


def test_too_many_words_are_counted_as_the_browser_counts_them() -> None:
    assert given(LongTextField(max_length=3), x="a\r\nb") == "a\nb"
    assert errors(LongTextField(label="Why?", max_length=3), x="a\r\nbc") == [
        "“Why?” must be 3 characters or fewer. You have typed 4"
    ]
