"""Forms of going up the ladder: the intention notice, the escalation with its brief, passing over a stage."""

from __future__ import annotations

from typing import Any

from cases import briefs
from cases.actions import climbing
from cases.audit import Audit
from cases.briefs import brief_parts
from cases.forms.area_questions import CHECKS, Entering
from cases.forms.base import Fields, Moving, Section
from cases.procedures.parts import BriefPart
from cases.procedures.rungs import Rung
from cases.reading import Record
from escalation.forms import ChoiceCards, LongTextField, Prompt, YesNoField

NOTHING_YET = "Nothing could be taken from the record for this yet."
BUILT = "Made from what was written before. Add what is missing."


class IntentionForm(Moving):
    """The notice to the other side, before going up (G15)."""

    send = "Tell them"
    tip = "escalate"

    def asked(self) -> Fields:
        return {
            "message": LongTextField(
                label="What do you tell the other side?",
                help_text="Why you mean to take it further, and what would still settle it between you.",
                missing="Write what you tell the other side",
            )
        }

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"message": self.prompt(words.speak_up or words.paramount)}

    def fill(self, record: Record) -> dict[str, Any]:
        return {}

    def act(self, audit: Audit) -> None:
        climbing.notify_intention(
            self.case, by=self.look.user, audit=audit, message=self.cleaned_data["message"]
        )

    def said(self) -> str:
        return "The other side has been told. You can take it to the next stage now, or settle it still."


class _Upward(Moving):
    """What every way up asks: the brief, what was tried below, how the child is now, word to the raiser."""

    tip = "escalate"

    @property
    def parts(self) -> tuple[BriefPart, ...]:
        return brief_parts(self.case)

    @property
    def part_of_steps(self) -> str:
        """Return the key of the brief's part that already says what was tried; "" when there is none."""
        return next((p.key for p in self.parts if p.built_from == "steps"), "")

    def brief_fields(self) -> Fields:
        """Return the parts of the brief, and what was tried below where no part of the brief says it (G17)."""
        fields: Fields = {
            f"brief_{part.key}": LongTextField(
                label=part.question,
                help_text=part.hint or (self.tried if part.key == self.part_of_steps else ""),
                max_length=12000,
                rows=6,
                missing=f"Answer “{part.question}”",
            )
            for part in self.parts
        }
        if not self.part_of_steps:
            fields["tried"] = LongTextField(
                label=self.tried,
                help_text="Who spoke with whom, when, and what came of it.",
                max_length=12000,
                rows=6,
                missing="Say what was tried before",
            )
        return fields

    @property
    def tried(self) -> str:
        return self.rung.tried_below_question or "What was tried on the stages below?"

    def fill(self, record: Record) -> dict[str, Any]:
        """Begin with the brief as it was built from the case (G19), and say where the record holds nothing."""
        built = {f"brief_{key}": text for key, text in briefs.build(record).items()}
        for name, text in built.items():
            if not self.fields[name].help_text:
                self.fields[name].help_text = BUILT if text else NOTHING_YET
        if not self.part_of_steps:
            built["tried"] = briefs.what_was_tried(record)
        return super().fill(record) | built

    def handed_up(self) -> dict[str, Any]:
        """Return the brief and what was tried, as the actions take them."""
        given, key = self.cleaned_data, self.part_of_steps
        return {
            "brief": self.nested("brief_"),
            "tried": given[f"brief_{key}"] if key else given["tried"],
            **self.told(),
        }

    @property
    def brief_names(self) -> list[str]:
        return [*self.starting("brief_"), *(["tried"] if "tried" in self.fields else [])]


