"""What the forms of all steps share: whose they are, what the procedure asks, and how they are laid out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField
from django.utils.functional import cached_property

from cases.access import Look
from cases.audit import Audit
from cases.deadlines import calendar_of, in_force, until_stale
from cases.guidance.sources import where
from cases.models import Case
from cases.models.entry import Kind
from cases.procedures.declared import Declared
from cases.procedures.definitions import Procedure
from cases.procedures.parts import Tip
from cases.procedures.rungs import Rung
from cases.reading import Record
from escalation.forms import EscalationForm, FormTokenMixin, LongTextField, Prompt, VersionMixin
from escalation.templatetags.words import ago

Fields = dict[str, forms.Field]


@dataclass(frozen=True)
class Section:
    """Some fields of a page under one heading; folded away when they are rarely needed."""

    legend: str
    fields: list[BoundField]
    folded: bool = False
    open: bool = False


class StepForm(FormTokenMixin, VersionMixin, EscalationForm):
    """The form of one step, asked of the person of a look.

    A subclass gives its fields (`asked`), what they begin with (`fill`), the call of its action (`act`) and what is
    said afterwards (`said`). Nothing here asks the database unless the page is drawn.
    """

    send: ClassVar[str] = "Save"
    #: Whether sending it ends the case: the button warns.
    grave: ClassVar[bool] = False
    #: Whether the version of the case is checked: true for moves, false for what only adds to the record.
    moves: ClassVar[bool] = True
    #: The step of the procedure's tips that fits; without one, those of the stage.
    tip: ClassVar[str] = ""
    #: What of the record is shown above the questions, because it is what they are about.
    reads: ClassVar[tuple[Kind, ...]] = ()

    def __init__(self, look: Look, data: Any = None) -> None:
        self.look = look
        super().__init__(data, initial={"version": look.case.version})
        self.prompts = self.guidance()  # type: ignore[misc]

    @property
    def case(self) -> Case:
        return self.look.case

    @property
    def procedure(self) -> Procedure:
        return self.case.definition

    @property
    def rung(self) -> Rung:
        return self.case.rung

    def button(self) -> str:
        """Return the words of the button that sends the form: what happens."""
        return self.send

    def asked(self) -> Fields:
        """Return the questions in order; they and their words follow the procedure of the case."""
        return {}

    def guidance(self) -> dict[str, Prompt]:
        """Return the one sentence of guidance of this page, under the name of its field (G11)."""
        return {}

    def fill(self, record: Record) -> dict[str, Any]:
        """Return what the fields begin with, out of the case."""
        return {}

    def obstacle(self) -> str:
        """Return why nobody could send this form now, though the rule allows the step; "" when they can."""
        return ""

    def act(self, audit: Audit) -> None:
        """Call the action with the cleaned answers. Raises what the action raises."""
        raise NotImplementedError

    def said(self) -> str:
        """Return what happened and who was told, without a fact about the child."""
        raise NotImplementedError

    @property
    def asks_something(self) -> bool:
        """Return whether there is anything to fill in."""
        return any(not field.widget.is_hidden for field in self.fields.values())

    def sections(self) -> list[Section]:
        """Return the fields in the order in which they are drawn."""
        return [Section("", self.shown(self.fields))]

    def in_order(self) -> list[str]:
        """Return the names of the fields as the sections draw them; one inside a choice comes with its choice."""
        drawn = [bf.name for section in self.sections() for bf in section.fields]
        place, last = {}, 0
        for name in self.fields:
            last = place[name] = drawn.index(name) if name in drawn else last
        return sorted(self.fields, key=place.__getitem__)

    def shown(self, names: Iterable[str]) -> list[BoundField]:
        """Return these fields, without hidden ones and those drawn inside a choice."""
        return [self[n] for n in names if n not in self.revealed and not self.fields[n].widget.is_hidden]

    def starting(self, prefix: str) -> list[str]:
        """Return the names of the fields that begin so."""
        return [name for name in self.fields if name.startswith(prefix)]

    def nested(self, prefix: str) -> dict[str, Any]:
        """Return the answers of the fields that begin so, by the rest of their names; empty ones are left out."""
        found = {name.removeprefix(prefix): self.cleaned_data.get(name) for name in self.starting(prefix)}
        return {key: value for key, value in found.items() if value not in (None, "", [])}

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

    @cached_property
    def do_and_avoid(self) -> Tip | None:
        """Return the do and avoid pair that fits this step (PK12)."""
        for step in (self.tip, self.case.current_stage.state, "record"):
            if found := self.procedure.tips_for(step):
                return found[0]
        return None

    def prompt(self, text: str, table: Declared | None = None) -> Prompt:
        """Return a sentence of the procedure as a prompt, with the document it comes from."""
        return Prompt(text, *where(self.procedure, text, table or self.procedure.words))


class Moving(StepForm):
    """A step that takes the case on: the situation now is asked (G20), and the raiser hears of it (G21)."""

    asks_situation: ClassVar[bool] = True

    def closing(self) -> Fields:
        """Return the questions that stand at the end of every move."""
        found: Fields = {}
        if self.asks_situation:
            found["situation"] = situation_field()
        if not self.look.is_raiser:
            found["feedback"] = feedback_field()
        return found

    def fill(self, record: Record) -> dict[str, Any]:
        """Begin with the situation as last written, as long as it is not out of date."""
        latest = record.latest(Kind.SITUATION)
        if not self.asks_situation or latest is None or "situation" not in self.fields:
            return {}
        text, at = str(latest.texts.get("situation", "")), latest.written_at
        if self.look.at < stale_at(self.case, at):
            self.fields[
                "situation"
            ].help_text = f"As it was written {ago(at, self.look.at)}. Change what has changed."
            return {"situation": text}
        self.fields[
            "situation"
        ].help_text = (
            f"What was written {ago(at, self.look.at)} is too old now. Write it afresh. It was: “{text}”"
        )
        return {}

    def told(self) -> Mapping[str, str]:
        """Return the situation and the feedback as the actions take them."""
        given = self.cleaned_data
        found = {"feedback": given.get("feedback") or ""}
        if self.asks_situation:
            found["situation"] = given.get("situation") or ""
        return found


def situation_field() -> LongTextField:
    """Return the question how the child is now, asked at every move (G20)."""
    return LongTextField(
        label="How is the child now?",
        help_text="What you know today: where the child is, who sees the child, what has changed.",
        rows=4,
        missing="Say how the child is now",
    )


def feedback_field() -> LongTextField:
    """Return the question what the raiser is told; required of everybody else who takes a stage on (G21)."""
    return LongTextField(
        label="What do you tell the person who raised it?",
        help_text="Say what was done, what was not done, and why. They are asked to say that they have read it.",
        rows=4,
        missing="Say what you tell the person who raised it",
    )


def stale_at(case: Case, written_at: datetime) -> datetime:
    """Return the instant from which a situation written then is too old for this case's urgency (G20)."""
    procedure = in_force(case.procedure, case.partnership)
    return until_stale(procedure, case.urgency, written_at, calendar_of(case.partnership)).at
