"""The record of a case as it is taken out: for whom, in which form, what is in it and what is not; logged each time."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.actions import following, talking
from cases.audit import Verb, record
from cases.models import Case, Entry, RecordExport
from cases.models.entry import Visibility
from cases.reading import Record
from cases.record import looks, pack
from cases.record.audience import Audience, read_as
from cases.record.for_the_child import child_entry
from cases.record.looks import reads_chain
from escalation.trail.models import REGISTRY, Event
from escalation.trail.writing import SERVICE, append
from tests.cases.steps import POSITION, agreed, audit, case_at, determined
from tests.cast import TUESDAY, Cast, opened

LATER = TUESDAY + timedelta(hours=9)


@pytest.fixture(autouse=True)
def evening() -> Iterator[Any]:
    with time_machine.travel(LATER, tick=False) as clock:
        yield clock


@pytest.fixture
def told(cast: Cast) -> Case:
    """Return a determined case in which Health and Social Work each wrote something for themselves."""
    case = determined(cast)
    for person, canary, visibility in (
        (cast.nurse, "CANARY-HEALTH-ONLY", Visibility.OWN_AGENCY),
        (cast.social_worker, "CANARY-SOCIAL-WORK-ONLY", Visibility.OWN_AGENCY),
    ):
        part = next(p for p in case.participations.all() if p.user_id == person.pk)
        Entry.compose(
            {"update": canary},
            case=case,
            stage=case.current_stage,
            kind="update",
            author=person,
            agency_id=part.agency_id,
            role="x",
            side=part.side,
            happened_at=TUESDAY,
            written_at=TUESDAY + timedelta(days=3),
            visibility=visibility,
        ).save()
    return case


@pytest.fixture
def as_person() -> Any:
    """Return a way to sign somebody in on a device of their own, with fresh proof of who they are."""

    def signed_in(person: Any) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return signed_in


def take(client: Client, case: Case, **answers: str) -> Any:
    given = {"audience": "shared", "form": "pdf", "reason": "For the meeting on Thursday", **answers}
    return client.post(reverse("take_record", args=[case.reference]), given)


def unzipped(response: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_each_audience_reads_its_own_part_and_no_more(cast: Cast, told: Case, as_person: Any) -> None:
    client = as_person(cast.nurse)
    for audience, words in ((Audience.SHARED, set()), (Audience.OWN, {b"CANARY-HEALTH-ONLY"})):
        files = unzipped(take(client, told, form="files", audience=audience.value))
        assert set(files) == {
            "trail.jsonl", "verify.py", "READ-ME-FIRST.txt", "record.pdf", "record.html", "record.json",
        }  # fmt: skip
        everything = b"".join(files[n] for n in ("trail.jsonl", "record.html", "record.json"))
        canaries = {b"CANARY-HEALTH-ONLY", b"CANARY-SOCIAL-WORK-ONLY"}
        assert {c for c in canaries if c in everything} == words
        assert b"Yes: an assessment starts this week." in files["record.html"]
        assert b"today" not in files["record.html"].replace(b"school today", b"")  # read years later
        assert files["record.pdf"].startswith(b"%PDF-")


def test_the_files_are_checked_by_the_program_beside_them(
    cast: Cast, told: Case, as_person: Any, tmp_path: Path
) -> None:
    as_person(cast.nurse).get(reverse("case", args=[told.reference]))
    files = unzipped(take(as_person(cast.social_worker), told, form="files"))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "trail.jsonl"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "1 chains" in run.stdout or "2 chains" in run.stdout
    data = json.loads(files["record.json"])
    assert data["case"]["reference"] == told.reference
    lines = [json.loads(line) for line in files["trail.jsonl"].splitlines() if b'"t":"e"' in line]
    last = [e for e in lines if e["chain"] == str(told.chain)][-1]
    assert (data["sealed"]["chain"], data["sealed"]["number"], data["sealed"]["hash"]) == (
        str(told.chain), last["seq"], last["hash"],
    )  # fmt: skip
    assert [(w["name"], w["times"]) for w in data["who_looked"]] == [(cast.nurse.full_name, 1)]
    assert [e["why"] for e in data["taken_away"]] == ["For the meeting on Thursday"]
    kinds = {e["id"]: e["kind"] for e in data["entries"]}
    assert kinds[data["determination"]] == "determination"
    assert {kinds[a["entry"]] for a in data["actions"]} == {"action"}
    assert len(data["check_backs"]) == told.check_backs.count() == 4
    assert len(data["events"]) == Event.objects.filter(chain=told.chain).count()


def test_paper_says_on_each_page_with_what_it_was_sealed(
    cast: Cast, told: Case, monkeypatch: pytest.MonkeyPatch, as_person: Any
) -> None:
    """Whoever keeps the paper holds a receipt: chain, number and hash of the last entry it shows."""
    printed: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "cases.record.pack.pdf", lambda html, title, footer: printed.append((html, footer)) or b"%PDF-"
    )
    assert take(as_person(cast.nurse), told).status_code == 200
    ((html, footer),) = printed
    last = Event.objects.filter(chain=told.chain).order_by("-seq")[0]
    sealed = bytes(last.hash).hex()
    assert footer == (f"Case {told.reference}. Chain {told.chain}, entry {last.seq}, hash {sealed[:16]}…")
    assert f"chain <code>{told.chain}</code>, entry {last.seq}, hash <code>{sealed}</code>" in html


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_while_a_record_is_set_and_it_agrees_with_itself(
    cast: Cast, told: Case, monkeypatch: pytest.MonkeyPatch, as_person: Any
) -> None:
    """Whoever signs in, reads or writes meanwhile is not held up, and what they do is in no part of the file."""
    client, set_in_type = as_person(cast.nurse), pack.pdf

    def others(failed: list[Exception]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            append(REGISTRY, "signed_in", actor=SERVICE, object_ref="person:0", facts={}, at=LATER)
            looks.note(told, cast.social_worker, page="case", at=LATER)
            record(told, Verb.UPDATED, actor=SERVICE, facts={}, at=LATER)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    def slowly(html: str, **more: Any) -> bytes:
        assert RecordExport.objects.filter(case=told).count() == 1  # before a byte was made
        failed: list[Exception] = []
        thread = Thread(target=others, args=[failed])
        thread.start()
        thread.join()
        assert failed == []
        return set_in_type(html, **more)

    monkeypatch.setattr(pack, "pdf", slowly)
    files = unzipped(take(client, told, form="files"))
    data = json.loads(files["record.json"])
    events = [json.loads(line) for line in files["trail.jsonl"].splitlines() if b'"t":"e"' in line]
    own = [e for e in events if e["chain"] == str(told.chain)]
    assert (data["sealed"]["number"], data["sealed"]["hash"]) == (own[-1]["seq"], own[-1]["hash"])
    assert own[-1]["seq"] == Event.objects.filter(chain=told.chain).count() - 1
    reads = [e["verb"] for e in events if e["chain"] == str(reads_chain(told.chain))]
    assert reads == ["record_exported"]
    assert [e["why"] for e in data["taken_away"]] == ["For the meeting on Thursday"]


def test_no_file_is_made_whose_event_cannot_be_written(
    cast: Cast, told: Case, monkeypatch: pytest.MonkeyPatch, as_person: Any
) -> None:
    def never(*args: Any, **more: Any) -> Any:
        raise DatabaseError("the trail is out of reach")

    made: list[Any] = []
    monkeypatch.setattr("cases.record.exporting.append_many", never)
    monkeypatch.setattr("cases.views.record.make", lambda *given: made.append(given))
    client = as_person(cast.nurse)
    client.raise_request_exception = False
    assert take(client, told).status_code >= 500
    assert (made, RecordExport.objects.count()) == ([], 0)


def test_each_record_that_leaves_is_in_the_list_and_in_both_chains(
    cast: Cast, told: Case, as_person: Any
) -> None:
    client = as_person(cast.nurse)
    for form in ("pdf", "files", "child"):
        assert take(client, told, form=form).status_code == 200
    rows = list(RecordExport.objects.filter(case=told).values_list("user", "audience", "form", "reason"))
    assert rows == [
        (cast.nurse.pk, "shared", form, "For the meeting on Thursday") for form in ("pdf", "files", "child")
    ]
    for chain in (REGISTRY, reads_chain(told.chain)):
        assert Event.objects.filter(chain=chain, verb="record_exported").count() == 3
    assert not Event.objects.filter(payload__contains="Thursday").exists()
    page = client.get(reverse("who_looked", args=[told.reference])).content.decode()
    assert page.count("For the meeting on Thursday") == 3


def test_nothing_leaves_without_fresh_proof_a_reason_or_a_part(
    client: Client, cast: Cast, told: Case, as_person: Any
) -> None:
    client.force_login(cast.nurse)
    session = client.session
    del session["confirmed_at"]  # the second factor was not given
    session.save()
    assert take(client, told).status_code == 401
    nurse = as_person(cast.nurse)
    assert "Say in a few words" in take(nurse, told, reason="because").content.decode()
    assert take(nurse, told, audience="full").status_code == 200  # no such choice: the form again
    assert take(as_person(cast.stranger), told).status_code == 404
    assert take(as_person(cast.auditor), told).status_code == 404
    assert RecordExport.objects.count() == 0


@pytest.mark.requirement("G12", "G27")
def test_positions_stand_as_they_were_said_at_each_stage_and_a_correction_beside_them(
    cast: Cast, as_person: Any
) -> None:
    case = case_at(cast, "managers")
    for person, words in ((cast.nurse_manager, "FIRST-SIDE"), (cast.social_work_manager, "OTHER-SIDE")):
        talking.give_position(
            case,
            by=person,
            audit=audit(case, TUESDAY + timedelta(hours=5)),
            position={**POSITION, "seen": words},
        )
    said = Entry.objects.filter(case=case, kind="position").order_by("written_at", "pk")[0]
    author = said.author
    talking.correct_entry(
        case,
        by=author,
        audit=audit(case, TUESDAY + timedelta(hours=6)),
        entry=said,
        correction="I meant Monday.",
    )
    files = unzipped(take(as_person(cast.nurse_manager), case, form="files"))
    page, data = files["record.html"].decode(), json.loads(files["record.json"])
    texts = {e["id"]: e["texts"]["position"]["seen"] for e in data["entries"] if e["kind"] == "position"}
    (stage,) = data["positions"]
    assert [texts[pk] for pk in stage["raising"]] == ["FIRST-SIDE"]
    assert [texts[pk] for pk in stage["receiving"]] == ["OTHER-SIDE"]
    assert page.index("What each side said") < page.index("FIRST-SIDE")
    assert "OTHER-SIDE" in page
    assert "I meant Monday." in page
    assert "Corrected at" in page


@pytest.mark.requirement("G27")
def test_the_entry_for_the_child_is_short_plain_and_names_nobody(
    cast: Cast, told: Case, monkeypatch: pytest.MonkeyPatch, as_person: Any
) -> None:
    printed: list[str] = []
    monkeypatch.setattr("cases.views.record.pdf", lambda html, title: printed.append(html) or b"%PDF-")
    assert take(as_person(cast.nurse), told, form="child").status_code == 200
    (html,) = printed
    people = [p.full_name for p in (cast.nurse, cast.social_worker, cast.cswo, cast.nurse_manager)]
    assert [name for name in people if name in html] == []
    assert "They could not agree" in html
    assert "Yes: an assessment starts this week." in html
    assert "CANARY" not in html
    assert len(html.split()) < 200


@pytest.mark.requirement("G27")
def test_the_entry_for_the_child_says_how_it_ended_and_not_how_far_it_went(cast: Cast) -> None:
    """A case that was reopened is open; the committee’s decision is not the Chief Social Work Officer’s; no names."""

    def said(case: Case) -> dict[str, Any]:
        whole = Case.objects.whole().get(pk=case.pk)
        return child_entry(read_as(Record.load(whole, cast.nurse, LATER), Audience.SHARED))

    case = determined(cast)
    following.reopen(case, by=cast.nurse, audit=audit(case, LATER), reason="New facts.")
    assert "still working out" in said(case)["sentences"][3]
    assert said(case)["decided"] == ""
    ends = {
        "agreed_to_differ_low_risk": "still did not see it the same way",
        "committee_determined": "people from all the services here",
        "cswo_determined": "the most senior social worker here",
        "resolved_agreed": "They talked, and agreed what to do. That was on 2 June 2026.",
    }
    settled = agreed(cast)
    for outcome, words in ends.items():
        Case.objects.filter(pk=settled.pk).update(outcome=outcome, version=F("version") + 1)
        assert words in said(settled)["sentences"][3]
    assert said(settled)["decided"]
    named = Case.objects.whole().get(pk=settled.pk)
    record = read_as(Record.load(named, cast.nurse, LATER), Audience.SHARED)
    entry = record.latest("agreement")
    assert entry is not None
    entry.texts["agreement"] = f"{cast.nurse.full_name} visits on Friday."
    assert child_entry(record)["decided"] == "somebody who works for you visits on Friday."


def test_a_lead_sees_look_ups_of_their_people_without_a_duty(
    cast: Cast, told: Case, as_person: Any, evening: Any
) -> None:
    case = opened(cast)
    as_person(cast.nurse).get(reverse("case", args=[case.reference]))  # hers: not flagged
    told.participations.filter(user=cast.nurse_manager).first()
    as_person(cast.nurse_manager).get(reverse("case", args=[told.reference]))  # her stage was left long ago
    lead = as_person(cast.health_lead)
    page = lead.get(reverse("flagged_looks")).content.decode()
    assert told.reference in page
    assert cast.nurse_manager.full_name in page
    assert case.reference not in page
    other = as_person(cast.social_work_lead).get(reverse("flagged_looks")).content.decode()
    assert told.reference not in other
    assert as_person(cast.nurse).get(reverse("flagged_looks")).status_code == 403


def test_what_somebody_sees_right_after_writing_in_a_case_is_not_asked_about(
    cast: Cast, told: Case, as_person: Any, evening: Any
) -> None:
    manager, lead, page = as_person(cast.nurse_manager), as_person(cast.health_lead), reverse("flagged_looks")
    talking.give_update(
        told, by=cast.nurse_manager, audit=audit(told, timezone.now()), update="The mother rang."
    )
    manager.get(reverse("case", args=[told.reference]))
    assert told.reference not in lead.get(page).content.decode()
    evening.shift(timedelta(minutes=11))
    manager.get(reverse("case", args=[told.reference]))
    assert told.reference in lead.get(page).content.decode()
