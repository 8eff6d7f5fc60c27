"""Making, approving and publishing a committee paper: the figures are frozen once and read the same ever after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import THE_SERVICE
from accounts.models import Membership, Partnership, User
from accounts.roles import Role
from cases.models import Paper, ProcedureVersion
from cases.models.paper import DisclosureSetting
from cases.refusals import NotNow
from cases.reports.base import Extra, Line, Period, Table
from cases.reports.disclosure import (
    CannotBeProtected,
    Name,
    Relation,
    Release,
    Rules,
    across_periods,
    figures_of,
    relations_of,
)
from cases.reports.every import REPORTS
from cases.reports.facts import catch_up
from cases.reports.recording import Verb, record
from cases.reports.relations import between_tables
from cases.reports.showing import Shown, shown
from escalation.one_moment import one_moment
from escalation.trail.writing import canonical

DEFINITIONS = [
    "A case counts in the period in which it was logged, by the local day. What was raised to learn from counts "
    "when it was raised, and a Re-think when it was asked for.",
    "Where it stands, and all that followed, is as it was when this paper was made.",
    "A timescale is the one first given when the case came to a stage. Where the guide gives no number, the "
    "committee set it.",
    "Hours run round the clock. A quartile is the smallest number of hours that so many visits reached.",
    "A case with several reasons counts under each.",
]


def rules_of(partnership: Partnership) -> Rules:
    """Return how small numbers are treated now; the product's own until the partnership sets another."""
    found = DisclosureSetting.objects.filter(partnership=partnership).order_by("-at", "-pk").first()
    return Rules() if found is None else Rules(found.threshold, found.rounding, found.zeros, found.base)


def set_rules(partnership: Partnership, rules: Rules, reason: str, *, by: User, at: datetime) -> None:
    """Set how small numbers are treated from now on, with the reason."""
    with transaction.atomic():
        DisclosureSetting.objects.create(
            partnership=partnership, reason=reason, set_by=by, at=at, **asdict(rules)
        )
        about = f"partnership:{partnership.pk}"
        record(Verb.DISCLOSURE_SET, by=by, about=about, facts=asdict(rules), at=at)


def draft(
    partnership: Partnership,
    period: Period,
    *,
    by: User | None,
    at: datetime,
    counting: Callable[[int, int, str], None] | None = None,
    together: Callable[[Paper], object] | None = None,
) -> Paper:
    """Run every report over a period and freeze what they say.

    All are counted as the database was at one moment, so that their totals agree. `counting` hears, before each
    report, how many are done, how many there are, and what the next one is called; `together` is called with the
    paper in the transaction that keeps it.
    """
    catch_up()
    with one_moment():
        parts = _counted(partnership, period, at, counting or (lambda done, of, title: None))
        versions = (
            ProcedureVersion.objects.filter(adoptions__partnership=partnership).distinct().defer("text")
        )
        procedures = [f"{v.title}, version {v.version}" for v in versions]
    frozen = {
        "partnership": partnership.name,
        "definitions": DEFINITIONS,
        "procedures": procedures,
        "parts": parts,
    }
    with transaction.atomic():
        text = canonical(frozen)
        paper = Paper.objects.create(
            partnership=partnership,
            first=period.first,
            last=period.last,
            made_at=at,
            made_by=by,
            frozen=frozen_again(text),
            digest=digest_of(frozen),
        )
        facts = {"first": str(period.first), "last": str(period.last), "digest": paper.digest}
        if together is not None:
            together(paper)
        record(Verb.PAPER_DRAFTED, by=by, about=f"paper:{paper.pk}", facts=facts, at=at)
    return paper


def _counted(
    partnership: Partnership, period: Period, at: datetime, counting: Callable[[int, int, str], None]
) -> list[dict[str, Any]]:
    reports = [report for report in REPORTS.values() if report.periodic]
    parts = []
    for done, report in enumerate(reports):
        counting(done, len(reports), report.title)
        tables = report.tables(partnership, period, at)
        parts.append(
            {
                "key": report.key,
                "title": report.title,
                "about": report.about,
                "questions": list(report.questions),
                "public": report.public,
                "tables": [asdict(t) for t in tables],
                "shown": [shown(t, period).as_dict() for t in tables],
            }
        )
    return parts


