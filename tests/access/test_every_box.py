"""F4, A11: beside the steps of a case too, what is typed stays words, and no form takes what it does not ask.

The steps of a case are held by test_web_attacks.py and test_fields.py. Here is every other form. It is sent once as it
stands and once with the columns of all models as fields beside its own, after which the same must have been written;
then each of its boxes takes a payload while the others are filled as usual. And every page is opened while payloads
stand in all names and in everything beside a case.

BOX_PAYLOADS=60 types every payload into every box (`make nightly`), all in one text where the box is long enough and
as many as fit where it is not; without it each box takes one of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Agency, Partnership, Team, User
from tests.access.addresses import beside, every_address
from tests.access.html_forms import posted_forms
from tests.access.test_web_attacks import MARK, PAYLOADS, TOGETHER, markup_in
from tests.access.written import every_column, written_by
from tests.cast import Cast, opened
from tests.learning.test_learning import ACCOUNT
from tests.meetings.room import GUEST, Room
from tests.pages.desk import HOUR, NOW, client_of, on
from tests.pages.log.desk import answers
from tests.record import prepared
from tests.record.prepared import LONG, Sent
from tests.record.writes import WRITES

#: Whether each box takes all payloads.
ALL = int(os.environ.get("BOX_PAYLOADS") or 1) >= len(PAYLOADS)
#: How many characters any box takes that is not for a number or a code.
SHORT = 120
PEOPLE = ("nurse", "health_lead", "cpc_officer", "administrator", "cswo")


@pytest.fixture(autouse=True)
def _wednesday(settings: Any) -> Iterator[None]:
    settings.DEMO_MODE = False
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = None  # more than any form has: else such a form is refused whole
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with time_machine.travel(NOW, tick=False):
        yield


def _page_of_the_log(slug: str) -> Callable[[Cast], Sent]:
    return lambda c: Sent(c.nurse, (slug,), answers(c)[slug])


def _rethink_record(c: Cast) -> Sent:
    room = Room.of(c)
    row = room.arranged(meets_at=NOW - HOUR)
    by_email = {i.email: str(i.pk) for i in row.invitations.all()}
    typed = {
        "there": [by_email[c.nurse.email], by_email[GUEST]],
        "name_1": "Sam Guest",
        "step_perspectives": LONG,
        "action_1_what": "Write one plan",
        "action_1_owner": by_email[GUEST],
        **on("action_1_due", NOW.date()),
        "outcomes": ["what_works"],
        "outcome_what_works": "The school runs.",
    }
    return Sent(room.facilitator, (row.reference, "record"), typed, page=True)


def _rethink_says_why(step: str) -> Callable[[Cast], Sent]:
    def make(c: Cast) -> Sent:
        room = Room.of(c)
        row = room.arranged() if step == "call-off" else room.asked()
        return Sent(room.coordinator, (row.reference, step), {"why": LONG}, page=True)

    return make


def _rethink_correct(c: Cast) -> Sent:
    row = Room.of(c).held()
    typed = {"step": "impact", "correction": "It is two days of school a week."}
    return Sent(c.social_worker, (row.reference, "correct"), typed, page=True)


#: Forms that leave no event, and further steps of one address: their route, then what is sent.
MORE: dict[str, tuple[str, Callable[[Cast], Sent]]] = {
    **{
        f"log_page {slug}": ("log_page", _page_of_the_log(slug))
        for slug in ("scope", "about", "what", "safety")
    },
    "log_draft": ("log_draft", lambda c: Sent(c.nurse, ("what",), answers(c)["what"])),
    "case_step_draft": (
        "case_step_draft",
        lambda c: Sent(c.nurse, (opened(c).reference, "position"), {"position": LONG}),
    ),
    "rethink_ask_draft": ("rethink_ask_draft", lambda c: Sent(c.teacher, (), {"about": LONG})),
    "rethink_step record": ("rethink_step", _rethink_record),
    "rethink_step correct": ("rethink_step", _rethink_correct),
    "rethink_step redirect": ("rethink_step", _rethink_says_why("redirect")),
    "rethink_step call-off": ("rethink_step", _rethink_says_why("call-off")),
    "rethink_take_on": ("rethink_take_on", lambda c: Sent(c.nurse, (Room.of(c).held().reference,))),
    "reflection_new": ("reflection_new", lambda c: Sent(c.nurse, (), ACCOUNT)),
    "reflection_edit": ("reflection_edit", lambda c: Sent(c.nurse, (prepared.account(c).pk,), ACCOUNT)),
    "reflection_delete": ("reflection_delete", lambda c: Sent(c.nurse, (prepared.account(c).pk,))),
    "find_case": ("find_case", lambda c: Sent(c.nurse, (), {"words": "visit"})),
    "my_news": ("my_news", lambda c: Sent(c.nurse, (), {"news_by_mail": "yes", "together_at": "16:30"})),
    "inbox_read": ("inbox_read", lambda c: Sent(c.nurse, (), {"up_to": "1"})),
}
#: What is written when somebody signs in to send it.
SIGNED_IN = ("accounts_signin ", "django_session ", "accounts_user ")
#: Fields that a form asks, which another page shows, or its own to others.
DECLARED = {"saved_searches": {"state", "urgency"}, "sign_in": {"organisation"}}
FORMS = {name: (name, make) for name, make in WRITES.items()} | MORE


class Made:
    """A form of somebody, about to be sent: the browser, the address, what is sent, and which boxes take words."""

    def __init__(self, cast: Cast, name: str) -> None:
        route, make = FORMS[name]
        made = make(cast)
        # Somebody else's copy of a person may be stale: what is taken back must not stay in the cast.
        self.sent = replace(made, by=made.by and User.objects.get(pk=made.by.pk))
        self.where = reverse(route, args=self.sent.args)
        self.client = self.browser()
        self.typed = dict(self.sent.typed or {})
        self.shown = set(self.typed)
        boxes = set()
        with transaction.atomic():
            answer = self.client.get(self.where)
            for form in posted_forms(_text(answer)) if answer.status_code == 200 else ():
                if form.action.split("#")[0] in ("", self.where):
                    boxes |= form.boxes
                    self.shown |= form.sent.keys() | form.boxes
                    if self.sent.page:
                        hidden = {n: v[0] for n, v in form.sent.items() if n in ("form_token", "version")}
                        self.typed |= hidden
            transaction.set_rollback(True)
        words = {n for n, v in self.typed.items() if isinstance(v, str) and not v.isdigit()} - {
            "form_token",
            "version",
        }
        #: Where its page shows no form (a draft is sent by script), what is sent as words is a box.
        self.boxes = sorted(boxes or words)

    def browser(self) -> Client:
        """Return a browser of its own each time: some forms sign out."""
        return client_of(self.sent.by) if self.sent.by else Client()

    def post(self, **more: Any) -> Any:
        """Send it as it is usually filled, but for these; return the answer."""
        self.client = self.browser()
        return self.client.post(self.where, {**self.typed, **more})


def test_no_form_beside_the_steps_takes_markup_or_more_than_it_asks(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """A11: with every column of every model beside its own fields, a form writes what it writes without them.

    F4: each box takes a payload; looked at are the answer, the page it leads to, and the page of the form again.
    """
    columns, payload = every_column(), cycle(PAYLOADS)
    assert {"is_superuser", "state", "raiser", "raiser_id", "partnership_id", "agency"} <= columns.keys()
    count, undeclared, markup = Counter[str](), {}, []
    for name in FORMS:
        with transaction.atomic():
            form = Made(cast, name)
            asked = form.shown | {shown.rsplit("_", 1)[0] for shown in form.shown} | DECLARED.get(name, set())
            more = {column: value for column, value in columns.items() if column not in asked}
            usual, before = written_by(form.post)
            answer, after = written_by(partial(form.post, **more))
            count["wrote"] += any(not row.startswith(SIGNED_IN) for row in before)
            if (answer.status_code, after) != (usual.status_code, before):
                undeclared[name] = (
                    usual.status_code,
                    answer.status_code,
                    sorted(set(before) ^ set(after))[:4],
                )
            for box in form.boxes:
                count["boxes"] += 1
                found = all_in(form, box, count) if ALL else seen_after(form, {box: next(payload)}, count)
                markup += [(name, box, piece) for piece in found]
            transaction.set_rollback(True)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{len(FORMS)} forms, {count['wrote']} of them write, sent with {len(columns)} names of columns; "
            f"{count['boxes']} boxes, {'all payloads' if ALL else 'one payload'} in each, {count['typed']} texts: "
            f"{count['taken']} taken, {count['back']} came back"
        )
    assert undeclared == {}
    assert markup == []
    assert len(FORMS) >= 92
    assert count["wrote"] >= len(FORMS) - 3, "they are taken, but for what was not asked"
    assert count["boxes"] >= 225
    assert count["typed"] > count["boxes"] if ALL else count["typed"] == count["boxes"]
    assert count["taken"] >= 80
    assert count["back"] >= 150, "what was typed does come back, as words"


def all_in(form: Made, box: str, count: Counter[str]) -> list[str]:
    """Type every payload into a box; return the markup on the pages that follow."""
    taken = count["taken"]
    found = seen_after(form, {box: TOGETHER}, count)
    if count["taken"] == taken:  # too long for it, or refused whatever it says
        for text in in_pieces():
            found += seen_after(form, {box: text}, count)
    return found


def in_pieces() -> list[str]:
    """Return all payloads in texts that fit into short boxes."""
    texts = [""]
    for payload in PAYLOADS:
        if texts[-1] and len(texts[-1]) + 1 + len(payload) > SHORT:
            texts.append("")
        texts[-1] = f"{texts[-1]} {payload}".strip()
    return texts


def seen_after(form: Made, typed: dict[str, str], count: Counter[str]) -> list[str]:
    """Send a form with this in it, and take it back; return the markup on the pages that follow."""
    with transaction.atomic():
        count["typed"] += 1
        answer = form.post(**typed)
        seen = [_text(answer)]
        if answer.status_code in (204, 302):
            count["taken"] += 1
            pages = {answer.headers.get("Location", form.where), form.where}
            seen += [_text(form.client.get(page)) for page in sorted(pages)]
        count["back"] += any(MARK in body for body in seen)
        transaction.set_rollback(True)
    return [found for body in seen for found in markup_in(body)]


def test_nothing_that_stands_in_a_name_or_beside_a_case_becomes_markup(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """F4: every page as five people, while payloads stand in all names and in everything beside a case."""
    payload = cycle(PAYLOADS)
    pages = every_address(beside(cast, opened(cast), words=lambda usual: _instead(usual, payload)))
    named, shown, showed, wrong = _named_badly(), Counter[str](), 0, []
    for name in PEOPLE:
        client = client_of(User.objects.get(pk=getattr(cast, name).pk))
        for page in pages:
            if shown[page] == 2:  # two of them have seen it
                continue
            answer = client.get(page)
            body = _text(answer)
            shown[page] += answer.status_code == 200
            showed += answer.status_code == 200 and MARK in body
            wrong += [(name, page, found) for found in markup_in(body)]
    with capsys.disabled():
        print(f"\n{named} names; {len(+shown)} pages, {shown.total()} times, {showed} with a payload on them")  # noqa: T201
    assert wrong == []
    assert named >= 60
    assert len(+shown) >= 80
    assert showed >= 100


def _named_badly() -> int:
    """Let a payload stand in every name there is; return how many."""
    payload, named = cycle(PAYLOADS), 0
    for model, names in (
        (User, ("full_name", "job_title")),
        (Agency, ("name", "short_name")),
        (Team, ("name",)),
        (Partnership, ("name",)),
    ):
        for row in model._default_manager.order_by("pk"):
            for name in names:
                longest = model._meta.get_field(name).max_length or 200
                bad = next((p for p in payload if len(p) <= longest), "") if longest >= 40 else "<b>"
                setattr(row, name, bad[:longest])
                named += 1
            row.save()
    return named


def _instead(usual: str, payload: Iterator[str]) -> str:
    """Return a payload for what is usually written, with a sentence after it where that was one."""
    return (
        f"{next(p for p in payload if 25 <= len(p) <= 60)}{usual[usual.find(' ') :] if ' ' in usual else ''}"
    )


def _text(answer: Any) -> str:
    """Return a page as text; nothing for a file, in which markup is only words."""
    is_page = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
    return answer.content.decode(errors="replace") if is_page else ""
