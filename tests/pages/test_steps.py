"""Every step of a case by its page: who sees it, what it asks, and what stands in the case after it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

import pytest
import time_machine

from cases.steps import STEPS
from escalation.trail.models import Event
from tests.cases.steps import fresh
from tests.cast import Cast
from tests.pages.desk import NOW, SITUATIONS, address, client_of, hidden, open_duties

EVERY = sorted(SITUATIONS)


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_no_step_is_without_a_situation() -> None:
    assert set(SITUATIONS) == set(STEPS)


@pytest.mark.parametrize("key", EVERY)
def test_the_page_is_drawn_for_whose_step_it_is_and_for_nobody_else(cast: Cast, key: str) -> None:
    now = SITUATIONS[key]
    case = now.case(cast)
    page = client_of(getattr(cast, now.by)).get(address(case, key))
    assert page.status_code == 200, page.content.decode()
    text = unescape(page.content.decode())
    assert f"<title>{STEPS[key].label} - Escalation</title>" in text
    assert f'<h1 class="govuk-heading-l">{STEPS[key].label}</h1>' in text
    assert case.reference in text
    assert client_of(cast.colleague).get(address(case, key)).status_code == 404
    if now.refused:
        no = client_of(getattr(cast, now.refused)).get(address(case, key))
        assert no.status_code == 403


@pytest.mark.parametrize("key", EVERY)
def test_a_form_without_something_keeps_the_words_and_names_the_field(cast: Cast, key: str) -> None:
    now = SITUATIONS[key]
    case = now.case(cast)
    client = client_of(getattr(cast, now.by))
    typed = {**now.typed(cast, case), **hidden(client.get(address(case, key)))}
    before = Event.objects.filter(chain=case.chain).count()
    sent = {k: v for k, v in typed.items() if k != now.missing and not k.startswith(now.missing or "?")}
    if key == "common-ground":
        sent = {k: v for k, v in typed.items() if k in ("form_token", "version")}
    answer = client.post(address(case, key), sent)
    assert answer.status_code == 200
    text = unescape(answer.content.decode())
    assert "<title>Error: " in text
    if now.missing != "form_token":
        name = now.missing or "agreed_facts"
        assert f'href="#{answer.context["form"][name].anchor}"' in text
    for word in (w for w in sent.values() if isinstance(w, str) and len(w) > 12 and " " in w):
        assert word in text
    assert Event.objects.filter(chain=case.chain).count() == before


@pytest.mark.parametrize("key", EVERY)
def test_a_form_that_is_right_is_taken_once(cast: Cast, key: str) -> None:
    now = SITUATIONS[key]
    case = now.case(cast)
    client = client_of(getattr(cast, now.by))
    typed = {**now.typed(cast, case), **hidden(client.get(address(case, key)))}
    before = Event.objects.filter(chain=case.chain).count()
    answer = client.post(address(case, key), typed)
    assert answer.status_code == 302, answer.content.decode()
    assert answer.headers["Location"] == f"/cases/{case.reference}/"
    duties = open_duties(case)
    assert fresh(case).state == now.state
    assert set(now.duties) <= set(duties)
    assert not set(now.gone) & set(duties)
    # The second press of the button finds that it was sent: one entry, and the person comes to the case all the same.
    again = client.post(address(case, key), typed)
    assert again.status_code == 302
    assert Event.objects.filter(chain=case.chain).count() == before + 1
    assert open_duties(case) == duties
