"""Published procedures, which partnership follows which from when, and the limits each has set for itself.

All three are only ever added to: a case stays on the version it opened under, and one can always say which limit
held on which day. The database refuses changes too (cases/sql/procedure_immutable.sql). Why it was done is typed by
people: it stands in a note of its own, which can lawfully be removed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Agency, Partnership, User
from cases.models.texts import Texts
from cases.procedures.definitions import Procedure
from cases.procedures.loading import load_text
from cases.procedures.vocabulary import UNIT_WORDS
from escalation.trail.models import REGISTRY

#: By digest of the text. As many as there are published versions, which is a handful.
_definitions: dict[str, Procedure] = {}
#: By primary key. A published version never changes: the database refuses it.
_versions: dict[int, ProcedureVersion] = {}


class NeverChanged(RuntimeError):
    """Somebody tried to change or remove what may only be added to."""


class AddedOnly(models.Model):
    """A row that is written once."""

    append_only = True

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new row. Raises NeverChanged for one that is in the database already."""
        if not self._state.adding:
            raise NeverChanged(f"A {self._meta.verbose_name} is never changed: add a new one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: raises NeverChanged."""
        raise NeverChanged(f"A {self._meta.verbose_name} is never removed.")


class ProcedureVersion(AddedOnly):
    """One published version of a procedure, with the whole text of its file."""

    key = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    effective_from = models.DateField(null=True)  # as the document says; null when it prints no date
    effective_until = models.DateField(null=True)
    ladder = ArrayField(models.TextField())
    # Which rungs each urgency uses and when one may be passed over, for the database's own guard; null: all, in danger.
    shape = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["key", "published_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "version"], name="procedure_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title} (version {self.version})"

    @classmethod
    def of(cls, pk: int) -> ProcedureVersion:
        """Return the published version with this key, fetched once per process."""
        found = _versions.get(pk)
        if found is None:
            found = _versions[pk] = cls.objects.get(pk=pk)
        return found

    @property
    def definition(self) -> Procedure:
        """Return the procedure this row holds, read once per process and shared.

        The cache goes by the digest of the text, so it can never be stale; once warm, the text is not fetched.
        """
        found = _definitions.get(self.sha256)
        if found is None:
            found = load_text(self.text, f"{self.key} version {self.version}")
            _definitions[self.sha256] = found
        return found


class RuleNote(Texts):
    """Why a partnership follows a version or has a limit of its own. An event of the registry commits to it."""

    class Kind(models.TextChoices):
        ADOPTION = "adoption", "Why a procedure was adopted"
        LIMIT = "limit", "Why a limit was set"

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # Null where the service itself did it.
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")  # type: ignore[assignment]
    agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")  # type: ignore[assignment]

    #: It belongs to no case: what is done with it stands in the registry.
    chain: ClassVar[UUID] = REGISTRY

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @classmethod
    def add(
        cls, partnership: Partnership, kind: str, words: str, *, by: User | None, at: datetime
    ) -> RuleNote | None:
        """Keep why something was done, and return the note; None when nobody said why."""
        if not words.strip():
            return None
        agency_id = by.agency_id if by else None
        facts = {"partnership": partnership, "kind": kind, "author": by, "agency_id": agency_id}
        note = cls.compose({"words": words.strip()}, **facts, written_at=at)
        note.save(force_insert=True)
        return note


class WithReason(models.Model):
    """Somebody said why, in a note."""

    note = models.OneToOneField(RuleNote, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True

    @property
    def reason(self) -> str:
        """Return why, or that the words were removed; "" when nobody said why."""
        return self.note.words if self.note else ""


class Adoption(WithReason, AddedOnly):
    """From this day on a partnership opens its cases under this version. The latest day reached wins."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="adoptions")
    version = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="adoptions")
    from_date = models.DateField()
    adopted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["partnership", "-from_date", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["partnership", "-from_date", "-id"], name="adoption_latest")
        ]

    def __str__(self) -> str:
        return f"{self.partnership} follows {self.version} from {self.from_date}"


class LocalSetting(WithReason, AddedOnly):
    """One limit as a partnership has set it where the document leaves it open (X3). The latest one wins."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="local_settings")
    procedure_key = models.CharField(max_length=60)
    path = models.CharField(max_length=120)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=20, choices=[(u, u) for u in (*UNIT_WORDS, "end_of_day")])
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["partnership", "procedure_key", "path", "-at", "-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["partnership", "procedure_key", "path", "-at", "-id"], name="local_setting_latest"
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(note__isnull=False), name="local_setting_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.partnership}: {self.path} = {self.amount} {self.unit}"
