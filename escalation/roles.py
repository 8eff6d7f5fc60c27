"""What the runtime role may do in PostgreSQL. The owner runs migrations; web and workers log in as a member of
`escalation_app`, which can neither change nor remove a sealed event or an entry."""

from typing import Any

from django.apps import AppConfig, apps
from django.db import connections

#: Holds the rights of the pages and workers; made by the migrations, like the others.
APP_ROLE = "escalation_app"
#: Owns the seal of the trail (sql/trail.sql).
SEAL_ROLE = "escalation_seal"
#: Removes lawfully what these tables hold, through functions alone (cases/sql/forgetting.sql).
ERASER_ROLE = "escalation_eraser"
ERASABLE = ("cases_", "notifications_")
ERASER_MARK = "trail_tombstone"  # a table of the migration before the one that makes the role


def append_only_tables() -> list[str]:
    """Return the tables whose rows the runtime role may add and read, never change."""
    return sorted(m._meta.db_table for m in apps.get_models() if getattr(m, "append_only", False))


def written_by_database() -> list[str]:
    """Return the tables that functions of the database fill, and the runtime role only reads."""
    return sorted(m._meta.db_table for m in apps.get_models() if getattr(m, "written_by_database", False))


def grant_runtime_rights(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Give `escalation_app` its rights on every table; runs as the owner after each migrate."""
    if sender.name != "escalation":  # once: by then every table of every app is there
        return
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    sealed = [t for t in append_only_tables() if t in existing]
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {APP_ROLE}")
        for table in sealed:
            cursor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {APP_ROLE}')
        for table in (t for t in written_by_database() if t in existing):
            cursor.execute(f'REVOKE INSERT ON "{table}" FROM {APP_ROLE}')
        if ERASER_MARK in existing:
            for table in sorted(t for t in existing if t.startswith(ERASABLE)):
                cursor.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {ERASER_ROLE}')
        if "trail_head" in existing:
            cursor.execute(f"REVOKE ALL ON trail_head FROM {APP_ROLE}")
