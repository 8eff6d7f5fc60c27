"""What the pages beside the ladder share: a form is taken once, and its words are never lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from cases import drafts
from cases.audit import Audit
from cases.forms.aside import Asked
from cases.refusals import AlreadyDone, NotAllowed, Refusal, Stale


def send(
    request: HttpRequest,
    form: Asked,
    *,
    at: datetime,
    page: Any,
    done_url: Any,
    user: User,
    purpose: str = "",
) -> HttpResponse:
    """Take a form that was sent: do it and go on, or say what to mend or what changed.

    `page(form, **more)` draws the form again, `done_url()` says where to go; `purpose` names the draft of its words.
    """
    if not form.is_valid():
        return page(form)  # type: ignore[no-any-return]
    given = form.cleaned_data
    try:
        form.act(Audit(at, given["form_token"], given.get("version")))
    except AlreadyDone as before:
        messages.success(request, str(before))
        return redirect(done_url())
    except NotAllowed as refusal:
        return render(request, "errors/403.html", {"reason": str(refusal)}, status=403)
    except Stale as stale:
        if purpose:
            drafts.save(user, purpose, drafts.typed(request.POST), at=at)
        context = {"why": str(stale), "changed": [], "kept": form.words(), "go_on_url": request.path}
        return render(request, "cases/aside/conflict.html", context, status=409)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return page(form)  # type: ignore[no-any-return]
    if purpose:
        drafts.discard(user, purpose)
    messages.success(request, form.said())
    return redirect(done_url())
