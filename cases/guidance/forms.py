"""This page is unclear: a few words that reach the committee's officer without a child or a case in them."""

from __future__ import annotations

import re

from django import forms

from cases.models.case import ALPHABET
from escalation.forms import EscalationForm, LongTextField

# The letters of a reference have no vowels: no word of English looks like one. Digits alone are a telephone's.
_REFERENCE = re.compile(rf"\b[{ALPHABET}]{{3}}[-‑–\s]?[{ALPHABET}]{{4}}\b", re.IGNORECASE)


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
        if any(not re.sub(r"\W", "", found).isdigit() for found in _REFERENCE.findall(given)):
            raise forms.ValidationError("Leave the reference of the case out: this is about the page")
        return given
