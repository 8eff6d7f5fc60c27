"""Forms of a Re-think: asking, arranging, redirecting, calling off, and writing down what came of it (PO02 to PO05)."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from cases import rethinks
from cases.actions import rethinking
from cases.actions.rethinking import Arrangement, Held, NewAction, NewRethink
from cases.audit import Audit
from cases.forms.addresses import AddressesField
from cases.forms.aside import Asked, Versioned
from cases.forms.base import Fields, Section, StepForm
from cases.models import Invitation, ProcedureVersion, Rethink
from cases.procedures.beside import Rethink as Laid
from cases.rethinks import RethinkLook
from escalation.forms import (
    Choice,
    ChoiceCards,
    DayField,
    LongTextField,
    ManyCards,
    ShortTextField,
    WhenField,
    YesNoField,
)

ROWS = 4
LENGTHS = [("60", "1 hour"), ("90", "1 hour and a half"), ("120", "2 hours"), ("180", "3 hours")]


def ask_fields(laid: Laid, *, beside_a_case: bool) -> Fields:
    """Return the questions of somebody who asks for a Re-think."""
    fields: Fields = {}
    if not beside_a_case:
        fields["reason"] = ChoiceCards(
            label="Why do you ask for one?",
            missing="Choose why you ask for one",
            choices=[
                Choice("disagreement", "We see things differently", "There is a disagreement between us."),
                Choice("stuck", "The work is stuck", "Nobody disagrees, but little changes for the child."),
            ],
        )
    fields["about"] = LongTextField(
        label="What would you like to think through together?",
        help_text="Facts, in a few lines. No names: write “the child”. Everybody you invite can read this.",
        missing="Say what you would like to think through together",
        count=True,
    )
    for point in laid.considerations:
        fields[f"point_{point.key}"] = YesNoField(
            label=point.label, missing=f"Choose yes or no: “{point.label}”"
        )
    fields["considered_words"] = LongTextField(
        label="Anything to add to these answers?",
        help_text="Each answer is welcome. None of them stops you from asking.",
        rows=3,
        required=False,
    )
    fields["addresses"] = AddressesField(
        label="Email addresses of everybody you would like to be there",
        help_text="One a line. People without an account here can come too. Nothing is sent until a day is set.",
        missing="Enter the email address of at least one person",
        rows=6,
    )
    fields["when"] = ShortTextField(label="When would suit?", required=False)
    return fields


def new_rethink(given: dict[str, Any], laid: Laid, reason: str) -> NewRethink:
    """Return the cleaned answers as the action takes them."""
    return NewRethink(
        reason=reason,
        about=given["about"],
        considered={p.key: bool(given[f"point_{p.key}"]) for p in laid.considerations},
        considered_words=given["considered_words"],
        addresses=given["addresses"],
        when=given["when"],
    )


class AskForm(Asked):
    """Somebody asks for a Re-think that stands alone."""

    send = "Send this to the coordinator"

    def __init__(self, user: User, version: ProcedureVersion, data: Any = None) -> None:
        self.user, self.version, self.laid = user, version, rethinks.laid_down(version)
        self.made: Rethink | None = None
        super().__init__(data)

    def asked(self) -> Fields:
        return ask_fields(self.laid, beside_a_case=False)

    def sections(self) -> list[Section]:
        points = [name for name in self.fields if name.startswith("point_")]
        return [
            Section("", self.shown(["reason", "about"])),
            Section("Points to think of first", self.shown([*points, "considered_words"])),
            Section("Who and when", self.shown(["addresses", "when"])),
        ]

    def act(self, audit: Audit) -> None:
        new = new_rethink(self.cleaned_data, self.laid, self.cleaned_data["reason"])
        self.made = rethinking.ask(new, by=self.user, audit=audit, procedure=self.version)

    def said(self) -> str:
        return "The coordinator has been told and will get in touch with you about a day."


class AskBesideForm(StepForm):
    """Somebody of either side asks for one beside a case. Its timescales run on."""

    send = "Send this to the coordinator"
    moves = False

    @property
    def laid(self) -> Laid:
        return rethinks.laid_down(self.case.procedure)

    def asked(self) -> Fields:
        return ask_fields(self.laid, beside_a_case=True)

    def sections(self) -> list[Section]:
        return [
            Section("", self.shown(["about"])),
            Section("Points to think of first", self.shown([*self.starting("point_"), "considered_words"])),
            Section("Who and when", self.shown(["addresses", "when"])),
        ]

    def act(self, audit: Audit) -> None:
        rethinking.ask(
            new_rethink(self.cleaned_data, self.laid, Rethink.Reason.DISAGREEMENT),
            by=self.look.user,
            audit=audit,
            procedure=self.case.procedure,
            case=self.case,
        )

    def said(self) -> str:
        return "The coordinator has been told. What is due in this case stays due meanwhile."


class RethinkForm(Versioned):
    """A form about one Re-think, for the person of a look."""

    def __init__(self, look: RethinkLook, data: Any = None) -> None:
        self.look = look
        super().__init__(data, initial={"version": look.rethink.version, **self.begin()})

    @property
    def rethink(self) -> Rethink:
        return self.look.rethink

    def begin(self) -> dict[str, Any]:
        """Return what the fields begin with."""
        return {}


class ArrangeForm(RethinkForm):
    """The coordinator sets day, place, facilitator and who is invited, or changes them."""

    send = "Save this and send the invitations"

    def asked(self) -> Fields:
        leaders = rethinks.facilitators(self.rethink.partnership, self.look.at)
        where = self.look.laid.where
        return {
            "meets_at": WhenField(
                label="When is it?",
                noun="The day and time",
                help_text="For example, 16 6 2026 at 2pm",
                future=True,
                missing="Enter the day and the time",
            ),
            "minutes": ChoiceCards(
                label="How long?", choices=LENGTHS, inline=True, missing="Choose how long it takes"
            ),
            "place": ShortTextField(
                label="Where?",
                help_text="A room and an address. It goes out by email, so nothing about the child or the case.",
                required=where == "in_person",
                missing="Enter where it is",
            ),
            "link": forms.URLField(
                label="Link for those who join online",
                required=False,
                assume_scheme="https",
                error_messages={"invalid": "Enter the whole link, such as https://meet.example.org/room"},
            ),
            "facilitator": ChoiceCards(
                label="Who leads it?",
                help_text="Somebody neutral: nobody who asked for it, is invited or has a part in the case.",
                choices=[
                    Choice(str(u.pk), u.full_name, f"{u.job_title}, {u.agency.short_name}") for u in leaders
                ],
                missing="Choose who leads it",
            ),
            "addresses": AddressesField(
                label="Who is invited?",
                help_text="One email address a line. Take one out to withdraw an invitation. "
                "Whoever asked is always invited.",
                rows=6,
                missing="Enter the email address of at least one person",
            ),
        }

    def begin(self) -> dict[str, Any]:
        row, live = self.rethink, self.look.invitations
        lead = next((i.user_id for i in live if i.part == Invitation.Part.FACILITATOR), None)
        return {
            "meets_at": row.meets_at,
            "minutes": str(row.minutes or ""),
            "place": row.place,
            "link": row.link,
            "facilitator": str(lead or ""),
            "addresses": "\n".join(i.email for i in live if i.part == Invitation.Part.INVITEE),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("place") and not given.get("link") and not {"place", "link"} & self.errors.keys():
            self.add_error("place", "Enter where it is, or a link below for joining online")
        return given

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        how = Arrangement(
            meets_at=given["meets_at"],
            minutes=int(given["minutes"]),
            place=given["place"],
            link=given["link"],
            facilitator=User.objects.select_related("agency").get(pk=int(given["facilitator"])),
            addresses=given["addresses"],
        )
        rethinking.arrange(self.rethink, how, by=self.look.user, audit=audit)

    def said(self) -> str:
        return "Saved. Everybody it concerns gets an email with a calendar file."


class RedirectForm(RethinkForm):
    """The coordinator says that another way fits better."""

    send = "Answer and do not arrange it"

    def asked(self) -> Fields:
        return {
            "why": LongTextField(
                label="What fits better, and why?",
                help_text="The person who asked reads this.",
                missing="Say what fits better, and why",
            )
        }

    def act(self, audit: Audit) -> None:
        rethinking.redirect(self.rethink, by=self.look.user, audit=audit, why=self.cleaned_data["why"])

    def said(self) -> str:
        return "The person who asked has been told."


class CallOffForm(RethinkForm):
    """An arranged meeting is called off, or a request taken back."""

    send = "Call it off and tell them"
    grave = True

    def asked(self) -> Fields:
        return {
            "why": LongTextField(
                label="Why?", help_text="Everybody who was invited reads this.", rows=3, missing="Say why"
            )
        }

    def act(self, audit: Audit) -> None:
        rethinking.call_off(self.rethink, by=self.look.user, audit=audit, why=self.cleaned_data["why"])

    def said(self) -> str:
        return "It is called off. Everybody it concerns has been told."


class RecordForm(RethinkForm):
    """The facilitator writes down what came of it: the steps of the agenda, outcomes, who was there, actions."""

    send = "Save this record and share it"
    mark_optional = False

    def asked(self) -> Fields:
        laid, people = self.look.laid, self.others
        fields: Fields = {
            "there": ManyCards(
                label="Who was there?",
                help_text="Besides you. Those who were there can read all notes, the others not those of the room.",
                choices=[(str(i.pk), i.who) for i in people],
                missing="Tick who was there",
            )
        }
        for n, guest in enumerate(self.guests, start=1):
            fields[f"name_{n}"] = ShortTextField(
                label=f"Name of {guest.email}", max_length=120, width=30, required=False
            )
        for step in laid.steps:
            hint = (
                f"{step.prompt} Only those who were there can read this."
                if step.stays_in_room
                else step.prompt
            )
            fields[f"step_{step.key}"] = LongTextField(
                label=step.heading, help_text=hint, rows=6, required=False
            )
        for n in range(1, ROWS + 1):
            fields[f"action_{n}_what"] = LongTextField(
                label="What is to be done?",
                help_text="One thing, so that anybody can see later whether it was done.",
                rows=2,
                required=False,
            )
            fields[f"action_{n}_owner"] = forms.ChoiceField(
                label="Who does it?",
                choices=[("", "Choose a person"), *((str(i.pk), i.who) for i in self.look.invitations)],
                required=False,
            )
            fields[f"action_{n}_due"] = DayField(
                label="By which day?", noun=f"The day of action {n}", future=True, required=False
            )
        fields["outcomes"] = ManyCards(
            label="What did the meeting bring?",
            help_text="Tick what was reached, and say a word about it.",
            choices=[Choice(o.key, o.label, reveals=f"outcome_{o.key}") for o in laid.outcomes],
            required=False,
        )
        for outcome in laid.outcomes:
            fields[f"outcome_{outcome.key}"] = ShortTextField(label="A word about it", required=False)
        return fields

    @property
    def others(self) -> list[Invitation]:
        return [i for i in self.look.invitations if i.user_id != self.look.user.pk]

    @property
    def guests(self) -> list[Invitation]:
        return [i for i in self.others if i.user_id is None]

    def sections(self) -> list[Section]:
        names = [f"name_{n}" for n in range(1, len(self.guests) + 1)]
        found = [
            Section("", self.shown(["there", *names])),
            Section(
                "The meeting, step by step", self.shown([n for n in self.fields if n.startswith("step_")])
            ),
        ]
        for n in range(1, ROWS + 1):
            row = [f"action_{n}_{part}" for part in ("what", "owner", "due")]
            begun = any(
                self[name].value() not in (None, "", ["", "", ""]) or self[name].errors for name in row
            )
            legend = f"Add action {n}" if n > 1 else "Action 1, if there is one"
            found.append(Section(legend, self.shown(row), folded=n > 1, open=n > 1 and begun))
        return [*found, Section("To finish", self.shown(["outcomes"]))]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not any(given.get(f"step_{s.key}") for s in self.look.laid.steps):
            first = f"step_{self.look.laid.steps[0].key}"
            self.add_error(first, "Write something under at least one step")
        for n in range(1, ROWS + 1):
            row = {part: f"action_{n}_{part}" for part in ("what", "owner", "due")}
            if not any(given.get(name) or name in self.errors for name in row.values()):
                continue
            for part, words in (
                ("what", f"Action {n}: say what is to be done"),
                ("owner", f"Action {n}: choose who does it"),
                ("due", f"Action {n}: enter the day by which it is done"),
            ):
                if not given.get(row[part]) and row[part] not in self.errors:
                    self.add_error(row[part], words)
        return given

    def act(self, audit: Audit) -> None:
        given, by_id = self.cleaned_data, {str(i.pk): i for i in self.look.invitations}
        actions = [
            NewAction(what, by_id[given[f"action_{n}_owner"]], given[f"action_{n}_due"])
            for n in range(1, ROWS + 1)
            if (what := given[f"action_{n}_what"])
        ]
        what_came = Held(
            steps=self.nested("step_"),
            outcomes={key: given[f"outcome_{key}"] or "" for key in given["outcomes"]},
            there=frozenset(by_id[pk].pk for pk in given["there"]),
            names={g.pk: given[f"name_{n}"] for n, g in enumerate(self.guests, start=1)},
            actions=tuple(actions),
        )
        rethinking.hold(self.rethink, what_came, by=self.look.user, audit=audit)

    def said(self) -> str:
        return "The record is kept. Everybody with an account who was invited has been told."
