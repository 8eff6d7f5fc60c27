"""What the what-if page asks: when it happened, how urgent it is, and by when harm could occur."""

from __future__ import annotations

from typing import Any

from django import forms

from cases.procedures.definitions import Procedure
from escalation.forms import Choice, ChoiceCards, EscalationForm, WhenField


class WhatIfForm(EscalationForm):
    """It stays in the address, so that a colleague can be sent the same question; it names no child."""

    begins = WhenField(label="When did it happen?", noun="The time it happened")
    urgency = ChoiceCards(label="How urgent is it?", choices=[], missing="Choose how urgent it is")
    harm = WhenField(
        label="By when could the child be harmed, or the decision take effect?",
        noun="The time by which harm could occur",
        required=False,
    )

    def __init__(self, *args: Any, procedure: Procedure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["urgency"].choices = [  # type: ignore[attr-defined]
            Choice(urgency.key, urgency.label, urgency.hint) for urgency in procedure.urgencies
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begins, harm = cleaned.get("begins"), cleaned.get("harm")
        if begins and harm and harm <= begins:
            said = (
                "The time by which harm could occur must be after it happened. "
                "If a child is in danger now, use the emergency contacts"
            )
            self.add_error("harm", forms.ValidationError(said))
        return cleaned
