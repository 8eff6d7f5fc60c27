"""Log lines that say where something broke, and never with which words (bar G5)."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType


class WithoutWords(logging.Formatter):
    """Writes an exception as its class and the lines of code it went through.

    Its message is left out: a database error names the values of a row, a ValueError quotes what it could not read.
    """

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, error, trace = ei
        if kind is None:
            return ""
        lines = traceback.format_tb(trace)
        cause = (error.__cause__ or error.__context__) if error is not None else None
        while cause is not None:
            lines += [f"caused by {type(cause).__qualname__}\n", *traceback.format_tb(cause.__traceback__)]
            cause = cause.__cause__ or cause.__context__
        return f"{kind.__module__}.{kind.__qualname__}\n{''.join(lines)}".rstrip()


def where(error: BaseException) -> str:
    """Return kind and place of an error in a few words: its own may quote what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    kind = type(error).__name__
    return f"{kind} at {frames[-1].name}:{frames[-1].lineno}" if frames else kind
