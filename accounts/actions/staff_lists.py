"""An agency's staff list: checked by one administrator, taken in by another, as a whole or not at all."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts import staff_lists
from accounts.actions.door import day_of, office
from accounts.actions.requests import STANDS_FOR
from accounts.audit import Verb, by_administrator, line_of, of_membership, record
from accounts.grants import sync
from accounts.models import Agency, Asked, Membership, StaffList, Team, User
from accounts.refusals import Refused
from accounts.staff_lists import Checked, Row
from escalation.trail.writing import append_many

ELSEWHERE = "Somebody of this list was added elsewhere just now. Send the list again."


def propose_staff_list(*, agency: Agency, text: str, by: User, at: datetime) -> StaffList:
    """Keep a checked list for a second administrator, and return it. Nobody is added by it yet.

    Raises Unreadable for text that is no list, Refused for one with mistakes or with nothing to do.
    """
    with office(agency.partnership, by):
        rows, mistakes = staff_lists.parse(text)
        checked = _flawless(staff_lists.check(rows, agency, day_of(at), mistakes))
        waits = StaffList.objects.create(
            agency=agency,
            rows=staff_lists.stored(checked.rows),
            people=checked.new_people,
            roles=checked.new_roles,
            asked_by=by,
            asked_at=at,
        )
        facts = {"agency": agency.pk, "people": checked.new_people, "roles": checked.new_roles}
        record(Verb.STAFF_LIST_PROPOSED, actor=by_administrator(by), about=waits, facts=facts, at=at)
        return waits


def confirm_staff_list(*, waits: StaffList, by: User, at: datetime) -> Checked:
    """Take a list in: people, teams and roles, all of them in one transaction, and return what was done.

    The list is checked again against the people of today. Raises Refused for one's own list, one that names oneself,
    one that was decided or is too old, and when anything in it no longer holds: then nothing is taken in.
    """
    with office(waits.agency.partnership, by), office(waits.agency.partnership, waits.asked_by):
        found = _waiting_one(waits)
        if found.asked_by_id == by.pk:
            raise Refused("You asked for this yourself. Another administrator confirms it.")
        if found.asked_at <= at - STANDS_FOR:
            raise Refused("This list is more than 14 days old. Send it again.")
        rows = staff_lists.restored(found.rows)
        if any(row.email in {by.email, found.asked_by.email} for row in rows):
            raise Refused("This list gives a role to one of the two administrators. Take that row out of it.")
        checked = _flawless(staff_lists.check(rows, found.agency, day_of(at)))
        try:
            with transaction.atomic():
                memberships = _write(rows, found, by, at)
        except IntegrityError as error:  # another partnership's office, behind its own lock, took an address
            raise Refused(ELSEWHERE) from error
        found.decision, found.decided_by, found.decided_at = Asked.Decision.CONFIRMED, by, at
        found.rows = []
        found.save(update_fields=["decision", "decided_by", "decided_at", "rows"])
        actor = by_administrator(by)
        asked = {"asked_by": found.asked_by_id, "list": found.pk}
        append_many(
            [
                line_of(Verb.ROLE_GRANTED, actor=actor, about=m, facts=of_membership(m) | asked)
                for m in memberships
            ],
            at=at,
        )
        facts = {"agency": found.agency_id, "people": checked.new_people, "roles": len(memberships)}
        record(Verb.STAFF_LIST_TAKEN, actor=actor, about=found, facts=facts | asked, at=at)
        return checked


def decline_staff_list(*, waits: StaffList, by: User, at: datetime) -> None:
    """Decline a list, or take one's own back; its rows are not kept. Raises Refused when it was decided before."""
    with office(waits.agency.partnership, by):
        found = _waiting_one(waits)
        found.decision, found.decided_by, found.decided_at = Asked.Decision.DECLINED, by, at
        found.rows = []
        found.save(update_fields=["decision", "decided_by", "decided_at", "rows"])
        facts = {"agency": found.agency_id}
        record(Verb.STAFF_LIST_DECLINED, actor=by_administrator(by), about=found, facts=facts, at=at)


def _flawless(checked: Checked) -> Checked:
    if checked.mistakes:
        first = checked.mistakes[0]
        raise Refused(f"Line {first.line}: {first.words}. Mend the list and send it again.")
    if checked.empty:
        raise Refused("Everybody on this list holds these roles already. There is nothing to do.")
    return checked


def _waiting_one(waits: StaffList) -> StaffList:
    found = (
        StaffList.objects.select_for_update(of=("self",))
        .select_related("agency__partnership", "asked_by")
        .get(pk=waits.pk)
    )
    if found.decision != Asked.Decision.WAITING:
        raise Refused("This was decided already.")
    return found


def _write(rows: list[Row], waits: StaffList, by: User, at: datetime) -> list[Membership]:
    """Write people, teams and memberships that are not there yet, with the rights that follow."""
    agency, today = waits.agency, day_of(at)
    first = {row.email: row for row in reversed(rows)}
    known = set(User.objects.filter(email__in=first).values_list("email", flat=True))
    User.objects.bulk_create(
        User(email=email, full_name=row.name, job_title=row.job, agency=agency, password=make_password(None))
        for email, row in first.items()
        if email not in known
    )
    people = {user.email: user for user in User.objects.filter(email__in=first)}
    if any(person.agency_id != agency.pk for person in people.values()):
        raise Refused(ELSEWHERE)
    teams = {team.name.lower(): team for team in Team.objects.filter(agency=agency)}
    names = {row.team.lower(): row.team for row in reversed(rows) if row.team}
    for team in Team.objects.bulk_create(
        Team(agency=agency, name=name) for key, name in names.items() if key not in teams
    ):
        teams[team.name.lower()] = team
    held = {
        (user_id, role, team_id)
        for user_id, role, team_id in Membership.objects.filter(agency=agency, user__in=people.values())
        .exclude(ends_on__lt=today)
        .values_list("user_id", "role", "team_id")
    }
    memberships = []
    for row in rows:
        person, place = people[row.email], teams.get(row.team.lower()) if row.team else None
        if (person.pk, row.role, place.pk if place else None) in held:
            continue
        memberships.append(
            Membership(
                user=person,
                role=row.role,
                partnership=agency.partnership,
                agency=agency,
                team=place,
                starts_on=today,
                granted_by=waits.asked_by,
                confirmed_by=by,
            )
        )
    Membership.objects.bulk_create(memberships)
    # A new team falls to whoever holds a role for the whole agency, so everybody of the agency is asked about.
    sync(
        [
            *people.values(),
            *User.objects.filter(agency=agency).exclude(pk__in=[p.pk for p in people.values()]),
        ],
        day=today,
    )
    return memberships
