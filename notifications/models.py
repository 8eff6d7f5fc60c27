"""The outbox: who is to be told what kind of thing, and whether they were. A row holds no word about any child."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q, TextChoices
from django.urls import reverse

from accounts.models import Partnership, User
from accounts.sign_in import resetting
from cases.models import AgencyConcern, Case, Deadline, Invitation, Participation, Rethink


class Kind(TextChoices):
    """What a message is about; each has its subject and body below templates/notifications/."""

    NEEDS_YOU = "needs_you", "The next step is yours"
    UPDATED = "updated", "There is something new"
    CHANGED = "changed", "How urgent it is, or what keeps the child safe, has changed"
    DATE_MOVED = "date_moved", "A due date has moved"
    NOTICE_GIVEN = "notice_given", "The other side means to take this further"
    ACCEPTED = "accepted", "A manager has accepted this"
    MOVED = "moved", "This has gone to another stage"
    DECLINED = "declined", "A manager has answered you"
    VIEW_GIVEN = "view_given", "The independent view is there"
    ADVICE_GIVEN = "advice_given", "The advice you asked for is there"
    SETTLED = "settled", "This has been settled"
    ENDED = "ended", "This has ended"
    REOPENED = "reopened", "This is open again"
    REMINDER = "reminder", "Due soon"
    LAPSED = "lapsed", "The time is up"
    PASSED_ON = "passed_on", "Not answered in time: it is with you too"
    OVERDUE = "overdue", "Still not done"
    OVERDUE_OUTSIDE = "overdue_outside", "A timescale has lapsed"
    STAGE_OUTSIDE = "stage_outside", "A case has come to a stage you are told of"
    PASSWORD_LINK = "password_link", "Somebody asked for a link to set your password"
    SIGN_IN_CHANGED = "sign_in_changed", "How you sign in was changed"
    EMAIL_CHANGING = "email_changing", "Somebody asked to change your email address"
    SECOND_STEP_RESET = "second_step_reset", "Two administrators took your second step away"
    DEPUTY_NAMED = "deputy_named", "Somebody acts for you as your deputy"
    ROLE_LEFT = "role_left", "A role ended and left something to do"
    MANY_OPENED = "many_opened", "Somebody opened unusually many cases"
    GLASS = "glass", "Somebody outside read this in an emergency"
    GLASS_REVIEW = "glass_review", "Look into an emergency access"
    INVITED = "invited", "You are invited to a meeting"
    MEETING_MOVED = "meeting_moved", "A meeting has another time or place"
    MEETING_OFF = "meeting_off", "A meeting is off for you"
    RETHINK = "rethink", "There is something new in a facilitated meeting"
    CONCERN_RAISED = "concern_raised", "A concern about an agency waits for you"
    LEARNING = "learning", "There is an answer to what you raised"
    LEARNING_RAISED = "learning_raised", "Something was raised for you to decide on"
    RECOGNISED = "recognised", "A colleague recognises good practice"
    KEEPING = "keeping", "Somebody asks that words are removed"
    CONCERN_ANSWERED = "concern_answered", "Your designated lead has answered you"


#: Kinds that only say that a duty waits: not sent once the duty is done, or has another time.
ABOUT_A_DUTY = (
    Kind.NEEDS_YOU,
    Kind.REMINDER,
    Kind.LAPSED,
    Kind.PASSED_ON,
    Kind.OVERDUE,
    Kind.OVERDUE_OUTSIDE,
)

#: Kinds about how people sign in, what they open and what is learnt: of no case, and read by whoever gets them.
ABOUT_NO_CASE = (
    Kind.PASSWORD_LINK,
    Kind.SIGN_IN_CHANGED,
    Kind.EMAIL_CHANGING,
    Kind.SECOND_STEP_RESET,
    Kind.DEPUTY_NAMED,
    Kind.ROLE_LEFT,
    Kind.MANY_OPENED,
    Kind.LEARNING,
    Kind.LEARNING_RAISED,
    Kind.RECOGNISED,
    Kind.KEEPING,
)


#: Kinds for people outside the case: no link leads them into it.
FOR_OUTSIDERS = (Kind.OVERDUE_OUTSIDE, Kind.STAGE_OUTSIDE, Kind.GLASS_REVIEW)

#: Kinds that carry a calendar file; a guest without an account gets these and no others.
ABOUT_A_MEETING = (Kind.INVITED, Kind.MEETING_MOVED, Kind.MEETING_OFF)


#: What sending a message needs beside the message itself.
WHOLE = (
    "recipient__agency__partnership",
    "about",
    "deadline__stage",
    "case__partnership",
    "rethink__partnership",
    "concern__partnership",
    "invitation__rethink__partnership",
    "invitation__meeting__case__partnership",
)


#: News that may come together at a time of day, and that a person may do without by email: they stand in the inbox
#: all the same. Whatever names an open duty of the person's own is none of these.
CAN_WAIT = (
    Kind.UPDATED,
    Kind.CHANGED,
    Kind.DATE_MOVED,
    Kind.ACCEPTED,
    Kind.MOVED,
    Kind.SETTLED,
    Kind.ENDED,
    Kind.OVERDUE_OUTSIDE,
    Kind.LEARNING_RAISED,
)


class Status(TextChoices):
    """Where the email of a message stands. The notice in the inbox is there from the start."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed, will be tried again"
    DEAD = "dead", "Failed for good"
    DROPPED = "dropped", "No longer needed"


