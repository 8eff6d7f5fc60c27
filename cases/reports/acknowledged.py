"""Whether each stage was accepted by the person it came to, and how soon."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from accounts.models import Partnership
from cases.models import ProcedureVersion
from cases.reports import lines
from cases.reports.base import Line, Period, Report, Table, crosstab
from cases.reports.timeliness import hours

ACCEPTED = [
    Line("accepted", "Accepted"),
    Line("passed", "Left without being accepted"),
    Line("waiting", "Still to be accepted"),
]
#: One pass over the visits; nobody is asked to accept the first stage, which is between the practitioners themselves.
ACKNOWLEDGED = """
    WITH visits AS MATERIALIZED (
        SELECT state, accepted_hours AS hours, CASE
            WHEN accepted_hours IS NOT NULL THEN 'accepted' WHEN hours IS NULL THEN 'waiting' ELSE 'passed' END AS did
        FROM cases_stagefacts
        WHERE partnership_id = %s AND opened_on BETWEEN %s AND %s AND state <> 'resolution'
    )
    SELECT state, did, count(*), NULL, NULL, NULL FROM visits GROUP BY state, did
    UNION ALL
    SELECT state, '', count(hours), percentile_disc(0.25) WITHIN GROUP (ORDER BY hours),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY hours), percentile_disc(0.75) WITHIN GROUP (ORDER BY hours)
    FROM visits GROUP BY state HAVING count(hours) > 0
"""


def tables(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the one table of the report: one statement."""
    counts: dict[tuple[str, str], int] = {}
    spreads: dict[str, tuple[int, int, int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(ACKNOWLEDGED, [partnership.pk, period.first, period.last])
        for state, did, n, low, middle, high in cursor.fetchall():
            if did:
                counts[state, did] = n
            else:
                spreads[state] = (n, low, middle, high)
    asking = asked_for(partnership)
    rungs = [line for line in lines.RUNGS if line.key in asking]
    return [
        Table(
            "accepted",
            "Was it accepted by the person it came to?",
            "visits",
            "rung",
            "Stage",
            rungs,
            crosstab(counts, rungs, ACCEPTED),
            ACCEPTED,
            "accepted",
            adds_up=False,
            extras=hours(spreads, rungs),
            chart="spread",
            notes=[
                "Hours from coming to a stage until it was accepted, round the clock. Stages that the procedure lets "
                "nobody accept are not here. What was settled or moved on at once is under “Left without being "
                "accepted”."
            ],
        )
    ]


def asked_for(partnership: Partnership) -> set[str]:
    """Return the stages at which a procedure that this partnership has adopted asks somebody to accept a case."""
    adopted = ProcedureVersion.objects.filter(adoptions__partnership=partnership).defer("text").distinct()
    states: set[str] = {r.state for version in adopted for r in version.definition.rungs if r.acknowledge}
    return states - {"resolution"}


REPORT = Report(
    "acknowledged",
    "Acknowledgement",
    "Whether the person to whom a case came accepted it, and how soon.",
    tables,
    ["Where a case moved on without being accepted, did anybody know that it had come?"],
)
