"""Lawful removal: two people, an authority; the words are nowhere, the chains verify and say so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from cases.models import Case, Draft, Entry, Removal, RuleNote
from cases.models.texts import REMOVED
from cases.procedures import publishing
from cases.record import forgetting, texts
from cases.record.looks import reads_chain
from cases.refusals import NotAllowed, NotNow
from escalation.trail import checkpoints, exporting, verify
from escalation.trail.models import REGISTRY, Event
from tests.cases.steps import determined
from tests.cast import TUESDAY, Cast, opened
from tests.conftest import owner_connection
from tests.record.full import count
from tests.record.removing import CANARY, closed, erase, verified


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[Any]:
    with time_machine.travel(TUESDAY + timedelta(hours=9), tick=False) as clock:
        yield clock


def test_one_text_is_removed_by_two_people_and_the_chain_still_verifies(client: Client, cast: Cast) -> None:
    case = opened(cast, what=CANARY)
    other = opened(cast)
    Draft.objects.create(
        user=cast.nurse,
        case=case,
        purpose="update",
        data={"update": CANARY},
        started_at=TUESDAY,
        saved_at=TUESDAY,
    )
    mail = checkpoints.text_of(checkpoints.take(TUESDAY)).encode()
    entry = Entry.objects.get(case=case, kind="concern")
    promised = entry.commitment
    removal = erase(entry, cast)
    gone = Entry.objects.get(pk=entry.pk)
    assert (gone.content, bytes(gone.salt)) == ("", b"")
    assert not Draft.objects.filter(case=case).exists()
    assert (verified([mail]).code, verified([mail]).counts["erased"]) == (2, 1)
    facts = json.loads(Event.objects.get(chain=case.chain, verb="text_erased").payload)
    assert facts == {
        "approved_by": cast.health_lead.pk,
        "asked_by": cast.cswo.pk,
        "commitment": promised,
        "entry": str(entry.pk),
        "ground": "court_order",
        "removal": removal.pk,
    }
    assert Event.objects.filter(chain=REGISTRY, verb="text_erased").count() == 1
    client.force_login(cast.nurse)
    page = client.get(f"/cases/{case.reference}/").content.decode()
    assert "The words of one entry were removed: a court ordered it" in page
    assert CANARY not in page
    assert Entry.objects.filter(case=other).exclude(content="").count() == 3


def test_a_removal_needs_two_keepers_an_authority_and_words(cast: Cast) -> None:
    case = opened(cast)
    entry = Entry.objects.get(case=case, kind="concern")
    ask = forgetting.ask_for_text
    for person in (cast.nurse, cast.nurse_manager, cast.administrator, cast.auditor, cast.stranger):
        with pytest.raises(NotAllowed, match="looks after what is kept"):
            ask(entry, ground="court_order", authority="x", by=person, at=TUESDAY)
    with pytest.raises(NotNow, match="Name the order"):
        ask(entry, ground="court_order", authority=" ", by=cast.cswo, at=TUESDAY)
    with pytest.raises(NotNow, match="not removed for its age"):
        ask(entry, ground="retention", authority="x", by=cast.cswo, at=TUESDAY)
    asked = ask(entry, ground="wrong_child", authority="Memo", by=cast.cswo, at=TUESDAY)
    with pytest.raises(NotNow, match="asked for already"):
        ask(entry, ground="wrong_child", authority="Memo", by=cast.health_lead, at=TUESDAY)
    with pytest.raises(NotAllowed, match="Somebody else has to approve"):
        forgetting.approve(asked, by=cast.cswo, at=TUESDAY)
    with pytest.raises(NotAllowed):
        forgetting.approve(asked, by=cast.nurse, at=TUESDAY)
    assert Entry.objects.get(pk=entry.pk).content
    forgetting.approve(asked, by=cast.cpc_officer, at=TUESDAY)
    with pytest.raises(NotNow, match="done already"):
        forgetting.approve(asked, by=cast.health_lead, at=TUESDAY)
    assert Case.objects.get(pk=case.pk).subject_reference == ""  # it was the wrong child's


def test_what_went_with_its_case_is_not_removed_again(
    client: Client, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    case = closed(cast)
    texts = Entry.objects.filter(case=case).exclude(content="")[:2]
    waiting = [
        forgetting.ask_for_text(text, ground="court_order", authority="x", by=cast.cswo, at=TUESDAY)
        for text in texts
    ]
    whole = forgetting.ask_for_case(case, authority="Schedule", by=cast.cswo, at=TUESDAY)
    client.force_login(cast.cpc_officer)
    asked = [row["pk"] for row in client.get(reverse("keeping")).context["waiting"]]
    assert asked == [*(removal.pk for removal in waiting), whole.pk]
    with pytest.raises(NotNow, match="asked for already"):
        forgetting.ask_for_case(case, authority="Schedule", by=cast.health_lead, at=TUESDAY)
    forgetting.approve(whole, by=cast.cpc_officer, at=TUESDAY)
    for removal in waiting:
        with pytest.raises(NotNow, match="gone already, by another removal"):
            forgetting.approve(removal, by=cast.cpc_officer, at=TUESDAY)
    assert Removal.objects.exclude(done_at=None).get() == whole
    assert client.get(reverse("keeping")).context["waiting"] == []
    call_command("retention", "--waiting")
    assert capsys.readouterr().out == ""


def test_the_runtime_role_removes_nothing_past_the_two_people(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    case = closed(cast)
    entry = Entry.objects.filter(case=case).first()
    assert entry is not None
    waiting = forgetting.ask_for_text(entry, ground="court_order", authority="x", by=cast.cswo, at=TUESDAY)
    statements: list[tuple[str, list[Any]]] = [
        ("SELECT erase_text(%s)", [waiting.pk]),  # nobody approved it
        ("UPDATE cases_removal SET approved_by_id = asked_by_id WHERE id = %s", [waiting.pk]),
        ("SELECT dispose(%s, %s)", [waiting.pk, [reads_chain(case.chain)]]),
        ("SELECT dispose_rows('cases_entry'::regclass, ARRAY[%s])", [str(entry.pk)]),
        ("UPDATE cases_entry SET content = '', salt = '' WHERE id = %s", [entry.pk]),
        ("DELETE FROM trail_event WHERE chain = %s", [case.chain]),
        ("SET ROLE escalation_eraser", []),
        (
            "INSERT INTO trail_event (id, chain, seq, at, claimed_at, acting_role, verb, object_ref, payload, salt,"
            " commitment, prev, hash) VALUES (gen_random_uuid(), %s, 0, now(), now(), '', 'text_erased', 'x', '{}',"
            " '\\x00', '', '', '')",
            [case.chain],
        ),
        ("ALTER FUNCTION erase_text(bigint) OWNER TO escalation_app", []),
    ]
    refused = 0
    for sql, values in statements:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
        refused += 1
    assert refused == len(statements) == 9
    with capsys.disabled():
        print(f"\n{refused} ways of removing something as the runtime role, all refused")  # noqa: T201
    assert verified().code == 0


@pytest.mark.django_db(transaction=True)
def test_a_text_that_goes_without_a_removal_shows_as_tampering(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever runs the database takes a text away, or brings one back, with no removal behind it (bar C8)."""
    from tests.cast import make_cast

    cast = make_cast()
    entries = [e for _ in range(3) for e in Entry.objects.filter(case=determined(cast)).order_by("pk")]
    owner = owner_connection()
    owner.autocommit = True
    tried = found = 0
    with owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for i in range(count(1_000, 30)):
            entry = entries[i % len(entries)]
            cursor.execute("UPDATE cases_entry SET content = '', salt = '' WHERE id = %s", [str(entry.pk)])
            done = verified()
            tried += 1
            found += done.code == 1 and f"the text of entry {entry.pk} is gone" in done.problems[0]["reason"]
            cursor.execute(
                "UPDATE cases_entry SET content = %s, salt = %s WHERE id = %s",
                [entry.content, bytes(entry.salt), str(entry.pk)],
            )
        assert verified().code == 0
        erase(entries[0], cast)
        cursor.execute(
            "UPDATE cases_entry SET content = %s, salt = %s WHERE id = %s",
            [entries[0].content, bytes(entries[0].salt), str(entries[0].pk)],
        )
    owner.close()
    assert (tried, found) == (count(1_000, 30),) * 2
    with capsys.disabled():
        print(f"\n{tried} texts taken away past the two people, {found} shown as tampering")  # noqa: T201
    back = verified()
    assert back.code == 1
    assert "was erased, and is here again" in back.problems[0]["reason"]


