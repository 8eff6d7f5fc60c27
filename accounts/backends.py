"""Signing in by email address, and the one query that brings a person with all they hold."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model

from accounts.models import User
from accounts.standing import with_standing
from escalation.health import with_heartbeats


class PersonBackend(ModelBackend):
    """Local accounts. The person comes with agency, partnership, roles and those they cover, in one query."""

    def get_user(self, user_id: Any) -> User | None:
        person = with_heartbeats(with_standing(User.objects.filter(pk=user_id))).first()
        return person if person is not None and self.user_can_authenticate(person) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Return False always: rights come from guardian grants on places, never from model-wide permissions."""
        return False
