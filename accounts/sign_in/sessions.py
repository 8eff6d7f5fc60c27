"""The session store: Django's own in the database, with limits of its own and without usable keys in its table.

The browser holds the key, the table a digest of it. A session of somebody who is signed in ends as `limits` says, by
the one query that fetches it: nothing has to come by and end it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY as PERSON
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts.sign_in import limits
from accounts.sign_in.models import SignIn
from escalation.clock import now

STARTED, DEVICE = "started_at", "device"


def digest(key: str) -> str:
    """Return what stands in the table for a browser's key."""
    return hashlib.sha256(f"session\n{key}".encode()).hexdigest()


class SessionStore(DatabaseStore):
    """One browser's session; `row` is its row as it was fetched, None for a new one."""

    row: SignIn | None = None

    @classmethod
    def get_model_class(cls) -> type[SignIn]:
        return SignIn

    def _get_session_from_db(self) -> SignIn | None:
        wanted = SignIn.objects.filter(session_key=digest(self.session_key or ""), expire_date__gt=now())
        self.row = wanted.first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        return SignIn.objects.filter(session_key=digest(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> SignIn:
        at = now()
        row = SignIn(session_key=digest(self._key()), expire_date=at + limits.UNDER_WAY)
        if PERSON in data:
            started = datetime.fromisoformat(data.setdefault(STARTED, at.isoformat()))
            row.user_id = int(data[PERSON])
            row.started_at, row.seen_at = started, at
            row.device = data.get(DEVICE, "")[:60]
            row.expire_date = limits.ends_at(started, at)
        row.session_data = self.encode(data)
        self.row = row
        return row

    def _key(self) -> str:
        return str(self._get_or_create_session_key())  # type: ignore[attr-defined]

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            SignIn.objects.filter(session_key=digest(key)).delete()

    def left(self, at: datetime) -> tuple[timedelta, timedelta] | None:
        """Return how long the sign-in still lasts without a further click, and whatever happens; None for nobody."""
        row = self.row
        if row is None or row.started_at is None or row.seen_at is None:
            return None
        ends = limits.ends_at(row.started_at, at if self._is_noted(row.seen_at, at) else row.seen_at)
        return ends - at, row.started_at + limits.WHOLE - at

    @staticmethod
    def _is_noted(seen_at: datetime, at: datetime) -> bool:
        return at - seen_at >= limits.NOTED_EVERY

    def touch(self, at: datetime) -> None:
        """Note a click of somebody who is signed in: one statement, at most once a minute.

        An update, so that a session that was ended meanwhile stays ended.
        """
        row = self.row
        if row is None or row.user_id is None or row.started_at is None or row.seen_at is None:
            return
        if self._is_noted(row.seen_at, at):
            SignIn.objects.filter(pk=row.pk).update(
                seen_at=at, expire_date=limits.ends_at(row.started_at, at)
            )