def frozen_again(text: str) -> dict[str, Any]:
    """Return frozen values as they come back from the database: plain JSON, days as text."""
    import json

    return dict(json.loads(text))


def digest_of(frozen: dict[str, Any]) -> str:
    """Return the digest of a frozen run, by which anybody can tell that it was not altered."""
    return hashlib.sha256(canonical(frozen_again(canonical(frozen))).encode()).hexdigest()


def intact(paper: Paper) -> bool:
    """Return whether a paper still says what it was frozen with."""
    return digest_of(paper.frozen) == paper.digest


def table_of(kept: dict[str, Any]) -> Table:
    """Return a table as it was frozen."""
    period = kept["period"]
    return Table(
        **{
            **kept,
            "rows": [Line(**row) for row in kept["rows"]],
            "columns": [Line(**column) for column in kept["columns"]],
            "extras": [Extra(**extra) for extra in kept["extras"]],
            "period": _period(period) if period else None,
        }
    )


def _period(kept: dict[str, str]) -> Period:
    return Period(date.fromisoformat(kept["first"]), date.fromisoformat(kept["last"]))


def period_of(paper: Paper) -> Period:
    """Return the period a paper covers."""
    return Period(paper.first, paper.last)


def write_words(paper: Paper, words: dict[str, str], *, by: User, at: datetime) -> None:
    """Keep what was written beside the figures of a draft. NotNow once it is approved."""
    with transaction.atomic():
        locked = _locked(paper, Paper.Status.DRAFT, "The words of an approved paper stay as they are.")
        locked.words = {key: text for key, text in words.items() if text}
        locked.save(update_fields=["words"])
        facts = {"parts": sorted(locked.words)}
        record(Verb.PAPER_WORDED, by=by, about=f"paper:{paper.pk}", facts=facts, at=at)


def approve(paper: Paper, *, by: User, at: datetime) -> None:
    """Approve a draft: from now on its words stay too.

    NotNow for whoever drafted it, where a second officer can look at it (docs/decisions/a-second-pair-of-eyes.md).
    """
    with transaction.atomic():
        locked = _locked(paper, Paper.Status.DRAFT, "This paper was approved before.")
        if locked.made_by_id == by.pk and (others := other_officers(locked.partnership, by, at)):
            raise NotNow(f"You drafted this paper, so somebody else approves it: {' or '.join(others)}.")
        locked.status, locked.approved_by, locked.approved_at = Paper.Status.APPROVED, by, at
        locked.save(update_fields=["status", "approved_by", "approved_at"])
        facts = {"digest": paper.digest}
        record(Verb.PAPER_APPROVED, by=by, about=f"paper:{paper.pk}", facts=facts, at=at)


def other_officers(partnership: Partnership, user: User, at: datetime) -> list[str]:
    """Return the names of the other officers of the committee on the local day."""
    rows = Membership.objects.on(timezone.localdate(at)).filter(
        partnership=partnership, role=Role.CPC_OFFICER, user__is_active=True
    )
    found = rows.exclude(user=user).order_by("user__full_name").values_list("user__full_name", flat=True)
    return list(dict.fromkeys(found))


def publish(paper: Paper, reason: str, *, by: User, at: datetime) -> None:
    """Make the public edition of an approved paper and publish it, with the written reason for what is shown.

    NotNow when its period overlaps what was published before without being made of it.
    """
    with transaction.atomic():
        # One at a time in a partnership: the second edition must know what the first one shows.
        Partnership.objects.select_for_update(no_key=True).get(pk=paper.partnership_id)
        locked = _locked(paper, Paper.Status.APPROVED, "Approve the paper before it is published.")
        rules = rules_of(locked.partnership)
        locked.public = public_edition(locked, rules)
        locked.reason = reason
        locked.status, locked.published_by, locked.published_at = Paper.Status.PUBLISHED, by, at
        locked.save(update_fields=["public", "reason", "status", "published_by", "published_at"])
        facts = {"digest": locked.public["digest"], "hidden": len(locked.public["hidden"]), **asdict(rules)}
        record(Verb.PAPER_PUBLISHED, by=by, about=f"paper:{paper.pk}", facts=facts, at=at)


