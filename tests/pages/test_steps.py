"""Every step of a case by its page: who sees it, what it asks, and what stands in the case after it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
import time_machine

from cases.steps import STEPS
from escalation.trail.models import Event
from tests.cases.steps import fresh
from tests.cast import Cast
from tests.pages.desk import NOW, address, client_of, hidden, open_duties
from tests.pages.situations import SITUATIONS

EVERY = sorted(SITUATIONS)


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_no_step_is_without_a_situation() -> None:
    assert set(SITUATIONS) == set(STEPS)


@pytest.mark.parametrize("key", EVERY)
def test_the_page_is_drawn_for_whose_step_it_is_and_a_form_with_a_gap_keeps_the_words(
    cast: Cast, key: str
) -> None:
    now = SITUATIONS[key]
    case = now.case(cast)
    label = (
        "Ask for a Re-think" if key == "ask-rethink" else STEPS[key].label
    )  # the procedure's own name for it
    client = client_of(getattr(cast, now.by))
    page = client.get(address(case, key))
    assert page.status_code == 200, page.content.decode()
    text = unescape(page.content.decode())
    assert f"<title>{label} - Escalation</title>" in text
    assert f'<h1 class="govuk-heading-l">{label}</h1>' in text
    assert case.reference in text
    for asked in re.findall(r"<textarea[^>]*>", text):  # one short prompt or hint beside each question (G11)
        assert re.search(r'aria-describedby="[^"]*-(prompt|hint)\b', asked), asked
    # A colleague without a part in it does not learn that it exists; who takes part but is not asked reads why.
    assert client_of(cast.colleague).get(address(case, key)).status_code == 404
    if now.refused:
        assert client_of(getattr(cast, now.refused)).get(address(case, key)).status_code == 403
    before = Event.objects.filter(chain=case.chain).count()
    typed = {**now.typed(cast, case), **hidden(page)}
    sent = {name: words for name, words in typed.items() if not name.startswith(now.missing)}
    answer = client.post(address(case, key), sent)
    assert answer.status_code == 200
    text = unescape(answer.content.decode())
    assert f"<title>Error: {label} - Escalation</title>" in text
    if now.missing != "form_token":
        assert f'href="#{answer.context["form"][now.missing].anchor}"' in text
    words = [w for w in sent.values() if isinstance(w, str) and " " in w]
    assert all(w in text for w in words)
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
