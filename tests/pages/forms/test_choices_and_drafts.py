"""Questions inside a choice, tokens and versions, half-written words, groups."""

import re
from uuid import UUID

import pytest
from django.http import QueryDict
from pytest_django.asserts import assertInHTML

from escalation.forms import (
    Choice,
    ChoiceCards,
    DayField,
    EscalationForm,
    FormTokenMixin,
    LongTextField,
    ManyCards,
    ShortTextField,
    VersionMixin,
    YesNoField,
)
from escalation.templatetags.form_tags import field, form_fields
from tests.pages.forms.asking import TOKEN, given

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
