"""Forms of a concern about an agency: raising it, deciding, following it up (WO05)."""

from __future__ import annotations

from typing import Any

from accounts.models import Agency, User
from cases.actions import raising
from cases.audit import Audit
from cases.concerns import ConcernLook
from cases.forms.aside import Asked, Versioned
from cases.forms.base import Fields
from cases.models import AgencyConcern
from cases.procedures.beside import Concerns
from cases.procedures.vocabulary import FAMILY_WORDS
from escalation.forms import ChoiceCards, DayField, LongTextField, ManyCards


class RaiseForm(Asked):
    """What was noticed about how another agency works."""

    send = "Send this to your designated lead"

    def __init__(self, user: User, laid: Concerns, data: Any = None) -> None:
        self.user, self.laid = user, laid
        self.made: AgencyConcern | None = None
        super().__init__(data)

    def asked(self) -> Fields:
        others = Agency.objects.filter(partnership_id=self.user.agency.partnership_id)
        choices = others.exclude(pk=self.user.agency_id).order_by("name").values_list("pk", "name")
        return {
            "about": ChoiceCards(
                label="Which agency is it about?",
                choices=[(str(pk), name) for pk, name in choices],
                missing="Choose the agency it is about",
            ),
            "families": ManyCards(
                label="What kind of concern is it?",
                help_text="Choose all that fit.",
                choices=list(FAMILY_WORDS.items()),
                missing="Choose at least one kind",
            ),
            "words": LongTextField(
                label="What have you noticed?",
                help_text=self.laid.hint,
                rows=8,
                count=True,
                missing="Say what you have noticed",
            ),
        }

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        self.made = raising.raise_concern(
            by=self.user,
            about=Agency.objects.get(pk=int(given["about"])),
            families=given["families"],
            words=given["words"],
            audit=audit,
        )

    def said(self) -> str:
        return "Your designated lead has been told. What comes of it stands here."


class ConcernForm(Versioned):
    """A form about one concern, for the lead to whom it came."""

    def __init__(self, look: ConcernLook, data: Any = None) -> None:
        self.look = look
        super().__init__(data, initial={"version": look.concern.version})

    @property
    def laid(self) -> Concerns | None:
        return self.look.concern.procedure.definition.concerns


class DecideForm(ConcernForm):
    """What is done about it, why, what the raiser is told, and when it is looked at again."""

    send = "Record this decision and tell the person who raised it"

    def asked(self) -> Fields:
        return {
            "decision": ChoiceCards(
                label="What do you decide?",
                choices=[(d.key, d.label) for d in (self.laid.decisions if self.laid else ())],
                missing="Choose what you decide",
            ),
            "reasons": LongTextField(
                label="Why?", help_text="For you and those who cover for you.", missing="Say why"
            ),
            "told": told_field(),
            "follow_up_on": DayField(
                label="When will you look at it again?",
                help_text="Leave it empty if this ends it.",
                noun="The day to look again",
                future=True,
                required=False,
            ),
        }

    def act(self, audit: Audit) -> None:
        raising.decide(self.look.concern, by=self.look.user, audit=audit, **self.answers())

    def answers(self) -> dict[str, Any]:
        """Return the answers as the action takes them."""
        return {name: self.cleaned_data[name] for name in ("decision", "reasons", "told", "follow_up_on")}

    def said(self) -> str:
        return "The decision is kept. The person who raised it has been told."


class FollowUpForm(ConcernForm):
    """What came of the decision."""

    send = "Save this and tell the person who raised it"

    def asked(self) -> Fields:
        return {
            "came_of_it": LongTextField(
                label="What came of it?",
                help_text="What you agreed, and what you did not.",
                missing="Say what came of it",
            ),
            "told": told_field(),
            "again_on": DayField(
                label="When will you look at it again?",
                help_text="Leave it empty if this ends it.",
                noun="The day to look again",
                future=True,
                required=False,
            ),
        }

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        raising.follow_up(
            self.look.concern,
            by=self.look.user,
            audit=audit,
            came_of_it=given["came_of_it"],
            told=given["told"],
            again_on=given["again_on"],
        )

    def said(self) -> str:
        return "It is kept. The person who raised it has been told."


def told_field() -> LongTextField:
    """Return the question what the raiser is told."""
    return LongTextField(
        label="What do you tell the person who raised it?",
        help_text="What was done, what was not, and why.",
        rows=4,
        missing="Say what you tell them",
    )