def test_a_whole_case_goes_and_leaves_a_tombstone(client: Client, cast: Cast) -> None:
    case, kept = closed(cast), opened(cast)
    client.force_login(cast.nurse)
    client.get(f"/cases/{case.reference}/")
    mail = checkpoints.text_of(checkpoints.take(TUESDAY)).encode()
    with pytest.raises(NotNow, match="has ended"):
        forgetting.ask_for_case(kept, authority="x", by=cast.cswo, at=TUESDAY)
    asked = forgetting.ask_for_case(case, authority="Schedule 4", by=cast.cswo, at=TUESDAY)
    hold = forgetting.place_hold(case, authority="The inquiry", by=cast.health_lead, at=TUESDAY)
    with pytest.raises(NotNow, match="legal hold"):
        forgetting.approve(asked, by=cast.health_lead, at=TUESDAY)
    forgetting.lift_hold(hold, why="It is over", by=cast.cswo, at=TUESDAY)
    chains = {case.chain, reads_chain(case.chain)}
    forgetting.approve(asked, by=cast.health_lead, at=TUESDAY)
    assert not Case.objects.filter(pk=case.pk).exists()
    assert not Event.objects.filter(chain__in=chains).exists()
    facts = json.loads(Event.objects.get(chain=REGISTRY, verb="case_disposed").payload)
    assert {c["chain"] for c in facts["chains"]} == {str(c) for c in chains}
    done = verified([mail])
    assert (done.code, done.counts["disposed"], done.problems) == (2, 2, [])
    checkpoints.take(TUESDAY)
    assert verified([mail]).code == 2
    assert Entry.objects.filter(case=kept).count() == 3
    assert client.get(f"/cases/{case.reference}/").status_code == 404


