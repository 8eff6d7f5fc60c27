"""The pages of logging a disagreement, one form each; `log_answers` puts them together (G01 to G05, G16)."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.functional import cached_property

from accounts.models import Team
from accounts.standing import standing_of
from cases.forms.asking import Asking
from cases.forms.counterparts import Candidate
from cases.models.case import NOT_BORN, About, Safe
from cases.procedures.definitions import ScopeQuestion
from escalation.forms import (
    Choice,
    ChoiceCards,
    DayField,
    EscalationForm,
    FormTokenMixin,
    LongTextField,
    ManyCards,
    Prompt,
    ShortTextField,
    WhenField,
    YesNoField,
)

SEVERAL = "Several ages"
AGE_BANDS = (NOT_BORN, "Under 1", "1 to 4", "5 to 11", "12 to 15", "16 or 17", "18 or over", SEVERAL)


class LogPage(EscalationForm):
    """One page of the form: its name in the address, its heading, and its words in the list of pages."""

    slug: ClassVar[str]
    heading: ClassVar[str]
    short: ClassVar[str]

    def __init__(self, *args: Any, asking: Asking, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asking = asking

    def show(self, kept: Any) -> None:
        """Fill an unbound form with what was typed before, finished or not (`kept`: form data, as it was sent)."""
        for name, field in self.fields.items():
            if not field.widget.value_omitted_from_data(kept, {}, name):
                self.initial[name] = field.widget.value_from_datadict(kept, {}, name)


class ScopeForm(LogPage):
    """Does it belong here at all? A yes leads to the route that fits (G05)."""

    slug, heading, short = "scope", "Is this the right place?", "Is this the right place"

    def __init__(self, *args: Any, asking: Asking, **kwargs: Any) -> None:
        super().__init__(*args, asking=asking, **kwargs)
        self.declared = asking.procedure.scope
        for q in self.declared:
            unanswered = {"required": f"Choose yes or no: “{q.question}”"}
            self.fields[q.key] = YesNoField(label=q.question, help_text=q.hint, error_messages=unanswered)

    @property
    def elsewhere(self) -> list[ScopeQuestion]:
        """Return the questions answered with yes; ask only after is_valid()."""
        return [q for q in self.declared if self.cleaned_data.get(q.key)]

    @property
    def may_go_on(self) -> bool:
        """Return whether a disagreement may be recorded with these answers."""
        return all(q.may_go_on for q in self.elsewhere)


class AboutForm(LogPage):
    """A decision, an action or an inaction (G02), of which kind (G04), about whom (G01)."""

    slug, heading, short = "about", "What is it about?", "What it is about"

    about = ChoiceCards(
        label="What do you disagree with?",
        missing="Choose what you disagree with",
        choices=[
            Choice(About.DECISION.value, About.DECISION.label, "For example, a referral was turned down."),
            Choice(
                About.ACTION.value, About.ACTION.label, "For example, a child was moved, or a plan ended."
            ),
            Choice(
                About.INACTION.value,
                About.INACTION.label,
                "For example, an agreed visit did not take place.",
            ),
        ],
    )
    reasons = ManyCards(
        label="What kind of disagreement is it?",
        help_text="Choose all that fit.",
        missing="Choose at least one kind of disagreement",
    )
    subject = ChoiceCards(label="Who is it about?", missing="Choose who it is about")
    expected_on = DayField(
        label="When is the baby due?",
        help_text="The expected day, if it is known.",
        noun="The day the baby is due",
        required=False,
    )
    age_band = forms.ChoiceField(
        label="What age?",
        help_text="A band is enough. Do not give a date of birth.",
        choices=[("", "Choose an age"), *((band, band) for band in AGE_BANDS)],
        error_messages={"required": "Choose an age"},
    )
    subject_reference = ShortTextField(
        label="Your own reference for the child",
        help_text="Such as your case number, so that you know the child again. Never a name.",
        max_length=40,
        width=20,
        required=False,
    )

    def __init__(self, *args: Any, asking: Asking, **kwargs: Any) -> None:
        super().__init__(*args, asking=asking, **kwargs)
        procedure = asking.procedure
        self.fields["reasons"].choices = [Choice(r.key, r.label, r.hint) for r in procedure.reasons]  # type: ignore[attr-defined]
        self.fields["subject"].choices = [  # type: ignore[attr-defined]
            Choice(s.key, s.label, reveals="expected_on" if s.key == "unborn_baby" else ())
            for s in procedure.subjects
        ]

    def clean(self) -> dict[str, Any]:
        """An unborn baby has no age and a theme many, so nobody has to choose one; and nobody else is unborn."""
        answers = super().clean() or self.cleaned_data
        if answers.get("subject") == "unborn_baby":
            self.errors.pop("age_band", None)
            answers["age_band"] = NOT_BORN
        elif answers.get("subject") == "theme":
            self.errors.pop("age_band", None)
            answers["age_band"] = SEVERAL
        elif answers.get("subject") and answers.get("age_band") == NOT_BORN:
            self.add_error("age_band", "Choose an age, or choose the unborn baby above")
        return answers


class WhatForm(LogPage):
    """What happened, when, and what follows for the child if nothing changes."""

    slug, heading, short = "what", "What happened?", "What happened"
    prompts: ClassVar = {
        "what": Prompt(
            "Facts first: what was decided, done or left undone. Then why you see it differently."
        ),
        "consequence": Prompt("Think of this child, in the days and weeks ahead."),
    }

    what = LongTextField(
        label="What happened, and why do you disagree?",
        help_text="Write “the child” and “the mother” in place of names.",
        rows=8,
        count=True,
        missing="Say what happened and why you disagree",
    )
    happened_at = WhenField(
        label="When did it happen?",
        noun="The time it happened",
        help_text="An estimate will do. For example, 16 6 2026 at 4:30pm",
        missing="Enter when it happened",
        past=True,
    )
    consequence = LongTextField(
        label="What is likely to happen to the child if nothing changes?",
        count=True,
        missing="Say what is likely to happen to the child if nothing changes",
    )

    def __init__(self, *args: Any, asking: Asking, **kwargs: Any) -> None:
        super().__init__(*args, asking=asking, **kwargs)
        if (within := asking.procedure.raise_within) is not None:
            rule = f"Raise it within {within.describe()} of that. If that time has passed, raise it today."
            self.fields["happened_at"].help_text = f"{rule} {self.fields['happened_at'].help_text}"


class SafetyForm(LogPage):
    """Is the child safe now, and what holds until this is settled: owned and dated (G01)."""

    slug, heading, short = "safety", "Keeping the child safe meanwhile", "Keeping the child safe"

    child_safe = ChoiceCards(
        label="Is the child safe now?",
        missing="Choose whether the child is safe now",
        choices=[
            Choice(Safe.YES.value, "Yes, safe for now"),
            Choice(Safe.NO.value, "No, not safe", "The next page shows whom to ring before you go on."),
            Choice(Safe.UNSURE.value, "I am not sure", "The next page shows whom to ring before you go on."),
        ],
    )
    situation = LongTextField(
        label="What is the situation now?",
        help_text="Where the child is, who is with them, and how you know.",
        rows=4,
        missing="Say what the situation is now",
    )
    safety_line = LongTextField(
        label="What holds until this is settled?",
        help_text="What is being done to keep the child safe in the meantime. If nothing is, say so.",
        rows=4,
        missing="Say what holds until this is settled",
    )
    safety_owner = ShortTextField(
        label="Who makes sure of it?",
        help_text="A name or a job, and the service.",
        missing="Say who makes sure of it",
    )
    safety_until = WhenField(
        label="When must this be confirmed again?",
        noun="The time to confirm it again",
        help_text="You will be reminded. For example, 16 6 2026 at 4:30pm",
        missing="Enter when this must be confirmed again",
        future=True,
    )


class PaceForm(LogPage):
    """How fast it must go, and by when harm could occur (G16)."""

    slug, heading, short = "pace", "How urgent is it?", "How urgent it is"

    urgency = ChoiceCards(
        label="How soon could the child be harmed?", missing="Choose how soon the child could be harmed"
    )
    horizon_at = WhenField(
        label="By when could harm occur, or the decision take effect?",
        noun="The time by which harm could occur",
        help_text="Such as the day a plan ends. Every stage is then made to fit before it. "
        "For example, 16 6 2026 at 4:30pm",
        future=True,
        required=False,
    )
    horizon_why = ShortTextField(
        label="What happens then?", help_text="Needed when you give a time above.", required=False
    )
    start = ChoiceCards(label="On which stage does it begin?", missing="Choose the stage it begins on")
    start_why = LongTextField(
        label="Why does it begin there, and not with a talk between you?",
        help_text="It stands in the record. Leave this empty when it begins with the first stage.",
        rows=3,
        required=False,
    )

    def __init__(self, *args: Any, asking: Asking, **kwargs: Any) -> None:
        super().__init__(*args, asking=asking, **kwargs)
        starting = asking.procedure.starting_rungs
        if len(starting) > 1:
            self.fields["start"].choices = [  # type: ignore[attr-defined]
                Choice(r.key, f"{r.label}: {r.title}") for r in starting
            ]
        else:
            del self.fields["start"], self.fields["start_why"]
        self.fields["urgency"].choices = [  # type: ignore[attr-defined]
            Choice(u.key, u.label, u.hint) for u in asking.procedure.urgencies
        ]

    def clean(self) -> dict[str, Any]:
        """A day without its reason, or a reason without its day, helps nobody who reads it later."""
        answers = super().clean() or self.cleaned_data
        if answers.get("horizon_at") and not answers.get("horizon_why"):
            self.add_error("horizon_why", "Say what happens then, so that others see why the time matters")
        higher = answers.get("start", "") not in ("", self.asking.procedure.ladder[0])
        if higher and not answers.get("start_why") and "start_why" not in self.errors:
            self.add_error("start_why", "Say why it begins on this stage, and not below")
        if answers.get("horizon_why") and not answers.get("horizon_at") and "horizon_at" not in self.errors:
            self.add_error("horizon_at", "Enter the time by which harm could occur, or empty the box below")
        return answers


class WhoForm(LogPage):
    """The other person or team (G03), and the team one speaks for when one is in several."""

    slug, heading, short = "who", "Who do you disagree with?", "Who you disagree with"

    counterpart = ChoiceCards(
        label="The other person or team",
        missing="Find and choose the person or the team you disagree with",
    )
    own_team = ChoiceCards(
        label="Which of your teams do you raise it for?", missing="Choose the team you raise it for"
    )

    def __init__(self, *args: Any, asking: Asking, offered: list[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, asking=asking, **kwargs)
        self.offered = {c.value: c for c in offered}
        first_team = next((c.value for c in offered if c.value.startswith("t")), None)
        self.fields["counterpart"].choices = [  # type: ignore[attr-defined]
            Choice(
                c.value,
                c.label,
                c.hint,
                divider="or" if c.value == first_team and len(offered) > 1 else "",
            )
            for c in offered
        ]
        if len(self.own_team_ids) > 1:
            names = Team.objects.filter(pk__in=self.own_team_ids).order_by("name")
            self.fields["own_team"].choices = [Choice(str(t.pk), t.name) for t in names]  # type: ignore[attr-defined]
        else:
            del self.fields["own_team"]

    @cached_property
    def own_team_ids(self) -> list[int]:
        """Return the teams of one's own agency in which one holds a role today."""
        held = standing_of(self.asking.user).held
        mine = (h.team_id for h in held if h.agency_id == self.asking.user.agency_id)
        return list(dict.fromkeys(pk for pk in mine if pk is not None))

    @property
    def chosen(self) -> Candidate:
        """Return the other side; ask only after is_valid()."""
        return self.offered[self.cleaned_data["counterpart"]]

    @property
    def raising_team_id(self) -> int | None:
        """Return the team it is raised for, or None for a person of no team; ask only after is_valid()."""
        if "own_team" in self.fields:
            return int(self.cleaned_data["own_team"])
        return next(iter(self.own_team_ids), None)


class SearchForm(EscalationForm):
    """Look in the directory."""

    mark_optional = False
    q = ShortTextField(
        label="Search for a name, job, team or agency",
        help_text="A part is enough, such as “petrie” or “children north”.",
        required=False,
    )


class OpenForm(FormTokenMixin, EscalationForm):
    """The button that opens the disagreement: nothing but the token against sending twice."""


#: In the order they are asked.
PAGES: tuple[type[LogPage], ...] = (ScopeForm, AboutForm, WhatForm, SafetyForm, PaceForm, WhoForm)
