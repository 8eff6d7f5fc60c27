"""Forms of advice: a question to the designated lead of one’s own agency, and the answer (G23)."""

from __future__ import annotations

from cases.actions import talking
from cases.audit import Audit
from cases.forms.base import Fields, StepForm
from cases.models.entry import Kind
from escalation.forms import LongTextField, Prompt


class AskAdviceForm(StepForm):
    """A question to the designated lead of one's own agency; the case stays where it is (G23)."""

    send = "Ask for advice"
    moves = False

    def asked(self) -> Fields:
        return {
            "question": LongTextField(
                label="What do you want to ask?",
                help_text="Your lead can read this case from now on. The next step stays with whoever has it.",
                missing="Write your question",
            )
        }

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"question": self.prompt(words.speak_up or words.paramount)}

    def act(self, audit: Audit) -> None:
        talking.ask_advice(self.case, by=self.look.user, audit=audit, question=self.cleaned_data["question"])

    def said(self) -> str:
        return f"Your {self.procedure.role_label('designated_lead')} has been asked and told by when."


class GiveAdviceForm(StepForm):
    """The designated lead's answer (G23)."""

    send = "Give this advice"
    moves = False
    reads = (Kind.ADVICE_REQUEST,)

    def asked(self) -> Fields:
        return {
            "advice": LongTextField(
                label="What do you advise?",
                help_text="Both sides can read it. The decision stays with whoever has the next step.",
                rows=7,
                missing="Write your advice",
            )
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"advice": self.prompt(self.procedure.words.paramount)}

    def act(self, audit: Audit) -> None:
        talking.give_advice(self.case, by=self.look.user, audit=audit, advice=self.cleaned_data["advice"])

    def said(self) -> str:
        return "Your advice is in the record. Whoever asked for it has been told."