def test_why_a_rule_was_changed_is_removed_like_any_other_text(
    client: Client, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stood in no event: the pages say that it was removed, and the registry verifies and says so too."""
    row = publishing.set_limit(
        cast.partnership,
        cast.procedure.definition,
        "debrief.urgent",
        amount=3,
        unit="working_days",
        reason=CANARY,
        by=cast.administrator,
        at=TUESDAY,
    )
    client.force_login(cast.administrator)
    pages = [reverse("local_limits"), reverse("calendar")]
    assert all(CANARY in client.get(page).content.decode() for page in pages)
    call_command("retention", "--reasons")
    assert f"{row.note_id}: Why a limit was set, 2 June 2026: {CANARY}" in capsys.readouterr().out
    assert not Event.objects.filter(payload__contains=CANARY).exists()
    assert verified().code == 0
    with pytest.raises(DatabaseError, match=r"append-only|denied"), transaction.atomic():
        RuleNote.objects.filter(pk=row.note_id).update(content="")
    by = {"by": cast.cswo.email, "authority": "Order 8", "ground": "wrong_child"}
    call_command("retention", "--ask-text", str(row.note_id), **by)
    keeper = Client()
    keeper.force_login(cast.health_lead)
    assert "Why a rule of the whole area was changed" in keeper.get(reverse("keeping")).content.decode()
    forgetting.approve(Removal.objects.get(), by=cast.health_lead, at=TUESDAY + timedelta(hours=1))
    for page in pages:
        said = client.get(page).content.decode()
        assert CANARY not in said
        assert REMOVED in said
    done = verified()
    assert (done.code, done.problems) == (2, [])
    assert Event.objects.filter(chain=REGISTRY, verb="text_erased").count() == 1


def test_the_list_of_removals_is_replayed_after_a_restore(cast: Cast) -> None:
    """A backup from before brings words and a case back; replaying the list takes both away again (bar H1)."""
    case, gone = opened(cast, what=CANARY), closed(cast)
    entry = Entry.objects.get(case=case, kind="concern")
    with transaction.atomic():
        before = transaction.savepoint()
        erase(entry, cast)
        asked = forgetting.ask_for_case(gone, authority="Schedule", by=cast.cswo, at=TUESDAY)
        forgetting.approve(asked, by=cast.cpc_officer, at=TUESDAY)
        lines = list(forgetting.removal_list())
        transaction.savepoint_rollback(before)  # the restore: everything is as it was
    assert Entry.objects.get(pk=entry.pk).content
    assert Case.objects.filter(pk=gone.pk).exists()
    assert len(lines) == 2
    assert CANARY not in "".join(lines)
    assert forgetting.replay(lines) == {"removed": 2, "gone": 0}
    assert forgetting.replay(lines) == {"removed": 0, "gone": 2}
    assert Entry.objects.get(pk=entry.pk).content == ""
    assert not Case.objects.filter(pk=gone.pk).exists()
    assert set(Removal.objects.values_list("replayed", flat=True)) == {True}
    assert verified().code == 2


def test_a_removal_that_cannot_be_replayed_stops_no_other(cast: Cast, tmp_path: Path) -> None:
    """It names a person who came after the backup, or a case that had not ended then: told, and the rest is done."""
    case, open_case = opened(cast, what=CANARY), opened(cast)
    entry, other = (Entry.objects.get(case=c, kind="concern") for c in (case, open_case))
    with transaction.atomic():
        before = transaction.savepoint()
        erase(entry, cast)
        (line,) = forgetting.removal_list()
        transaction.savepoint_rollback(before)
    given = json.loads(line)
    newcomer = json.dumps(given | {"entry": str(other.pk), "asked_by": 987654})
    not_ended = json.dumps(given | {"kind": "case", "entry": None, "chain": str(open_case.chain)})
    file = tmp_path / "removals.jsonl"
    file.write_text("\n".join([newcomer, not_ended, "{half a li", line]))
    with pytest.raises(CommandError, match="Not everything was removed again") as told:
        call_command("removals", "replay", str(file))
    said = str(told.value).splitlines()[1:]
    assert [words.split(":")[0] for words in said] == [
        f"Line 1, {other.pk}",
        f"Line 2, {open_case.chain}",
        "Line 3, unknown",
    ]
    assert "came after this backup was made" in said[0]
    assert "only what has ended" in said[1]
    assert Entry.objects.get(pk=entry.pk).content == ""
    assert Entry.objects.get(pk=other.pk).content
    assert Removal.objects.count() == 1
    assert verified().code == 2


@pytest.mark.django_db(transaction=True)
def test_what_is_removed_while_the_trail_is_checked_is_no_tampering(cast: Cast) -> None:
    case = opened(cast, what=CANARY)
    entry = Entry.objects.filter(case=case).latest("written_at")
    asked: list[int] = []

    def removed_meanwhile(ids: list[UUID]) -> Any:
        if not asked:
            thread = Thread(target=lambda: (erase(entry, cast), connection.close()))
            thread.start()
            thread.join()
        asked.append(len(ids))
        return texts.every(ids)

    found = verify.Verifier([]).read(
        exporting.lines(exporting.Wanted(TUESDAY, None, "all"), removed_meanwhile)
    )
    assert (found.code, found.wrong) == (0, 0)
    assert sum(asked) >= 3
    assert verified().code == 2, "and a moment later it is lawfully removed"
