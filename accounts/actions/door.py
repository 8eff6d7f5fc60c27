"""What every change to people and roles begins with, and the rules that several of them share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone

from accounts.duties import hand_over, open_duties
from accounts.grants import holds
from accounts.models import Cover, Membership, Partnership, User
from accounts.permissions import Permission
from accounts.refusals import Refused
from accounts.roles import Role


@contextmanager
def office(partnership: Partnership, by: User | None) -> Iterator[None]:
    """Open a transaction in which this person, and nobody else at once, changes the people of a partnership.

    Raises Refused when the person does not administer it; the right is asked inside the lock.
    """
    with transaction.atomic():
        # no_key: rows that only refer to the partnership (new cases, new people) do not wait for this.
        Partnership.objects.select_for_update(no_key=True).get(pk=partnership.pk)
        if by is not None and not holds(by, Permission.ADMINISTER, partnership):
            raise Refused(f"Only an administrator of {partnership} changes people and roles.")
        yield


def day_of(at: datetime) -> date:
    """Return the local day of an instant, which is what the dates of roles and covers mean."""
    return timezone.localdate(at)


def not_oneself(by: User | None, person: User, what: str) -> None:
    """Refuse changes to one's own rights: another administrator makes them (abuse case T12)."""
    if by is not None and by.pk == person.pk:
        raise Refused(f"You cannot {what} yourself. Ask another administrator.")


def nothing_left_behind(
    person: User, role: Role | None, successors: Mapping[Role, User], by: User | None, at: datetime
) -> None:
    """Hand over what a person leaves behind in a role, or in all of them; refuse while anything would be orphaned."""
    left = {found.role for found in open_duties(person, role)}
    if wanted := {held: user for held, user in successors.items() if held in left}:
        hand_over(person, wanted, by, at)
    still = open_duties(person, role)
    if still:
        words = "; ".join(map(str, still))
        raise Refused(f"{person} would leave something behind. Say who takes it over. {words}.")


def someone_still_administers(partnership: Partnership, leaving: User, today: date) -> None:
    """Refuse to take away the last administrator; nobody could put it right."""
    others = (
        Membership.objects.on(today)
        .filter(partnership=partnership, role=Role.ADMINISTRATOR, user__is_active=True, ends_on=None)
        .exclude(user=leaving)
    )
    if not others.exists():
        raise Refused(f"{leaving} is the last administrator. Give the role to somebody else first.")


def read_again(row: Membership | Cover) -> None:
    """Read the days of a role or cover as they stand behind the office's lock. Raises Refused when it is gone."""
    try:
        row.refresh_from_db(fields=["starts_on", "ends_on"])
    except ObjectDoesNotExist as error:
        raise Refused("This was ended already.") from error


def over(row: Membership | Cover, today: date) -> bool:
    """Return whether a membership or cover ended before today."""
    return row.ends_on is not None and row.ends_on < today


def end_membership(membership: Membership, today: date, last_day: date | None) -> list[User]:
    """End a role and its covers after a last day (None: at once) and return the deputies concerned."""
    covers = [c for c in membership.covers.select_related("deputy") if not over(c, today)]
    for cover in covers:
        end_dated(cover, today, last_day)
    end_dated(membership, today, last_day)
    return [cover.deputy for cover in covers]


def end_dated(row: Membership | Cover, today: date, last_day: date | None) -> None:
    """End a membership or cover after a last day; None means at once.

    What never lasted a whole day leaves no row, since its days would run backwards; the trail keeps it all the same.
    """
    last = last_day if last_day is not None else today - timedelta(days=1)
    if last < row.starts_on:
        type(row)._default_manager.filter(pk=row.pk).delete()  # `row` keeps its key, for the event
    elif row.ends_on is None or row.ends_on > last:
        row.ends_on = last
        row.save(update_fields=["ends_on"])
