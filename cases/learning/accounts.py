"""Reflective accounts: each person's own, on their pages and in their files alone (PK11)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from cases.learning.codes import codes
from cases.learning.forms import AccountForm
from cases.models.learning import ReflectiveAccount
from cases.views.fetch import person
from escalation.clock import now
from escalation.printing import pdf
from escalation.routes import policy

FIELDS = ("title", "on", "setting", "practice", "learned", "changed", "codes", "relevance")


def _own(user: User, pk: int) -> ReflectiveAccount:
    """Return one of a person's own accounts; Http404 for anybody else's, as for none."""
    found = ReflectiveAccount.objects.filter(owner=user, pk=pk).first()
    if found is None:
        raise Http404("no such account")
    return found


@policy("signed_in")
@require_safe
def reflections(request: HttpRequest) -> HttpResponse:
    """List my reflective accounts."""
    return render(
        request,
        "cases/learning/reflections.html",
        {"accounts": ReflectiveAccount.objects.filter(owner=person(request))},
    )


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def reflection_new(request: HttpRequest) -> HttpResponse:
    """Write a new one."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = ReflectiveAccount.objects.create(owner=person(request), saved_at=now(), **form.cleaned_data)
        messages.success(request, "Your account is kept. Nobody but you can read it.")
        return redirect("reflection", pk=made.pk)
    return render(request, "cases/learning/reflection_form.html", {"form": form})


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def reflection_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one of mine."""
    account = _own(person(request), pk)
    form = AccountForm(request.POST or None, initial={name: getattr(account, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        for name in FIELDS:
            setattr(account, name, form.cleaned_data[name])
        account.saved_at = now()
        account.save()
        messages.success(request, "Your account is kept.")
        return redirect("reflection", pk=pk)
    return render(request, "cases/learning/reflection_form.html", {"form": form, "account": account})


@policy("signed_in")
@require_safe
def reflection(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one of mine."""
    account = _own(person(request), pk)
    return render(request, "cases/learning/reflection.html", _told(account))


def _told(account: ReflectiveAccount) -> dict[str, object]:
    labels = dict(codes())
    return {
        "account": account,
        "codes": [labels.get(key, key) for key in account.codes],
        "answers": [
            ("What was it, and how does it link to my practice?", account.practice),
            ("What did I learn from it?", account.learned),
            ("What have I changed or improved since?", account.changed),
            ("How is it relevant to my code or standards?", account.relevance),
        ],
    }


@policy("signed_in")
@require_safe
def reflection_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Send one of mine for my registration, as PDF or as a page that a word processor opens."""
    me = person(request)
    account = _own(me, pk)
    html = render_to_string("cases/learning/reflection_print.html", {**_told(account), "owner": me})
    if kind == "pdf":
        response = HttpResponse(
            pdf(html, title="Reflective learning account", footer="Reflective learning account"),
            content_type="application/pdf",
        )
    elif kind == "html":
        response = HttpResponse(html, content_type="text/html; charset=utf-8")
    else:
        raise Http404("no such kind of file")
    response["Content-Disposition"] = f'attachment; filename="reflective-account-{account.on:%Y%m%d}.{kind}"'
    return response


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def reflection_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether one of mine should go, and throw it away: one press alone loses no words."""
    account = _own(person(request), pk)
    if request.method != "POST":
        return render(request, "cases/learning/reflection_delete.html", {"account": account})
    account.delete()
    messages.success(request, "Your account is gone.")
    return redirect("reflections")
