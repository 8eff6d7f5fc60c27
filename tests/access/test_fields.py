"""A8, A10, A11: administrators see no word; private texts go to their own; no form takes what it does not ask.

Every text of a case is a canary of its own, so that a page says by itself what it let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.actions.talking import give_update
from cases.models import (
    Case,
)
from cases.models.entry import Visibility
from cases.reading import Record
from cases.steps import STEPS
from tests.access.addresses import beside, changed, every_address, snapshot
from tests.access.written import every_column, written_by
from tests.cases.steps import audit, determined, fresh
from tests.cast import Cast, opened
from tests.meetings.room import FEELINGS
from tests.pages.desk import NOW, address, client_of, hidden
from tests.pages.situations import SITUATIONS

#: Who may read an entry by how open it is and who wrote it (health's nurse), in a case that was determined.
READERS = {
    "shared": {"nurse", "nurse_manager", "health_senior", "social_worker", "social_work_manager", "cswo"},
    "own_agency": {"nurse", "nurse_manager", "health_senior"},
    "deciders": {"nurse", "cswo", "cswo_deputy"},
}
READERS["shared"] |= {"social_work_senior", "cswo_deputy"}
OUTSIDE = (
    "colleague",
    "teacher",
    "auditor",
    "administrator",
    "second_administrator",
    "cpc_officer",
    "stranger",
)
EVERYBODY = (*sorted(READERS["shared"]), *OUTSIDE)


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def canaries(cast: Cast) -> tuple[Case, dict[str, str]]:
    """Return a determined case whose every text is a canary, and the canary of each visibility."""
    case = determined(cast)
    words = {visibility: f"CANARY-{visibility.upper()}" for visibility in READERS}
    for visibility, canary in words.items():
        give_update(
            case,
            by=cast.nurse,
            audit=audit(case, NOW),
            update=canary,
            visibility=Visibility(visibility),
        )
    return fresh(case), words


def test_each_text_goes_to_its_own_and_to_nobody_else(cast: Cast) -> None:
    """3 visibilities x 15 people, in what a page loads: the rule that every page, export and notice asks."""
    case, words = canaries(cast)
    wrong, looked = [], 0
    for name in EVERYBODY:
        user = getattr(cast, name)
        record = Record.load(case, user, NOW)
        for visibility, canary in words.items():
            entry = next(e for e in record.entries if e.texts.get("update") == canary)
            sees = Case.objects.visible_to(user).exists() and not record.why_closed(entry)
            looked += 1
            if sees != (name in READERS[visibility]):
                wrong.append(f"{name} {'reads' if sees else 'does not read'} what is for {visibility}")
    assert wrong == []
    assert looked == len(EVERYBODY) * len(words) == 45


def test_no_page_of_a_case_lets_a_canary_through(cast: Cast) -> None:
    """Every page of the case, as every person: a private canary shows to its readers at most."""
    case, words = canaries(cast)
    pages = [reverse("case", args=[case.reference])]
    pages += [reverse(name, args=[case.reference]) for name in ("take_record", "who_looked")]
    pages += [address(case, key) for key in STEPS]
    leaks, seen = [], 0
    for name in EVERYBODY:
        client = client_of(getattr(cast, name))
        for page in pages:
            body = client.get(page).content.decode(errors="replace")
            for visibility, canary in words.items():
                if canary in body:
                    seen += 1
                    if name not in READERS[visibility]:
                        leaks.append((name, page, visibility))
    assert leaks == []
    assert seen >= 5, "the canaries do show to those they are for"


def test_those_without_a_part_crawl_every_page_and_find_no_word(cast: Cast) -> None:
    """A8: administrators, an auditor, the officer and a superuser open every page there is; Django's admin is off.

    There is something behind every address: a case, and beside it a Re-think that was held, a concern, a removal
    asked for, an emergency access, somebody's own account of what they learnt, a saved search, a page called unclear.
    Administrators and the superuser find no word of any of it; auditor and officer none of the case or the room.
    """
    texts = {"what": "CANARY-WHAT", "situation": "CANARY-SITUATION", "safety_line": "CANARY-SAFETY"}
    case = opened(cast, subject_reference="CANARY-CHILD", **texts)
    pages = every_address(beside(cast, case))
    User.objects.filter(pk=cast.colleague.pk).update(is_superuser=True)
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    everybody = ("administrator", "second_administrator", "auditor", "cpc_officer", "colleague", "nurse")
    clients = {name: client_of(getattr(cast, name)) for name in everybody}
    before, tried, found = snapshot(), 0, []
    for name in ("administrator", "second_administrator", "auditor", "cpc_officer", "colleague"):
        client = clients[name]
        nothing = name not in ("auditor", "cpc_officer")
        forbidden = ["CANARY"] if nothing else [*texts.values(), "CANARY-CHILD", FEELINGS, "CANARY-LEARNT"]
        for page in pages:
            tried += 1
            body = _body(client, page)
            if any(word in body for word in forbidden) or (
                name in ("administrator", "colleague")
                and case.reference in body
                and case.reference not in page
            ):
                found.append((name, page))
    assert found == []
    assert tried == 5 * len(pages) >= 5 * 150
    nurse = clients["nurse"]
    shown = {word for page in pages for word in re.findall("CANARY-[A-Z]+", _body(nurse, page))}
    # The twins: each word does stand on a page for whoever it is for.
    assert shown == {
        *(
            "CANARY-WHAT",
            "CANARY-SITUATION",
            "CANARY-SAFETY",
            "CANARY-CHILD",
            "CANARY-ABOUT",
            "CANARY-FEELINGS",
        ),
        *(
            "CANARY-CONCERN",
            "CANARY-LEARNT",
            "CANARY-SAVED",
            "CANARY-UNCLEAR",
            "CANARY-REMOVAL",
            "CANARY-TONIGHT",
        ),
    }
    for page in pages:
        nurse.head(page)
    # F5: looking changes nothing but who looked.
    assert changed(before) <= LOOKED, changed(before)


def _body(client: Client, page: str) -> str:
    answer = client.get(page)
    if getattr(answer, "streaming", False):
        return b"".join(answer).decode(errors="replace")
    return answer.content.decode(errors="replace")


#: What a look may change: the trail of looks, when a case was last opened, when a sign-in was last used.
LOOKED = {"trail_event", "cases_participation", "accounts_signin", "cases_agencyconcern"}


def test_no_step_takes_what_it_does_not_ask(cast: Cast, settings: Any) -> None:
    """A11: sent with every column of every model beside its own fields, each step writes what it writes without them.

    All other forms: test_every_box.py.
    """
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = None  # more than any form has: else it is refused whole
    columns = every_column()
    assert {"is_superuser", "state", "raiser_id", "partnership_id"} <= columns.keys()
    sent, wrong = 0, {}
    for key, situation in SITUATIONS.items():
        with transaction.atomic():
            case = situation.case(cast)
            client, where = client_of(getattr(cast, situation.by)), address(case, key)
            page = client.get(where)
            typed = {**situation.typed(cast, case), **hidden(page)}
            asked = (
                {name.rsplit("_", 1)[0] for name in typed} | typed.keys() | page.context["form"].fields.keys()
            )
            more = {name: value for name, value in columns.items() if name not in asked}
            usual, before = written_by(partial(client.post, where, typed))
            answer, after = written_by(partial(client.post, where, {**more, **typed}))
            sent += answer.status_code == 302
            if (answer.status_code, after) != (usual.status_code, before):
                wrong[key] = sorted(set(before) ^ set(after))[:4]
            transaction.set_rollback(True)
    assert wrong == {}
    assert sent >= len(SITUATIONS) - 3, "the forms are taken, but for what was not asked"
