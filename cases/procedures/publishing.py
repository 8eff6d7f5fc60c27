"""Procedures in the database: publishing a version, adopting it, setting local limits, and looking them up.

Each change adds one row and one line of the audit trail in the same transaction. Nothing here sends or prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import F

from accounts.audit import by_administrator
from accounts.models import Partnership, User
from cases.models.leeway import Reprojection
from cases.models.procedure import Adoption, LocalSetting, ProcedureVersion, RuleNote
from cases.procedures.definitions import Procedure
from cases.procedures.loading import load_text, read_text, shipped_files
from cases.procedures.local import check_local, limits_of, with_limits
from cases.procedures.vocabulary import Unit
from escalation.trail.models import REGISTRY
from escalation.trail.writing import append

PUBLISHED = "procedure_published"
ADOPTED = "procedure_adopted"
LIMIT_SET = "local_limit_set"


class PublishError(ValueError):
    """A version that may not be published; the text says why and what to do."""


class NothingAdopted(LookupError):
    """The partnership has adopted no procedure by that day."""


@dataclass(frozen=True)
class Published:
    """What publishing led to: the version, and whether it is new or was there already."""

    version: ProcedureVersion
    created: bool


def publish(text: str, *, name: str = "procedure.toml", by: User | None, at: datetime) -> Published:
    """Store a procedure text as an immutable version; `by` is a person or THE_SERVICE.

    Publishing the same text again changes nothing. Raises ProcedureError for a text with mistakes, and PublishError
    when this version number was published with another text.
    """
    procedure = load_text(text, name)
    with transaction.atomic():
        # get_or_create settles a race between two publishers on the unique constraint.
        row, created = ProcedureVersion.objects.get_or_create(
            key=procedure.key,
            version=procedure.version,
            defaults={
                "title": procedure.title,
                "text": text,
                "sha256": procedure.sha256,
                "published_at": at,
                "published_by": by,
                "effective_from": procedure.effective_from,
                "effective_until": procedure.effective_until,
                "ladder": list(procedure.ladder),
                "shape": procedure.shape(),
            },
        )
        if row.sha256 != procedure.sha256:
            raise PublishError(
                f"Version {row.version} of {row.key} was published on {row.published_at:%d %B %Y} with another "
                f"text. A published version is never changed: give {name} a new version number."
            )
        if created:
            facts = {"key": row.key, "version": row.version, "sha256": row.sha256}
            _record(PUBLISHED, f"procedure:{row.pk}", by, facts, at)
    return Published(row, created)


def publish_shipped(*, by: User | None, at: datetime) -> list[Published]:
    """Publish every procedure that comes with the service. Raises as `publish` does, and then publishes none."""
    with transaction.atomic():
        return [publish(read_text(path), name=path.name, by=by, at=at) for path in shipped_files().values()]


def adopt(
    partnership: Partnership,
    version: ProcedureVersion,
    *,
    from_date: date,
    reason: str = "",
    by: User | None,
    at: datetime,
) -> Adoption:
    """Let a partnership open its cases under a version from a local day on. Open cases stay on theirs."""
    with transaction.atomic():
        note = RuleNote.add(partnership, RuleNote.Kind.ADOPTION, reason, by=by, at=at)
        row = Adoption.objects.create(
            partnership=partnership,
            version=version,
            from_date=from_date,
            adopted_by=by,
            adopted_at=at,
            note=note,
        )
        Partnership.objects.filter(pk=partnership.pk).update(settings_version=F("settings_version") + 1)
        facts = {
            "partnership": partnership.pk,
            "version": version.pk,
            "from_date": from_date,
            "entries": _committed(note),
        }
        _record(ADOPTED, f"adoption:{row.pk}", by, facts, at)
    return row


def current_for(partnership: Partnership, on: date) -> ProcedureVersion:
    """Return the version a partnership opens cases under on a local day, without its text; one query.

    Raises NothingAdopted when it has adopted none by then.
    """
    found = (
        ProcedureVersion.objects.filter(adoptions__partnership=partnership, adoptions__from_date__lte=on)
        .order_by("-adoptions__from_date", "-adoptions__id")
        .defer("text")
        .first()
    )
    if found is None:
        raise NothingAdopted(
            f"{partnership} has adopted no procedure by {on:%d %B %Y}. An administrator can do so."
        )
    return found


def definition_for(case_or_version_id: Any) -> Procedure:
    """Return the procedure a case (its `procedure`) or a version's primary key is pinned to.

    At most one query; the parsed value is cached per process by the digest of its text. Raises
    ProcedureVersion.DoesNotExist for an unknown key.
    """
    if isinstance(case_or_version_id, int):
        return ProcedureVersion.objects.defer("text").get(pk=case_or_version_id).definition
    version: ProcedureVersion = case_or_version_id.procedure
    return version.definition


def local_limits(
    partnership: Partnership, procedure_key: str, at: datetime | None = None
) -> dict[str, LocalSetting]:
    """Return the local settings in force at an instant (None: the latest), by path; one query."""
    rows = LocalSetting.objects.filter(partnership=partnership, procedure_key=procedure_key)
    if at is not None:
        rows = rows.filter(at__lte=at)
    return {row.path: row for row in rows.order_by("path", "-at", "-id").distinct("path")}


def limits_with_local(
    procedure: Procedure, partnership: Partnership, at: datetime | None = None
) -> Procedure:
    """Return the procedure with the partnership's own limits where the document leaves them open (X3)."""
    rows = local_limits(partnership, procedure.key, at)
    return with_limits(procedure, {path: (row.amount, cast(Unit, row.unit)) for path, row in rows.items()})


def set_limit(
    partnership: Partnership,
    procedure: Procedure,
    path: str,
    *,
    amount: int,
    unit: Unit,
    reason: str,
    by: User | None,
    at: datetime,
) -> LocalSetting:
    """Set one limit for a partnership, with a reason, from now on. Raises LocalLimitError when it may not be set.

    Counts up the partnership's settings version, so that every process works out new due instants with it, and asks
    that open ones be worked out again (cases.reprojecting).
    """
    check_local(procedure, path, amount, unit)
    before = limits_of(limits_with_local(procedure, partnership))[path]
    with transaction.atomic():
        note = RuleNote.add(partnership, RuleNote.Kind.LIMIT, reason, by=by, at=at)
        row = LocalSetting.objects.create(
            partnership=partnership,
            procedure_key=procedure.key,
            path=path,
            amount=amount,
            unit=unit,
            note=note,
            set_by=by,
            at=at,
        )
        Partnership.objects.filter(pk=partnership.pk).update(settings_version=F("settings_version") + 1)
        Reprojection.objects.create(
            partnership=partnership,
            cause=Reprojection.Cause.LIMIT,
            note=note,
            made_by=by,
            made_at=at,
        )
        facts = {
            "partnership": partnership.pk,
            "procedure": procedure.key,
            "path": path,
            "was": [before.amount, before.unit],
            "is": [amount, unit],
            "entries": _committed(note),
        }
        _record(LIMIT_SET, f"local_setting:{row.pk}", by, facts, at)
    partnership.refresh_from_db(fields=["settings_version"])
    return row


def _committed(note: RuleNote | None) -> list[dict[str, str]]:
    """Return what an event seals of why something was done: that it was said, never the words."""
    return [{"id": str(note.pk), "kind": note.kind, "commitment": note.commitment}] if note else []


def _record(verb: str, object_ref: str, by: User | None, facts: dict[str, Any], at: datetime) -> None:
    append(REGISTRY, verb, actor=by_administrator(by), object_ref=object_ref, facts=facts, at=at)
