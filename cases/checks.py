"""System checks of the product: a wrong procedure stops `manage.py check`, and so start-up, by name."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from cases.procedures.loading import ProcedureError, load_shipped, shipped_files


def check_procedures(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return one error for every mistake in the procedure files that come with the service."""
    messages: list[CheckMessage] = []
    for key in shipped_files():
        try:
            load_shipped(key)
        except ProcedureError as error:
            messages += [
                Error(f"{p.file}:{p.line}: {p.key}: {p.what}", hint=f"To mend it: {p.mend}.", id="cases.E001")
                for p in error.problems
            ]
    return messages


def check_published_procedures(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Return one error for each published version this release can no longer read.

    For the tag `database`: runs with `check --database default` and before migrations, when the table may not be
    there yet.
    """
    from django.db import connections

    from cases.models.procedure import ProcedureVersion

    messages: list[CheckMessage] = []
    for alias in databases or ():
        if ProcedureVersion._meta.db_table not in connections[alias].introspection.table_names():
            continue
        for version in ProcedureVersion.objects.using(alias).all():
            try:
                _ = version.definition
            except ProcedureError as error:
                hint = "This release grew apart from it: bring back the words it uses before going on."
                messages.append(Error(f"Published procedure {version}: {error}", hint=hint, id="cases.E002"))
    return messages