class Receipt(TextChoices):
    """What the carrier of a mail says became of it. Empty: it was handed over, and no more is known."""

    PENDING = "pending", "On its way"
    DELIVERED = "delivered", "Delivered"
    BOUNCED = "bounced", "There is no such address"
    RETURNED = "returned", "Could not be delivered this time"


class MessageQuerySet(models.QuerySet["Message"]):
    def inbox_of(self, user: User) -> MessageQuerySet:
        """Return a person's notices about cases they can see now, and those meant for people outside a case."""
        if not user.is_active:
            return self.none()
        takes_part = Participation.objects.letting_in(user).filter(case=OuterRef("case"))
        invited = Invitation.objects.live().filter(pk=OuterRef("invitation"))
        outside = [*FOR_OUTSIDERS, Kind.MEETING_OFF, *ABOUT_NO_CASE]
        return self.filter(
            Exists(takes_part)
            | Exists(invited)
            | Q(kind__in=outside)
            | Q(rethink__in=Rethink.objects.visible_to(user))
            | Q(concern__in=AgencyConcern.objects.for_lead(user))
            | Q(concern__in=AgencyConcern.objects.raised_by(user)),
            recipient=user,
        )

    def unread(self) -> MessageQuerySet:
        """Return those not marked as read."""
        return self.filter(read_at=None)


def _of(**what: Any) -> Q:
    """Return the condition that a message is of this and of nothing else."""
    named = {name.removesuffix("__isnull") for name in what}
    others = {"case", "invitation", "rethink", "concern"} - named
    return Q(**what, **dict.fromkeys(sorted(others)))


