"""The administrator's pages about people: found, added, invited, deactivated."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import invitations, people
from accounts.actions import add_person as add
from accounts.actions import deactivate_person as deactivate
from accounts.actions import invite as make_invitation
from accounts.actions import reactivate_person as reactivate
from accounts.actions.corrections import waiting_changes
from accounts.actions.resets import waiting_resets
from accounts.duties import open_duties
from accounts.forms import HandOverForm, PeopleForm, PersonForm
from accounts.models import Cover, Membership, User
from accounts.presenters import acting_rows, role_rows
from accounts.refusals import Refused
from accounts.roles import Role
from accounts.views.office import administrator, done, get_person, me, partnership_of, sent, today
from accounts.views.requests import request_rows
from escalation.clock import now
from escalation.templatetags.words import count


@administrator
@require_safe
def staff(request: HttpRequest) -> HttpResponse:
    """The people of the partnership, found by name, address or job."""
    partnership, day = partnership_of(request), today()
    form = PeopleForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "show": ""}
    found = people.staff(partnership, day, words=asked["q"], show=asked["show"])
    listed = list(found[: people.MOST])
    roles: dict[int, list[str]] = {}
    for m in Membership.objects.on(day).filter(user__in=[p.pk for p in listed]).order_by("pk"):
        roles.setdefault(m.user_id, []).append(Role(m.role).label)
    total = found.count() if len(listed) == people.MOST else len(listed)
    table = {
        "caption": f"{count(total, 'person,people').capitalize()}"
        + (f", of whom the first {people.MOST} are shown" if total > people.MOST else ""),
        "columns": [{"label": "Name"}, {"label": "Agency"}, {"label": "Roles"}],
        "rows": [
            [
                {"text": p.full_name, "url": reverse("person", args=[p.pk]), "small": p.job_title},
                p.agency.name,
                ", ".join(dict.fromkeys(roles.get(p.pk, []))) or None,
            ]
            for p in listed
        ],
    }
    context = {
        "form": form,
        "table": table if listed else None,
        "searched": bool(asked["q"] or asked["show"]),
    }
    return render(request, "accounts/staff.html", context)


@administrator
@require_http_methods(["GET", "POST"])
def add_person(request: HttpRequest) -> HttpResponse:
    """Add a person; the role comes next, on their page."""
    form = PersonForm(sent(request), partnership=partnership_of(request))
    added: list[User] = []
    if form.is_valid() and done(
        form, lambda: added.append(add(by=me(request), at=now(), **form.cleaned_data))
    ):
        messages.success(request, f"{added[0]} is added. Give them a role and an invitation next.")
        return redirect("person", added[0].pk)
    return render(request, "accounts/add_person.html", {"form": form})


@administrator
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """A person: their roles now and before, deputies, what they still have to do."""
    return render(request, "accounts/person.html", about(request, get_person(request, pk)))


@administrator
@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the link by which a person sets their first password. Shown in the answer only: it is kept nowhere."""
    found = get_person(request, pk)
    try:
        token = make_invitation(person=found, by=me(request), at=now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("person", found.pk)
    link = request.build_absolute_uri(reverse("invitation", args=[token]))
    return render(request, "accounts/invited.html", {"person": found, "link": link})


@administrator
@require_http_methods(["GET", "POST"])
def deactivate_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a leaver go, once nothing is left in their hands."""
    found = get_person(request, pk)
    form = HandOverForm(sent(request), person=found, left=open_duties(found), day=today())
    if form.is_valid() and done(
        form, lambda: deactivate(person=found, successors=form.successors, by=me(request), at=now())
    ):
        messages.success(request, f"{found} can no longer sign in and holds no role.")
        return redirect("person", found.pk)
    return render(request, "accounts/deactivate_person.html", about(request, found) | {"form": form})


@administrator
@require_POST
def reactivate_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody back in."""
    found = get_person(request, pk)
    try:
        reactivate(person=found, by=me(request), at=now())
        messages.success(request, f"{found} can sign in again. Give them a role next.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("person", found.pk)


def about(request: HttpRequest, found: User) -> dict[str, Any]:
    """Return what the pages about a person show."""
    day = today()
    held = list(
        Membership.objects.filter(user=found)
        .select_related("team__agency", "agency", "partnership")
        .order_by("-starts_on", "-pk")
    )
    over = [m for m in held if m.ends_on is not None and m.ends_on < day]
    live = [m for m in held if m not in over]
    covers = [
        c
        for c in Cover.objects.filter(membership__in=[m.pk for m in live]).select_related("deputy")
        if c.ends_on is None or c.ends_on >= day
    ]
    acting = Cover.objects.filter(deputy=found).select_related(
        "membership__user", "membership__team__agency", "membership__agency", "membership__partnership"
    )
    duties = open_duties(found)
    # What a role left that is over: beside the last of its kind, unless they hold it still.
    still = {left.role.value for left in duties} - {m.role for m in live}
    leaving = [
        max((m for m in over if m.role == role), key=_ended) for role in still & {m.role for m in over}
    ]
    return {
        "person": found,
        "oneself": found.pk == me(request).pk,
        "roles": role_rows(live, covers, day),
        "past": [row | {"left": m in leaving} for m, row in zip(over, role_rows(over, [], day), strict=True)],
        "acting": acting_rows([c for c in acting if c.ends_on is None or c.ends_on >= day], day),
        "duties": duties,
        "requests": request_rows(request, person=found),
        "facts": [
            {"key": "Job", "value": found.job_title or "Not given"},
            {
                "key": "Agency",
                "value": found.agency.name,
                "url": reverse("agency", args=[found.agency_id]),
            },
            {"key": "Email", "value": found.email},
            {"key": "Sign-in", "value": _sign_in_words(found)},
        ],
        "email_waits": waiting_changes(partnership_of(request), now()).filter(person=found).exists(),
        "reset_waits": waiting_resets(partnership_of(request), now()).filter(person=found).exists(),
        "can_invite": found.is_active and not invitations.has_come(found),
    }


def _ended(membership: Membership) -> tuple[date | None, int]:
    return membership.ends_on, membership.pk


def _sign_in_words(found: User) -> str:
    if not found.is_active:
        return "Left: cannot sign in"
    if found.has_usable_password():
        return "Has set a password"
    names = [str(identity.provider) for identity in found.identities.select_related("provider")]
    return f"Signs in with {' and '.join(names)}" if names else "Has not set a password yet"
