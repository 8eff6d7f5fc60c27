"""Sign-ins under way, and what a person confirms them with."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

PERSON = settings.AUTH_USER_MODEL


class SignIn(AbstractBaseSession):
    """One sign-in on one device: the session, and what its owner is shown of it.

    `session_key` holds a digest of what the browser has: who reads this table, or a copy of it, is not signed in.
    """

    session_key = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(PERSON, null=True, on_delete=models.CASCADE, related_name="sign_ins")
    started_at = models.DateTimeField(null=True)  # when the person came in; null before that
    seen_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=60, blank=True)

    class Meta:
        app_label = "accounts"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(user=None) | models.Q(started_at__isnull=False, seen_at__isnull=False),
                name="sign_in_of_a_person_has_begun",
            )
        ]

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.sign_in.sessions import SessionStore

        return SessionStore


class Authenticator(models.Model):
    """An app on a phone that shows a new code every 30 seconds (TOTP)."""

    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="authenticators")
    name = models.CharField(max_length=60)
    sealed = models.TextField()  # the shared secret, encrypted
    last_step = models.BigIntegerField(
        default=0
    )  # the half minute of the last code taken: each works once (E2)
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"

    def __str__(self) -> str:
        return self.name


class Passkey(models.Model):
    """A passkey: a key that a device or a security key keeps, and that answers only this service's address."""

    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential_id = models.BinaryField(unique=True)
    credential = models.BinaryField()  # id and public key, as the device gave them
    uses = models.BigIntegerField(default=0)  # the device's own counter: going back means that there are two
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """One of ten codes on paper, for the day when phone and key are lost. Kept as a keyed digest; used once."""

    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_of_a_person_once")
        ]

    def __str__(self) -> str:
        return "used" if self.used_at else "not used"


class IdentityProvider(models.Model):
    """An organisation's own sign-in (OpenID Connect), such as Entra ID of a council or nhs.scot.

    Bound to the agencies it may vouch for. Its secret stands in the environment: OIDC_SECRET_ and the slug in capitals.
    """

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    issuer = models.URLField(max_length=300)
    client_id = models.CharField(max_length=200)
    domains = ArrayField(models.CharField(max_length=120))  # of email addresses, in small letters
    agencies = models.ManyToManyField("accounts.Agency", related_name="providers")
    # Claims that must have just these values: for Entra ID {"tid": "..."}, so that no other tenant gets in.
    claims = models.JSONField(default=dict, blank=True)
    # Values of amr that mean "confirmed with a second factor"; empty: ours is asked in any case.
    factor_values = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        app_label = "accounts"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "client_id"], name="provider_of_an_issuer_once")
        ]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """Who somebody is to a provider: issuer and subject, never an email address (abuse case T15)."""

    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="identities")
    provider = models.ForeignKey(IdentityProvider, on_delete=models.PROTECT, related_name="identities")
    issuer = models.URLField(max_length=300)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"
        verbose_name_plural = "identities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_of_one_person"),
            models.UniqueConstraint(fields=["user", "provider"], name="identity_of_a_person_once_a_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} of {self.user_id}"


class FactorReset(models.Model):
    """A lost second factor: one administrator asks, another one agrees, and only then is it taken away."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="factor_resets")
    checked = models.CharField(max_length=300)  # how the first one made sure who it was
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)

    class Meta:
        app_label = "accounts"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(asked_by=models.F("person")), name="factor_reset_asked_by_another"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None, decided_at=None, agreed=None)
                | models.Q(decided_by__isnull=False, decided_at__isnull=False, agreed__isnull=False)
                & ~models.Q(decided_by=models.F("person"))
                # Whoever asked may take it back, never agree to it alone.
                & (models.Q(agreed=False) | ~models.Q(decided_by=models.F("asked_by"))),
                name="factor_reset_by_two_administrators",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(decided_at=None), name="factor_reset_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} asked by {self.asked_by_id}"