def _locked(paper: Paper, status: str, otherwise: str) -> Paper:
    found = Paper.objects.select_for_update(of=("self",)).select_related("partnership").get(pk=paper.pk)
    if found.status != status:
        raise NotNow(otherwise)
    return found


def public_edition(paper: Paper, rules: Rules) -> dict[str, Any]:
    """Return the edition for the public: the same frozen figures with what could point to somebody hidden."""
    period = period_of(paper)
    release = Release(rules)
    earlier = Paper.objects.filter(partnership=paper.partnership_id, status=Paper.Status.PUBLISHED)
    for other in earlier.order_by("first"):
        _fits(period, period_of(other), [period_of(p) for p in earlier])
        assert other.public is not None
        values, relations = _known(other)
        hidden = [_name(kept) for kept in other.public["hidden"]]
        release.add_earlier(values, hidden, Rules(**other.public["rules"]), relations)
    parts = [part for part in paper.frozen["parts"] if part["public"]]
    for part in parts:
        for kept in part["tables"]:
            release.add(table_of(kept), period)
    release.relations += between_tables(period)
    try:
        hidden_now = release.protect()
    except CannotBeProtected as error:
        raise NotNow(
            "What was published before would give a small figure of this period away. Choose a longer period."
        ) from error
    edition: dict[str, Any] = {
        "rules": asdict(rules),
        "hidden": sorted([*name[:3], list(name[3])] for name in hidden_now),
        "parts": [
            {
                **{key: part[key] for key in ("key", "title", "about", "questions")},
                "shown": [
                    shown(table_of(t), period, rules=rules, hidden=hidden_now).as_dict()
                    for t in part["tables"]
                ],
            }
            for part in parts
        ],
    }
    return {**frozen_again(canonical(edition)), "digest": digest_of(edition)}


def _name(kept: list[Any]) -> Name:
    return kept[0], kept[1], kept[2], tuple(kept[3])


def _known(paper: Paper) -> tuple[dict[Name, int], list[Relation]]:
    """Return all figures of a published paper, hidden ones too, and how they hang together."""
    period = period_of(paper)
    values: dict[Name, int] = {}
    relations: list[Relation] = list(between_tables(period))
    for part in paper.frozen["parts"]:
        for kept in part["tables"] if part["public"] else ():
            table = table_of(kept)
            values |= dict(figures_of(table, period))
            relations += relations_of(table, period)
    return values, relations


def _fits(new: Period, old: Period, published: Iterable[Period]) -> None:
    """Refuse a period that overlaps a published one in part: their difference would be a table nobody looked at."""
    if new.last < old.first or old.last < new.first:
        return
    spans = [("cases", p.first.isoformat(), p.last.isoformat(), ()) for p in published]
    whole = ("cases", new.first.isoformat(), new.last.isoformat(), ())
    sums = [r for r in across_periods([*spans, whole]) if r[0].get(whole) == -1]
    inside = [s for s in spans if whole[1] <= s[1] and s[2] <= whole[2]]
    if whole in spans or not sums or not any(all(s in r[0] for s in inside) for r in sums):
        raise NotNow(
            f"The period overlaps a published one ({old.first:%d %B %Y} to {old.last:%d %B %Y}). "
            "What is hidden in one could then be worked out from the other. "
            "Choose a period after it, or one made of whole published ones."
        )


def last_quarter(today: date) -> Period:
    """Return the quarter of the calendar year that ended last."""
    begins = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    last = begins - timedelta(days=1)
    return Period(date(last.year, last.month - 2, 1), last)


def draft_quarter(today: date, at: datetime) -> int:
    """Draft the paper of the last quarter for each partnership that has none yet; return how many were made."""
    period, made = last_quarter(today), 0
    for partnership in Partnership.objects.order_by("pk"):
        with transaction.atomic():
            Partnership.objects.select_for_update(no_key=True).get(pk=partnership.pk)
            if not Paper.objects.filter(
                partnership=partnership, first=period.first, last=period.last
            ).exists():
                draft(partnership, period, by=THE_SERVICE, at=at)
                made += 1
    return made


def tables_of(parts: Iterable[dict[str, Any]]) -> list[Shown]:
    """Return the tables of some parts of a paper as they were frozen."""
    return [Shown.from_dict(kept) for part in parts for kept in part["shown"]]
