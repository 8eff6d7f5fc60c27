"""What the local stack keeps between two starts: a folder, its secrets, and a lock."""

import fcntl
import json
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from escalation.devstack.errors import FULL, RESET, StackError

NAME = ".dev"
MEASURED = "measured"  # what long measurements found, part by part: hours of work, and no demonstration
ENOUGH = 300_000_000  # bytes that must be free before a start
OUTSIDE = Path("/var/tmp")  # noqa: S108 (each folder made in it is checked to be ours alone)


def token() -> str:
    """Return a new password of 32 hexadecimal digits, which needs no quoting anywhere."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Secrets:
    """Generated once for each checkout, kept in a file that only its owner can read."""

    identity: str = field(
        default_factory=lambda: secrets.token_hex(6)
    )  # tells two clones apart outside the checkout
    secret_key: str = field(default_factory=lambda: secrets.token_hex(32))
    superuser: str = field(default_factory=token)
    owner: str = field(default_factory=token)
    runtime: str = field(default_factory=token)


class State:
    """The folder `.dev` of a checkout. Raises StackError when another start holds it, and OSError when unwritable."""

    def __init__(self, root: Path) -> None:
        """Take the checkout `root`; make the folder, private to this account, when it is missing."""
        self.root = root
        self.folder = root / NAME
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.logs = self.folder / "logs"
        self.logs.mkdir(exist_ok=True)

    def lock(self, seconds: float = 20.0) -> int:
        """Return the file descriptor of the lock, taken. It is held until each process that has it closes it.

        A start that is ending, or was killed, is given `seconds` to clear up; one that runs is named at once.
        """
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + seconds
        told = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                pid, _, address = os.pread(handle, 500, 0).decode().partition(" ")
                if (pid.isdigit() and _runs(int(pid))) or time.monotonic() > until:
                    raise StackError(
                        f"This checkout runs already (process {pid or 'unknown'}, {address.strip()}).",
                        "Use that one, or stop it with Ctrl-C where it runs. A second clone can run beside it.",
                    ) from None
                if not told:
                    print("Waiting for the start before this one to clear up ...", flush=True)
                    told = True
                time.sleep(0.2)
        return handle

    @staticmethod
    def sign(handle: int, address: str) -> None:
        """Write into the lock who holds it, for the message of the next start."""
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {address}".encode(), 0)

    @staticmethod
    def sign_off(handle: int) -> None:
        """Write into the lock that its holder is about to end, so that the next start waits for it."""
        os.ftruncate(handle, 0)

    def secrets(self) -> Secrets:
        """Return this checkout's secrets, generated the first time. Raises StackError for a spoilt file."""
        path = self.folder / "secrets.json"
        try:
            return Secrets(**json.loads(path.read_text()))
        except FileNotFoundError:
            made = Secrets()
            fresh = path.with_suffix(".new")
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(asdict(made), file)
            fresh.replace(path)
            return made
        except (ValueError, TypeError) as error:
            raise StackError(f"{path} is spoilt: {error}.", RESET) from error


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def require_space(*folders: Path) -> None:
    """Raise StackError when the disk of one of `folders` is too full to start."""
    for folder in folders:
        free = shutil.disk_usage(folder).free
        if free < ENOUGH:
            raise StackError(
                f"The disk of {folder} is nearly full: {free // 1_000_000} MB free, {ENOUGH // 1_000_000} MB needed.",
                FULL,
            )


def private_folder(path: Path, mode: int = 0o711) -> Path:
    """Make `path`, or take it when it is a real folder of this account that nobody else can write to; return it.

    Folders below /var/tmp are in reach of every account of the machine, so one that was there first is not trusted.
    """
    path.mkdir(mode=mode, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise StackError(
            f"{path} was made by somebody else.",
            "It may be a trap: look who made it (`ls -ld`), remove it, then start again.",
        )
    path.chmod(mode)
    return path


def outside_folder(state: State, identity: str) -> Path:
    """Return the folder outside the checkout for what can't live in it (see postgres.py), made when missing.

    Its name has the checkout's identity in it; folders of checkouts that are gone are removed on the way.
    """
    for old, checkout in _outside():
        if not Path(checkout).exists():
            shutil.rmtree(old, ignore_errors=True)
    folder = private_folder(OUTSIDE / f"{_prefix()}{identity}")
    (folder / "checkout").write_text(str(state.folder / "secrets.json"))
    return folder


def _prefix() -> str:
    return f"escalation-{os.geteuid()}-"


def _outside() -> Iterator[tuple[Path, str]]:
    """Yield each of this account's folders outside, and the file that exists as long as its checkout does."""
    for folder in OUTSIDE.glob(f"{_prefix()}*"):
        try:
            if folder.lstat().st_uid == os.geteuid():
                yield folder, (folder / "checkout").read_text()
        except OSError:  # it is being made, or removed, at this moment
            continue


def reset(state: State) -> None:
    """Remove everything that the local stack keeps, but what was measured. Raises StackError when it runs."""
    handle = state.lock(seconds=0)
    for old, checkout in _outside():
        if checkout == str(state.folder / "secrets.json"):
            shutil.rmtree(old)
    for kept in state.folder.iterdir():
        if kept.is_symlink() or not kept.is_dir():
            kept.unlink()
        elif kept.name != MEASURED:
            shutil.rmtree(kept)
    if not any(state.folder.iterdir()):
        state.folder.rmdir()
    os.close(handle)
