"""What the forms beside the ladder share: their own questions, a token, a version, and words that are kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField

from cases.audit import Audit
from cases.forms.base import Section
from escalation.forms import EscalationForm, FormTokenMixin, VersionMixin


class Asked(FormTokenMixin, EscalationForm):
    """A form whose questions depend on the procedure. A subclass gives them (`asked`) and sends them (`act`)."""

    send: ClassVar[str] = "Save"
    grave: ClassVar[bool] = False

    def sections(self) -> list[Section]:
        """Return the fields in the order in which they are drawn."""
        return [Section("", self.shown(self.fields))]

    def shown(self, names: Iterable[str]) -> list[BoundField]:
        """Return these fields, without hidden ones and those drawn inside a choice."""
        return [self[n] for n in names if n not in self.revealed and not self.fields[n].widget.is_hidden]

    def nested(self, prefix: str) -> dict[str, Any]:
        """Return the answers of the fields that begin so, by the rest of their names."""
        return {
            name.removeprefix(prefix): self.cleaned_data.get(name)
            for name in self.fields
            if name.startswith(prefix)
        }

    def take_up(self, kept: Any) -> None:
        """Begin with what the person had typed before (`kept`: form data as it was sent), finished or not."""
        for name, field in self.fields.items():
            if not field.widget.is_hidden and not field.widget.value_omitted_from_data(kept, {}, name):
                self.initial[name] = field.widget.value_from_datadict(kept, {}, name)

    def words(self) -> list[dict[str, str]]:
        """Return what was typed in words, as sent, each with its question."""
        typed = [
            (str(self[name].label), str(self[name].data or "").strip())
            for name, field in self.fields.items()
            if isinstance(field, forms.CharField) and not field.widget.is_hidden
        ]
        return [{"label": label, "text": text} for label, text in typed if text]

    def act(self, audit: Audit) -> None:
        """Call the action with the cleaned answers. Raises what the action raises."""
        raise NotImplementedError

    def said(self) -> str:
        """Return what happened and who was told, without a fact about anybody."""
        raise NotImplementedError


class Versioned(VersionMixin, Asked):
    """One that changes something which somebody else may have changed meanwhile."""
