"""The administrator's pages about roles and deputies."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions
from accounts.actions.door import over
from accounts.forms import DeputyForm, EndRoleForm, GrantForm, HandOverForm
from accounts.presenters import days_words, place_words
from accounts.refusals import Refused
from accounts.roles import ROLES, Role
from accounts.stepping_up import steps_up
from accounts.views.office import administrator, done, get_cover, get_membership, get_person, me, sent, today
from escalation.clock import now

HELD_AT = {
    "team": "In a team or agency",
    "agency": "In an agency",
    "partnership": "For the whole partnership",
}


@administrator
@require_safe
def choose_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose which role to give."""
    person = get_person(request, pk)
    groups = [
        {
            "heading": heading,
            "roles": [
                {
                    "label": role.label,
                    "sentence": ROLES[role].sentence,
                    "url": reverse("grant_role", args=[person.pk, role.value]),
                }
                for role in Role
                if ROLES[role].held_at == place
            ],
        }
        for place, heading in HELD_AT.items()
    ]
    return render(request, "accounts/choose_role.html", {"person": person, "groups": groups})


@administrator
@steps_up
@require_http_methods(["GET", "POST"])
def grant_role(request: HttpRequest, pk: int, role: str) -> HttpResponse:
    """Ask for a role in a place from a day on; another administrator confirms it."""
    person = get_person(request, pk)
    if role not in Role.values:
        raise Http404
    wanted = Role(role)
    form = GrantForm(sent(request), person=person, role=wanted, initial={"starts_on": today()})
    if form.is_valid() and done(
        form,
        lambda: actions.request_role(
            person=person, role=wanted, by=me(request), at=now(), **form.cleaned_data
        ),
    ):
        messages.success(
            request, f"The role of {wanted.label} for {person} now waits for a second administrator."
        )
        return redirect("person", person.pk)
    context = {"form": form, "person": person, "role": wanted.label, "sentence": ROLES[wanted].sentence}
    return render(request, "accounts/grant_role.html", context)


@administrator
@require_http_methods(["GET", "POST"])
def end_role(request: HttpRequest, pk: int) -> HttpResponse:
    """End a role now or on a day, once nothing is left in it."""
    membership = get_membership(request, pk)
    person, role = membership.user, Role(membership.role)
    form = EndRoleForm(
        sent(request), person=person, left=actions.left_behind(membership, today()), day=today()
    )
    if form.is_valid() and done(
        form,
        lambda: actions.end_role(
            membership=membership,
            last_day=form.cleaned_data["last_day"],
            successor=form.successors.get(role),
            by=me(request),
            at=now(),
        ),
    ):
        messages.success(request, f"The role of {membership.user} is ended.")
        return redirect("person", membership.user_id)
    context = {
        "form": form,
        "person": membership.user,
        "role": Role(membership.role).label,
        "place": place_words(membership),
        "days": days_words(membership, today()),
    }
    return render(request, "accounts/end_role.html", context)


@administrator
@require_http_methods(["GET", "POST"])
def hand_over_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who takes over what a role left that ended by its date."""
    membership = get_membership(request, pk)
    person, role = membership.user, Role(membership.role)
    left = actions.left_behind(membership, today()) if over(membership, today()) else []
    form = HandOverForm(sent(request), person=person, left=left, day=today())
    if form.is_valid() and done(
        form,
        lambda: actions.hand_over_role(
            membership=membership, successor=form.successors.get(role), by=me(request), at=now()
        ),
    ):
        messages.success(request, f"What {person} left as {role.label} is handed over.")
        return redirect("person", person.pk)
    context = {
        "form": form,
        "person": person,
        "role": role.label,
        "place": place_words(membership),
        "days": days_words(membership, today()),
    }
    return render(request, "accounts/hand_over_role.html", context)


@administrator
@steps_up
@require_http_methods(["GET", "POST"])
def name_deputy(request: HttpRequest, pk: int) -> HttpResponse:
    """Name who acts in somebody's role, and on which days."""
    membership = get_membership(request, pk)
    form = DeputyForm(sent(request), membership=membership, initial={"starts_on": today()})
    if form.is_valid() and done(
        form,
        lambda: actions.name_deputy(membership=membership, by=me(request), at=now(), **form.cleaned_data),
    ):
        messages.success(request, f"{form.cleaned_data['deputy']} is deputy of {membership.user}.")
        return redirect("person", membership.user_id)
    context = {
        "form": form,
        "person": membership.user,
        "role": Role(membership.role).label,
        "place": place_words(membership),
    }
    return render(request, "accounts/name_deputy.html", context)


@administrator
@require_POST
def end_deputy(request: HttpRequest, pk: int) -> HttpResponse:
    """End a deputy's days now."""
    cover = get_cover(request, pk)
    try:
        actions.end_deputy(cover=cover, by=me(request), at=now())
        messages.success(request, f"{cover.deputy} is no longer deputy of {cover.membership.user}.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("person", cover.membership.user_id)
