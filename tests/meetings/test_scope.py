"""The scope screen of each procedure: every question leads to its own signpost, counted without a child (G05, X1)."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.forms.models import model_to_dict
from django.urls import reverse

from cases.models import Diversion, ProcedureVersion
from cases.procedures.definitions import Procedure
from cases.procedures.loading import load_text, shipped_files
from tests import in_place
from tests.cast import TUESDAY, Cast
from tests.pages.desk import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G05", "X1")]
TWO_RUNGS = Path(__file__).parents[1] / "procedures" / "two_rungs.toml"
TEXTS = {key: path.read_text(encoding="utf-8") for key, path in shipped_files().items()} | {
    "made-up-area": TWO_RUNGS.read_text(encoding="utf-8")
}
ASKED = [(name, question.key) for name, text in TEXTS.items() for question in load_text(text, name).scope]


@pytest.fixture(autouse=True)
def frozen() -> Any:
    with time_machine.travel(TUESDAY, tick=False):
        yield


def followed(cast: Cast, name: str) -> tuple[ProcedureVersion, Procedure]:
    """Let the partnership follow a procedure from today."""
    version = in_place.publish(TEXTS[name], name=f"{name}.toml").version
    in_place.adopt(cast.partnership, version, from_date=TUESDAY.date(), reason="for this test")
    return version, version.definition


@pytest.mark.parametrize(("name", "key"), ASKED)
def test_a_yes_leads_to_its_signpost_and_is_counted_once(cast: Cast, name: str, key: str) -> None:
    version, procedure = followed(cast, name)
    question = procedure.scope_question(key)
    client = client_of(cast.nurse)
    answers = {q.key: "yes" if q.key == key else "no" for q in procedure.scope}
    for _ in range(2):  # sent again, as after the back button
        answer = client.post(reverse("log_page", args=["scope"]), answers)
        assert answer.url == reverse("log_page", args=["elsewhere"])
    page = unescape(client.get(answer.url).content.decode())
    assert question.question not in page
    for words in (question.signpost_title, question.signpost_text.split("\n")[0], question.contact):
        assert words in page
    go_on = reverse("log_page", args=["about"])
    assert (f'href="{go_on}"' in page) is question.may_go_on
    [row] = Diversion.objects.all()
    kept = model_to_dict(row, exclude=["id"])
    assert kept == {
        "partnership": cast.partnership.pk,
        "agency": cast.health.pk,
        "question": key,
        "route": question.diverts_to,
        "procedure": version.pk,
        "signpost": question.signpost_title,
        "on": TUESDAY.date(),
    }
    assert set(vars(row)) - {"_state", "id"} == {
        "partnership_id",
        "agency_id",
        "question",
        "route",
        "procedure_id",
        "signpost",
        "on",
    }  # no place for a child, a person or a word


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_to_everything_goes_on_and_counts_nothing(cast: Cast, name: str) -> None:
    _, procedure = followed(cast, name)
    client = client_of(cast.nurse)
    answer = client.post(reverse("log_page", args=["scope"]), {q.key: "no" for q in procedure.scope})
    assert answer.url == reverse("log_page", args=["about"])
    assert not Diversion.objects.exists()


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_an_agreed_action_not_done_is_in_scope_or_a_complaint_as_each_area_has_it(name: str) -> None:
    """X1: the areas differ. Each file says one or the other: a reason of its own, or a question that diverts it."""
    procedure = load_text(TEXTS[name], name)
    families = {reason.family for reason in procedure.reasons}
    complaints = [q for q in procedure.scope if q.diverts_to == "complaint"]
    assert "action_not_done" in families or complaints or not procedure.scope


def test_a_concern_about_an_agency_has_its_own_way_in_where_the_area_has_one(cast: Cast) -> None:
    question = """
[[scope]]
key = "general_concern"
question = "Is it a general worry about how another agency works?"
diverts_to = "cumulative_concern"
signpost_title = "Tell your designated lead"
signpost_text = "They decide what to do about it, and tell you."
source = "silent"
"""
    text = TEXTS["perth-and-kinross-2025"].replace("[words]", f"{question}\n[words]", 1)
    version = in_place.publish(text.replace('version = "1.1"', 'version = "9"', 1), name="with.toml").version
    in_place.adopt(cast.partnership, version, from_date=TUESDAY.date(), reason="for this test")
    client = client_of(cast.nurse)
    answers = {q.key: "yes" if q.key == "general_concern" else "no" for q in version.definition.scope}
    client.post(reverse("log_page", args=["scope"]), answers)
    page = client.get(reverse("log_page", args=["elsewhere"])).content.decode()
    assert f'href="{reverse("concern_raise")}"' in page
    start = client.get(reverse("log")).content.decode()
    assert f'href="{reverse("concerns")}"' in start and f'href="{reverse("rethink_ask")}"' in start


def test_an_area_without_them_offers_neither(cast: Cast) -> None:
    followed(cast, "made-up-area")
    client = client_of(cast.nurse)
    start = client.get(reverse("log")).content.decode()
    assert reverse("concerns") not in start and reverse("rethink_ask") not in start
    assert client.get(reverse("rethink_ask")).status_code == 403
    assert client.get(reverse("concern_raise")).status_code == 403
    nav = [link["label"] for link in client.get("/").context["nav"]]
    assert "Re-think" not in nav
