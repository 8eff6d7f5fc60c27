"""Subject access holds all about the subject and nobody else; an anonymised copy holds nobody (bar G7)."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.management import CommandError, call_command
from django.db import connection, models

from accounts import actions
from accounts.models import Membership, User
from cases.models import Entry
from cases.models.saved_search import SavedSearch
from cases.record import child_access, child_facts, forgetting, subject_access
from cases.refusals import NotNow
from tests.cases.steps import determined
from tests.cast import TUESDAY, Cast, make_cast, opened
from tests.conftest import OWNER
from tests.meetings.room import FEELINGS, GUEST, Room
from tests.sign_in.proof import with_app

CHILD, OTHER = "HV-2041", "HV-9999"


def test_a_person_gets_every_row_about_them_and_nobody_else(cast: Cast) -> None:
    determined(cast)
    opened(cast, by=cast.teacher, what="CANARY-THIRD words of somebody else", subject_reference=OTHER)
    found = subject_access.about_person(cast.nurse)
    counted = 0
    for model in apps.get_models():
        rows = list(subject_access.rows_about(model, cast.nurse))
        assert len(found.get(model._meta.label, [])) == len(rows), model
        counted += len(rows)
    assert counted >= 15
    text = json.dumps(found, default=str)
    others = User.objects.exclude(pk=cast.nurse.pk)
    assert [u.full_name for u in others if u.full_name in text or u.email in text] == []
    assert "CANARY-THIRD" not in text
    assert CHILD not in text  # the child's, not the nurse's
    assert "I saw the child unfed on three visits" in text  # her own words
    assert "an assessment starts this week" not in text  # the Chief Social Work Officer's
    assert cast.nurse.email in text
    assert len(found["what you did"]) >= 2


def test_what_points_to_a_person_is_found_by_the_database_too(cast: Cast) -> None:
    """The columns are asked of PostgreSQL: a table that is added is in the pack, or this fails."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c JOIN pg_attribute a"
            " ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
            " WHERE c.contype = 'f' AND c.confrelid = 'accounts_user'::regclass"
        )
        there = {pair for pair in cursor.fetchall() if not pair[0].startswith("guardian_")}
    asked = {
        (m._meta.db_table, m._meta.get_field(name).column)
        for m in apps.get_models(include_auto_created=True)
        for name in subject_access.pointers(m)
    }
    assert there == asked
    assert len(there) >= 80


def test_what_others_did_about_a_person_and_what_stands_under_an_address(cast: Cast) -> None:
    Room.of(cast).asked()
    role = Membership.objects.get(user=cast.teacher)
    actions.end_role(membership=role, by=cast.administrator, at=TUESDAY)
    found = subject_access.about_person(cast.teacher)
    assert {"at": TUESDAY, "what": "role_ended", "by": "administrator"} in found["what was done about you"]
    guest = subject_access.about_address(GUEST.upper())
    (row,) = guest["cases.Invitation, by your address"]
    assert (row["email"], row["invited_by"]) == (GUEST, "somebody else")
    text = json.dumps(guest, default=str)
    assert [u.full_name for u in User.objects.all() if u.full_name in text or u.email in text] == []
    assert subject_access.about_address(cast.teacher.email) == {}  # theirs are found by who they are


def test_a_child_gets_every_text_of_their_cases_and_of_no_other(cast: Cast) -> None:
    case = determined(cast)
    opened(cast, what="CANARY-OTHER-CHILD", subject_reference=OTHER)
    entry = Entry.compose(
        {"update": f"I rang {cast.social_worker.full_name}. Petrie did not answer. CANARY-AUNT"},
        case=case, stage=case.current_stage, kind="update", author=cast.nurse, agency=cast.health, role="x",
        side="raising", happened_at=TUESDAY, written_at=TUESDAY + timedelta(hours=9),
    )  # fmt: skip
    entry.save()
    found = child_access.about_child(cast.partnership, CHILD)
    text = json.dumps(found, default=str)
    assert [c["case"] for c in found] == [case.reference]
    assert len(found[0]["entries"]) == Entry.objects.filter(case=case).count()
    assert "CANARY-OTHER-CHILD" not in text
    assert [u.full_name for u in User.objects.all() if u.full_name in text] == []
    assert "I rang [a professional]. [a professional] did not answer." in text
    assert "CANARY-AUNT" in text  # only a person can tell: so somebody reads it, and withholds
    assert found[0]["entries"][-1]["entry"] == entry.pk
    again = child_access.about_child(cast.partnership, CHILD, withhold=[entry.pk])
    assert "CANARY-AUNT" not in json.dumps(again, default=str)


