"""The statements behind the reports: one pass over the facts for all groupings of a report, never a case in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from accounts.models import Partnership
from cases.reports.base import Figures, Period

#: What a dimension is in SQL, where it is more than a column. Closed lists of this package: nothing comes from outside.
DIMENSIONS: dict[str, str] = {
    "raising": "raising_id",
    "receiving": "receiving_id",
    "day": "opened_on",
    "ended": "CASE WHEN outcome = '' THEN 'not_yet' ELSE outcome END",
    "waited": """CASE WHEN waited_hours IS NULL THEN 'waiting' WHEN waited_hours < 24 THEN 'day'
        WHEN waited_hours < 72 THEN 'three_days' WHEN waited_hours < 168 THEN 'week'
        WHEN waited_hours < 672 THEN 'four_weeks' ELSE 'longer' END""",
    "line": "CASE WHEN safety_lines = 0 THEN 'none' WHEN safety_lines = 1 THEN 'once' ELSE 'again' END",
    "went_back": "CASE WHEN reopened = 0 THEN 'no' WHEN reopened = 1 THEN 'once' ELSE 'more' END",
    "settled": "settled_in <> ''",
    "raised_then": """CASE WHEN state <> 'withdrawn' THEN 'went_on' WHEN after_senior THEN 'after_senior'
        ELSE 'withdrawn' END""",
    "heard": """CASE WHEN heard_raising = '' OR heard_receiving = '' THEN 'waiting'
        WHEN heard_raising = 'yes' AND heard_receiving = 'yes' THEN 'both'
        WHEN heard_raising = 'yes' THEN 'raising' WHEN heard_receiving = 'yes' THEN 'receiving' ELSE 'neither' END""",
    "debrief": "CASE WHEN learning THEN 'learning' WHEN debriefed THEN 'held' ELSE 'not_yet' END",
    "refused": "CASE WHEN declined = 0 THEN 'no' WHEN views_asked = 0 THEN 'accepted' ELSE 'view' END",
}


def figures(
    table: str,
    partnership: Partnership,
    period: Period,
    groupings: Sequence[tuple[str, ...]],
    *,
    only: str = "",
    sums: Mapping[str, str] | None = None,
) -> tuple[Figures, dict[str, int]]:
    """Return counts by each grouping, and sums of expressions over all rows, in one statement and one pass.

    `table` is that of the facts, `only` a further condition; both, like every dimension, are constants of this package.
    """
    dims = list(dict.fromkeys(d for grouping in groupings for d in grouping))
    inner = ", ".join(f"{DIMENSIONS.get(d, d)} AS {d}" for d in dims)
    sums = dict(sums or {})
    added = "".join(f", {words} AS s_{key}" for key, words in sums.items())
    totals = "".join(f", sum(s_{key})" for key in sums)
    sets = ", ".join(f"({', '.join(grouping)})" for grouping in groupings)
    more = f" AND {only}" if only else ""
    statement = f"""
        SELECT GROUPING({", ".join(dims)}), count(*), {", ".join(dims)}{totals}
        FROM (SELECT {inner}{added} FROM {table}
              WHERE partnership_id = %s AND opened_on BETWEEN %s AND %s{more}) AS f
        GROUP BY GROUPING SETS ({sets}, ())
    """  # noqa: S608 (constants only; the values are parameters)
    masks = {_mask(dims, grouping): grouping for grouping in groupings}
    found, whole = Figures({grouping: {} for grouping in groupings}), dict.fromkeys(sums, 0)
    everything = _mask(dims, ())
    with connection.cursor() as cursor:
        cursor.execute(statement, [partnership.pk, period.first, period.last])
        for mask, n, *values in cursor.fetchall():
            if mask == everything:
                whole = {key: int(v or 0) for key, v in zip(sums, values[len(dims) :], strict=True)}
                found.found[()] = {"all": n}
                continue
            grouping = masks[mask]
            key = tuple(values[dims.index(d)] for d in grouping)
            found.found[grouping][key if len(key) > 1 else _plain(key[0])] = n
    return found, whole


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _mask(dims: Sequence[str], grouping: Sequence[str]) -> int:
    """Return PostgreSQL's GROUPING() of a set: a bit for each dimension that is not in it, the last one lowest."""
    return sum(1 << n for n, dim in enumerate(reversed(dims)) if dim not in grouping)


SPREAD = """
    WITH grouped AS MATERIALIZED (
        SELECT {dims}, {hours} AS hours, count(*) AS n FROM {table}
        WHERE partnership_id = %s AND opened_on BETWEEN %s AND %s GROUP BY {dims}, {hours}
    ), timed AS (
        SELECT {first} AS dim, hours, sum(n) AS n FROM grouped WHERE hours IS NOT NULL GROUP BY 1, 2
    ), run AS (
        SELECT dim, hours, sum(n) OVER (PARTITION BY dim ORDER BY hours) AS upto,
            sum(n) OVER (PARTITION BY dim) AS all_of
        FROM timed
    )
    SELECT 0, {first_text}, {rest_text}, sum(n)::bigint, NULL, NULL, NULL FROM grouped GROUP BY {dims}
    UNION ALL
    SELECT 1, dim::text, {nulls}, max(all_of)::bigint, min(hours) FILTER (WHERE upto * 4 >= all_of),
        min(hours) FILTER (WHERE upto * 2 >= all_of), min(hours) FILTER (WHERE upto * 4 >= all_of * 3)
    FROM run GROUP BY dim
"""


def spread(
    table: str, partnership: Partnership, period: Period, dims: Sequence[str], hours: str
) -> tuple[dict[tuple[str, ...], int], dict[str, tuple[int, int, int, int]]]:
    """Return counts by all dimensions together, and (count, lower quartile, median, upper quartile) by the first one.

    Hours are whole; a quartile is the smallest value that so many reach (percentile_disc). One pass over the facts.
    """
    names = [f"{d}" for d in dims]
    statement = SPREAD.format(
        dims=", ".join(names),
        hours=hours,
        table=table,
        first=names[0],
        first_text=f"{names[0]}::text",
        rest_text=", ".join(f"{n}::text" for n in names[1:]),
        nulls=", ".join("NULL" for _ in names[1:]),
    )
    counts: dict[tuple[str, ...], int] = {}
    spreads: dict[str, tuple[int, int, int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [partnership.pk, period.first, period.last])
        for kind, first, *rest in cursor.fetchall():
            values, (n, low, middle, high) = rest[: len(dims) - 1], rest[len(dims) - 1 :]
            if kind == 0:
                counts[first, *values] = n
            else:
                spreads[first] = (n, low, middle, high)
    return counts, spreads
