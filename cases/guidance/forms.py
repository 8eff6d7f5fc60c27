"""This page is unclear: a few words that reach the committee's officer without a child or a case in them."""

from __future__ import annotations

import re

from django import forms

from cases.models.case import ALPHABET
from escalation.forms import EscalationForm, LongTextField

_REFERENCE = re.compile(rf"\b[{ALPHABET}]{{3}}-?[{ALPHABET}]{{4}}\b")


class UnclearForm(EscalationForm):
    """What is not clear on a page."""

    words = LongTextField(
        label="What is not clear on that page?",
        help_text="Write about the page, not about a child. Leave out names and references.",
        missing="Say what is not clear",
        rows=4,
        max_length=1000,
    )

    def clean_words(self) -> str:
        given = str(self.cleaned_data["words"])
        if any(re.search(r"\d", found) for found in _REFERENCE.findall(given)):
            raise forms.ValidationError("Leave the reference of the case out: this is about the page")
        return given
