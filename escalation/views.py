"""Error pages that Django calls by name. Those of a broken service use no database and no context at all."""

import re
import sys
from urllib.parse import urlencode

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from escalation.routes import policy

#: Fields whose words are shown to nobody, not even their writer: passwords, codes, passkeys.
SECRET = re.compile("password|^old$|^again$|^confirm_")
#: Fewer words than this are a choice or a number, quickly given again.
WORDS_WORTH_KEEPING = 3


@policy("public")
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say how accessible the service is, what does not work well, and whom to tell (PSBAR 2018)."""
    links = {
        "guidelines": "https://www.w3.org/TR/WCAG22/",
        "adviser": "https://www.equalityadvisoryservice.com/",
    }
    return render(request, "accessibility.html", links)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what was sent cannot be read."""
    return HttpResponse(render_to_string("errors/400.html"), status=400)


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: a person who may not do this, with the one sentence that says why."""
    return render(request, "errors/403.html", {"reason": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same page for what does not exist and for what this person may not know of."""
    return render(request, "errors/404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault; says so, and whom to ring. 503 when the database is out of reach: that passes (bar H4).

    Django calls this while it deals with the exception. Words that were sent are shown again, to be copied.
    """
    if _out_of_reach(sys.exc_info()[1]):
        page = render_to_string("errors/503_kept.html", {"kept": typed_words(request)})
        return HttpResponse(page, status=503, headers={"Retry-After": "30"})
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def _out_of_reach(error: BaseException | None) -> bool:
    """Return whether there is no database to be had: gone, stopping or starting, full, or a lock not to be had."""
    if isinstance(error, InterfaceError):
        return True
    code = getattr(error.__cause__, "pgcode", None) if isinstance(error, OperationalError) else "none"
    return code is None or code.startswith(("08", "57P")) or code in ("53300", "55P03")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in plain words that the page was open too long or came from elsewhere; nothing was done.

    The words that were typed are shown again, to be copied: signed-in pages are in no cache, so that the browser's back
    button would not bring them back.
    """
    return render(request, "errors/csrf.html", {"kept": typed_words(request)}, status=403)


def signed_out(request: HttpRequest) -> HttpResponse:
    """401: somebody sent a form after their sign-in had ended. Nothing was done; the words are shown again."""
    address = f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': request.path})}"
    context = {"kept": typed_words(request), "sign_in_again": address}
    return render(request, "errors/signed_out.html", context, status=401)


def typed_words(request: HttpRequest) -> list[str]:
    """Return the texts of a form that one of our own pages sent, for its writer to copy; nothing for a foreign page."""
    own = {
        f"{settings.BASE_URL.scheme}://{settings.BASE_URL.netloc}",
        f"{request.scheme}://{request.get_host()}",
    }
    if request.method != "POST" or request.headers.get("Origin") not in own:
        return []
    secret = ("csrfmiddlewaretoken", "form_token", "version")
    texts = [
        v.strip() for k, vs in request.POST.lists() if k not in secret and not SECRET.search(k) for v in vs
    ]
    return [text for text in texts if len(text.split()) >= WORDS_WORTH_KEEPING]
