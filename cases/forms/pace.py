"""Forms of the child's safety meanwhile, how urgent it is, and by when harm could occur (G16)."""

from __future__ import annotations

from typing import Any

from cases.actions import pace
from cases.audit import Audit
from cases.forms.base import Fields, StepForm
from cases.models.case import Safe
from cases.models.entry import Kind
from cases.reading import Record
from escalation.forms import (
    Choice,
    ChoiceCards,
    DayField,
    LongTextField,
    Prompt,
    ShortTextField,
    WhenField,
    YesNoField,
)

DUTIES_MOVE = "What is due is worked out again, and everybody who has something to do has been told."


class SafetyForm(StepForm):
    """What keeps the child safe until this is settled, who makes sure of it, and until when."""

    send = "Save this and tell them"
    moves = False

    def asked(self) -> Fields:
        return {
            "child_safe": ChoiceCards(
                label="Is the child safe now?",
                choices=[
                    Choice(Safe.YES.value, Safe.YES.label),
                    Choice(
                        Safe.NO.value,
                        Safe.NO.label,
                        "Ring the emergency contacts at the top of this page first.",
                    ),
                    Choice(Safe.UNSURE.value, Safe.UNSURE.label, "Say below who finds out, and by when."),
                ],
                missing="Choose whether the child is safe now",
            ),
            "safety_line": LongTextField(
                label="What keeps the child safe until this is settled?",
                help_text="Who does what, how often, and until when.",
                rows=4,
                missing="Say what keeps the child safe until this is settled",
            ),
            "safety_owner": ShortTextField(
                label="Who makes sure of it?",
                help_text="Name or role.",
                missing="Say who makes sure of it",
            ),
            "safety_until": WhenField(
                label="By when must this be confirmed again?",
                noun="Date and time",
                future=True,
                missing="Enter by when this must be confirmed again",
            ),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"child_safe": self.prompt(self.procedure.words.paramount)}

    def fill(self, record: Record) -> dict[str, Any]:
        line = record.latest(Kind.SAFETY_LINE)
        texts = line.texts if line else {}
        return {
            "child_safe": self.case.child_safe,
            "safety_line": texts.get("line", ""),
            "safety_owner": texts.get("owner", ""),
        }

    def act(self, audit: Audit) -> None:
        given = {name: self.cleaned_data[name] for name in self.asked()}
        pace.set_safety_line(self.case, by=self.look.user, audit=audit, **given)

    def said(self) -> str:
        return "What keeps the child safe is in the record. Everybody who has something to do has been told."


class UrgencyForm(StepForm):
    """How urgent it is, with the reason; every due time of the stage follows."""

    send = "Change how urgent it is and tell them"

    def asked(self) -> Fields:
        return {
            "urgency": ChoiceCards(
                label="How urgent is it now?",
                help_text=f"Until now: {self.procedure.urgency(self.case.urgency).label}.",
                choices=[
                    Choice(u.key, u.label, u.hint)
                    for u in self.procedure.urgencies
                    if u.key != self.case.urgency
                ],
                missing="Choose how urgent it is",
            ),
            "reason": LongTextField(
                label="What has changed?",
                help_text="What you know now about the child that you did not know before.",
                rows=4,
                missing="Say what has changed",
            ),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"reason": self.prompt(self.procedure.words.paramount)}

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        pace.change_urgency(
            self.case, by=self.look.user, audit=audit, urgency=given["urgency"], reason=given["reason"]
        )

    def said(self) -> str:
        return f"The urgency has been changed. {DUTIES_MOVE}"


class HorizonForm(StepForm):
    """By when harm could occur or the decision take effect; every due time of the stage follows."""

    send = "Change this and tell them"

    def asked(self) -> Fields:
        return {
            "known": YesNoField(
                label="Is there a time by which harm could occur, or by which the decision takes effect?",
                yes={"label": "Yes", "reveals": "horizon_at"},
                no={"label": "No such time is known"},
                missing="Choose whether such a time is known",
            ),
            "horizon_at": WhenField(
                label="When is that?", noun="Date and time", future=True, missing="Enter when that is"
            ),
            "reason": LongTextField(label="How do you know?", rows=4, missing="Say how you know"),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"reason": self.prompt(self.procedure.words.record)}

    def fill(self, record: Record) -> dict[str, Any]:
        return {"known": self.case.horizon_at is not None or None, "horizon_at": self.case.horizon_at}

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        pace.change_horizon(
            self.case,
            by=self.look.user,
            audit=audit,
            horizon_at=given["horizon_at"] if given["known"] else None,
            reason=given["reason"],
        )

    def said(self) -> str:
        return f"The time has been changed. {DUTIES_MOVE}"


class ExtendForm(StepForm):
    """More time for a stage, as far as the procedure goes, with the reason."""

    send = "Ask for this time and tell them"

    def asked(self) -> Fields:
        allowed = self.procedure.extension
        most = allowed.longest.amount if allowed else 1
        return {
            "amount": ChoiceCards(
                label="How much more time does this stage need?",
                help_text="The time by which harm could occur is kept all the same.",
                choices=[Choice(str(n), self._measure(n)) for n in range(1, most + 1)],
                coerce=int,
                missing="Choose how much more time this stage needs",
            ),
            "reason": LongTextField(
                label="Why is more time needed, and why is that safe for the child?",
                help_text="Say what is still to come, and what holds until then.",
                rows=4,
                missing="Say why more time is needed, and why that is safe for the child",
            ),
        }

    def _measure(self, amount: int) -> str:
        allowed = self.procedure.extension
        assert allowed is not None
        return allowed.longest.model_copy(update={"amount": amount}).describe()

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        pace.extend(self.case, by=self.look.user, audit=audit, amount=given["amount"], reason=given["reason"])

    def said(self) -> str:
        return "This stage has more time. Both sides have been told."


class PauseForm(StepForm):
    """From today the clocks of the stage stand still until a day."""

    send = "Pause the clock and tell them"

    def asked(self) -> Fields:
        return {
            "resumes_on": DayField(
                label="On which day does the clock run again?",
                noun="The day",
                future=True,
                missing="Enter the day on which the clock runs again",
            ),
            "reason": LongTextField(
                label="What is waited for, and why is that safe for the child?",
                help_text="Say what holds for the child on each day of waiting.",
                rows=4,
                missing="Say what is waited for, and why that is safe for the child",
            ),
        }

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        pace.pause(
            self.case, by=self.look.user, audit=audit, resumes_on=given["resumes_on"], reason=given["reason"]
        )

    def said(self) -> str:
        return "The clock of this stage stands still. Both sides have been told."


class ResumeForm(StepForm):
    """The clocks of the stage run again from today."""

    send = "Start the clock again and tell them"

    def asked(self) -> Fields:
        return {
            "reason": LongTextField(
                label="What has changed?",
                help_text="What you know now about the child that you did not know before.",
                rows=4,
                missing="Say what has changed",
            )
        }

    def act(self, audit: Audit) -> None:
        pace.resume(self.case, by=self.look.user, audit=audit, reason=self.cleaned_data["reason"])

    def said(self) -> str:
        return "The clock of this stage runs again. Both sides have been told."
