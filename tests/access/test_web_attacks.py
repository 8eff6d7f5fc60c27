"""F4, F5: nothing that is typed becomes markup, no form of anybody else's is taken, and looking changes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.urls import reverse

from cases.models import Case
from escalation.forms import LongTextField, ShortTextField
from tests.access.addresses import beside, changed, every_address, snapshot
from tests.access.test_routes import EVERY
from tests.cast import Cast, opened
from tests.pages.desk import NOW, address, client_of, hidden
from tests.pages.situations import SITUATIONS

MARK = "zq7zq"
BASES = (
    f"<script>{MARK}()</script>",
    f"<ScRiPt src=//x.example/{MARK}.js></sCrIpT>",
    f"<img src=x onerror={MARK}()>",
    f"<svg onload={MARK}()>",
    f"<svg/onload={MARK}()//",
    f"<body onload={MARK}()>",
    f"<iframe srcdoc='<script>{MARK}()</script>'>",
    f"<iframe src=javascript:{MARK}()>",
    f"<a href=javascript:{MARK}()>x</a>",
    f"<a href='&#106;avascript:{MARK}()'>x</a>",
    f"<form action=javascript:{MARK}()><button>x</button></form>",
    f"<input onfocus={MARK}() autofocus>",
    f"<details open ontoggle={MARK}()>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={MARK}()>",
    f"<object data=javascript:{MARK}()>",
    f"<meta http-equiv=refresh content='0;url=javascript:{MARK}()'>",
    f"<link rel=stylesheet href=//x.example/{MARK}.css>",
    f"<base href=//x.example/{MARK}/>",
    f"<style>@import '//x.example/{MARK}.css';</style>",
    f"{{{{ {MARK}|safe }}}}{{% include '{MARK}' %}}<video onloadstart={MARK}()><source>",
)
#: Alone, out of an attribute, and out of a comment, a title or a box.
PAYLOADS = [before + base for before in ("", "\"' x>", "--></title></textarea></script>") for base in BASES]
#: All of them in one text, which a box for long words takes; whatever is not escaped in it runs.
TOGETHER = " ".join(PAYLOADS)
BAD_TAGS = {"iframe", "object", "embed", "base", "math", "style", "video", "audio", "marquee"}
ADDRESSES = {"href", "src", "action", "formaction", "data", "xlink:href", "srcdoc"}


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Markup(HTMLParser):
    """Finds what no template of ours writes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "") for name, value in attrs}
        ours = given.get("src", given.get("href", "")).startswith("/static/")
        if tag in BAD_TAGS or (tag in ("script", "link", "img") and not ours and "data-ours" not in given):
            self.found.append(f"<{tag} {given}>")
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh" and MARK in str(given):
            self.found.append(f"<{tag} {given}>")
        for name, value in given.items():
            plain = re.sub(r"[\x00-\x20]", "", value).lower()
            runs = name in ADDRESSES and plain.startswith(("javascript:", "data:text", "vbscript:"))
            if name.startswith("on") or runs:
                self.found.append(f"<{tag} {name}={value[:40]}>")


def markup_in(body: str) -> list[str]:
    """Return every piece of a page that could run or load something."""
    reads = Markup()
    reads.feed(body)
    return reads.found


def test_the_looking_finds_what_runs() -> None:
    """The twin: unescaped, each payload is found."""
    missed = [p for p in BASES if not markup_in(f"<html><body><p>{p}</p></body></html>")]
    assert missed == []
    assert len(PAYLOADS) == len(set(PAYLOADS)) == 60


