"""The form of a duty that only the area's procedure has: which one, when it was done, and how."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property

from cases.actions import following
from cases.audit import Audit
from cases.forms.base import Fields, StepForm
from cases.forms.talking import WHERE_HELD, today
from cases.models import Deadline
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.reading import Record
from escalation.forms import ChoiceCards, LongTextField, Prompt, WhenField


class DutyForm(StepForm):
    """Something the procedure asks of this person beside settling the matter, such as a letter or reading the file."""

    send = "Say that it is done"
    moves = False
    tip = "record"
    reads = (Kind.BRIEF, Kind.AGREEMENT)

    @cached_property
    def mine(self) -> dict[str, Deadline]:
        """Return the open duties of this person that only the procedure has; one query."""
        rows = Deadline.objects.open().filter(case=self.case, rule=Rule.DUTY).order_by("due_at", "pk")
        return {str(d.pk): d for d in rows if self.look.is_me(d.person_id)}

    def asked(self) -> Fields:
        return {
            "duty": ChoiceCards(
                label="What have you done?",
                choices=[(pk, d.words) for pk, d in self.mine.items()],
                missing="Choose what you have done",
            ),
            "done_at": WhenField(
                label="When was it done?", noun="Date and time", past=True, missing="Enter the date and time"
            ),
            "how": LongTextField(
                label="What did you do, and where can it be seen?",
                help_text=f"For a letter: its date and to whom it went. {WHERE_HELD}",
                rows=4,
                missing="Say what you did",
            ),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"how": self.prompt(self.procedure.words.record)}

    def fill(self, record: Record) -> dict[str, Any]:
        only = next(iter(self.mine)) if len(self.mine) == 1 else None
        return {"duty": only, "done_at": today(self.look.at)}

    def obstacle(self) -> str:
        return "" if self.mine else "Nothing of this kind waits for you now."

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        following.do_duty(
            self.case,
            by=self.look.user,
            audit=audit,
            duty=self.mine[given["duty"]],
            how=given["how"],
            done_at=given["done_at"],
        )

    def said(self) -> str:
        return "It is in the record. Whoever holds the case has been told."
