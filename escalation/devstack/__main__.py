"""The command line: `python -m escalation.devstack [run | test ... | shell -- COMMAND | check | fix | reset]`."""

import argparse
import os
import signal
import sys
from pathlib import Path

from escalation.devstack import lint, stack, throwaway
from escalation.devstack.children import die_with_parent
from escalation.devstack.errors import Interrupted, StackError, from_os_error
from escalation.devstack.state import State, reset

ROOT = Path(__file__).resolve().parents[2]


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m escalation.devstack", description=__doc__)
    top.add_argument(
        "--with-parent", action="store_true", help="stop when the process that started this one ends"
    )
    commands = top.add_subparsers(dest="command")
    commands.add_parser(
        "run", help="serve the demonstration (the default); PORT, DATABASE_URL and REDIS_URL are read"
    )
    commands.add_parser("check", help="format, lint, types, imports, templates, migrations")
    commands.add_parser("fix", help="format, and mend what can be mended by itself")
    commands.add_parser("reset", help="throw away the local demonstration data")
    commands.add_parser("test", help="run pytest with the arguments that follow, against throw-away servers")
    commands.add_parser("shell", help="run the command that follows, against throw-away servers")
    return top


def parse(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the command, and the arguments for the command that `test` or `shell` runs, which are not ours to read."""
    own = next((place for place, word in enumerate(argv, 1) if word in ("test", "shell")), len(argv))
    return parser().parse_args(argv[:own]), argv[own:]


def obey(command: str | None, rest: list[str]) -> int:
    """Do what the command line says and return the exit status."""
    match command:
        case "test":
            return throwaway.test(ROOT, rest, os.environ)
        case "shell":
            argv = rest[1:] if rest[:1] == ["--"] else rest
            return throwaway.shell(ROOT, argv or [os.environ.get("SHELL", "/bin/sh")], os.environ)
        case "check":
            return throwaway.shell(ROOT, [sys.executable, "-m", "escalation.devstack.lint"], os.environ)
        case "fix":
            return lint.fix(ROOT)
        case "reset":
            reset(State(ROOT))
            return 0
        case _:
            stack.run(ROOT, os.environ)
            return 0


def main() -> int:
    """Obey the command line; tell what went wrong in words, and return the exit status."""
    chosen, rest = parse(sys.argv[1:])
    if chosen.with_parent:
        die_with_parent(signal.SIGTERM, os.getppid())
    try:
        return obey(chosen.command, rest)
    except Interrupted as stop:
        print("Stopped.", flush=True)
        return 0 if chosen.command in (None, "run") else 128 + stop.signum
    except StackError as error:
        problem = error
    except OSError as error:
        problem = from_os_error(error)
    print(f"\n{problem.happened}\n\nWhat to do: {problem.remedy}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
