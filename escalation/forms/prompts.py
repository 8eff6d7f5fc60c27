"""What is said beside a question: a prompt with its source, and what to do when the answer is missing."""

from typing import NamedTuple

from django import forms

DJANGO_REQUIRED = "This field is required."


class Prompt(NamedTuple):
    """One short sentence of guidance at the moment of writing, in our own words, with its source (G11)."""

    text: str
    source: str = ""
    url: str = ""


def speak(field: forms.Field, label: str, missing: str) -> None:
    """Give a field error texts that say what to do; `missing` is said when it is empty ("" takes our own words).

    Only Django's stock sentences are replaced: a message that a form or field sets itself is kept.
    """
    messages = field.error_messages
    if missing:
        messages["required"] = missing
    elif str(messages.get("required")) == DJANGO_REQUIRED:
        verb = "Choose" if isinstance(field, forms.ChoiceField) else "Enter"
        messages["required"] = f"{verb} an answer for “{label}”"
        if isinstance(field, forms.BooleanField):
            messages["required"] = f"Tick the box if you agree: “{label}”"
    if isinstance(field, forms.CharField):
        messages.setdefault(
            "max_length",
            f"“{label}” must be %(limit_value)d characters or fewer. You have typed %(show_value)d",
        )
        messages.setdefault("min_length", f"“{label}” must be %(limit_value)d characters or more")
    if isinstance(field, forms.EmailField):
        messages["invalid"] = "Enter an email address, like name@example.org"
    elif isinstance(field, forms.IntegerField):
        messages["invalid"] = f"“{label}” must be a whole number, like 3"
        messages["min_value"] = f"“{label}” must be %(limit_value)s or more"
        messages["max_value"] = f"“{label}” must be %(limit_value)s or less"
    elif isinstance(field, forms.ChoiceField):
        messages["invalid_choice"] = f"Choose one of the answers listed for “{label}”"
