"""The forms of the gallery: every field in every state."""

from datetime import UTC, datetime

from django import forms

from escalation.forms import (
    Choice,
    ChoiceCards,
    ClockField,
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

FILLED = {
    "agree": "partly",
    "day": datetime(2026, 6, 12, tzinfo=UTC).date(),
    "when": datetime(2026, 6, 12, 11, 0, tzinfo=UTC),
}
MISTAKEN = {
    "what": "x" * 501,
    "day_day": "31",
    "day_month": "2",
    "day_year": "2026",
    "when_day": "1",
    "when_time": "4",
    "clock": "25:00",
    "email": "somebody",
    "number": "none",
    "agree": "no",
}


class EveryField(FormTokenMixin, EscalationForm):
    """One of each field."""

    prompts = {
        "what": Prompt(
            "Say what you saw and heard, then what you think it means.", "Resolution guide, page 4", "#fields"
        )
    }
    missing = {"agree": "Choose whether you agree"}
    groups = [("What happened", ["what", "day", "when"])]

    what = LongTextField(
        label="What happened?",
        help_text="Facts first.",
        max_length=500,
        count=True,
        missing="Say what happened",
    )
    day = DayField(label="When did it happen?", noun="Date it happened", past=True)
    when = WhenField(label="When did you speak?", noun="Time you spoke", past=True)
    clock = ClockField(label="Start of the meeting", required=False)
    place = ShortTextField(label="Where did you meet?", width=20, required=False)
    email = forms.EmailField(label="Work email address")
    number = forms.IntegerField(label="How many people came?", min_value=1)
    stage = forms.ChoiceField(
        label="Stage", choices=[("", "Choose a stage"), ("1", "Stage 1"), ("2", "Stage 2")]
    )
    agree = ChoiceCards(
        label="Do you agree with the plan?",
        choices=[
            Choice("yes", "Yes", hint="The disagreement is settled."),
            Choice("partly", "In part", hint="Say which part you do not agree with.", reveals="part"),
            Choice("no", "No", reveals=("why", "ready"), divider="or"),
        ],
    )
    part = ShortTextField(label="Which part?", missing="Say which part you do not agree with")
    why = LongTextField(label="Why not?", rows=3, missing="Say why you do not agree")
    ready = YesNoField(label="Are you ready to meet?", inline=True)
    told = ManyCards(
        label="Who has been told?",
        choices=[("gp", "GP"), ("school", "School"), Choice("none", "Nobody yet", divider="or")],
        required=False,
    )
    safe = YesNoField(label="Is the child safe now?", missing="Choose yes or no")
    checked = forms.BooleanField(label="I have read this again and it is fair to the other side")


class OneQuestion(EscalationForm):
    """A page with one question: its legend is the heading of the page."""

    page_heading = "safe"
    safe = YesNoField(
        label="Is the child safe now?", no={"label": "No, or I am not sure", "hint": "Ring first."}
    )


class ListFilter(EscalationForm):
    """Choices above a list."""

    mark_optional = False

    stage = forms.ChoiceField(label="Stage", choices=[("", "All stages"), ("1", "Stage 1")], required=False)
    agency = forms.ChoiceField(
        label="Agency", choices=[("", "All agencies"), ("n", "Northshire Nurseries")], required=False
    )
