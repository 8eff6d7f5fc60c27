"""Forms of learning: an item, a decision, what changed, a word of recognition, a reflective account."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from cases.learning.codes import codes
from cases.models.learning import LearningItem, ReflectiveAccount, Theme
from escalation.forms import (
    Choice,
    ChoiceCards,
    DayField,
    EscalationForm,
    LongTextField,
    ManyCards,
    ShortTextField,
    YesNoField,
)
from escalation.forms.prompts import Prompt

NO_NAMES = "Write it so that nobody can tell which child, family or colleague it is about."


class RaiseForm(EscalationForm):
    """Something to learn from, without names."""

    source = ChoiceCards(label="Where does it come from?", choices=LearningItem.Source.choices)
    theme = ChoiceCards(label="What is it about?", choices=Theme.choices)
    what = LongTextField(
        label="What should practice, policy or procedure learn?",
        help_text=NO_NAMES,
        missing="Say what should be learnt",
        rows=6,
    )
    route = ChoiceCards(label="Who should look at it?", choices=LearningItem.Route.choices)


class DecideForm(EscalationForm):
    """What is done with an item."""

    adopted = ChoiceCards(
        label="What is the decision?",
        choices=[
            Choice("yes", "Take it up", reveals=("owner", "due_on")),
            Choice("no", "Note it, nothing to change"),
        ],
        coerce=lambda value: value == "yes",
    )
    owner = ShortTextField(label="Who sees to it?", missing="Say who sees to it", max_length=120)
    due_on = DayField(label="By when?", noun="The day", future=True)
    decision = LongTextField(
        label="Say so to whoever raised it",
        help_text="They get a notice and read this.",
        missing="Say what was decided",
    )
    theme = ChoiceCards(label="Theme", choices=Theme.choices)
    shared = YesNoField(
        label="Show it on the page of shared learning?", help_text=f"Everybody here can read it. {NO_NAMES}"
    )


class ChangedForm(EscalationForm):
    """What altered because of an item."""

    changed = LongTextField(label="What has changed?", missing="Say what has changed", rows=4)
    procedure = forms.TypedChoiceField(
        label="Which version of the procedure carries it?",
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, versions: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["procedure"].choices = [("", "No version yet"), *versions]  # type: ignore[attr-defined]


class RecogniseForm(EscalationForm):
    """A colleague, and what they did well."""

    email = forms.EmailField(
        label="Your colleague’s work email", help_text="Anybody of this partnership, in any agency."
    )
    words = LongTextField(
        label="What did they do well?",
        help_text="They and their manager read this; nobody else does. Leave the child and family out.",
        missing="Say what they did well",
    )

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.me = me
        self.colleague: User | None = None

    def clean_email(self) -> str:
        given = str(self.cleaned_data["email"]).lower()
        self.colleague = (
            User.objects.filter(
                email=given, is_active=True, agency__partnership_id=self.me.agency.partnership_id
            )
            .exclude(pk=self.me.pk)
            .select_related("agency")
            .first()
        )
        if self.colleague is None:
            raise forms.ValidationError("Nobody else here has this address. The directory has everybody’s.")
        return given


class AccountForm(EscalationForm):
    """The four questions of a reflective account."""

    prompts = {
        "practice": Prompt("This is yours alone. Leave out names, dates of birth and references."),
    }
    title = ShortTextField(label="Give it a title", max_length=120, missing="Give it a title")
    on = DayField(label="When was it?", noun="The day", past=True)
    setting = ChoiceCards(label="How did you reflect?", choices=ReflectiveAccount.Setting.choices)
    practice = LongTextField(
        label="1. What was it, and how does it link to your practice?",
        missing="Say what it was",
        rows=6,
        max_length=8000,
    )
    learned = LongTextField(
        label="2. What did you learn from it?", missing="Say what you learnt", rows=6, max_length=8000
    )
    changed = LongTextField(
        label="3. What have you changed or improved since?", required=False, rows=6, max_length=8000
    )
    codes = ManyCards(label="4. To which codes or standards is it relevant?", choices=codes, required=False)
    relevance = LongTextField(label="How is it relevant to them?", required=False, rows=4, max_length=8000)
