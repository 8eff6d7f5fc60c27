"""Forms of settling and ending: agreement, two views, determination, the committee, referral, withdrawal, diversion."""

from __future__ import annotations

from typing import Any

from cases.actions import settling
from cases.audit import Audit
from cases.briefs import text_of
from cases.forms.action_rows import WithActions
from cases.forms.area_questions import WithQuestions
from cases.forms.base import Fields, Moving, Section, StepForm
from cases.models.entry import Kind
from cases.reading import Record
from escalation.forms import Choice, ChoiceCards, DayField, LongTextField, ManyCards, Prompt
from escalation.forms.clocks import LONDON

CHECKED_BACK = "Both practitioners and their managers have been told, and both sides are asked to check back."


class AgreeForm(WithQuestions, WithActions):
    """An agreement with its actions and the stage's checklist (G24)."""

    send = "Record this agreement and tell them"

    def asked(self) -> Fields:
        fields: Fields = {
            "agreement": LongTextField(
                label="What have you agreed?",
                help_text="So that somebody who was not there understands it in the same way.",
                missing="Say what you have agreed",
            ),
            **self.action_fields(),
        }
        if self.rung.checklist_on_resolve:
            fields["checklist"] = ManyCards(
                label="What has been done already?",
                help_text="Tick what is done. It stands in the record with the agreement.",
                choices=[(item.key, item.label) for item in self.rung.checklist_on_resolve],
                required=False,
            )
        return fields | self.question_fields() | self.closing()

    def guidance(self) -> dict[str, Prompt]:
        return {"agreement": self.prompt(self.procedure.words.resolved)}

    def sections(self) -> list[Section]:
        checklist = ["checklist"] if "checklist" in self.fields else []
        return [
            Section("", self.shown(["agreement"])),
            *self.action_sections(),
            Section("Before you send this", self.shown([*checklist, *self.question_names, *self.closing()])),
        ]

    def act(self, audit: Audit) -> None:
        settling.agree(
            self.case,
            by=self.look.user,
            audit=audit,
            agreement=self.cleaned_data["agreement"],
            actions=self.actions(),
            checklist=self.cleaned_data.get("checklist") or None,
            answers=self.answers(),
            **self.told(),
        )

    def said(self) -> str:
        return f"The agreement is in the record. {CHECKED_BACK}"


class AgreeToDifferForm(WithQuestions, Moving):
    """Two views are left standing where the risk allows it (G13)."""

    send = "Leave it at two views and tell them"

    def asked(self) -> Fields:
        question = self.procedure.agree_to_differ.question
        return {
            "risk": LongTextField(label=question, missing=f"Answer “{question}”"),
            **self.question_fields(),
            **self.closing(),
        }

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"risk": self.prompt(words.agree_to_differ or words.paramount)}

    def act(self, audit: Audit) -> None:
        settling.agree_to_differ(
            self.case,
            by=self.look.user,
            audit=audit,
            risk=self.cleaned_data["risk"],
            answers=self.answers(),
            **self.told(),
        )

    def said(self) -> str:
        return f"It is in the record that the two views stand. {CHECKED_BACK}"


class DetermineForm(WithQuestions, WithActions):
    """The determination: question, decision, reasons, actions, who is told. It is final (PK05)."""

    send = "Record this determination and tell them"
    reads = (Kind.BRIEF, Kind.SITUATION)

    def asked(self) -> Fields:
        return {
            "question": LongTextField(
                label="What is the question to decide?",
                help_text="One question about this child, which your decision answers.",
                rows=3,
                missing="Say what the question is",
            ),
            "decision": LongTextField(label="What is your decision?", missing="Say what you decide"),
            "reasons": LongTextField(
                label="What are your reasons?",
                help_text="The facts you went by, and what you weighed against each other.",
                rows=7,
                missing="Give your reasons",
            ),
            **self.action_fields(),
            "told": LongTextField(
                label="Who is told, by whom and when?",
                help_text="Think of the child and the family too.",
                rows=3,
                missing="Say who is told, by whom and when",
            ),
            **self.question_fields(),
            **self.closing(),
        }

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"decision": self.prompt(words.determination or words.paramount)}

    def fill(self, record: Record) -> dict[str, Any]:
        question = text_of(record, record.latest(Kind.COMMON_GROUND), "question")
        return super().fill(record) | {"question": question}

    def sections(self) -> list[Section]:
        return [
            Section("The determination", self.shown(["question", "decision", "reasons"])),
            *self.action_sections(),
            Section("To finish", self.shown(["told", *self.question_names, *self.closing()])),
        ]

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        settling.determine(
            self.case,
            by=self.look.user,
            audit=audit,
            question=given["question"],
            decision=given["decision"],
            reasons=given["reasons"],
            told=given["told"],
            actions=self.actions(),
            answers=self.answers(),
            **self.told(),
        )

    def said(self) -> str:
        return f"The determination is in the record. {CHECKED_BACK}"


