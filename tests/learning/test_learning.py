"""An item from a debrief or a person, decided and done; the raiser hears of it, the committee sees no name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.actions import following
from cases.learning.codes import codes
from cases.learning.views import manager_of
from cases.models import LearningItem, Recognition, ReflectiveAccount
from escalation.trail.models import Event
from notifications.delivery import compose
from notifications.models import Kind, Message
from tests.cases.steps import agreed, audit, check_back_all
from tests.cast import Cast, opened

NOW = datetime(2026, 6, 16, 9, 30, tzinfo=UTC)
ITEM = {
    "source": "guidance",
    "theme": "guidance",
    "what": "It is not clear who is told when a nursery has no manager.",
    "route": "cpc",
}
ACCOUNT = {
    "title": "Speaking up",
    "on_day": "2",
    "on_month": "6",
    "on_year": "2026",
    "setting": "supervision",
    "practice": "I disagreed with a decision and said so.",
    "learned": "To say early what I fear.",
    "changed": "I ask how others came to their view.",
    "codes": ["nmc", "hscs"],
    "relevance": "It is about raising concerns.",
}


@pytest.fixture(autouse=True)
def in_june() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="accounts.backends.PersonBackend")
    return client


def words_of(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.requirement("G30", "G31")
def test_you_spoke_and_this_changed(cast: Cast) -> None:
    nurse, officer = client_of(cast.nurse), client_of(cast.cpc_officer)
    case = opened(cast)
    page = words_of(nurse.get(f"/cases/{case.reference}/"))
    assert "Is the guidance not clear here? Say so" in page
    nurse.post(f"/learning/raise/?about=guidance&case={case.reference}", ITEM)
    item = LearningItem.objects.get()
    assert (item.case, item.raised_by, item.state) == (case, cast.nurse, "raised")
    # The officer sees what, not who and not which case.
    listed = words_of(officer.get("/learning/all/")) + words_of(officer.get(f"/learning/items/{item.pk}/"))
    assert ITEM["what"] in listed
    for secret in ("Nadia Reid", case.reference, "NHS Strathbracken"):
        assert secret not in listed
    # Taken up: needs an owner and a day.
    here = f"/learning/items/{item.pk}/"
    decision = {"adopted": "yes", "decision": "We will write it down.", "theme": "guidance", "shared": "yes"}
    answer = words_of(officer.post(here, decision))
    assert "Say who sees to it" in answer
    given = {
        **decision,
        "owner": "Lead officer",
        "due_on_day": "1",
        "due_on_month": "9",
        "due_on_year": "2026",
    }
    officer.post(here, given)
    assert "We will write it down." in words_of(nurse.get("/learning/mine/"))
    assert ITEM["what"] in words_of(client_of(cast.teacher).get("/learning/"))  # shared with everybody
    # Done: with the version of the procedure that carries it.
    officer.post(here, {"changed": "The procedure names who is told.", "procedure": str(cast.procedure.pk)})
    mine = words_of(nurse.get("/learning/mine/"))
    assert "The procedure names who is told." in mine
    assert str(cast.procedure) in mine.replace("&#x27;", "'")
    assert "The procedure names who is told." in words_of(client_of(cast.teacher).get("/learning/"))
    # The procedure itself leads back to what caused the change, without a name.
    version = words_of(client_of(cast.teacher).get(f"/procedure/versions/{cast.procedure.pk}/"))
    assert f"{ITEM['what']} <strong>Changed: The procedure names who is told.</strong>" in version
    assert "Nadia Reid" not in version
    stranger = client_of(cast.stranger).get(f"/procedure/versions/{cast.procedure.pk}/")
    assert stranger.status_code == 404 or ITEM["what"] not in stranger.content.decode()
    assert Message.objects.filter(kind=Kind.LEARNING, recipient=cast.nurse).count() == 2
    verbs = (
        Event.objects.filter(object_ref=f"learning:{item.pk}").order_by("seq").values_list("verb", flat=True)
    )
    assert list(verbs) == ["learning_raised", "learning_decided", "learning_done"]


def test_the_notice_says_nothing_of_the_item(cast: Cast) -> None:
    client_of(cast.nurse).post("/learning/raise/", ITEM)
    item = LearningItem.objects.get()
    decision = {"adopted": "no", "decision": "We know of it.", "theme": "guidance", "shared": "no"}
    client_of(cast.cpc_officer).post(f"/learning/items/{item.pk}/", decision)
    mail = compose(Message.objects.get(recipient=cast.nurse, kind=Kind.LEARNING))
    assert "What you raised for learning has an answer" in mail.body
    assert "We know of it" not in mail.body
    assert ITEM["what"] not in words_of(client_of(cast.teacher).get("/learning/"))  # noted, not shared


@pytest.mark.requirement("G29", "G30")
def test_what_was_learnt_at_a_debrief_becomes_an_item(cast: Cast) -> None:
    case = agreed(cast, at=datetime(2026, 6, 2, 9, 30, tzinfo=UTC))
    check_back_all(case, cast, datetime(2026, 6, 9, 9, 30, tzinfo=UTC))
    when = datetime(2026, 6, 12, 9, 30, tzinfo=UTC)
    following.close(
        case,
        by=cast.nurse,
        audit=audit(case, when),
        debrief="Both practitioners, together.",
        debriefed_on=when,
        family="told",
        family_words="The health visitor told the mother.",
        learning="Say by telephone when a referral is declined.",
        learning_route="practice_improvement_group",
    )
    item = LearningItem.objects.get()
    assert (item.source, item.theme, item.route) == ("debrief", "thresholds", "practice_improvement_group")
    assert item.what == "Say by telephone when a referral is declined."
    (told,) = Message.objects.filter(kind=Kind.LEARNING_RAISED)
    assert told.recipient == cast.cpc_officer


def test_who_may_do_what(cast: Cast) -> None:
    client_of(cast.nurse).post("/learning/raise/", ITEM)
    item = LearningItem.objects.get()
    here = f"/learning/items/{item.pk}/"
    decision = {"adopted": "no", "decision": "No.", "theme": "other", "shared": "no"}
    for person in (cast.nurse, cast.cswo, cast.administrator):
        assert client_of(person).get(here).status_code == 403
        assert client_of(person).get("/learning/all/").status_code == 403
    assert client_of(cast.auditor).get(here).status_code == 200
    assert client_of(cast.auditor).post(here, decision).status_code == 403
    # Somebody of another partnership raises and sees nothing of this one.
    assert ITEM["what"] not in words_of(client_of(cast.stranger).get("/learning/mine/"))
    # A case one takes no part in is not tied to an item.
    case = opened(cast)
    client_of(cast.teacher).post(f"/learning/raise/?case={case.reference}", ITEM)
    assert LearningItem.objects.get(raised_by=cast.teacher).case is None


def test_the_database_wants_an_owner_and_words(cast: Cast) -> None:
    client_of(cast.nurse).post("/learning/raise/", ITEM)
    for change in ({"state": "adopted"}, {"state": "noted", "decided_at": NOW}, {"state": "done"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            LearningItem.objects.update(**change)


def test_good_practice_reaches_the_colleague_and_their_manager_alone(cast: Cast) -> None:
    words = "She changed her mind in front of everybody, for the child."
    nurse = client_of(cast.nurse)
    answer = words_of(nurse.post("/learning/recognise/", {"email": "nobody@example.org", "words": words}))
    assert "Nobody else here has this address" in answer
    answer = words_of(nurse.post("/learning/recognise/", {"email": cast.stranger.email, "words": words}))
    assert "Nobody else here has this address" in answer
    nurse.post("/learning/recognise/", {"email": cast.social_worker.email, "words": words})
    assert manager_of(cast.social_worker) == cast.social_work_manager
    assert Recognition.objects.get().manager == cast.social_work_manager
    for person, reads in (
        (cast.social_worker, True),
        (cast.social_work_manager, True),
        (cast.nurse_manager, False),
        (cast.cpc_officer, False),
    ):
        assert (words in words_of(client_of(person).get("/learning/recognised/"))) is reads
    told = Message.objects.filter(kind=Kind.RECOGNISED).values_list("recipient__full_name", flat=True)
    assert sorted(told) == ["Callum Petrie", "Tara Munro"]


@pytest.mark.requirement("PK11")
def test_a_reflective_account_belongs_to_its_writer(cast: Cast) -> None:
    nurse = client_of(cast.nurse)
    page = words_of(nurse.post("/learning/reflections/new/", {**ACCOUNT, "learned": ""}))
    assert "Say what you learnt" in page
    assert ACCOUNT["practice"] in page  # what was typed is kept
    nurse.post("/learning/reflections/new/", ACCOUNT)
    account = ReflectiveAccount.objects.get()
    here = f"/learning/reflections/{account.pk}/"
    page = words_of(nurse.get(here))
    for words in ("To say early what I fear.", "NMC Code, Health and Social Care Standards"):
        assert words in page or "Health and Social Care Standards, NMC Code" in page
    # Nobody else, whatever their role: 404 on every address.
    refused = 0
    for person in (cast.nurse_manager, cast.cpc_officer, cast.auditor, cast.administrator, cast.colleague):
        for part in ("", "edit/", "delete/", "file/pdf/", "file/html/"):
            assert client_of(person).get(f"{here}{part}").status_code == 404
            refused += 1
        assert client_of(person).post(f"{here}delete/").status_code == 404
    assert refused == 25
    assert not Event.objects.filter(payload__contains="Speaking up").exists()
    # Taken out for registration, with the four questions.
    document = words_of(nurse.get(f"{here}file/html/"))
    assert document.count("<h2>") == 4
    assert "Nadia Reid" in document
    assert nurse.get(f"{here}file/pdf/").content.startswith(b"%PDF-")
    assert nurse.get(f"{here}file/docx/").status_code == 404
    nurse.post(f"{here}edit/", {**ACCOUNT, "title": "Speaking up again"})
    account.refresh_from_db()
    assert account.title == "Speaking up again"
    assert "Throw this account away?" in words_of(nurse.get(f"{here}delete/"))
    assert ReflectiveAccount.objects.exists(), "one press alone loses nothing"
    nurse.post(f"{here}delete/")
    assert not ReflectiveAccount.objects.exists()


def test_an_area_may_bring_its_own_codes(settings: Any, tmp_path: Path) -> None:
    assert ("nmc", "NMC Code") in codes()
    own = tmp_path / "codes.toml"
    own.write_text('[local]\nlabel = "Our own standards"\n')
    settings.PROFESSIONAL_CODES = str(own)
    codes.cache_clear()
    assert codes() == (("local", "Our own standards"),)
    own.write_text("[local]\n")
    codes.cache_clear()
    with pytest.raises(ValueError, match="give each code a label; missing in local"):
        codes()
    codes.cache_clear()
    settings.PROFESSIONAL_CODES = ""


@pytest.mark.requirement("PK09", "PK10")
def test_briefing_and_supervision_are_there_for_everybody(cast: Cast) -> None:
    for person in (cast.nurse, cast.auditor, cast.administrator):
        page = words_of(client_of(person).get("/learning/briefing/"))
        assert page.count('<h2 class="govuk-heading-m">') == 7
        sheet = words_of(client_of(person).get("/learning/supervision/"))
        assert sheet.count("<li>Have I") + sheet.count("<li>Given what I know") == 4
        assert reverse("learning") in sheet
