"""Forms of what follows an outcome: feedback read, actions reported, both check backs, debrief, reopening."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.utils.functional import cached_property

from cases.actions import following
from cases.actions.following import still_missing
from cases.audit import Audit
from cases.forms.area_questions import back_fields
from cases.forms.base import Fields, Section, StepForm
from cases.forms.talking import WHERE_HELD, today
from cases.models import Action
from cases.models.entry import Kind
from cases.reading import Record
from escalation.forms import ChoiceCards, DayField, LongTextField, Prompt, WhenField, YesNoField
from escalation.forms.clocks import LONDON

OUTCOME = (Kind.AGREEMENT, Kind.DETERMINATION, Kind.COMMITTEE_OUTCOME, Kind.ACTION)


class AcknowledgeForm(StepForm):
    """The raiser has read the feedback, and may answer it (G21)."""

    send = "I have read this"
    moves = False
    reads = (Kind.FEEDBACK,)

    def asked(self) -> Fields:
        return {
            "reply": LongTextField(
                label="Is there anything you want to say to it?",
                help_text="It goes into the record and reaches whoever has the next step.",
                rows=4,
                required=False,
            )
        }

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"reply": self.prompt(words.feedback or words.record)}

    def act(self, audit: Audit) -> None:
        following.acknowledge(self.case, by=self.look.user, audit=audit, reply=self.cleaned_data["reply"])

    def said(self) -> str:
        if self.cleaned_data["reply"]:
            return (
                "It is in the record that you have read it. Your answer has reached whoever holds the case."
            )
        return "It is in the record that you have read it."


class ReportActionForm(StepForm):
    """An agreed action was done, with where the evidence is held, or was not, and why (G24)."""

    send = "Report this and tell them"
    moves = False
    tip = "record"

    @cached_property
    def mine(self) -> dict[str, Action]:
        """Return the open actions this person may report: their own, or all when they hold the case; one query."""
        rows = Action.objects.filter(case=self.case, status=Action.Status.OPEN).select_related(
            "entry", "owner"
        )
        return {str(a.pk): a for a in rows if self.look.is_me(a.owner_id) or self.look.is_holder}

    def asked(self) -> Fields:
        return {
            "action": ChoiceCards(
                label="Which action?",
                choices=[
                    (pk, f"{a.number}. {a.entry.texts.get('what', '')} ({a.owner.full_name})")
                    for pk, a in self.mine.items()
                ],
                missing="Choose the action",
            ),
            "done": YesNoField(
                label="Was it done?",
                yes={"label": "Yes, it was done"},
                no={"label": "No, it was not done"},
                missing="Choose whether it was done",
            ),
            "done_at": WhenField(
                label="When was it done, or when did it turn out that it is not?",
                noun="Date and time",
                past=True,
                missing="Enter the date and time",
            ),
            "evidence": LongTextField(
                label="What shows it? If it was not done: why not?",
                help_text=f"For a document: its name and date. {WHERE_HELD}",
                rows=4,
                missing="Say what shows that it was done, or why it was not",
            ),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"evidence": self.prompt(self.procedure.words.record)}

    def fill(self, record: Record) -> dict[str, Any]:
        only = next(iter(self.mine)) if len(self.mine) == 1 else None
        return {"action": only, "done_at": today(self.look.at)}

    def obstacle(self) -> str:
        return "" if self.mine else "There is no agreed action for you to report."

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        following.report_action(
            self.case,
            by=self.look.user,
            audit=audit,
            action=self.mine[given["action"]],
            done=given["done"],
            evidence=given["evidence"],
            done_at=given["done_at"],
        )

    def said(self) -> str:
        return "Your report is in the record. Whoever holds the case has been told."


class CheckUnderstoodForm(StepForm):
    """The first check back: is it understood in the same way as it is written? (G25)"""

    send = "Send this answer"
    moves = False
    reads = OUTCOME

    def asked(self) -> Fields:
        return {
            "answer": YesNoField(
                label=self.procedure.checkbacks.understood.question,
                no={
                    "hint": "It goes back to the stage where it was settled.",
                    "reveals": "words",
                },
                missing="Choose yes or no",
            ),
            **back_fields(self.rung.checks_back, "understood"),
            "words": LongTextField(
                label="What do you understand differently?",
                help_text="Say what you read, and what you thought was meant.",
                rows=4,
                missing="Say what you understand differently",
            ),
        }

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"answer": self.prompt(words.speak_up or words.paramount)}

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        following.check_understood(
            self.case,
            by=self.look.user,
            audit=audit,
            answer=given["answer"],
            also=self.nested("also_"),
            words=given["words"] or "",
        )

    def said(self) -> str:
        if self.cleaned_data["answer"]:
            return "Your answer is in the record. Whoever holds the case has been told."
        return "Your answer is in the record. It is open again, and both practitioners have been told."


class CheckDoneForm(StepForm):
    """The second check back: was it done in time, did it help the child, was each side heard? (G25, G36)"""

    send = "Send these answers"
    moves = False
    reads = (*OUTCOME, Kind.ACTION_DONE)

    @property
    def asked_as(self) -> str:
        return "raiser" if self.look.is_raiser else "counterpart"

    def asked(self) -> Fields:
        done = self.procedure.checkbacks.done
        reopens = {"hint": "It goes back to the stage where it was settled."}
        fields: Fields = {
            "answer": YesNoField(
                label=done.question, no=reopens, missing=f"Choose yes or no: “{done.question}”"
            ),
            "helped": YesNoField(
                label=done.helped_question or "Did it help the child?",
                no=reopens,
                missing="Choose whether it helped the child",
            ),
        }
        fields |= back_fields(self.rung.checks_back, "done")
        for question in self.procedure.closing_questions:
            if self.asked_as in question.asked_of:
                fields[f"closing_{question.key}"] = YesNoField(
                    label=question.question,
                    help_text=question.hint,
                    missing=f"Choose yes or no: “{question.question}”",
                )
        fields["words"] = LongTextField(
            label="What should be known about your answers?",
            help_text="If you answered no to one of the first two questions, say why.",
            rows=4,
            required=False,
        )
        return fields

    def guidance(self) -> dict[str, Prompt]:
        return {"helped": self.prompt(self.procedure.words.resolved)}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        said_no = given.get("answer") is False or given.get("helped") is False
        if said_no and not given.get("words") and "words" not in self.errors:
            self.add_error("words", "Say why you answered no")
        return given

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        closing = {key: "yes" if value else "no" for key, value in self.nested("closing_").items()}
        following.check_done(
            self.case,
            by=self.look.user,
            audit=audit,
            answer=given["answer"],
            helped=given["helped"],
            closing=closing or None,
            also=self.nested("also_"),
            words=given["words"],
        )

    def said(self) -> str:
        if self.cleaned_data["answer"] and self.cleaned_data["helped"]:
            return "Your answers are in the record. Whoever holds the case has been told."
        return "Your answers are in the record. It is open again, and both practitioners have been told."


class CloseForm(StepForm):
    """Debrief, what the family knows, what was learnt; then it is closed (G29, G30, X12)."""

    send = "Close it and tell them"

    def asked(self) -> Fields:
        family, learning = self.procedure.family_question, self.procedure.learning
        fields: Fields = {
            "debrief": LongTextField(
                label=self.procedure.debrief.question,
                rows=4,
                required=self.procedure.debrief.required,
                missing=f"Answer “{self.procedure.debrief.question}”",
            ),
            "debriefed_on": DayField(
                label="On which day was the last of these talks?",
                noun="Day of the talk",
                past=True,
                missing="Enter the day of the talk",
            ),
            "family": ChoiceCards(
                label=family.question,
                choices=[(o.key, o.label) for o in family.options],
                missing=f"Choose an answer: “{family.question}”",
            ),
            "family_words": LongTextField(
                label="Who told them, or why were they not told?",
                help_text=family.hint,
                rows=3,
                missing="Say who told the family, or why they were not told",
            ),
            "learning": LongTextField(
                label=learning.question, help_text=learning.hint, rows=4, required=False
            ),
        }
        if learning.routes:
            fields["learning_route"] = ChoiceCards(
                label="Where should that go?",
                choices=[(r.key, r.label) for r in learning.routes],
                required=False,
            )
        return fields

    def guidance(self) -> dict[str, Prompt]:
        return {"debrief": self.prompt(self.procedure.words.resolved)}

    def sections(self) -> list[Section]:
        learning = [name for name in ("learning", "learning_route") if name in self.fields]
        return [
            Section("The talk afterwards", self.shown(["debrief", "debriefed_on"])),
            Section("The family", self.shown(["family", "family_words"])),
            Section("What was learnt", self.shown(learning)),
        ]

    def obstacle(self) -> str:
        missing = still_missing(self.case)
        return "\n".join(["Before this can be closed:", *missing]) if missing else ""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        routed = given.get("learning_route") or "learning_route" not in self.fields
        if given.get("learning") and not routed and "learning_route" not in self.errors:
            self.add_error("learning_route", "Choose where the learning should go")
        return given

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        noon = datetime.combine(given["debriefed_on"], time(12), LONDON)
        following.close(
            self.case,
            by=self.look.user,
            audit=audit,
            debrief=given["debrief"],
            debriefed_on=min(noon, audit.at),
            family=given["family"],
            family_words=given["family_words"],
            learning=given["learning"],
            learning_route=given.get("learning_route") or "",
        )

    def said(self) -> str:
        return "It is closed. Both practitioners and their managers have been told."


class ReopenForm(StepForm):
    """Back to the stage where it was settled, with what is new (X7)."""

    send = "Reopen it and tell them"
    reads = (Kind.AGREEMENT, Kind.DETERMINATION, Kind.COMMITTEE_OUTCOME)

    def asked(self) -> Fields:
        return {
            "reason": LongTextField(
                label="Why must it be looked at again?",
                help_text="What is new, or what has not come about. It goes back to the stage where it was settled.",
                missing="Say why it must be looked at again",
            )
        }

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"reason": self.prompt(words.speak_up or words.paramount)}

    def act(self, audit: Audit) -> None:
        following.reopen(self.case, by=self.look.user, audit=audit, reason=self.cleaned_data["reason"])

    def said(self) -> str:
        return "It is open again. Both practitioners have been told."
