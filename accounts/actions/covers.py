"""Deputies: another person acts in somebody's role on given days, and everything says so."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q

from accounts.actions.door import day_of, end_dated, not_oneself, office, over, read_again
from accounts.audit import Verb, by_administrator, of_cover, record
from accounts.grants import sync
from accounts.models import Cover, Membership, User
from accounts.refusals import Refused
from accounts.roles import Role


def name_deputy(
    *,
    membership: Membership,
    deputy: User,
    starts_on: date | None = None,
    ends_on: date | None = None,
    reason: str = "",
    by: User | None,
    at: datetime,
) -> Cover:
    """Let a deputy act in somebody's role from today or a later day, and return the cover (G18).

    Raises Refused for oneself, the same person, somebody of another agency (for a role in an agency) or partnership,
    days that run backwards or lie behind, a cover that is there already, and for an administrator: whoever is named by
    one of them could confirm what the other asked for, and two pairs of hands would be one.
    """
    today = day_of(at)
    first = starts_on or today
    with office(membership.partnership, by):
        not_oneself(by, deputy, "name as deputy")
        read_again(membership)
        # As they are behind the lock: they may have left, or moved, since the form was shown.
        deputy = User.objects.select_related("agency").get(pk=deputy.pk)
        if membership.role == Role.ADMINISTRATOR:
            raise Refused("An administrator has no deputy. Ask for the role itself: another one confirms it.")
        if deputy.pk == membership.user_id:
            raise Refused("Choose somebody else: nobody is their own deputy.")
        if not deputy.is_active or deputy.agency.partnership_id != membership.partnership_id:
            raise Refused(f"{deputy} does not work in this partnership now.")
        if membership.agency is not None and deputy.agency_id not in {
            membership.agency_id,
            membership.agency.represented_by_id,
        }:
            raise Refused(f"Choose somebody of {membership.agency}: a deputy acts for it.")
        if first < membership.starts_on or (
            membership.ends_on is not None and membership.ends_on < (ends_on or first)
        ):
            raise Refused("The role is not held on all of these days. Choose days on which it is.")
        if first < today:
            raise Refused("A deputy starts today or later.")
        if ends_on is not None and ends_on < first:
            raise Refused("The last day lies before the first. Check both days.")
        after = Q(ends_on=None) | Q(ends_on__gte=first)
        clash = after if ends_on is None else after & Q(starts_on__lte=ends_on)
        if Cover.objects.filter(clash, membership=membership, deputy=deputy).exists():
            raise Refused(f"{deputy} is deputy on these days already.")
        cover = Cover.objects.create(
            membership=membership,
            deputy=deputy,
            starts_on=first,
            ends_on=ends_on,
            reason=reason,
            granted_by=by,
        )
        sync(deputy, day=today)
        record(Verb.DEPUTY_NAMED, actor=by_administrator(by), about=cover, facts=of_cover(cover), at=at)
        return cover


def end_deputy(*, cover: Cover, by: User | None, at: datetime) -> None:
    """End a cover at once. Raises Refused when it has ended."""
    today = day_of(at)
    with office(cover.membership.partnership, by):
        read_again(cover)
        if over(cover, today):
            raise Refused("This deputy no longer acts.")
        facts = of_cover(cover) | {"until": "at once"}
        end_dated(cover, today, None)
        sync(cover.deputy, day=today)
        record(Verb.DEPUTY_ENDED, actor=by_administrator(by), about=cover, facts=facts, at=at)
