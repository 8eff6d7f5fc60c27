"""Forms of the chaired meeting: calling it, changing it, calling it off, and recording what came of it (WO04, G28)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms

from accounts.models import User
from cases.actions import chairing
from cases.actions.chairing import Convening, MeetingHeld
from cases.audit import Audit
from cases.forms.action_rows import WithActions
from cases.forms.addresses import AddressesField
from cases.forms.base import Fields, Section, StepForm
from cases.forms.rethinking import LENGTHS
from cases.models import ChairedMeeting, Invitation
from cases.models.participation import Relation
from cases.reading import Record
from escalation.forms import Choice, ChoiceCards, LongTextField, ManyCards, ShortTextField, WhenField

ENDED = {
    "agreed": "The two sides agreed",
    "decided": "The meeting decided",
    "another": "It is not settled: there will be another meeting",
}

#: What is asked of each way that settles it, and what stands there when nothing was written.
ASKED = {
    "agreed": ("What was agreed?", "Say what was agreed"),
    "decided": ("What was decided, and why?", "Say what was decided"),
}


class ConveneForm(StepForm):
    """The convener sets day, place, chair and who is invited, or changes them."""

    send = "Save this and send the invitations"

    @cached_property
    def called(self) -> ChairedMeeting | None:
        return chairing.ahead(self.case)

    def asked(self) -> Fields:
        convener = self.look.speaking_as(self.case.holder_id, self.case.stand_in_id).user_id
        free = chairing.chairs(self.case, self.look.at, convener=convener)
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
                required=False,
            ),
            "link": forms.URLField(
                label="Link for those who join online",
                required=False,
                assume_scheme="https",
                error_messages={"invalid": "Enter the whole link, such as https://meet.example.org/room"},
            ),
            "chair": ChoiceCards(
                label="Who chairs it?",
                help_text="Nobody who has a part in this, manages a side or judged it before.",
                choices=[Choice(str(u.pk), u.full_name, u.job_title) for u in free],
                missing="Choose who chairs it",
            ),
            "addresses": AddressesField(
                label="Who is invited?",
                help_text="One email address a line. An invitation lets nobody read the case.",
                rows=6,
                missing="Enter the email address of at least one person",
            ),
        }

    def obstacle(self) -> str:
        if not self.fields["chair"].choices:  # type: ignore[attr-defined]
            return "The directory knows no independent chair who is free. Ask your administrator to name one."
        return ""

    def fill(self, record: Record) -> dict[str, Any]:
        found = self.called
        if found is None:
            sides = [p for p in self.look.parts if p.relation not in (Relation.CHAIR, Relation.COMMITTEE)]
            return {"addresses": "\n".join(dict.fromkeys(p.user.email for p in sides))}
        rows = Invitation.objects.live().filter(meeting=found, part=Invitation.Part.INVITEE)
        return {
            "meets_at": found.meets_at,
            "minutes": str(found.minutes),
            "place": found.place,
            "link": found.link,
            "chair": str(found.chair_id),
            "addresses": "\n".join(rows.order_by("email").values_list("email", flat=True)),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("place") and not given.get("link") and not {"place", "link"} & self.errors.keys():
            self.add_error("place", "Enter where it is, or a link below for joining online")
        return given

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        how = Convening(
            meets_at=given["meets_at"],
            minutes=int(given["minutes"]),
            place=given["place"],
            link=given["link"],
            chair=User.objects.select_related("agency").get(pk=int(given["chair"])),
            addresses=given["addresses"],
        )
        chairing.convene(self.case, how, by=self.look.user, audit=audit)

    def said(self) -> str:
        return "The meeting is called. Everybody it concerns gets an email with a calendar file."


class CallOffMeetingForm(StepForm):
    """The meeting that is called does not take place."""

    send = "Call it off and tell them"
    grave = True

    def asked(self) -> Fields:
        return {
            "why": LongTextField(
                label="Why is it called off?",
                help_text="Everybody who was invited reads this.",
                rows=3,
                missing="Say why it is called off",
            )
        }

    def obstacle(self) -> str:
        return "" if chairing.ahead(self.case) else "No meeting is called."

    def act(self, audit: Audit) -> None:
        chairing.call_off(self.case, by=self.look.user, audit=audit, why=self.cleaned_data["why"])

    def said(self) -> str:
        return "The meeting is called off. Everybody who was invited has been told."


class RecordMeetingForm(WithActions):
    """Who came, minutes, where the record is held, and how it ended."""

    send = "Record the meeting and tell them"

    @cached_property
    def invitations(self) -> list[Invitation]:
        found = chairing.ahead(self.case)
        if found is None:
            return []
        rows = Invitation.objects.live().filter(meeting=found).select_related("user")
        return list(rows.order_by("email"))

    @property
    def guests(self) -> list[Invitation]:
        return [i for i in self.invitations if i.user_id is None]

    def asked(self) -> Fields:
        closed = {way for way, outcome in chairing.OUTCOME_OF.items() if outcome not in self.rung.outcomes}
        ways = {key: words for key, words in ENDED.items() if key not in closed}
        agenda = "; ".join(item.heading for item in self.rung.meeting_agenda)
        fields: Fields = {
            "there": ManyCards(
                label="Who was there?",
                choices=[(str(i.pk), i.who) for i in self.invitations],
                missing="Tick who was there",
            )
        }
        for n, guest in enumerate(self.guests, start=1):
            fields[f"name_{n}"] = ShortTextField(
                label=f"Name of {guest.email}", max_length=120, width=30, required=False
            )
        return {
            **fields,
            "minutes": LongTextField(
                label="Minutes",
                help_text="What each side said, what was asked, and what it means for the child."
                + (f" The agenda: {agenda}." if agenda else ""),
                rows=10,
                max_length=10000,
                missing="Write the minutes",
            ),
            "held_back": LongTextField(
                label="Who spoke, and who held back?",
                help_text="Everybody agreeing does not make a plan safe. Was there room for another view?",
                rows=3,
                required=False,
            ),
            "record_holder": ShortTextField(
                label="Where is the record of the meeting held?",
                help_text="Which agency keeps it, and in which file.",
                missing="Say where the record of the meeting is held",
            ),
            "ended": ChoiceCards(
                label="How did it end?",
                choices=[
                    Choice(key, words, reveals=f"{key}_outcome" if key != "another" else ())
                    for key, words in ways.items()
                ],
                missing="Choose how it ended",
            ),
            **{
                f"{key}_outcome": LongTextField(
                    label=question,
                    help_text="Facts and reasons, in words that all who were there would agree to.",
                    missing=missing,
                )
                for key, (question, missing) in ASKED.items()
                if key in ways
            },
            **self.action_fields(),
            **self.closing(),
        }

    def obstacle(self) -> str:
        found = chairing.ahead(self.case)
        if found is None:
            return "No meeting is called. Call it first."
        if found.meets_at is not None and found.meets_at > self.look.at:
            return "You can record the meeting once it has begun."
        return ""

    def sections(self) -> list[Section]:
        names = self.starting("name_")
        return [
            Section("", self.shown(["there", *names])),
            Section("What was said", self.shown(["minutes", "held_back", "record_holder"])),
            Section("", self.shown(["ended"])),
            *self.action_sections(),
            Section("To finish", self.shown(self.closing())),
        ]

    def act(self, audit: Audit) -> None:
        given = self.cleaned_data
        ids = {str(i.pk): i.pk for i in self.invitations}
        what = MeetingHeld(
            ended=given["ended"],
            minutes=given["minutes"],
            held_back=given["held_back"],
            record_holder=given["record_holder"],
            there=frozenset(ids[pk] for pk in given["there"]),
            names={g.pk: given[f"name_{n}"] for n, g in enumerate(self.guests, start=1)},
            outcome=given.get(f"{given['ended']}_outcome") or "",
            actions=tuple(self.actions()) if given["ended"] != "another" else (),
        )
        chairing.hold(self.case, what, by=self.look.user, audit=audit, **self.told())

    def said(self) -> str:
        if self.cleaned_data["ended"] == "another":
            return "The meeting is in the record. Call the next one when you know the day."
        return "The outcome is in the record. Everybody it concerns has been told."