def test_nothing_that_is_typed_into_a_step_becomes_markup(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """F4: the 60 payloads one after the other in every box for text of every step, and on the pages that follow; then
    all 60 in every box: those for long words take them, those for short ones give them back."""
    used, taken, bodies, wrong = 0, 0, 0, []
    whole = Counter[str]()
    for key, situation in SITUATIONS.items():
        with transaction.atomic():
            case = situation.case(cast)
            client = client_of(getattr(cast, situation.by))
            where = address(case, key)
            page = client.get(where)
            boxes = _boxes(page.context["form"])
            typed: dict[str, Any] = {**situation.typed(cast, case), **hidden(page)}
            for kind in (LongTextField, ShortTextField):
                if names := _boxes(page.context["form"], kind) & typed.keys():
                    whole["boxes"] += len(names)
                    wrong += [(key, found) for found in _all_in(client, where, typed, names, case, whole)]
            for name in boxes & typed.keys():
                payload = PAYLOADS[used % len(PAYLOADS)]
                typed[name] = [payload] if isinstance(typed[name], list) else payload
                used += 1
            answers = _sent(client, where, typed, case)
            taken += len(answers) > 1
            for answer in answers:
                body = _text(answer)
                bodies += MARK in body
                wrong += [(key, found) for found in markup_in(body)]
            transaction.set_rollback(True)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{used} boxes of {len(SITUATIONS)} steps, {taken} taken; {bodies} pages gave them back; "
            f"all 60 in {whole['boxes']} boxes: {whole['taken']} taken, {whole['back']} given back"
        )
    assert wrong == []
    assert used >= len(PAYLOADS)
    assert taken >= len(SITUATIONS) - 6, "most are stored, not only given back"
    assert bodies >= 30, "what was typed does come back, as words"
    assert whole["boxes"] == used
    assert whole["taken"] >= 20
    assert whole["back"] >= 5


def _boxes(form: Any, kind: Any = LongTextField | ShortTextField) -> set[str]:
    """Return the names of a form's fields that take any words."""
    return {name for name, field in form.fields.items() if isinstance(field, kind)}


def _sent(client: Client, where: str, typed: dict[str, Any], case: Case) -> list[Any]:
    """Return the answer to a form and, when it was taken, the pages of its case and of what may be taken along."""
    answer = client.post(where, typed)
    pages = ("case", "take_record") if answer.status_code == 302 else ()
    return [answer, *(client.get(reverse(name, args=[case.reference])) for name in pages)]


def _all_in(
    client: Client, where: str, typed: dict[str, Any], names: set[str], case: Case, count: Counter[str]
) -> list[str]:
    """Send a step with all payloads in each of these boxes, and take it back; return the markup that came of it."""
    more = {name: [TOGETHER] if isinstance(typed[name], list) else TOGETHER for name in names}
    with transaction.atomic():
        answers = _sent(client, where, {**typed, **more}, case)
        transaction.set_rollback(True)
    count["taken" if len(answers) > 1 else "back"] += 1
    return [found for answer in answers for found in markup_in(_text(answer))]


def _text(answer: Any) -> str:
    return answer.content.decode(errors="replace") if not getattr(answer, "streaming", False) else ""


def test_no_form_of_anybody_elses_is_taken(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    """F5: every route is sent a form without our token, and one with the token from a foreign page; all are refused."""
    case = opened(cast)
    pages = every_address(beside(cast, case))
    exempt = [where for where, pattern in EVERY if getattr(pattern.callback, "csrf_exempt", False)]
    assert exempt == []
    clients = {name: Client(enforce_csrf_checks=True) for name in ("nurse", "administrator")}
    for name, client in clients.items():
        client.force_login(getattr(cast, name), backend="accounts.backends.PersonBackend")
    request = RequestFactory().get("/")
    token = get_token(request)
    before, sent, wrong = snapshot(), 0, []
    for name, client in clients.items():
        for page in pages:
            if (name == "administrator") != page.startswith("/administration/"):
                continue
            for given, headers in (
                ({}, {"origin": "http://testserver"}),
                ({"csrfmiddlewaretoken": token}, {"origin": "https://elsewhere.example"}),
            ):
                client.cookies[settings.CSRF_COOKIE_NAME] = request.META["CSRF_COOKIE"]
                sent += 1
                status = client.post(page, given, headers=headers).status_code
                if status != 403:
                    wrong.append((name, page, status))
    with capsys.disabled():
        print(f"\n{sent} forms that are not ours")  # noqa: T201
    assert wrong == []
    assert sent == 2 * len(pages) >= 2 * 150
    assert changed(before) <= {"trail_event", "trail_head"}, "each refusal is an event, and nothing else"
