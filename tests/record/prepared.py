"""What has to stand before a request that writes can be sent: cases, people and papers, made as the service does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from accounts.actions import corrections, resets
from accounts.models import Membership, RoleRequest, StaffList, User
from accounts.roles import Role
from accounts.sign_in.models import Authenticator
from cases import glass
from cases.actions import raising
from cases.audit import Audit
from cases.models import AgencyConcern, Entry, LearningItem, Paper, ReflectiveAccount
from cases.models.saved_search import SavedSearch
from cases.procedures.loading import shipped_files
from cases.record import forgetting, reviewing, wishing
from cases.reports.base import Period
from cases.reports.papers import approve, draft
from escalation.trail.anchors import Receipt, Witness
from notifications import feeds
from notifications.models import Message, Status
from tests import in_place
from tests.cast import TUESDAY, Cast, opened
from tests.learning.test_learning import ACCOUNT, ITEM
from tests.meetings.room import GUEST, Room
from tests.meetings.test_rethink_pages import POINTS
from tests.pages.desk import NOW, at
from tests.pages.test_calendar import CONFIRMED
from tests.record.test_asked_removals import WHY
from tests.sign_in.proof import with_app

Typed = dict[str, Any]
DAY_OF = {"starts_on_day": "3", "starts_on_month": "6", "starts_on_year": "2026"}
QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31))
LONG = "The duty team cannot reach anybody and the child is expected at school today."
GOOD = "thistle and 7 lanterns on the moor"


@dataclass(frozen=True)
class Sent:
    """A request that changes something, and that its sender may make."""

    by: User | None
    args: tuple[Any, ...] = ()
    typed: Typed | None = None
    page: bool = False  # the page is opened first, for what stands hidden in its form


def only(person: User) -> Membership:
    return Membership.objects.filter(user=person).order_by("pk")[0]


def ended_role(c: Cast) -> Sent:
    opened(c)
    Membership.objects.filter(user=c.nurse).update(ends_on=TUESDAY.date() - timedelta(days=1))
    return Sent(c.administrator, (only(c.nurse).pk,), {"to_practitioner": c.colleague.pk})


def asked_role(c: Cast) -> RoleRequest:
    from accounts.actions import request_role

    return request_role(
        person=c.teacher, role=Role.LINE_MANAGER, place=c.school_team, by=c.second_administrator, at=TUESDAY
    )


def staff_list(c: Cast) -> StaffList:
    row = {"line": 2, "name": "A", "email": "a@example.org", "job": "", "team": "", "role": "practitioner"}
    by = {"asked_by": c.second_administrator, "asked_at": TUESDAY}
    return StaffList.objects.create(agency=c.education, rows=[row], people=1, roles=1, **by)


def removal(c: Cast) -> int:
    entry = Entry.objects.get(case=opened(c), kind="concern")
    return forgetting.ask_for_text(entry, ground="court_order", authority="Order 7", by=c.cswo, at=TUESDAY).pk


def hold(c: Cast) -> int:
    return forgetting.place_hold(opened(c), authority=LONG, by=c.cswo, at=NOW).pk


def wish(c: Cast) -> int:
    case = opened(c)
    entry = Entry.objects.get(case=case, kind="concern")
    return wishing.ask(case, entry.pk, ground="court_order", why=WHY, by=c.nurse, at=NOW).pk


def review(c: Cast, *, allowed: bool = False) -> int:
    row = reviewing.ask(opened(c).reference, reason=LONG, by=c.cpc_officer, at=NOW)
    if allowed:
        reviewing.answer(row, allow=True, by=c.cswo, at=NOW)
    return row.pk


def paper(c: Cast, *, approved: bool = False) -> Paper:
    opened(c)
    made = draft(c.partnership, QUARTER, by=c.cpc_officer, at=NOW)
    if approved:
        approve(made, by=c.cpc_officer, at=NOW)
    return made


def concern(c: Cast) -> AgencyConcern:
    return raising.raise_concern(
        about=c.social_work, families=["information"], words=LONG, by=c.nurse, audit=Audit(NOW)
    )


def decided(c: Cast) -> AgencyConcern:
    row = concern(c)
    raising.decide(
        row, by=c.health_lead, audit=Audit(NOW, version=row.version), decision="watch", reasons=LONG, told=LONG,
        follow_up_on=date(2026, 7, 1),
    )  # fmt: skip
    return row


def account(c: Cast) -> ReflectiveAccount:
    given = {k: v for k, v in ACCOUNT.items() if not k.startswith("on_")}
    return ReflectiveAccount.objects.create(owner=c.nurse, on=date(2026, 6, 2), saved_at=NOW, **given)


def learning(c: Cast) -> LearningItem:
    return LearningItem.objects.create(
        partnership=c.partnership, agency=c.health, raised_by=c.nurse, raised_at=NOW, **ITEM
    )


def reset(c: Cast) -> int:
    secure(c.nurse)
    return resets.ask_for_reset(person=c.nurse, checked=LONG, by=c.second_administrator, at=NOW).pk


def secure(person: User) -> User:
    """Return the person anew, with a password and an app: what is taken back must not stay in the cast."""
    return with_app(User.objects.get(pk=person.pk))


def newcomer(c: Cast) -> User:
    return User.objects.create(
        email="isla@example.org", full_name="Isla Newton", job_title="Midwife", agency=c.health, password="!"
    )


def change(c: Cast) -> int:
    asked = corrections.ask_email_change(
        person=c.teacher, email="nora.muir@example.org", checked="I rang her.", by=c.second_administrator,
        at=NOW - timedelta(hours=2),
    )  # fmt: skip
    return asked.pk


def week() -> Typed:
    week = {f"opens_{n}": "8:30am" for n in range(5)} | {f"closes_{n}": "4:30pm" for n in range(5)}
    week |= {f"{what}_{n}": "" for n in (5, 6) for what in ("opens", "closes")}
    return week | {"reason": "New hours.", **CONFIRMED}


def next_procedure() -> int:
    text = shipped_files()["perth-and-kinross-2025"].read_text(encoding="utf-8")
    return in_place.publish(text.replace('version = "1.1"', 'version = "2"', 1), at=TUESDAY).version.pk


def emergency(c: Cast) -> int:
    return glass.open_case(
        opened(c).reference, by=c.health_senior, reason=LONG, at=TUESDAY + timedelta(hours=1)
    ).pk


def receipt() -> Any:
    from escalation.trail import checkpoints

    Witness.objects.create(kind="agency", organisation="NHS", email="records@example.org", since=NOW)
    point = checkpoints.take(NOW)
    return Receipt.objects.filter(checkpoint=point)[0].key


def places(c: Cast) -> dict[str, tuple[Any, ...]]:
    """Return the parts of the addresses of pages that only show."""
    return {
        "calendar_change": (0,),  # none of this number
        "agency": (c.education.pk,),
        "person": (c.teacher.pk,),
        "choose_role": (c.teacher.pk,),
        "staff_list_waits": (staff_list(c).pk,),
    }


def ask(c: Cast) -> Sent:
    case = opened(c)
    entry = Entry.objects.get(case=case, kind="concern")
    return Sent(c.nurse, (case.reference,), {"entry": entry.pk, "ground": "court_order", "why": WHY})


def ask_in_a_rethink(c: Cast) -> Sent:
    row = Room.of(c).asked()
    note = row.notes.filter(kind="request")[0]
    return Sent(c.nurse, (row.reference,), {"entry": note.pk, "ground": "court_order", "why": WHY})


def arrange(c: Cast) -> Sent:
    room = Room.of(c)
    typed = {
        **at("meets_at", NOW + timedelta(days=7)),
        "minutes": "90",
        "place": "Room 2",
        "link": "",
        "facilitator": str(room.facilitator.pk),
        "addresses": f"{c.teacher.email}\n{GUEST}",
    }
    return Sent(room.coordinator, (room.asked().reference, "arrange"), typed, page=True)


def ask_for_a_rethink(c: Cast) -> Sent:
    Room.of(c)
    typed = {
        "reason": "stuck",
        "about": "Nothing moves.",
        **POINTS,
        "addresses": f"{c.nurse.email}, {GUEST}\n",
    }
    return Sent(c.teacher, (), typed, page=True)


def end_calendar(c: Cast) -> Sent:
    feeds.make(c.nurse, NOW)
    return Sent(c.nurse)


def rename(c: Cast) -> Sent:
    row = SavedSearch.objects.create(user=c.nurse, name="Late ones", query="due=lapsed", saved_at=NOW)
    return Sent(c.nurse, (row.pk,), {"rename": "yes", "name": "Lapsed"})


def try_again(c: Cast) -> Sent:
    opened(c)
    Message.objects.update(status=Status.DEAD)
    return Sent(c.administrator)


def remove(c: Cast) -> Sent:
    nurse = secure(c.nurse)
    with_app(nurse, password=False)
    return Sent(nurse, ("app", Authenticator.objects.filter(user=nurse).order_by("pk")[0].pk))


def come_back(c: Cast) -> Sent:
    User.objects.filter(pk=c.teacher.pk).update(is_active=False)
    return Sent(c.administrator, (c.teacher.pk,))