class Message(models.Model):
    """One person is told one thing, once: `key` makes planning safe to repeat.

    Only `notifications.outbox` changes a status.
    """

    kind = models.CharField(max_length=20, choices=Kind.choices)
    # Null for a guest of a meeting, who has no account: the address stands in the invitation.
    recipient = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    # What it is of: a case, a meeting one is invited to, a Re-think, a concern about an agency, or none of them.
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="messages")
    invitation = models.ForeignKey(Invitation, null=True, on_delete=models.CASCADE, related_name="messages")
    rethink = models.ForeignKey(Rethink, null=True, on_delete=models.CASCADE, related_name="messages")
    concern = models.ForeignKey(AgencyConcern, null=True, on_delete=models.CASCADE, related_name="messages")
    about = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    event = models.UUIDField(null=True)  # the sealed event that caused it; null for a reminder
    deadline = models.ForeignKey(Deadline, null=True, on_delete=models.CASCADE, related_name="messages")
    reference = models.CharField(max_length=8, blank=True)
    needed_by = models.DateTimeField(null=True)
    key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=60, blank=True)  # the class of the last failure, never its words
    together = models.BooleanField(default=False)  # waits for the person's time of day, to come in one mail
    # What the service that carries it knows it by, and what that service said became of it, where it says so.
    carrier_ref = models.CharField(max_length=60, blank=True)
    receipt = models.CharField(max_length=20, choices=Receipt.choices, blank=True)
    receipt_asked_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["not_before", "id"],
                name="message_due",
                condition=Q(status__in=["waiting", "failed"]),
            ),
            models.Index(fields=["lease_until"], name="message_leased", condition=Q(status="sending")),
            models.Index(fields=["recipient", "-id"], name="message_inbox"),
            models.Index(fields=["receipt_asked_at"], name="message_receipt", condition=Q(receipt="pending")),
            models.Index(fields=["case"], name="message_dead", condition=Q(status="dead")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | ~Q(status="sent") & Q(sent_at=None),
                name="message_sent_with_time",
            ),
            models.CheckConstraint(
                condition=Q(status="sending", lease_until__isnull=False)
                | ~Q(status="sending") & Q(lease_until=None),
                name="message_leased_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False) | Q(invitation__isnull=False, case=None),
                name="message_to_somebody",
            ),
            models.CheckConstraint(
                condition=_of(reference="", kind__in=ABOUT_NO_CASE)
                | (
                    _of(case__isnull=False)
                    | _of(invitation__isnull=False)
                    | _of(rethink__isnull=False)
                    | _of(concern__isnull=False)
                )
                & ~Q(kind__in=ABOUT_NO_CASE),
                name="message_of_one_thing_or_of_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id} about {self.reference or self.about_id}"

    @property
    def url_path(self) -> str:
        """Return where it points to, or "" for somebody who may read nothing there, such as a guest."""
        if self.kind in (Kind.LEARNING, Kind.RECOGNISED):
            return reverse("my_learning" if self.kind == Kind.LEARNING else "recognitions")
        if self.kind == Kind.LEARNING_RAISED:
            return reverse("learning_list")
        if self.kind == Kind.KEEPING:
            return reverse("keeping")
        if self.kind in (Kind.SIGN_IN_CHANGED, Kind.EMAIL_CHANGING, Kind.SECOND_STEP_RESET):
            return reverse("my_sign_in")
        if self.kind == Kind.DEPUTY_NAMED:
            return reverse("me")
        if self.kind == Kind.ROLE_LEFT:
            return reverse("person", args=[self.about_id])
        if self.recipient_id is None or self.kind in (
            Kind.OVERDUE_OUTSIDE,
            Kind.STAGE_OUTSIDE,
            Kind.MEETING_OFF,
        ):
            return ""
        if (
            self.kind == Kind.PASSWORD_LINK and self.recipient is not None
        ):  # its secret is made when the mail is, and stands in no table
            return reverse("forgotten_link", args=[resetting.token_for(self.recipient, self.created_at)])
        if self.kind == Kind.GLASS_REVIEW:
            return reverse("emergency_access")
        page = self._page()
        return reverse(page, args=[self.reference]) if page else ""

    def _page(self) -> str:
        """Return the name of the page of what it is of; "" when it is of nothing with a page."""
        if self.concern_id is not None:
            return "concern_lead" if self.kind == Kind.CONCERN_RAISED else "concern"
        if self.rethink_id is not None:
            return "rethink"
        if self.invitation is not None and self.invitation.rethink_id is not None:
            return "rethink"
        if self.invitation_id is not None:
            return "meeting"
        return "case" if self.case_id is not None else ""

    @property
    def title(self) -> str:
        """Return what it is in one line, as the inbox says it: a Re-think is called what the area calls it.

        Mails do not: they say nothing of what a meeting is.
        """
        if self.kind == Kind.RETHINK and self.rethink is not None:
            return f"There is something new in a {self.rethink.label}"
        return self.get_kind_display()

    @property
    def duty(self) -> Deadline | None:
        """Return what it asks for, with its case at hand; None when it asks for nothing."""
        if self.deadline is not None and self.case is not None:
            self.deadline.case = self.case
        return self.deadline

    @property
    def partnership(self) -> Partnership:
        """Return whose numbers to ring stand in the mail."""
        invitation = self.invitation
        meeting = invitation.meeting if invitation is not None else None
        case = self.case or (meeting.case if meeting is not None else None)
        rethink = self.rethink or (invitation.rethink if invitation is not None else None)
        found = case or rethink or self.concern
        if found is not None:
            return found.partnership
        assert self.recipient is not None
        return self.recipient.agency.partnership

    @property
    def address(self) -> str:
        """Return where the mail goes."""
        if self.recipient is not None:
            return self.recipient.email
        assert self.invitation is not None
        return self.invitation.email


class Preference(models.Model):
    """How a person wants to hear of news. What asks something of them is always sent at once."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="preference")
    news_by_mail = models.BooleanField(default=True)
    together_at = models.TimeField(null=True)  # the local time of day at which news come in one mail

    def __str__(self) -> str:
        return f"preference of {self.user_id}"


class CalendarFeed(models.Model):
    """The secret address under which a calendar program finds what is due from a person; only its digest is kept."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
