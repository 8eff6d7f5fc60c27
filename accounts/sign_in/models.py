"""Sign-ins under way, and what a person confirms them with."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
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
