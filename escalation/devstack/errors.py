"""What can go wrong on somebody's machine, told with what to do about it."""

import errno


class StackError(Exception):
    """A start that cannot go on: `happened` says what, `remedy` says what the person can do."""

    def __init__(self, happened: str, remedy: str) -> None:
        super().__init__(happened)
        self.happened = happened
        self.remedy = remedy


class Interrupted(Exception):
    """Somebody asked the stack to stop (Ctrl-C, SIGTERM, SIGHUP); `signum` says how."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"signal {signum}")
        self.signum = signum


FULL = "Free some space (`df -h .` shows what is left), then start again. Nothing stored so far is lost."
RESET = "`make reset` throws the local demonstration data away; the next `make run` makes it again."

# Words that a server or command writes -> what to do. The first that fits is used.
REMEDIES: tuple[tuple[str, str], ...] = (
    ("No space left on device", FULL),
    ("Disk quota exceeded", FULL),
    (
        "Connection in use",
        "Another program has taken the port meanwhile. Choose another: `make run PORT=8001`.",
    ),
    ("Address already in use", "Another program has taken the port meanwhile. Start again."),
    (
        "permission denied to create role",
        "The account in DATABASE_URL must be allowed to create roles: `ALTER ROLE name CREATEROLE` as a superuser.",
    ),
    (
        "permission denied for schema public",
        "The account in DATABASE_URL must own the database: `ALTER DATABASE name OWNER TO account` as a superuser.",
    ),
    ("InconsistentMigrationHistory", RESET),
    ("database files are incompatible", RESET),
    ("ImproperlyConfigured", "docs/running.md lists each variable with an example."),
    ("ModuleNotFoundError", "A package is missing. Remove the folder .venv, then start again."),
)


def remedy_for(text: str, otherwise: str) -> str:
    """Return what to do about `text` (the end of a log), or `otherwise` when it is nothing we know."""
    return next((remedy for words, remedy in REMEDIES if words in text), otherwise)


def from_os_error(error: OSError) -> StackError:
    """Turn a refusal of the operating system into a message that says what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StackError("The disk is full.", FULL)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StackError(
            f"{error.filename or 'A file'} cannot be written by this account.",
            "Was it made by another account (root)? Give it to yours with `chown`, or remove it, then start again.",
        )
    where = f" ({error.filename})" if error.filename else ""
    return StackError(
        f"The operating system refused: {error.strerror or error}{where}.", "Mend that, then start again."
    )
