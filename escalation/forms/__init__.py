"""Forms that talk to people: any Django field comes out as a GOV.UK field (docs/components.md says how to use them)."""

from escalation.forms.base import EscalationForm, EscalationModelForm, FormTokenMixin, VersionMixin
from escalation.forms.fields import (
    Choice,
    ChoiceCards,
    LongTextField,
    ManyCards,
    ShortTextField,
    YesNoField,
)
from escalation.forms.prompts import Prompt
from escalation.forms.rendering import GovukBoundField, GovukRenderer
from escalation.forms.times import ClockField, DayField, WhenField

__all__ = [
    "Choice",
    "ChoiceCards",
    "ClockField",
    "DayField",
    "EscalationForm",
    "EscalationModelForm",
    "FormTokenMixin",
    "GovukBoundField",
    "GovukRenderer",
    "LongTextField",
    "ManyCards",
    "Prompt",
    "ShortTextField",
    "VersionMixin",
    "WhenField",
    "YesNoField",
]
