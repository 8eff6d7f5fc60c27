"""An address of every page there is, with something behind it: for crawling them all as one person or another."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection
from django.urls import NoReverseMatch, reverse

from cases import glass
from cases.actions import raising
from cases.audit import Audit
from cases.models import (
    BreakGlass,
    Case,
    Deadline,
    Entry,
    LearningItem,
    ReflectiveAccount,
    RemovalRequest,
    SavedSearch,
)
from tests.access.test_routes import EVERY
from tests.cast import Cast
from tests.learning.test_learning import ACCOUNT
from tests.meetings.room import Room
from tests.pages.desk import NOW, client_of


def beside(cast: Cast, case: Case, words: Callable[[str], str] = str) -> dict[str, Any]:
    """Make one of everything beside a case, each with a canary; return what stands in the address of each kind.

    `words` makes what is written out of the canary, where something else is to stand there.
    """
    glass.open_case(
        case.reference,
        by=cast.health_lead,
        reason=words("CANARY-TONIGHT The duty team asks about tonight."),
        at=NOW,
    )
    room = Room.of(cast)
    rethink = room.held(
        room.arranged(rethink=room.asked(case=case, about=words("CANARY-ABOUT We stand still.")))
    )
    concern = raising.raise_concern(
        by=cast.nurse,
        about=cast.social_work,
        families=["information"],
        words=words("CANARY-CONCERN Minutes arrive weeks late."),
        audit=Audit(NOW),
    )
    nurse = client_of(cast.nurse)
    entry = Entry.objects.get(case=case, kind="concern")
    asked = {
        "entry": str(entry.pk),
        "ground": "wrong_child",
        "why": words("CANARY-REMOVAL It names another child."),
    }
    saved = {"agency": cast.health.pk, "name": words("CANARY-SAVED")}
    for where, sent in (
        (reverse("ask_removal", args=[case.reference]), asked),
        ("/learning/reflections/new/", {**ACCOUNT, "learned": words("CANARY-LEARNT")}),
        (reverse("saved_searches"), saved),
        (reverse("unclear"), {"words": words("CANARY-UNCLEAR What counts as contact?")}),
    ):
        assert nurse.post(where, sent).status_code == 302, where
    return {
        "cases/": case.reference,
        "rethinks/": rethink.reference,
        "concerns/": concern.reference,
        "meetings/": case.reference,
        "trail/": case.chain,
        "cases/saved/": SavedSearch.objects.get().pk,
        "cases/<str:reference>/due/": Deadline.objects.filter(case=case)[0].pk,
        "keeping/": RemovalRequest.objects.get().pk,
        "emergency-access/": BreakGlass.objects.get().pk,
        "learning/items/": LearningItem.objects.get().pk,
        "learning/reflections/": ReflectiveAccount.objects.get().pk,
        "administration/people/": cast.nurse.pk,
        "administration/agencies/": cast.health.pk,
        "procedure/": case.procedure_id,
    }


def every_address(behind: dict[str, Any]) -> list[str]:
    """Return an address of every page that can be opened, with something behind it where there is anything."""
    found = []
    for where, pattern in EVERY:
        known = [value for start, value in behind.items() if where.startswith(start)]
        wanted = {}
        for name, converter in pattern.pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter")
            ours = [v for v in known if isinstance(v, {"Int": int, "UUID": uuid.UUID}.get(kind, str))]
            usual = {"Int": 1, "UUID": uuid.UUID(int=9), "Slug": "contact"}.get(kind, "unknown")
            wanted[name] = usual if kind == "Slug" or not ours else ours[-1]
        try:
            found.append(reverse(pattern.name, kwargs=wanted))
        except NoReverseMatch as error:
            raise AssertionError(f"{where} cannot be addressed") from error
    return [page for page in found if page not in (reverse("quick_exit"), reverse("sign_out"))]


def snapshot() -> dict[str, str]:
    """Return a digest of what stands in each table."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted({model._meta.db_table for model in apps.get_models() if model._meta.managed}):
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')
            found[table] = str(cursor.fetchone())
    return found


def changed(before: dict[str, str]) -> set[str]:
    """Return the tables that differ from a snapshot."""
    return {table for table, digest in snapshot().items() if digest != before[table]}
