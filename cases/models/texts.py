"""Words kept once, apart from the facts: what a note of a Re-think and one of a concern about an agency share."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from functools import cached_property
from typing import Any, Self

from django.db import models

from accounts.models import Agency, User
from escalation.trail.writing import canonical

#: What stands where words stood that were lawfully removed.
REMOVED = "These words were removed."


class Texts(models.Model):
    """Never edited. `content` is the canonical JSON of the named texts; with `salt` it is what an event commits to,
    as for the entries of a case, so that words can lawfully be erased and the chain still verifies."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    content = models.TextField()
    salt = models.BinaryField()

    class Meta:
        abstract = True

    @classmethod
    def compose(cls, texts: dict[str, Any], **facts: Any) -> Self:
        """Return an unsaved row holding these named texts."""
        return cls(content=canonical(texts), salt=os.urandom(32), **facts)

    @cached_property
    def texts(self) -> dict[str, Any]:
        """Return the named texts; none when they were erased."""
        return dict(json.loads(self.content)) if self.content else {}

    @property
    def words(self) -> str:
        """Return the chief text, or that it was removed."""
        return REMOVED if not self.content else str(self.texts.get("words", ""))

    @property
    def commitment(self) -> str:
        """Return what the event that carries this row commits to, as hex."""
        return hashlib.sha256(b"\x03" + bytes(self.salt) + self.content.encode()).hexdigest()