class EscalateForm(Entering, _Upward):
    """To the next stage, with the brief built from the case (G15, G17, G19, G20, G21)."""

    def button(self) -> str:
        return f"Take it to {self.target.label} and tell them" if self.target else "Take it further"

    @property
    def first(self) -> bool:
        """Return whether it leaves the first rung, where people ask themselves four questions before (PK10)."""
        return self.case.current_stage.rung_key == self.procedure.ladder[0]

    def asked(self) -> Fields:
        words, stage = self.procedure.words, self.case.current_stage
        fields: Fields = {}
        if self.rung.intention_notice and stage.notice_at is None:
            fields["no_notice_why"] = LongTextField(
                label="Why was the other side not told first?",
                help_text="There is danger today, so you may go on. Say why, and tell them as soon as you can.",
                rows=3,
                missing="Say why the other side was not told first",
            )
        fields |= self.check_fields()
        fields |= self.brief_fields()
        fields["threshold"] = LongTextField(
            label=words.threshold_question,
            help_text=words.threshold_hint,
            missing=f"Answer “{words.threshold_question}”",
        )
        fields |= self.closing()
        if self.first:
            for question in self.procedure.self_check:
                fields[f"check_{question.key}"] = YesNoField(
                    label=question.question,
                    help_text=question.hint,
                    required=self.case.urgency != "immediate",
                    missing=f"Choose yes or no: “{question.question}”",
                )
        return fields

    def guidance(self) -> dict[str, Prompt]:
        return {"threshold": self.prompt(self.procedure.words.unresolved)}

    def sections(self) -> list[Section]:
        checks = self.starting("check_")
        return [
            Section("", self.shown([n for n in ("no_notice_why", CHECKS) if n in self.fields])),
            Section("Questions to ask yourself first", self.shown(checks)),
            Section(
                "Your brief, made from the record. Mend what needs mending", self.shown(self.brief_names)
            ),
            Section("Why now", self.shown(["threshold", *self.closing()])),
        ]

    def fill(self, record: Record) -> dict[str, Any]:
        return super().fill(record) | {"threshold": briefs.threshold(record)}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        self.ask_for_checks(given)
        return given

    def act(self, audit: Audit) -> None:
        checks = {key: "yes" if value else "no" for key, value in self.nested("check_").items()}
        climbing.escalate(
            self.case,
            by=self.look.user,
            audit=audit,
            threshold=self.cleaned_data["threshold"],
            no_notice_why=self.cleaned_data.get("no_notice_why") or "",
            self_check=checks or None,
            confirmed=self.confirmed(),
            **self.handed_up(),
        )

    def said(self) -> str:
        where = f"{self.target.label}: {self.target.title}" if self.target else "the next stage"
        return f"It has gone to {where}. Whoever acts there and both practitioners have been told."


class SkipForm(_Upward):
    """Past a stage, in danger today only, with the reason (X6)."""

    send = "Pass over the stage and tell them"

    @property
    def above(self) -> list[Rung]:
        """Return the stages that can be reached by passing over one."""
        return list(self.case.rungs_above[1:])

    def asked(self) -> Fields:
        return {
            "target": ChoiceCards(
                label="Which stage should it go to?",
                choices=[(r.key, f"{r.label}: {r.title}") for r in self.above],
                missing="Choose the stage it should go to",
            ),
            "reason": LongTextField(
                label="Why can the stage between not wait?",
                help_text="This stands in the record. If a child is in danger now, ring first.",
                rows=3,
                missing="Say why the stage between cannot wait",
            ),
            **self.brief_fields(),
            **self.closing(),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"reason": self.prompt(self.procedure.words.paramount)}

    def sections(self) -> list[Section]:
        return [
            Section("", self.shown(["target", "reason"])),
            Section(
                "Your brief, made from the record. Mend what needs mending", self.shown(self.brief_names)
            ),
            Section("The child", self.shown(self.closing())),
        ]

    def act(self, audit: Audit) -> None:
        climbing.skip(
            self.case,
            by=self.look.user,
            audit=audit,
            target=self.cleaned_data["target"],
            reason=self.cleaned_data["reason"],
            **self.handed_up(),
        )

    def said(self) -> str:
        where = self.procedure.rung(self.cleaned_data["target"])
        return f"It has gone to {where.label}: {where.title}. Whoever acts there and both practitioners have been told."
