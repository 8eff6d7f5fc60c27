"""Who somebody is to a provider: linked once, by the person themselves, and never by an email address."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import invitations
from accounts.actions.factors import end_sign_ins
from accounts.actions.people import OVER
from accounts.audit import Verb, by_person, record
from accounts.models import User
from accounts.refusals import Refused
from accounts.sign_in.models import Identity, IdentityProvider
from accounts.sign_in.providers.tokens import Said


def find(provider: IdentityProvider, said: Said, at: datetime) -> User | None:
    """Return whom a provider speaks of: linked to it, still here, and of an agency it may vouch for."""
    identity = (
        Identity.objects.filter(
            issuer=said.issuer,
            subject=said.subject,
            provider=provider,
            user__is_active=True,
            user__agency__in=provider.agencies.all(),
        )
        .select_related("user__agency__partnership")
        .first()
    )
    if identity is None:
        return None
    Identity.objects.filter(pk=identity.pk).update(used_at=at)
    return identity.user


def provider_for(person: User) -> IdentityProvider | None:
    """Return the provider that may vouch for a person: of their agency, and of the domain of their address."""
    domain = person.email.rsplit("@", 1)[-1]
    every = IdentityProvider.objects.filter(
        is_active=True, agencies=person.agency, domains__contains=[domain]
    )
    return every.exclude(identities__user=person).order_by("pk").first()


def link(*, person: User, provider: IdentityProvider, said: Said, keep: str | None, at: datetime) -> Identity:
    """Link a person to who they are at a provider. Raises Refused when that is somebody else's, or not theirs."""
    if not provider.agencies.filter(pk=person.agency_id).exists():
        raise Refused(f"{provider} does not speak for {person.agency}.")
    if said.email and said.email != person.email:
        raise Refused(f"You signed in at {provider} with another address than {person.email}.")
    with transaction.atomic():
        try:
            with transaction.atomic():
                identity = Identity.objects.create(
                    user=person, provider=provider, issuer=said.issuer, subject=said.subject, linked_at=at
                )
        except IntegrityError as error:
            raise Refused("This sign-in is linked already, to you or to somebody else.") from error
        end_sign_ins(person, keep=keep)
        facts = {"provider": provider.pk}
        record(Verb.IDENTITY_LINKED, actor=by_person(person), about=person, facts=facts, at=at)
        return identity


def link_by_invitation(*, token: str, provider: IdentityProvider, said: Said, at: datetime) -> User:
    """Link whom an invitation is for, in place of a password; the invitation is used up by it.

    Raises Refused for an invitation that is forged, used or too old, and as `link` does.
    """
    with transaction.atomic():
        person = invitations.locked_person_of(token)
        if person is None:
            raise Refused(OVER)
        link(person=person, provider=provider, said=said, keep=None, at=at)
        return person


def unlink(*, person: User, pk: int, keep: str | None, at: datetime) -> None:
    """Take a person's link to a provider away. Raises Refused when they would have no way to sign in."""
    if not person.has_usable_password():
        raise Refused("This is how you sign in. Set a password first, by the link for forgotten passwords.")
    with transaction.atomic():
        gone, _ = Identity.objects.filter(pk=pk, user=person).delete()
        if not gone:
            raise Refused("This link was taken away before.")
        end_sign_ins(person, keep=keep)
        record(Verb.IDENTITY_UNLINKED, actor=by_person(person), about=person, at=at)
