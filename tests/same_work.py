"""What an answer makes the database do, to compare two answers that must not differ in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

#: What differs between two runs of the same statements: the names of savepoints.
NAMES = re.compile(r"s\d+_x\d+")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yield the statements that are run meanwhile, in order, without their values."""
    seen: list[str] = []

    def keeps(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(NAMES.sub("savepoint", sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keeps):
        yield seen
