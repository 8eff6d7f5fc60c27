"""Form of a correction: something one wrote oneself should read otherwise, and both stay (G27)."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property

from cases.actions import talking
from cases.audit import Audit
from cases.forms.base import Fields, StepForm
from cases.models import Entry
from cases.models.entry import Kind
from cases.presenters.wording import beginning
from cases.reading import Record
from escalation.forms import ChoiceCards, LongTextField, Prompt
from escalation.templatetags.words import moment


class CorrectForm(StepForm):
    """Which of one's own entries, and how it should read."""

    send = "Add this correction"
    moves = False
    tip = "record"

    @cached_property
    def mine(self) -> dict[str, Entry]:
        """Return what this person wrote themselves and has not corrected yet, the newest first; one query.

        What was ticked before a stage holds no words of theirs.
        """
        rows = Entry.objects.filter(case=self.case, author=self.look.user, superseded_by=None)
        rows = rows.exclude(content="").exclude(kind=Kind.ENTRY_CHECK)
        return {str(e.pk): e for e in rows.order_by("-written_at", "-pk")}

    def asked(self) -> Fields:
        return {
            "entry": ChoiceCards(
                label="What is to be corrected?",
                choices=[(pk, self._label(e)) for pk, e in self.mine.items()],
                missing="Choose what is to be corrected",
            ),
            "correction": LongTextField(
                label="How should it read?",
                help_text="What you wrote stays, and this stands under it. "
                "Those who may read the one may read the other.",
                missing="Say how it should read",
            ),
        }

    def _label(self, entry: Entry) -> str:
        written = moment(entry.written_at, self.look.at)
        return f"{entry.get_kind_display()}, {written}: “{beginning(entry.texts)}”"

    def guidance(self) -> dict[str, Prompt]:
        return {"correction": self.prompt(self.procedure.words.record)}

    def fill(self, record: Record) -> dict[str, Any]:
        return {"entry": next(iter(self.mine)) if len(self.mine) == 1 else None}

    def obstacle(self) -> str:
        return "" if self.mine else "You have written nothing in this case that could be corrected."

    def act(self, audit: Audit) -> None:
        talking.correct_entry(
            self.case,
            by=self.look.user,
            audit=audit,
            entry=self.mine[self.cleaned_data["entry"]],
            correction=self.cleaned_data["correction"],
        )

    def said(self) -> str:
        return "The correction stands under what you wrote, for everybody who may read it."
