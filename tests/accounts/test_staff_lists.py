"""An agency's staff list: read row by row, tried without effect, and taken in as a whole by a second administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import actions, staff_lists
from accounts.actions import staff_lists as staff_list_actions
from accounts.grants import holds, sync
from accounts.models import Membership, StaffList, Team, User
from accounts.permissions import Permission
from accounts.refusals import Refused
from accounts.roles import Role
from accounts.staff_lists import Unreadable, decode, parse
from tests.accounts.office import TODAY, events, snapshot
from tests.cast import TUESDAY, Cast

pytestmark = pytest.mark.usefixtures("tuesday")
HEADER = "Name,Email,Job,Team,Role\n"
GOOD = (
    HEADER
    + 'Isla Newton,Isla.Newton@Example.org,Midwife,"Midwifery, south",Practitioner\n'
    + 'Isla Newton,isla.newton@example.org,Midwife,"Midwifery, south",line_manager\n'
    + 'Seán Ó Briain,sean@example.org,Nurse,"Health visiting, north",practitioner\n'
    + 'Nadia Reid,nadia.reid@example.org,Health visitor,"Health visiting, north",Practitioner\n'
)


def mistakes(text: str) -> list[tuple[int, str]]:
    return [(m.line, m.words) for m in parse(text)[1]]


def send(cast: Cast, text: str = GOOD) -> StaffList:
    return actions.propose_staff_list(agency=cast.health, text=text, by=cast.administrator, at=TUESDAY)


def take(cast: Cast, waits: StaffList, by: User | None = None) -> Any:
    return actions.confirm_staff_list(waits=waits, by=by or cast.second_administrator, at=TUESDAY)


# Reading


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("cp1252", b""), ("utf-16", b"")]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_it_reads_what_spreadsheets_write(encoding: str, mark: bytes, end: str, delimiter: str) -> None:
    text = delimiter.join(("Name", "Email", "Job", "Role")) + "\n"
    text += delimiter.join(("Seán Ó Briain", "SEAN@example.org", "Nurse – nights", "Practitioner")) + "\n\n"
    rows, wrong = parse(decode(mark + text.replace("\n", end).encode(encoding)))
    assert wrong == []
    assert [(r.line, r.name, r.email, r.job, r.role) for r in rows] == [
        (2, "Seán Ó Briain", "sean@example.org", "Nurse – nights", "practitioner")
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The list is empty"),
        ("\n\n", "The list is empty"),
        ("Name,Role\n", "Missing: Email"),
        (HEADER.replace("Job", "Date of birth"), "Take these columns out"),
        (HEADER.replace("Job", "Name"), "A column stands there twice"),
        (HEADER.replace("Job", ""), "A column has no name"),
        (HEADER + 'a,"b\n', "A quotation mark is not closed"),
        (HEADER + "A,a@example.org,,,practitioner\n" * 2001, "The list has 2,001 rows"),
    ],
)
def test_a_list_that_is_none_says_what_to_do(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        parse(text)


def test_empty_columns_to_the_right_are_no_columns() -> None:
    """As a spreadsheet saves them when somebody once typed there; what still stands in one is not lost in silence."""
    rows, wrong = parse(
        "Name,Email,Role,,,\nSeán,sean@example.org,Practitioner,,,\nIan,i@example.org,Practitioner,,x,\n"
    )
    assert [(r.line, r.name) for r in rows] == [(2, "Seán")]
    assert [(m.line, m.words) for m in wrong] == [(3, "has more cells than there are columns")]


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"a\x00b", b"\x81\x8d\x8f", b"x" * 800_001])
def test_a_file_that_is_no_text_or_too_big_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(content)


def test_each_line_says_what_is_wrong_with_it() -> None:
    wrong = mistakes(
        HEADER
        + ",a@example.org,,,practitioner\n"
        + "A,,,,practitioner\n"
        + "A,not an address,,,practitioner\n"
        + "A,a@example.org,,,wizard\n"
        + "A,a@example.org,,,CSWO\n"
        + "A,a@example.org,,,Chief Social Work Officer\n"
        + "A,a@example.org,,North,senior manager\n"
        + "=1+1,a@example.org,,,practitioner\n"
        + "A,a@example.org,@job,,practitioner\n"
        + f"{'A' * 121},a@example.org,,,practitioner\n"
        + "A,a@example.org,,,practitioner,,x\n"
        + 'A,a@example.org,"two\nlines",,practitioner\n'
        + "A,a@example.org,,,\n"
    )
    wide = "Chief Social Work Officer is a role for the whole partnership. Ask for it on the person’s page"
    assert wrong == [
        (2, "Name is empty"),
        (3, "Email is empty"),
        (4, "“not an address” is no email address"),
        (5, "“wizard” is no role. Write one as it stands on the page of roles"),
        (6, wide),
        (7, wide),
        (8, "Senior manager is held for the whole agency. Leave Team empty"),
        (9, "Name begins with “=”, like a formula"),
        (10, "Job begins with “@”, like a formula"),
        (11, "Name is longer than 120 letters"),
        (12, "has more cells than there are columns"),
        (13, "Job holds a line break or a sign that cannot be shown"),
        (14, "Role is empty"),
    ]


def test_what_is_wrong_among_the_people_of_today(cast: Cast) -> None:
    User.objects.filter(pk=cast.colleague.pk).update(is_active=False)
    text = (
        HEADER
        + "Callum Petrie,callum.petrie@example.org,,,practitioner\n"
        + "Zoe Fallon,zoe.fallon@example.org,,,practitioner\n"
        + "Kirsty Adair,kirsty.adair@example.org,,,practitioner\n"
        + "Somebody Else,nadia.reid@example.org,,,practitioner\n"
        + "Isla Newton,isla@example.org,Midwife,,practitioner\n"
        + "Isla Newton,isla@example.org,Nurse,,line manager\n"
        + "Isla Newton,ISLA@example.org,Midwife,,Practitioner\n"
    )
    rows, none = parse(text)
    checked = staff_lists.check(rows, cast.health, TODAY, none)
    elsewhere = "Somebody with this email address is known already, and not in this agency"
    assert [(m.line, m.words) for m in checked.mistakes] == [
        (2, elsewhere),
        (3, elsewhere),
        (4, "Kirsty Adair was deactivated. Let them back in first"),
        (5, "This email address belongs to Nadia Reid. Write the name as it is known"),
        (7, "has another name or job than line 6, with the same email address"),
        (8, "says the same as line 6"),
    ]


# Taking it in


def test_a_list_is_tried_sent_and_taken_in(cast: Cast) -> None:
    before = snapshot()
    rows, wrong = parse(GOOD)
    checked = staff_lists.check(rows, cast.health, TODAY, wrong)
    assert (checked.new_people, checked.new_roles, checked.new_teams, checked.held_already) == (
        2,
        3,
        ["Midwifery, south"],
        1,
    )
    assert snapshot() == before, "trying it changes nothing"
    waits = send(cast)
    assert not User.objects.filter(email="isla.newton@example.org").exists(), "nor does sending it"
    take(cast, waits)
    isla = User.objects.get(email="isla.newton@example.org")
    team = Team.objects.get(agency=cast.health, name="Midwifery, south")
    assert (isla.full_name, isla.job_title, isla.agency, isla.has_usable_password()) == (
        "Isla Newton",
        "Midwife",
        cast.health,
        False,
    )
    assert holds(isla, Permission.MANAGE_TEAM, team)
    assert User.objects.get(email="sean@example.org").full_name == "Seán Ó Briain"
    given = Membership.objects.filter(granted_by=cast.administrator)
    assert {m.confirmed_by for m in given} == {cast.second_administrator}
    assert not sync(write=False), "rights follow at once"
    assert [e[0] for e in events()] == ["staff_list_proposed", *["role_granted"] * 3, "staff_list_taken"]
    waits.refresh_from_db()
    assert (waits.decision, waits.rows) == ("confirmed", [])


def test_no_half_list_is_taken_in(cast: Cast) -> None:
    """What changed between sending and confirming stops the whole list; nothing of it is written."""
    waits = send(cast)
    actions.add_person(
        email="sean@example.org",
        full_name="Another Sean",
        job_title="",
        agency=cast.health,
        by=cast.administrator,
        at=TUESDAY,
    )
    before = snapshot()
    with pytest.raises(Refused, match="Line 4: This email address belongs to Another Sean"):
        take(cast, waits)
    assert snapshot() == before
    with pytest.raises(Refused, match="Line 3"):
        send(cast, HEADER + "A,a@example.org,,,practitioner\nB,b,,,practitioner\n")
    assert snapshot() == before


@pytest.mark.parametrize("moment", ["after the check", "as the rows are written"])
def test_an_address_that_another_partnership_takes_meanwhile_stops_the_whole_list(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Its administrators work behind a lock of their own, so the row can appear between the check and the writing."""
    waits = send(cast)
    where, name = {
        "after the check": (staff_lists, "check"),
        "as the rows are written": (staff_list_actions, "make_password"),
    }[moment]
    usual = getattr(where, name)

    def and_it_is_taken(*given: Any) -> Any:
        found = usual(*given)
        monkeypatch.undo()
        User(email="sean@example.org", full_name="Another", agency=cast.stranger.agency, password="!").save()
        return found

    monkeypatch.setattr(where, name, and_it_is_taken)
    with pytest.raises(Refused, match="was added elsewhere just now"):
        take(cast, waits)
    waits.refresh_from_db()
    assert waits.decision == "waiting"
    assert not User.objects.filter(email="isla.newton@example.org").exists()
    assert (
        not Membership.objects.filter(user__agency=cast.stranger.agency).exclude(user=cast.stranger).exists()
    )