def test_a_child_gets_every_row_that_belongs_to_their_case(cast: Cast) -> None:
    """Each table that points to a case is shown row by row, or is left out with a reason; nobody is named."""
    case = determined(cast)
    forgetting.place_hold(case, authority=f"Asked by {cast.cswo.full_name}", by=cast.cswo, at=TUESDAY)
    (found,) = child_access.about_child(cast.partnership, CHILD)
    facts = found["facts"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c JOIN pg_attribute a"
            " ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
            " WHERE c.contype = 'f' AND c.confrelid = 'cases_case'::regclass"
        )
        tables = {m._meta.db_table: m for m in apps.get_models()}
        pointers = [(tables[table], table, column) for table, column in cursor.fetchall()]
        rows = 0
        for model, table, column in pointers:
            if model._meta.label in child_facts.NOT_HERE:
                continue
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [case.pk])
            (held,) = cursor.fetchone()
            assert len(facts.get(model._meta.verbose_name_plural, [])) == held, table
            rows += held
    assert child_facts.NOT_HERE.keys() <= {m._meta.label for m in apps.get_models()}
    assert rows >= 25
    assert len(pointers) >= 18
    assert (facts["the case"]["outcome"], facts["the case"]["urgency"]) == (
        "Determined by the Chief Social Work Officer",
        "There is time to think",
    )
    assert facts["actions"][0]["status"] == "To do"
    assert facts["legal holds"][0]["authority"] == "Asked by [a professional]"
    text = json.dumps(facts, default=str)
    assert [u.full_name for u in User.objects.all() if u.full_name in text or u.email in text] == []


def test_the_same_reference_at_another_agency_is_another_child(cast: Cast) -> None:
    """References are agencies’ own: one of Education is shown to nobody who asks for that of Health."""
    mine = opened(cast)
    theirs = opened(cast, by=cast.teacher, what="CANARY-OTHER-CHILD")
    assert (mine.subject_reference, theirs.subject_reference) == (CHILD, CHILD)
    with pytest.raises(NotNow, match="perhaps of different children"):
        child_access.about_child(cast.partnership, CHILD)
    found = child_access.about_child(cast.partnership, f" {CHILD.lower()} ", agency=cast.health)
    assert [c["case"] for c in found] == [mine.reference]
    assert "CANARY-OTHER-CHILD" not in json.dumps(found, default=str)
    (other,) = child_access.about_child(cast.partnership, CHILD, agency=cast.education)
    assert other["case"] == theirs.reference


def test_names_go_in_every_form_and_what_else_may_be_one_is_listed(cast: Cast) -> None:
    """Surname, first name, initials and titles of who works here; never a common word; relatives are pointed at."""
    written = {
        "CANARY one": "Dr N. Reid and Mrs Petrie came; Nadia will come again. nadia.reid@example.org wrote.",
        "CANARY two": "On Monday the aunt, Mary Doyle, told Stuart that Doyle drinks. In May Reid’s note was lost.",
    }
    names = child_access.Names(cast.partnership, hide=["Doyle"])
    first, second = (names.out_of(words) for words in written.values())
    assert first.startswith("[a professional] and [a professional] came; [a professional] will come again.")
    assert cast.nurse.email not in first
    assert second == (
        "On Monday the aunt, Mary [somebody else], told [a professional] that [somebody else] drinks."
        " In May [a professional]’s note was lost."
    )
    assert names.left_in([first, second]) == ["Mary"]
    shared = child_access.Names(cast.partnership, keep=["Reid"])
    assert (
        shared.out_of("Jamie Reid was at home. Nadia Reid called.")
        == "Jamie Reid was at home. [a professional] called."
    )
    assert shared.left_in("Then Jamie Reid was at home.") == ["Jamie Reid"]


def test_a_child_learns_of_meetings_beside_the_case_but_not_what_was_said_in_the_room(cast: Cast) -> None:
    room, case = Room.of(cast), opened(cast)
    room.held(room.arranged(rethink=room.asked(case=case)))
    (found,) = child_access.about_child(cast.partnership, CHILD)
    (meeting,) = found["meetings_beside_it"]
    text = json.dumps(meeting, default=str)
    assert "The plan has stood still since March" in text
    assert FEELINGS not in text
    assert (meeting["how_it_stands"], meeting["said_in_the_room_and_not_shown"]) == ("Held", 1)


def test_the_command_asks_for_what_it_needs(cast: Cast, tmp_path: Any) -> None:
    out = tmp_path / "pack.json"
    with pytest.raises(CommandError, match="There is nobody"):
        call_command("subject_access", "--person", "x@example.org", "--out", str(out))
    with pytest.raises(CommandError, match="No case carries"):
        call_command("subject_access", "--child", "X", "--partnership", "strathbracken", "--out", str(out))
    opened(cast), opened(cast, by=cast.teacher)
    asked = ("subject_access", "--child", CHILD, "--partnership", "strathbracken", "--out", str(out))
    with pytest.raises(CommandError, match="Add --agency NAME"):
        call_command(*asked)
    with pytest.raises(CommandError, match="has no agency called Nowhere"):
        call_command(*asked, "--agency", "Nowhere")
    call_command(*asked, "--agency", cast.health.name)
    assert len(json.loads(out.read_text())) == 1
    Room.of(cast).asked()
    call_command("subject_access", "--person", GUEST, "--out", str(out))
    assert [row["part"] for row in json.loads(out.read_text())["cases.Invitation, by your address"]] == [
        "invitee"
    ]
    call_command("subject_access", "--person", cast.nurse.email, "--out", str(out))
    assert json.loads(out.read_text())["you"]["full_name"] == cast.nurse.full_name
    assert out.stat().st_mode & 0o077 == 0


