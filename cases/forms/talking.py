"""Forms of what is said and written on any stage: contact, meeting, position, common ground, update."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from cases.actions import talking
from cases.audit import Audit
from cases.forms.base import Fields, Section, StepForm
from cases.models.entry import Kind, Visibility
from cases.models.participation import Side
from cases.procedures.parts import Prompt as AgendaItem
from cases.reading import Record
from escalation.forms import ChoiceCards, LongTextField, Prompt, ShortTextField, WhenField, YesNoField
from escalation.forms.clocks import LONDON

WHERE_HELD = "Say where your agency holds it. Nothing is uploaded here."
#: Items of an agenda that the record of a meeting keeps under a name of its own, whatever the stage.
ITEM_NAMED = {"held_back": "held_back", "way_forward": "agreed", "next_steps": "agreed"}


def today(at: datetime) -> list[str]:
    """Return the boxes of a day and time with the day of an instant filled in and the time left to the writer."""
    local = at.astimezone(LONDON)
    return [str(local.day), str(local.month), str(local.year), ""]


class _Talk(StepForm):
    """What a contact and a meeting share: when, how and with whom."""

    moves = False
    tip = "record"

    def how_and_who(self, who: str, hint: str, missing: str) -> Fields:
        """Return the questions when, how and with whom."""
        return {
            "happened_at": WhenField(
                label="When was it?",
                noun="Date and time",
                past=True,
                missing="Enter the date and time it happened",
            ),
            "method": ChoiceCards(
                label="How?",
                choices=[(m.key, m.label) for m in self.procedure.contact_methods],
                missing="Choose how it took place",
            ),
            "people": ShortTextField(label=who, help_text=hint, missing=missing),
        }

    def fill(self, record: Record) -> dict[str, Any]:
        return {"happened_at": today(self.look.at)}

    def when_how_who(self) -> dict[str, Any]:
        """Return the answers to these as the actions take them."""
        return {name: self.cleaned_data[name] for name in ("happened_at", "method", "people")}


class ContactForm(_Talk):
    """An attempt to speak, or a talk, with the other side (G09)."""

    send = "Add this to the record"

    def asked(self) -> Fields:
        return {
            **self.how_and_who(
                "With whom?",
                "Names and what they do. Write it down even if nobody answered.",
                "Say who it was with",
            ),
            "reached": YesNoField(
                label="Did you speak with them?",
                no={"label": "No, I could not reach them"},
                missing="Say whether you spoke with them",
            ),
            "discussed": LongTextField(
                label="What was said?",
                help_text="What you told them, and what they told you. If you could not reach them, say so.",
                missing="Say what was said, or that nobody answered",
            ),
            "result": LongTextField(
                label="What came of it?",
                help_text="What you agreed, and what you did not.",
                required=False,
                rows=3,
            ),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"discussed": self.prompt(self.procedure.words.record)}

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        talking.record_contact(
            self.case,
            by=self.look.user,
            audit=audit,
            reached=given["reached"],
            discussed=given["discussed"],
            result=given["result"],
            **self.when_how_who(),
        )

    def said(self) -> str:
        return "The contact is in the record, where both sides can read it."


class MeetingForm(_Talk):
    """A meeting by the agenda of the stage: who came, each view, what was agreed, who holds the record (G10, G28)."""

    send = "Add this to the record"
    mark_optional = False  # the headings say it once for all

    @property
    def agenda(self) -> tuple[AgendaItem, ...]:
        return self.rung.meeting_agenda

    def asked(self) -> Fields:
        hint = "Names and what they do, and who could not come."
        fields = self.how_and_who("Who was there?", hint, "Say who was there")
        named = set()
        for item in self.agenda:
            name = ITEM_NAMED.get(item.key, "")
            key = name if name and name not in named else f"note_{item.key}"
            named.add(key)
            fields[key] = LongTextField(
                label=item.heading, help_text=item.prompt, rows=3, required=False, max_length=6000
            )
        if not self.agenda:
            fields["note_talk"] = LongTextField(
                label="What was said?", help_text="Each view in turn.", required=False
            )
        if "agreed" not in named:
            fields["agreed"] = LongTextField(
                label="What was agreed?", help_text="Who does what, by when.", rows=3, required=False
            )
        if "held_back" not in named:
            fields["held_back"] = LongTextField(
                label="Did anybody not speak, or hold back?",
                help_text="Silence is no agreement. Say who, not why.",
                rows=2,
                required=False,
            )
        fields["record_holder"] = ShortTextField(
            label="Where are the minutes held?",
            help_text="For example: the child’s record at the health centre. " + WHERE_HELD,
            required=False,
        )
        return fields

    def guidance(self) -> dict[str, Prompt]:
        text = self.procedure.words.speak_up or self.procedure.words.record
        return {"people": self.prompt(text)}

    def sections(self) -> list[Section]:
        first, last = ("happened_at", "method", "people"), ("record_holder",)
        middle = [name for name in self.fields if name not in first + last]
        return [
            Section("", self.shown(first)),
            Section("What was said: fill in what came up", self.shown(middle)),
            Section("The minutes, if there are any", self.shown(last)),
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        notes = [n for n in self.fields if n.startswith("note_") or n in ("agreed", "held_back")]
        if not any(given.get(name) for name in notes) and not self.errors:
            self.add_error(notes[0], "Write down what was said: at least one of these boxes")
        return given

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        talking.record_meeting(
            self.case,
            by=self.look.user,
            audit=audit,
            notes=self.nested("note_"),
            agreed=given["agreed"],
            held_back=given["held_back"],
            record_holder=given["record_holder"],
            **self.when_how_who(),
        )

    def said(self) -> str:
        return "The meeting is in the record. Whoever holds the case has been told."


class PositionForm(StepForm):
    """One side's position, in its own words, part by part (G12). The concern it answers stands above the questions."""

    reads = (Kind.CONCERN,)
    send = "Give this position"
    moves = False
    tip = "position"

    def asked(self) -> Fields:
        return {
            f"position_{part.key}": LongTextField(
                label=part.heading,
                help_text=part.prompt,
                rows=4,
                missing=f"Write something under “{part.heading}”: a sentence is enough",
            )
            for part in self.procedure.position_prompts
        }

    def guidance(self) -> dict[str, Prompt]:
        first = self.procedure.position_prompts[0]
        return {f"position_{first.key}": self.prompt(self.procedure.words.record)}

    def fill(self, record: Record) -> dict[str, Any]:
        """Begin with what one's own side has said; the other side's position is never shown here."""
        side = self.look.speaking_as(self.case.holder_id, self.case.stand_in_id).side
        own = record.latest(Kind.POSITION, side=Side(side))
        given: dict[str, str] = own.texts.get("position", {}) if own else {}
        return {f"position_{key}": text for key, text in given.items()}

    def act(self, audit: Audit) -> None:
        talking.give_position(self.case, by=self.look.user, audit=audit, position=self.nested("position_"))

    def said(self) -> str:
        return (
            "Your side’s position is in the record, and whoever holds the case has been told. "
            "Each side can read the other’s once both are given."
        )


