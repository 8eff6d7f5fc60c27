"""Forms of the manager's part: accepting, the view on the concern, and the ways past a refusal (G22, X4)."""

from __future__ import annotations

from typing import Any

from cases.actions import managing
from cases.audit import Audit
from cases.forms.area_questions import CHECKS, Entering
from cases.forms.base import Fields, Moving, Section, StepForm, feedback_field
from cases.models.entry import Kind
from cases.reading import Record
from escalation.forms import Choice, ChoiceCards, LongTextField, Prompt, YesNoField

THEY_DECIDE = "The person who raised it is told at once, and decides what happens then."


class AcceptForm(StepForm):
    """One press: everybody knows who has it."""

    send = "Accept this and tell them"
    reads = (Kind.BRIEF, Kind.SITUATION)

    def act(self, audit: Audit) -> None:
        managing.accept(self.case, by=self.look.user, audit=audit)

    def said(self) -> str:
        return "You have accepted this. The person who raised it has been told."


class ManagerViewForm(Entering):
    """Does the line manager support the concern, and why? Yes takes it on, no asks the raiser (G22)."""

    send = "Give your view and tell them"
    reads = (Kind.BRIEF, Kind.NEW_FACTS)

    def asked(self) -> Fields:
        following = self.case.next_rung
        onward = f"It goes on to {following.label}: {following.title}." if following else ""
        closing = self.closing()
        feedback = closing.pop("feedback")
        return {
            "discussion": LongTextField(
                label="What did the two of you talk through?",
                help_text=" ".join(item.prompt for item in self.rung.meeting_agenda),
                missing="Say what you talked through",
            ),
            "supports": YesNoField(
                label="Do you support the concern?",
                yes={"label": "Yes, I support it", "hint": onward, "reveals": "situation"},
                no={"label": "No, I do not support it", "hint": THEY_DECIDE},
                missing="Choose whether you support the concern",
            ),
            **closing,  # drawn under the yes it belongs to, so that errors stand in the order of the page
            **self.check_fields(required=False),
            "why": LongTextField(
                label="Why?",
                help_text="Your reasons. They stand in the record.",
                missing="Say why you support it, or why you do not",
            ),
            "feedback": feedback,
        }

    def sections(self) -> list[Section]:
        return [Section("", self.shown(self._in_order()))]

    def _in_order(self) -> list[str]:
        checks = [CHECKS] if CHECKS in self.fields else []
        return ["discussion", "supports", *checks, "why", "feedback"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("supports"):
            self.ask_for_checks(given)
        return given

    def closing(self) -> Fields:
        # Whoever gives the view is never the raiser; the word to them stands under the reasons.
        return {**super().closing(), "feedback": feedback_field()}

    def guidance(self) -> dict[str, Prompt]:
        words = self.procedure.words
        return {"discussion": self.prompt(words.speak_up or words.paramount)}

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        words = {name: given[name] for name in ("discussion", "why", "feedback")}
        if given["supports"]:
            managing.support(
                self.case,
                by=self.look.user,
                audit=audit,
                situation=given["situation"],
                confirmed=self.confirmed(),
                **words,
            )
        else:
            managing.decline(self.case, by=self.look.user, audit=audit, **words)

    def said(self) -> str:
        if self.cleaned_data["supports"]:
            return "Your view is in the record, and it goes on. Both practitioners have been told."
        return "Your view is in the record. The person who raised it has been told and says what happens now."


class DeclineForm(Moving):
    """A senior manager decides that it goes no further (PK03)."""

    send = "Decide this and tell them"
    asks_situation = False
    reads = (Kind.BRIEF, Kind.NEW_FACTS)

    def asked(self) -> Fields:
        return {
            "discussion": LongTextField(
                label="What did you talk through, and with whom?",
                help_text="The main points are enough.",
                required=False,
                rows=4,
            ),
            "why": LongTextField(
                label="Why should it not be taken further?",
                help_text=THEY_DECIDE,
                missing="Say why it should not be taken further",
            ),
            "feedback": feedback_field(),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"why": self.prompt(self.procedure.words.resolved)}

    def act(self, audit: Audit) -> None:
        words = {name: self.cleaned_data[name] for name in ("discussion", "why", "feedback")}
        managing.decline(self.case, by=self.look.user, audit=audit, **words)

    def said(self) -> str:
        return "Your decision is in the record. The person who raised it has been told and says what happens now."


class AnswerRefusalForm(StepForm):
    """The raiser's answer to a refusal: new facts, an independent view, or leaving it there (X4)."""

    send = "Go on with this"
    reads = (Kind.MANAGER_VIEW, Kind.INDEPENDENT_VIEW)

    def asked(self) -> Fields:
        lead = self.procedure.role_label(self.procedure.on_refusal.independent_view)
        ways = {
            "new_facts": Choice(
                "new_facts",
                "There are new facts",
                "The same manager looks at it again.",
                reveals="facts",
            ),
            "independent_view": Choice(
                "independent_view",
                "I ask for an independent view",
                f"A {lead} of your agency who has no part in it looks at it.",
                reveals="question",
            ),
            "accept": Choice(
                "accept", "I accept the answer", "The disagreement ends here.", reveals="statement"
            ),
        }
        may = self.procedure.on_refusal.raiser_may
        return {
            "way": ChoiceCards(
                label="What happens now?",
                help_text=self.procedure.on_refusal.signpost,
                choices=[choice for key, choice in ways.items() if key in may],
                missing="Choose what happens now",
            ),
            **{name: field for name, field in ANSWERS().items() if OF_WAY[name] in may},
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"way": self.prompt(self.procedure.on_refusal.words, self.procedure.on_refusal)}

    def act(self, audit: Audit) -> None:
        given, person = self.cleaned_data, self.look.user
        match given["way"]:
            case "new_facts":
                managing.bring_new_facts(self.case, by=person, audit=audit, facts=given["facts"])
            case "independent_view":
                managing.ask_independent_view(self.case, by=person, audit=audit, question=given["question"])
            case _:
                managing.accept_refusal(self.case, by=person, audit=audit, statement=given["statement"])

    def said(self) -> str:
        return {
            "new_facts": "Your new facts are in the record. Your manager has been asked to look again.",
            "independent_view": "An independent view has been asked for, with a day by which it is due.",
            "accept": "The disagreement has ended. Everybody who took part has been told.",
        }[self.cleaned_data["way"]]


#: The way that asks each question.
OF_WAY = {"facts": "new_facts", "question": "independent_view", "statement": "accept"}


def ANSWERS() -> dict[str, LongTextField]:
    """Return the question that each way asks."""
    return {
        "facts": LongTextField(
            label="What is new?",
            help_text="What was not known when the answer was no.",
            rows=4,
            missing="Say what is new",
        ),
        "question": LongTextField(
            label="What should be looked at?",
            help_text="One question is enough. The lead reads the rest in the record.",
            rows=4,
            missing="Say what should be looked at",
        ),
        "statement": LongTextField(
            label="Why is the child safe enough now?",
            help_text="What has changed for the child, or what you know now.",
            rows=4,
            missing="Say why the child is safe enough now",
        ),
    }


class IndependentViewForm(StepForm):
    """A designated lead who has no part in it says whether they support the concern (X4)."""

    send = "Give this view and tell them"
    reads = (Kind.VIEW_REQUEST, Kind.MANAGER_VIEW, Kind.BRIEF)

    def asked(self) -> Fields:
        return {
            "supports": YesNoField(
                label="Do you support the concern?",
                yes={"label": "Yes, I support it", "hint": "The next manager up takes it from here."},
                no={
                    "label": "No, I do not support it",
                    "hint": "The answer stands, and the person who raised it says what happens now.",
                },
                missing="Choose whether you support the concern",
            ),
            "view": LongTextField(
                label="What is your view, and why?",
                help_text="The person who raised it reads this.",
                rows=7,
                missing="Write your view",
            ),
        }

    def guidance(self) -> dict[str, Prompt]:
        return {"view": self.prompt(self.procedure.words.paramount)}

    def fill(self, record: Record) -> dict[str, Any]:
        return {}

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        managing.give_independent_view(
            self.case, by=self.look.user, audit=audit, supports=given["supports"], view=given["view"]
        )

    def said(self) -> str:
        if self.cleaned_data["supports"]:
            return "Your view is in the record. The person who raised it and the next manager have been told."
        return "Your view is in the record. The person who raised it has been told and says what happens now."
