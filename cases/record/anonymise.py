"""A copy of the database made harmless for testing: its shape and its times stay, its people and words go."""

from __future__ import annotations

from django.db import connection, transaction

#: Columns with words of people that `words` does not find, since they are short or no text; a test asks the models.
_STATEMENTS = (
    "UPDATE accounts_user SET full_name = 'Person ' || id, email = 'person' || id || '@example.invalid',"
    " password = '!', job_title = CASE WHEN job_title = '' THEN '' ELSE 'Role ' || id % 7 END",
    "UPDATE accounts_agency SET name = 'Agency ' || id, short_name = 'Agency ' || id",
    "UPDATE accounts_team SET name = 'Team ' || id",
    "UPDATE accounts_partnership SET name = 'Partnership ' || id, slug = 'partnership-' || id,"
    " emergency_contacts = '[]'",
    "UPDATE cases_case SET subject_reference = '', age_band = '', expected_on = NULL",
    "UPDATE cases_savedsearch SET name = 'Search ' || id",
    "UPDATE accounts_identityprovider SET slug = 'provider-' || id, domains = '{}', factor_values = '{}'",
)
#: Nobody signs in to a copy as they do to the service: devices, their names and what they prove themselves with go.
_EMPTIED = (
    "django_session",
    "cases_draft",
    "trail_receipt",
    "trail_witness",
    "accounts_signin",
    "accounts_signinthrottle",
    "accounts_identity",
    "accounts_authenticator",
    "accounts_passkey",
    "accounts_recoverycode",
)
#: Tables of texts as JSON, with the name of the chief one.
_TEXTS = {
    "cases_entry": "text",
    "cases_rethinknote": "words",
    "cases_concernnote": "words",
    "cases_rulenote": "words",
}
#: Texts by table and column that keep their length in made-up words.
_KEEP_WORDS = frozenset(
    {"cases_procedureversion", "trail_event", "django_migrations", "django_content_type", "auth_permission"}
)


def anonymise() -> int:
    """Make the connected database harmless, and return how many columns of words were overwritten.

    Run as its owner, on a copy. The seals of the trail no longer fit afterwards: a copy must not pass for the record.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in _EMPTIED:
            cursor.execute(f"DELETE FROM {table}")
        for statement in _STATEMENTS:
            cursor.execute(statement)
        columns = words()
        for table, column, kind, size, unique in columns:
            long = f"length({column}::text)"
            blank = f"left(repeat('lorem ipsum ', ({long} / 12 + 1)::int), least({long}, {size}))"
            made = {
                "jsonb": f"CASE WHEN jsonb_typeof({column}) = 'array' THEN '[]'::jsonb ELSE '{{}}'::jsonb END",
                "bytea": "'\\x00'::bytea",
            }.get(kind, blank)
            if unique:
                made = f"left(md5({column}::text), {size})"
            cursor.execute(f"UPDATE {table} SET {column} = {made} WHERE {column} IS NOT NULL")
        for table, name in _TEXTS.items():
            said = f'{{"{name}":"lorem ipsum dolor sit amet"}}'
            cursor.execute(f"UPDATE {table} SET content = %s WHERE content <> ''", [said])
    return len(columns)


def words() -> list[tuple[str, str, str, int, bool]]:
    """Return the columns that hold words people typed: table, column, type, greatest length, whether unique."""
    sql = """
        SELECT c.table_name, c.column_name, c.udt_name, coalesce(c.character_maximum_length, 100000), EXISTS (
            SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
            WHERE i.indrelid = (quote_ident(c.table_name))::regclass AND i.indisunique AND a.attname = c.column_name)
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
          AND (c.udt_name IN ('text', 'jsonb') OR (c.udt_name = 'varchar' AND c.character_maximum_length > 60))
          AND c.table_name ~ '^(cases|accounts|notifications)_'
        ORDER BY 1, 2
    """
    done = {("accounts_user", c) for c in ("full_name", "email", "password", "job_title")}
    done |= {("accounts_agency", "name"), ("accounts_team", "name"), ("accounts_partnership", "name")}
    done |= {("accounts_partnership", "emergency_contacts")}
    done |= {(table, "content") for table in _TEXTS}
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [
            row for row in cursor.fetchall() if row[0] not in _KEEP_WORDS and (row[0], row[1]) not in done
        ]