#: Short columns that hold keys of the service or of a procedure, references and digests: an anonymised copy keeps them.
KEYS = {
    "accounts_agency": {"kind"},
    "accounts_partnership": {"timezone"},
    "cases_agencyconcern": {"reference", "decision"},
    "cases_case": {"reference", "rung_key", "settled_in", "reasons", "reason_families"},
    "cases_casefacts": {"settled_in", "state", "helped", "reasons", "heard_raising", "heard_receiving"}
    | {"urgency", "outcome", "about"},
    "cases_chairedmeeting": {"reference"},
    "cases_deadline": {"clock", "unit", "source"},
    "cases_diversion": {"question", "route"},
    "cases_entry": {"role"},  # the part that somebody took, in the service’s words
    "cases_extension": {"unit"},
    "cases_heartbeat": {"name"},
    "cases_learningitem": {"route"},
    "cases_localsetting": {"procedure_key", "unit"},
    "cases_moveddate": {"reference"},
    "cases_participation": {"case_state"},
    "cases_procedureversion": {"key", "version", "ladder", "title", "text", "sha256"},  # published
    "cases_recordexport": {"audience", "form"},
    "cases_referral": {"body"},
    "cases_reflectiveaccount": {"codes"},
    "cases_rethink": {"reference", "outcomes"},
    "cases_rethinknote": {"key"},
    "cases_stage": {"rung_key", "limit_source", "follow_ups"},
    "cases_stagefacts": {"state", "kept", "urgency", "outcome"},
    "notifications_message": {"carrier_ref", "reference", "error", "receipt"},
}


def test_every_column_in_which_people_type_is_overwritten_in_a_copy(db: None) -> None:
    """Each column of words is overwritten, emptied with its table, or known to hold a key of the service."""
    from cases.record import anonymise

    done = {(row[0], row[1]) for row in anonymise.words()}
    done |= {(table, "content") for table in anonymise._TEXTS}
    for statement in anonymise._STATEMENTS:
        table, changes = statement.removeprefix("UPDATE ").split(" SET ")
        done |= {(table, column) for column in re.findall(r"(\w+) = ", changes)}
    left: dict[str, set[str]] = {}
    counted = 0
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if not table.startswith(("accounts_", "cases_", "notifications_")) or table in anonymise._EMPTIED:
            continue
        for field in model._meta.concrete_fields:
            if field.choices or not isinstance(
                field, models.CharField | models.TextField | ArrayField | models.BinaryField
            ):
                continue
            counted += 1
            if (table, field.column) not in done and field.name != "salt":
                left.setdefault(table, set()).add(field.column)
    assert {
        t: columns - KEYS.get(t, set()) for t, columns in left.items() if columns - KEYS.get(t, set())
    } == {}
    assert counted >= 90


@pytest.mark.django_db(transaction=True)
def test_an_anonymised_copy_holds_no_name_and_no_word(tmp_path: Any) -> None:
    from escalation.backup import dump_plain
    from tests.conftest import RUNTIME_LOGIN, RUNTIME_PASSWORD, _log_in

    cast = make_cast()
    case = determined(cast)
    with_app(cast.nurse)
    SavedSearch.objects.create(user=cast.nurse, name="Fergus late", query="due=lapsed", saved_at=TUESDAY)
    people = [u for u in User.objects.all()]
    canaries = [u.full_name for u in people] + [u.email for u in people] + [CHILD, "unfed", "Strathbracken"]
    canaries += ["an assessment starts this week", "Grandmother", "Little Burn", "Fergus"]
    _log_in(OWNER["USER"], OWNER["PASSWORD"])
    try:
        with pytest.raises(CommandError, match="nothing was changed"):
            call_command("anonymise", "--database", "something-else")
        before, after = tmp_path / "before.sql", tmp_path / "after.sql"
        dump_plain(connection.settings_dict, before)
        call_command("anonymise", "--database", connection.settings_dict["NAME"])
        dump_plain(connection.settings_dict, after)
    finally:
        _log_in(RUNTIME_LOGIN, RUNTIME_PASSWORD)
    text, left = before.read_text(), after.read_text()
    assert [c for c in canaries if c not in text] == []  # the search finds what is there
    assert [c for c in canaries if c in left] == []
    assert Entry.objects.filter(case=case).count() > 10  # its shape is still that of the real thing
