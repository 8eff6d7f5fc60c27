"""My notices; and, in the demonstration, every mail as it would have been sent."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.standing import Standing, standing_of
from cases.models.deadline import DeadlineState
from cases.presenters.wording import timing
from cases.views.fetch import person
from escalation.clock import now
from escalation.routes import policy
from escalation.templatetags.words import ago
from notifications import beside, delivery
from notifications.models import ABOUT_A_DUTY, WHOLE, Kind, Message, MessageQuerySet, Status

PAGE = 25
#: The largest number PostgreSQL has for an id; a larger one in an address is not a number of ours.
LARGEST = 2**63 - 1


@policy("signed_in")
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show my notices, newest first, those of cases I can see now."""
    mine = Message.objects.inbox_of(person(request)).select_related(
        "case", "deadline__stage", "invitation", "rethink"
    )
    shown, older = _page(mine, request)
    at, standing = now(), standing_of(person(request))
    context = {
        "notices": {
            "rows": [_row(message, at, standing) for message in shown],
            "level": 2,
            "empty": {
                "heading": "No notices yet",
                "text": "When something in one of your cases needs you or changes, it is said here and by email.",
            },
        },
        "mark": _mark(shown),
        "newer_url": reverse("inbox") if "before" in request.GET else "",
        "older_url": f"{reverse('inbox')}?before={older}" if older else "",
    }
    return render(request, "notifications/inbox.html", context)


@policy("signed_in")
@require_POST
def inbox_read(request: HttpRequest) -> HttpResponse:
    """Mark my notices as read, up to the newest that was on the page."""
    up_to = _number(request.POST.get("up_to"))
    Message.objects.filter(recipient=person(request), pk__lte=up_to or 0).unread().update(read_at=now())
    return redirect("inbox")


@policy("demo")
@require_safe
def sent_mail(request: HttpRequest) -> HttpResponse:
    """Show the mails the demonstration would have sent, newest first."""
    sent = Message.objects.filter(status=Status.SENT).select_related(*WHOLE)
    shown, older = _page(sent, request)
    mails = [
        {
            "to": m.recipient.full_name if m.recipient else "A guest",
            "address": m.address,
            "sent_at": m.sent_at,
            "mail": delivery.compose(m),
            "files": [part.get_filename() for part in beside.files_of(m, now())],
        }
        for m in shown
    ]
    context = {
        "mails": mails,
        "newer_url": reverse("sent_mail") if "before" in request.GET else "",
        "older_url": f"{reverse('sent_mail')}?before={older}" if older else "",
    }
    return render(request, "notifications/sent_mail.html", context)


def _page(messages: MessageQuerySet, request: HttpRequest) -> tuple[list[Message], int | None]:
    """Return one page of messages, newest first, and the id before which the next page begins, if there is one."""
    before = _number(request.GET.get("before"))
    if before is not None:
        messages = messages.filter(pk__lt=before)
    found = list(messages.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def _row(message: Message, at: Any, standing: Standing) -> dict[str, Any]:
    """Return a notice in the shape of the duty_row component, with whom one acts for in it."""
    duty = message.duty
    waits = duty is not None and duty.state == DeadlineState.OPEN and message.needed_by is not None
    row: dict[str, Any] = {
        "url": _leads_to(message),
        "title": message.title,
        "reference": message.reference,
        "facts": [ago(message.created_at, at)],
        "new": message.read_at is None,
    }
    if duty is not None and duty.person_id in set(standing.acting_ids) - {standing.user_id}:
        row["facts"].append(f"Acting for {standing.name_of(duty.person_id)}")
    if duty is not None and waits and message.kind != Kind.OVERDUE_OUTSIDE:
        when = timing(duty.due_at, at)
        row |= {"todo": duty.words, "due": when.words, "due_tone": when.tone}
    elif message.kind in ABOUT_A_DUTY:
        row["tags"] = [{"text": "No longer waiting", "colour": "closed"}]
    return row


def _leads_to(message: Message) -> str:
    """Return where a notice leads; one about a password link leads to no secret."""
    if message.kind == Kind.PASSWORD_LINK:
        return reverse("my_sign_in")
    return message.url_path or reverse("home")


def _mark(shown: list[Message]) -> dict[str, Any] | None:
    """Return the button that marks this page's notices and all older ones as read; None when all are."""
    if not any(m.read_at is None for m in shown):
        return None
    return {
        "label": "Mark these as read",
        "url": reverse("inbox_read"),
        "kind": "secondary",
        "method": "post",
        "fields": {"up_to": str(shown[0].pk)},
    }


def _number(text: str | None) -> int | None:
    """Return a positive number out of an address or a form, or None for anything else."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST)):
        return None
    return min(int(text), LARGEST)