class CommonGroundForm(StepForm):
    """Agreed, disputed and missing facts, and the one question to decide (G12)."""

    send = "Save this for both sides"
    moves = False
    tip = "position"
    reads = (Kind.POSITION,)

    def asked(self) -> Fields:
        optional: dict[str, Any] = {"required": False, "rows": 4}
        return {
            "agreed_facts": LongTextField(
                label="What do both sides agree on?",
                help_text="Facts both of you would sign, one a line.",
                **optional,
            ),
            "disputed_facts": LongTextField(
                label="What is disputed?", help_text="Facts first, then how each side sees them.", **optional
            ),
            "missing_facts": LongTextField(
                label="What does nobody know yet?", help_text="And who could find out.", **optional
            ),
            "question": LongTextField(
                label="What is the one question to decide for the child?",
                help_text="If this were answered, the rest would follow.",
                required=False,
                rows=2,
            ),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"agreed_facts": self.prompt(self.procedure.words.paramount)}

    def fill(self, record: Record) -> dict[str, Any]:
        ground = record.latest(Kind.COMMON_GROUND)
        texts = ground.texts if ground else {}
        return {
            "agreed_facts": texts.get("agreed", ""),
            "disputed_facts": texts.get("disputed", ""),
            "missing_facts": texts.get("missing", ""),
            "question": texts.get("question", ""),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not any(given.get(name) for name in self.asked()) and not self.errors:
            self.add_error("agreed_facts", "Fill in at least one of these boxes")
        return given

    def act(self, audit: Audit) -> None:
        given = {name: self.cleaned_data[name] for name in self.asked()}
        talking.set_common_ground(self.case, by=self.look.user, audit=audit, **given)

    def said(self) -> str:
        return "It stands on the case page now, where both sides can read it."


#: Who may read an entry, in the words of the form (Visibility).
AUDIENCES = [
    (Visibility.SHARED.value, "Everybody in the case"),
    (Visibility.OWN_AGENCY.value, "My agency only"),
    (Visibility.DECIDERS.value, "Those who decide"),
]


class UpdateForm(StepForm):
    """New information, for everybody who has something to do here (G21)."""

    send = "Add this and tell them"
    moves = False
    tip = "record"
    reads = (Kind.SITUATION,)

    def asked(self) -> Fields:
        return {
            "update": LongTextField(
                label="What is new?",
                help_text="Facts first: what you saw or heard, from whom.",
                required=False,
            ),
            "happened_at": WhenField(
                label="When did it happen?", noun="Date and time", past=True, required=False
            ),
            "audience": forms.ChoiceField(
                label="Who may read it?",
                choices=AUDIENCES,
                initial=Visibility.SHARED,
                required=False,
                widget=forms.RadioSelect,
                help_text="What the other side needs to keep the child safe is for everybody.",
            ),
            "situation": LongTextField(
                label="How is the child now?",
                help_text="What you know today: where the child is, who sees the child. It takes the place of what "
                "was written before, and everybody in this case may read it.",
                rows=4,
                required=False,
            ),
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not {"update", "situation"} & self.errors.keys() and not (
            cleaned.get("update") or cleaned.get("situation")
        ):
            self.add_error("update", "Say what is new, or how the child is now")
        return cleaned

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"update": self.prompt(words.feedback or words.record)}

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        talking.give_update(
            self.case,
            by=self.look.user,
            audit=audit,
            update=given["update"],
            happened_at=given["happened_at"],
            visibility=Visibility(given.get("audience") or Visibility.SHARED),
            situation=given["situation"],
        )

    def said(self) -> str:
        given = self.cleaned_data
        if not given["situation"] and (given.get("audience") or Visibility.SHARED) != Visibility.SHARED:
            return "It is in the record for those who may read it. Nobody has been told."
        return "It is in the record, and everybody who has something to do here has been told."
