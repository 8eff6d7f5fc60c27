"""What every page says of the person who is signed in, and where they can go. Asks the database nothing of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from accounts.models import User
from accounts.roles import Role
from accounts.sign_in import limits
from accounts.sign_in.sessions import SessionStore
from accounts.standing import Standing, standing_of
from escalation.clock import now
from escalation.health import warning_of

#: Which role speaks in the header when a person holds several: the one that others look for.
FIRST = [
    Role.CSWO,
    Role.SENIOR_MANAGER,
    Role.LINE_MANAGER,
    Role.DESIGNATED_LEAD,
    Role.CPC_OFFICER,
    Role.INDEPENDENT_CHAIR,
    Role.RETHINK_COORDINATOR,
    Role.RETHINK_FACILITATOR,
    Role.PRACTITIONER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
]
READS_REPORTS = frozenset({Role.CPC_OFFICER, Role.AUDITOR})


#: Gives (label, name of the page) for a person, from packages to the right; asks the database nothing as a rule.
MoreLinks = Callable[[User, Standing], list[tuple[str, str]]]
_more: list[MoreLinks] = []


def register_links(more: MoreLinks) -> None:
    """Have the navigation ask this function too, as a package to the right does when it starts."""
    if more not in _more:
        _more.append(more)


def page(request: HttpRequest) -> dict[str, Any]:
    """Return navigation, name, partnership and emergency contacts (G06) for base.html.

    A signed-in person comes with agency, partnership and standing in the request's one query; somebody who is not
    signed in costs none.
    """
    person = getattr(request, "user", None)
    footer = [{"label": "Accessibility", "url": _address("accessibility")}]
    footer += _demonstration() if settings.DEMO_MODE else []
    if not isinstance(person, User):
        return _drop_none(
            {"sign_in_url": _address("sign_in"), "home_url": _address("home"), "footer_links": footer}
        )
    standing, partnership = standing_of(person), person.agency.partnership
    return _drop_none(
        {
            "home_url": _address("home"),
            "nav": [link for link in _links(person, standing, request.path) if link["url"]],
            "signed_in": {
                "name": person.full_name,
                "role": in_header(person, standing),
                "url": _address("me"),
            },
            "sign_out_url": _address("sign_out"),
            "stay": _stay(request),
            "staff_warning": warning_of(person, now()) or None,
            "partnership_name": partnership.name,
            "footer_links": footer,
            "emergency_contacts": partnership.emergency_contacts or None,
        }
    )


def _stay(request: HttpRequest) -> dict[str, Any] | None:
    """Return until when the sign-in lasts, for the foot of the page and for the warning before the end."""
    at, session = now(), cast(SessionStore, getattr(request, "session", None))
    left = session.left(at) if session is not None else None
    if left is None:
        return None
    return {
        "now": at,
        "ends": at + left[0],
        "last": at + left[1],
        "warning": int(limits.WARNING.total_seconds()),
        "sign_in": f"{_address('sign_in')}?{urlencode({'next': request.get_full_path()})}",
    }


def _demonstration() -> list[dict[str, Any]]:
    """Return the links of the demonstration, for the foot of every page."""
    wanted = [("Demonstration: be somebody else", "demo_sign_in"), ("Demonstration: sent mail", "sent_mail")]
    links = [{"label": label, "url": _address(name)} for label, name in wanted]
    return [link for link in links if link["url"]]


def in_header(person: User, standing: Standing) -> str:
    """Return a person's chief role and agency in words, and whom they act for today."""
    held = sorted({h.role for h in standing.held}, key=FIRST.index)
    words = f"{held[0].label if held else 'No role yet'}, {person.agency.short_name}"
    names = list(dict.fromkeys(c.name for c in standing.covering))
    return f"{words}, acting for {' and '.join(names)}" if names else words


def _links(person: User, standing: Standing, path: str) -> list[dict[str, Any]]:
    wanted = [("Home", "home"), ("Cases", "case_list"), ("Notices", "inbox")]
    wanted += [link for more in _more for link in more(person, standing)]
    if standing.roles & READS_REPORTS:
        wanted.append(("Reports", "reports"))
    wanted += [("Procedure", "procedure"), ("Learning", "learning"), ("Directory", "directory")]
    if Role.ADMINISTRATOR in standing.roles:
        wanted.append(("Administration", "administration"))
    links = [{"label": label, "url": _address(name)} for label, name in wanted]
    if (papers := _address("papers")) and path.startswith(
        papers
    ):  # they lie beside the reports, which lead to them
        path = _address("reports") or path
    # The longest address that the page lies under is where one is; "/" lies above everything.
    under = [
        link["url"] for link in links if link["url"] and (path == link["url"] or _inside(path, link["url"]))
    ]
    here = max(under, key=len, default=None)
    return [{**link, "current": link["url"] == here} for link in links]


def _inside(path: str, url: str) -> bool:
    return url != "/" and path.startswith(url)


def _address(name: str) -> str | None:
    """Return the address of a page, or None while no page has that name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _drop_none(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None}
