"""Form of a correction: what was written down in a Re-think should read otherwise, and both stay (G27)."""

from __future__ import annotations

from cases.actions import rethinking
from cases.audit import Audit
from cases.forms.base import Fields
from cases.forms.rethinking import RethinkForm
from escalation.forms import ChoiceCards, LongTextField


class CorrectForm(RethinkForm):
    """Somebody who was there says how one part of the record should read."""

    send = "Add this correction"

    def asked(self) -> Fields:
        steps = self.look.laid.steps
        return {
            "step": ChoiceCards(
                label="What is to be corrected?",
                missing="Choose what is to be corrected",
                choices=[(step.key, step.heading) for step in steps],
            ),
            "correction": LongTextField(
                label="How should it read?",
                help_text="What was written stays, and this stands under it with your name. Those who may read the one "
                "may read the other.",
                missing="Say how it should read",
            ),
        }

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        rethinking.correct(
            self.rethink, by=self.look.user, audit=audit, step=given["step"], correction=given["correction"]
        )

    def said(self) -> str:
        return "The correction stands under what was written. Those who may read it have been told."
