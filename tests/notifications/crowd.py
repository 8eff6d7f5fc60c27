"""Many cases at once, and processes of their own that work on them: for counts, races and crashes."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection, transaction

from cases.models import Case, Deadline
from cases.models.deadline import Rule

ROOT = Path(__file__).resolve().parents[2]


def only(*rules: Rule) -> None:
    """Leave the sweep these rules alone, so that a test counts what it is about."""
    Deadline.objects.exclude(rule__in=rules).update(next_at=None)


def copies_of(case: Case, count: int) -> list[Case]:
    """Return `count` more cases like this one, each with its own chain: stage, people and open duties are copied."""
    with transaction.atomic(), connection.cursor() as cursor:
        first = Case.objects.order_by("-pk").values_list("pk", flat=True)[0]
        _copy(
            cursor,
            "cases_case",
            case.pk,
            count,
            id="t.id + n",
            reference="'X' || lpad(n::text, 7, '0')",
            chain="gen_random_uuid()",
            current_stage_id="md5(n::text)::uuid",
        )
        # The runtime role may not set a sequence, but it may count it up past the ids used here.
        cursor.execute("SELECT count(nextval('cases_case_id_seq')) FROM generate_series(1, %s)", [count])
        assert first == case.pk, "copy the newest case only: ids are counted up from it"
        _copy(
            cursor,
            "cases_stage",
            str(case.current_stage_id),
            count,
            id="md5(n::text)::uuid",
            case_id="t.case_id + n",
        )
        for table in ("cases_participation", "cases_deadline"):
            new = {
                "case_id": "t.case_id + n",
                "id": f"nextval(pg_get_serial_sequence('{table}', 'id'))",
            }
            if table == "cases_deadline":
                new["stage_id"] = "md5(n::text)::uuid"
            _copy(cursor, table, case.pk, count, by="case_id", **new)
    return list(Case.objects.filter(pk__gt=case.pk).order_by("pk"))


def _copy(cursor: object, table: str, key: object, count: int, *, by: str = "id", **new: str) -> None:
    columns = [c.name for c in connection.introspection.get_table_description(cursor, table)]
    values = [new.get(column, f't."{column}"') for column in columns]
    cursor.execute(  # type: ignore[attr-defined]
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "
        f"FROM {table} t, generate_series(1, %s) n WHERE t.{by} = %s",
        [count, key],
    )


def start(code: str, **environ: str) -> subprocess.Popen[str]:
    """Start a Python process with Django on the test database, as the runtime role; `code` runs after set-up."""
    there = connection.settings_dict
    url = (
        f"postgres://{quote(there['USER'])}:{quote(there['PASSWORD'])}@"
        f"{quote(there['HOST'], safe='')}:{there['PORT'] or 5432}/{there['NAME']}"
    )
    return subprocess.Popen(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "escalation.settings",
            "DATABASE_URL": url,
            "SECRET_KEY": settings.SECRET_KEY,
            "LOG_LEVEL": "ERROR",
        }
        | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*processes: subprocess.Popen[str]) -> list[str]:
    """Wait for processes that should end well; return what they printed."""
    printed = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        printed.append(out.strip())
    return printed


def iso(at: datetime) -> str:
    """Return Python source that gives an instant."""
    return f"__import__('datetime').datetime.fromisoformat({at.isoformat()!r})"
