"""Every route declares its policy. A test walks all routes and fails for one that does not (tests/access)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal, get_args

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse

View = Callable[..., HttpResponse]
Policy = Literal[
    "public",
    "demo",
    "signing_in",
    "signed_in",
    "case_participant",
    "emergency",
    "rethink_participant",
    "invited",
    "designated_lead",
    "report_reader",
    "auditor",
    "administrator",
]
#: Each policy in words, for people who read the list of routes.
POLICIES: dict[str, str] = {
    "public": "everybody, signed in or not; shows nothing of people or cases",
    "demo": "everybody, in the demonstration only; 404 otherwise",
    "signing_in": "who has just given a right password and nothing more; anybody else begins at the sign-in page",
    "signed_in": "everybody who is signed in; shows their own things, or what all of a partnership may see",
    "case_participant": "who takes part in the case; 404 for everybody else, 403 when it is not theirs to do",
    "emergency": "managers, designated leads and who determines; 403 for everybody else; opens one case for an hour",
    "rethink_participant": "who asked for the Re-think, is invited or arranges them; 404 for everybody else",
    "invited": "who is invited to the meeting, or takes part in its case; 404 for everybody else",
    "designated_lead": "designated leads, for what came to their agency; 404 for everybody else, never part of a case",
    "report_reader": "CPC officers and auditors of the partnership; never shows the text of a case",
    "auditor": "auditors of the partnership",
    "administrator": "administrators of the partnership; never shows anything of a case",
}
assert set(POLICIES) == set(get_args(Policy))
OPEN = ("public", "demo", "signing_in")


def policy(name: Policy) -> Callable[[View], View]:
    """Declare who a view is for, as `view.policy`. Put it first, above every other decorator.

    It opens "public", "demo" and "signing_in" views to people who are not signed in, and hides "demo" views outside the
    demonstration. For the rest LoginRequiredMiddleware asks for the sign-in, and the view itself for the right.
    Raises ValueError for a name that is not in POLICIES.
    """
    if name not in POLICIES:
        raise ValueError(f"no policy {name!r}: use one of {', '.join(POLICIES)}")

    def declare(view: View) -> View:
        @functools.wraps(view)
        def declared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if name == "demo" and not settings.DEMO_MODE:
                raise Http404
            return view(request, *args, **kwargs)

        declared.policy = name  # type: ignore[attr-defined]
        return login_not_required(declared) if name in OPEN else declared

    return declare
