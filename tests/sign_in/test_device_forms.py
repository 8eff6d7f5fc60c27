"""F4, A11: the forms that need a device, a provider or a step before them take no markup, and no more than they ask.

All others stand in tests/access/test_every_box.py. Each of these is sent as it is usually filled, once by itself and
once with the columns of all models beside its own fields, and must write the same. Then payloads go into each of its
boxes, with the rest filled rightly and with the rest wrong: what is taken stands on the pages that follow, what is
refused comes back. Two of them, or as many as BOX_PAYLOADS says (`make nightly`: all 60).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as service
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.sign_in import resetting
from accounts.sign_in.models import Identity, IdentityProvider
from accounts.sign_in.sessions import digest
from escalation.clock import now
from tests.access.html_forms import posted_forms
from tests.access.test_web_attacks import MARK, PAYLOADS, markup_in
from tests.access.written import every_column, written_by
from tests.cast import TUESDAY, Cast
from tests.factories import PASSWORD
from tests.record.writes import NEED_A_DEVICE
from tests.sign_in.going_out import SUBJECT
from tests.sign_in.local_provider import LocalProvider
from tests.sign_in.proof import code, forgets_proof
from tests.sign_in.soft_passkey import AT, SoftPasskey
from tests.sign_in.test_second_step import secret_on

#: How many payloads each box takes.
EACH = int(os.environ.get("BOX_PAYLOADS") or 2)
NEW_ONE = "gulls over the harbour wall"
Typed = dict[str, Any]


@pytest.fixture(autouse=True)
def _at_its_address(settings: Any) -> None:
    settings.BASE_URL = urlsplit(AT)
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = None  # more than any form has: else such a form is refused whole


@dataclass
class Form:
    """One form: who sends it from where, what is typed into it, and the event that it leaves."""

    route: str
    browser: Callable[[], Client]
    typed: Callable[[Client, str], Typed] = lambda _client, _where: {}
    leaves: str = ""
    boxes: tuple[str, ...] = ()  # those that a page hides or draws as dots
    args: tuple[Any, ...] = ()
    wrong: Typed = field(default_factory=dict)  # with which it is refused

    @property
    def where(self) -> str:
        return reverse(self.route, args=self.args)

    def send(self, more: Typed) -> tuple[Client, Any]:
        """Send it from a new browser, usually filled but for these; return the browser and the answer."""
        client = self.browser()
        return client, client.post(self.where, {**self.typed(client, self.where), **more})

    def shown(self) -> tuple[set[str], set[str]]:
        """Return the names of its fields, and of the boxes among them."""
        with transaction.atomic():
            client = self.browser()
            answer = client.get(self.where)
            found = posted_forms(answer.content.decode()) if answer.status_code == 200 else []
            names, boxes = set(self.typed(client, self.where)) | set(self.boxes), set(self.boxes)
            for form in found:
                if form.action in ("", self.where):
                    names, boxes = names | form.sent.keys(), boxes | form.boxes
            transaction.set_rollback(True)
        return names | boxes, boxes


def _signed_in(person: User, *, fresh: bool = True) -> Callable[[], Client]:
    def make() -> Client:
        client = Client()
        client.force_login(person, backend="accounts.backends.PersonBackend")
        if not fresh:
            forgets_proof(client)
        return client

    return make


def _after_password(person: User) -> Callable[[], Client]:
    def make() -> Client:
        client = Client()
        client.post(reverse("sign_in"), {"email": person.email, "password": PASSWORD})
        return client

    return make


def _by_link(person: User) -> Callable[[], Client]:
    def make() -> Client:
        client = Client()
        client.get(reverse("forgotten_link", args=[resetting.token_for(person, now())]))
        return client

    return make


def _app(client: Client, where: str) -> Typed:
    return {"code": code(secret=secret_on(client.get(where).content.decode())), "name": "Old phone"}


def _passkey(client: Client, where: str) -> Typed:
    return {"passkey": SoftPasskey().makes(client.get(where).context["options"]), "name": "Blue key"}


def _code(_client: Client, _where: str) -> Typed:
    return {"confirm_code": code()}


def _confirmed(_client: Client, _where: str) -> Typed:
    return {"confirm_code": code(), "next": "/directory/"}


def _password(_client: Client, _where: str) -> Typed:
    return {"password": NEW_ONE, "again": NEW_ONE}


CONFIRM, KEY, WORDS = ("confirm_code", "confirm_passkey"), ("passkey",), ("password", "again")
NO_CODE, NO_KEY = {"confirm_code": "0"}, {"passkey": "{}"}


@pytest.fixture
def forms(cast: Cast, linked: User) -> list[Form]:
    """Every form there is of this kind; the nurse has an app, a passkey, a link to her provider and another device."""
    teacher = cast.teacher  # no second factor yet
    teacher.set_password(PASSWORD)
    teacher.save()
    inside, stale = _signed_in(linked), _signed_in(linked, fresh=False)
    desk, page = inside(), reverse("add_passkey")
    assert desk.post(page, _passkey(desk, page)).status_code == 302
    phone = inside()
    other = digest(phone.cookies[service.SESSION_COOKIE_NAME].value)
    identity = Identity.objects.get(user=linked)
    return [
        Form("second_step", _after_password(linked), _code, "signed_in", CONFIRM, wrong=NO_CODE),
        Form("set_up", _after_password(teacher)),
        Form("set_up_app", _after_password(teacher), _app, "factor_added", wrong={"code": "0"}),
        Form("set_up_passkey", _after_password(teacher), _passkey, "factor_added", KEY, wrong=NO_KEY),
        Form("confirm", stale, _confirmed, "stepped_up", ("next", *CONFIRM), wrong=NO_CODE),
        Form("add_app", inside, _app, "factor_added", wrong={"code": "0"}),
        Form("add_app", stale, _code, "stepped_up", ("code", "name", *CONFIRM), wrong=NO_CODE),
        Form("add_passkey", inside, _passkey, "factor_added", KEY, wrong=NO_KEY),
        Form("end_sign_in", inside, leaves="sign_in_ended", args=(other,)),
        Form("new_password", _by_link(linked), _password, "password_reset", WORDS, wrong={"again": "x"}),
        Form("provider_unlink", inside, leaves="identity_unlinked", args=(identity.pk,)),
    ]


def test_no_form_that_needs_a_device_takes_markup_or_more_than_it_asks(
    forms: list[Form], capsys: pytest.CaptureFixture[str]
) -> None:
    columns, payloads, count = every_column(), cycle(PAYLOADS), Counter[str]()
    taken_more, markup, not_taken = {}, [], []
    for form in forms:
        asked, boxes = form.shown()
        more = {column: value for column, value in columns.items() if column not in asked}
        (_, usual), before = written_by(lambda form=form: form.send({}))
        (_, answer), after = written_by(lambda form=form, more=more: form.send(more))
        if (answer.status_code, after) != (usual.status_code, before):
            taken_more[form.route] = (answer.status_code, sorted(set(before) ^ set(after))[:4])
        if form.leaves and not any(f'"verb": "{form.leaves}"' in row for row in before):
            not_taken.append(form.route)
        for box in sorted(boxes):
            for payload in islice(payloads, EACH):
                for rest in ({}, form.wrong):
                    markup += [
                        (form.route, box, found) for found in _after(form, {**rest, box: payload}, count)
                    ]
    with capsys.disabled():
        print(f"\n{len(forms)} forms, {len(columns)} names of columns; {dict(count)}")  # noqa: T201
    assert taken_more == {}
    assert not_taken == [], "what is usual is taken, and leaves its event"
    assert markup == []
    assert {form.route for form in forms} | {"provider_link"} == set(NEED_A_DEVICE), "provider_link: below"
    assert count["boxes"] >= 2 * EACH * 18
    assert count["taken"] >= 2 * EACH
    assert count["back"] >= 10 * EACH, "what was typed does come back, as words"


def _after(form: Form, typed: Typed, count: Counter[str]) -> list[str]:
    with transaction.atomic():
        count["boxes"] += 1
        client, answer = form.send(typed)
        seen = [answer.content.decode()]
        if answer.status_code == 302:
            count["taken"] += 1
            assert urlsplit(answer.url).netloc == "" and answer.url.startswith("/"), answer.url
            seen += [client.get(page).content.decode() for page in (answer.url, reverse("my_sign_in"))]
        count["back"] += any(MARK in body for body in seen)
        transaction.set_rollback(True)
    return [found for body in seen for found in markup_in(body)]


def test_what_stands_in_an_address_of_a_provider_becomes_no_markup_and_leads_nowhere(
    cast: Cast, linked: User, local: LocalProvider, nhs: IdentityProvider
) -> None:
    """Going out by a link, to sign in or to link an account, and coming back: payloads in all that an address holds."""
    inside, stranger, tried, shown = _signed_in(linked)(), Client(), 0, []
    Identity.objects.all().delete()
    names = ("next", "invitation", "user", "link", "goes_to", "login_hint", "redirect_uri")
    link, start, back_to = (
        reverse(name, args=["nhs-scot"]) for name in ("provider_link", "provider_start", "provider_back")
    )
    for payload in PAYLOADS:
        for client, page in ((inside, link), (stranger, start)):
            answer = client.get(page, dict.fromkeys(names, payload))
            assert answer.status_code == 302
            assert answer.url.startswith(f"{local.issuer}/authorize?")
            assert MARK not in answer.url
            tried += 1
        for bad in ("code", "state", "iss", "error"):
            given = local.says_yes(stranger.get(start).url) | {bad: payload, "error_description": payload}
            answer = stranger.get(back_to, given)
            assert answer.status_code == 403
            shown.append(answer.content.decode())
    assert tried == 120
    assert [found for body in shown for found in markup_in(body)] == []
    assert not any(MARK in body for body in shown), "no word of an address is said again"
    assert Identity.objects.count() == 0
    answer = inside.get(link, every_column())
    assert inside.get(reverse("provider_back", args=["nhs-scot"]), local.says_yes(answer.url)).url == reverse(
        "my_sign_in"
    )
    assert list(Identity.objects.values_list("user_id", "subject", "linked_at")) == [
        (linked.pk, SUBJECT, TUESDAY)
    ]