class CommitteeOutcomeForm(WithQuestions, WithActions):
    """What the committee or the chief officers decided, with its date."""

    send = "Record this and tell them"
    reads = (Kind.REFERRAL,)

    def asked(self) -> Fields:
        return {
            "outcome_on": DayField(
                label="On which day was it decided?",
                noun="Day of the decision",
                past=True,
                missing="Enter the day of the decision",
            ),
            "outcome": LongTextField(label="What was decided, and why?", missing="Say what was decided"),
            **self.action_fields(),
            **self.question_fields(),
            **self.closing(),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"outcome": self.prompt(self.procedure.words.record)}

    def sections(self) -> list[Section]:
        return [
            Section("", self.shown(["outcome_on", "outcome"])),
            *self.action_sections(),
            Section("To finish", self.shown([*self.question_names, *self.closing()])),
        ]

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        settling.record_committee_outcome(
            self.case,
            by=self.look.user,
            audit=audit,
            outcome_on=given["outcome_on"],
            outcome=given["outcome"],
            actions=self.actions(),
            answers=self.answers(),
            **self.told(),
        )

    def said(self) -> str:
        return f"What was decided is in the record. {CHECKED_BACK}"


class ReferForm(Moving):
    """To the committee or the chief officers, with the day and the reason (PK05, X8)."""

    send = "Refer it and tell them"
    asks_situation = False

    def asked(self) -> Fields:
        return {
            "body": ChoiceCards(
                label="To whom is it referred?",
                choices=[(b.key, b.label) for b in self.procedure.referral_bodies],
                missing="Choose to whom it is referred",
            ),
            "referred_on": DayField(
                label="On which day?",
                noun="Day of the referral",
                past=True,
                missing="Enter the day of the referral",
            ),
            "reason": LongTextField(
                label="Why is it referred, and what is asked?",
                missing="Say why it is referred and what is asked",
            ),
            **self.closing(),
        }

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"reason": self.prompt(words.determination or words.paramount)}

    def fill(self, record: Record) -> dict[str, Any]:
        return {"referred_on": self.look.at.astimezone(LONDON).date()}

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        settling.refer(
            self.case,
            by=self.look.user,
            audit=audit,
            body=given["body"],
            referred_on=given["referred_on"],
            reason=given["reason"],
            feedback=self.told()["feedback"],
        )

    def said(self) -> str:
        body = self.procedure.referral_body(self.cleaned_data["body"]).label
        return f"It has been referred: {body}. Both practitioners and their managers have been told."


class WithdrawForm(StepForm):
    """The raiser ends it, and says why the child is safe (X7)."""

    send = "Withdraw it and tell everybody"
    grave = True

    def asked(self) -> Fields:
        return {
            "statement": LongTextField(
                label="Why do you withdraw it, and why is the child safe?",
                help_text="This is the closing statement. The record stays, and it can be raised anew.",
                missing="Say why you withdraw it and why the child is safe",
            )
        }

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"statement": self.prompt(words.speak_up or words.paramount)}

    def act(self, audit: Audit) -> None:
        settling.withdraw(self.case, by=self.look.user, audit=audit, statement=self.cleaned_data["statement"])

    def said(self) -> str:
        return "It has been withdrawn. Everybody who took part has been told."


class DivertForm(Moving):
    """It belongs to another procedure, named in the record (G05)."""

    send = "End it here and tell everybody"
    grave = True
    asks_situation = False

    def asked(self) -> Fields:
        routes = {q.diverts_to: Choice(q.diverts_to, q.signpost_title) for q in self.procedure.scope}
        return {
            "route": ChoiceCards(
                label="Where does it belong?",
                choices=[*routes.values(), Choice("agency_procedure", "The agency’s own procedure")],
                missing="Choose where it belongs",
            ),
            "reason": LongTextField(
                label="Why, and who takes it up there?",
                help_text="It ends here, so name who takes it up and by when.",
                missing="Say why, and who takes it up there",
            ),
            **self.closing(),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"reason": self.prompt(self.procedure.words.paramount)}

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        settling.divert(
            self.case,
            by=self.look.user,
            audit=audit,
            route=given["route"],
            reason=given["reason"],
            feedback=self.told()["feedback"],
        )

    def said(self) -> str:
        return "It has ended here. Everybody who took part has been told where it goes."
