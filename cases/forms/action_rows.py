"""Up to five agreed actions on one page: what, who, by when. Rows left empty are passed over (G24)."""

from __future__ import annotations

from typing import Any

from django import forms

from cases.actions.settling import NewAction
from cases.forms.base import Fields, Moving, Section
from cases.forms.people import chosen, owners
from escalation.forms import DayField, LongTextField

ROWS = 5
SHOWN = 2  # the rest is folded away until somebody needs it


class WithActions(Moving):
    """A settlement with actions. `actions()` gives them once the form is valid."""

    mark_optional = False  # the heading of a row says it once for its three fields

    def action_fields(self) -> Fields:
        """Return the fields of every row."""
        people = [("", "Choose a person"), *owners(self.look)]
        fields: Fields = {}
        for n in range(1, ROWS + 1):
            fields[f"action_{n}_what"] = LongTextField(
                label="What is to be done?",
                help_text="One thing, so that anybody can see later whether it was done.",
                rows=2,
                required=False,
            )
            fields[f"action_{n}_owner"] = forms.TypedChoiceField(
                label="Who does it?", choices=people, coerce=int, empty_value=None, required=False
            )
            fields[f"action_{n}_due"] = DayField(
                label="By which day?", noun=f"The day of action {n}", future=True, required=False
            )
        return fields

    def action_sections(self) -> list[Section]:
        """Return a section for each row; those beyond the first ones are folded away while they are empty."""
        return [
            Section(
                f"Add action {n}" if n > SHOWN else f"Action {n}, if there is one",
                self.shown(row(n)),
                folded=n > SHOWN,
                open=n > SHOWN and any(self._begun(name) for name in row(n)),
            )
            for n in range(1, ROWS + 1)
        ]

    def _begun(self, name: str) -> bool:
        value = self[name].value()
        return any(value) if isinstance(value, list) else bool(value) or bool(self[name].errors)

    def clean(self) -> dict[str, Any]:
        """Ask for what is missing in a row that was begun."""
        given = super().clean() or self.cleaned_data
        for n in range(1, ROWS + 1):
            what, owner, due = row(n)
            if not any(given.get(name) or name in self.errors for name in row(n)):
                continue
            for name, words in (
                (what, f"Action {n}: say what is to be done"),
                (owner, f"Action {n}: choose who does it"),
                (due, f"Action {n}: enter the day by which it is done"),
            ):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, words)
        return given

    def actions(self) -> list[NewAction]:
        """Return the actions as they were filled in, in order; one query for their owners."""
        rows: list[list[Any]] = [[self.cleaned_data.get(name) for name in row(n)] for n in range(1, ROWS + 1)]
        filled = [r for r in rows if all(r)]
        people = chosen([owner for _, owner, _ in filled])
        return [NewAction(what, people[owner], due) for what, owner, due in filled]


def row(number: int) -> tuple[str, str, str]:
    """Return the names of the fields of a row."""
    return (f"action_{number}_what", f"action_{number}_owner", f"action_{number}_due")
