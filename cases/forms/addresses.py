"""Email addresses of people to invite, one a line, as they are pasted from anywhere."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import validate_email

from escalation.forms import LongTextField

#: More than fit round a table; nobody mails a whole partnership from here.
MOST = 30
#: "Jo Example <jo@example.org>", as mail programs copy it.
_WITH_NAME = re.compile(r"[^,;<>\n]*<([^<>\s]+)>")
_BETWEEN = re.compile(r"[\s,;]+")


class AddressesField(LongTextField):
    """Gives a tuple of addresses in small letters, each once. Raises ValidationError naming what is no address."""

    def clean(self, value: Any) -> Any:
        """Return the addresses of what was typed or pasted."""
        text = super().clean(value)
        bare = _WITH_NAME.sub(r" \1 ", str(text))
        found = dict.fromkeys(word.lower() for word in _BETWEEN.split(bare) if word)
        for address in found:
            try:
                validate_email(address)
            except forms.ValidationError as wrong:
                raise forms.ValidationError(
                    f"“{address}” is not an email address. Mend it or take it out."
                ) from wrong
        if len(found) > MOST:
            raise forms.ValidationError(f"Invite at most {MOST} people. These are {len(found)}.")
        return tuple(found)