def test_a_list_needs_two_and_gives_neither_of_them_a_role(cast: Cast) -> None:
    waits = send(cast)
    with pytest.raises(Refused, match="You asked for this yourself"):
        take(cast, waits, cast.administrator)
    with pytest.raises(Refused, match="Only an administrator"):
        take(cast, waits, cast.nurse)
    own = send(cast, HEADER + "Bryony Nairn,bryony.nairn@example.org,Administrator,,senior manager\n")
    with pytest.raises(Refused, match="one of the two administrators"):
        take(cast, own)
    actions.decline_staff_list(waits=own, by=cast.second_administrator, at=TUESDAY)
    own.refresh_from_db()
    assert (own.decision, own.rows) == ("declined", [])
    take(cast, waits)
    with pytest.raises(Refused, match="decided already"):
        take(cast, waits)


def test_two_thousand_rows_are_taken_in_with_few_statements(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    rows = "".join(f"Person {n},p{n}@example.org,Nurse,Team {n % 40},practitioner\n" for n in range(2000))
    waits = send(cast, HEADER + rows)
    with django_assert_max_num_queries(60):
        done = take(cast, waits)
    assert (done.new_people, done.new_roles, len(done.new_teams)) == (2000, 2000, 40)
    assert Membership.objects.filter(agency=cast.health, role=Role.PRACTITIONER).count() == 2003
    assert len([e for e in events() if e[0] == "role_granted"]) == 2000


# The pages


def test_from_the_file_to_the_people(cast: Cast, as_: Callable[[User], Client]) -> None:
    where = reverse("staff_list", args=[cast.health.pk])
    first, second = as_(cast.administrator), as_(cast.second_administrator)
    page = first.post(where, {"file": SimpleUploadedFile("staff.csv", GOOD.encode("utf-16"))})
    words = page.content.decode()
    assert "2 people are added" in words
    assert "3 roles are given" in words
    assert "new teams: Midwifery, south" in words
    assert StaffList.objects.count() == 0
    answer = first.post(where, {"text": GOOD, "ask": ""})
    assert answer.url == reverse("role_requests")
    waits = StaffList.objects.get()
    assert "NHS Strathbracken: 2 new people, 3 roles" in second.get(answer.url).content.decode()
    listed = second.get(reverse("staff_list_waits", args=[waits.pk])).content.decode()
    assert "Seán Ó Briain" in listed
    assert "Confirm this list" in listed
    assert "Confirm this list" not in first.get(reverse("staff_list_waits", args=[waits.pk])).content.decode()
    assert second.post(reverse("confirm_staff_list", args=[waits.pk])).url == reverse(
        "agency", args=[cast.health.pk]
    )
    assert User.objects.filter(email="sean@example.org").exists()


def test_a_wrong_list_says_which_lines_and_keeps_the_words(cast: Cast, as_: Callable[[User], Client]) -> None:
    client, where = as_(cast.administrator), reverse("staff_list", args=[cast.health.pk])
    bad = HEADER + "A,nowhere,,,practitioner\nB,b@example.org,,,wizard\n"
    for sent in ({"file": SimpleUploadedFile("staff.csv", bad.encode())}, {"text": bad}):
        words = client.post(where, sent).content.decode()
        assert "2 lines need to be mended" in words
        assert "“nowhere” is no email address" in words
        assert "B,b@example.org,,,wizard" in words, "the rows stand in the box to be mended"
    assert "Choose a CSV file" in client.post(where, {}).content.decode()
    big = SimpleUploadedFile("staff.csv", b"x" * 1_000_001)
    assert "at most 1 megabyte" in client.post(where, {"file": big}).content.decode()
    assert StaffList.objects.count() == 0
