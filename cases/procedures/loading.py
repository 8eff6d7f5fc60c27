"""From the text of a TOML file to a Procedure, or to a list of every mistake in it with its line and its mending.

Nothing is half loaded: a text either becomes a whole Procedure or raises ProcedureError with all problems at once.
"""

import hashlib
import re
import tomllib
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from cases.procedures.checking import findings
from cases.procedures.definitions import Procedure
from cases.procedures.explaining import Finding, explain
from cases.procedures.local import map_clocks
from cases.procedures.positions import Path, lines_of, nearest_line
from cases.procedures.structure import tables

SHIPPED = FilePath(__file__).parent


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: where it is, what is wrong and how to mend it."""

    file: str
    line: int
    key: str
    what: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " + (f"{self.key}: " if self.key else "")
        return f"{where}{self.what}. To mend it: {self.mend}."

    def as_dict(self) -> dict[str, str | int]:
        """Return the problem as plain values for `--json`."""
        return asdict(self)


class ProcedureError(ValueError):
    """A procedure file cannot be used. `problems` has every mistake, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def load_text(text: str, name: str = "procedure.toml") -> Procedure:
    """Return the Procedure in a TOML text. `name` is what errors call the file. Raises ProcedureError."""
    procedure, problems = _read(text, name)
    if procedure is None or problems:
        raise ProcedureError(problems)
    return procedure


def load_file(path: FilePath | str) -> Procedure:
    """Return the Procedure in a file. Raises ProcedureError, also when the file cannot be read."""
    return load_text(read_text(path), FilePath(path).name)


def read_text(path: FilePath | str) -> str:
    """Return the text of a procedure file. Raises ProcedureError when it is missing, closed to us or not UTF-8."""
    name = FilePath(path).name
    try:
        return FilePath(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        problem = Problem(name, 1, "", "the file is not written in UTF-8", "save it as UTF-8 text")
    except OSError as error:
        mend = "check the name, the folder and who may read it"
        problem = Problem(name, 1, "", f"the file cannot be read ({error.strerror})", mend)
    raise ProcedureError([problem])


def problems_in(text: str, name: str = "procedure.toml") -> list[Problem]:
    """Return every mistake in a TOML text, in the order of the file; empty when it is a good procedure."""
    return _read(text, name)[1]


def shipped_files() -> dict[str, FilePath]:
    """Return the procedure files that come with the service, by key, in alphabetical order."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


@lru_cache(maxsize=32)
def load_shipped(key: str) -> Procedure:
    """Return a procedure that comes with the service. Raises KeyError for an unknown key, ProcedureError for a bad
    file or one whose name is not its key."""
    path = shipped_files()[key]
    procedure = load_file(path)
    if procedure.key != key:
        mend = f'name the file "{procedure.key}.toml", or set key = "{key}"'
        raise ProcedureError(
            [Problem(path.name, 1, "key", f'the file holds the procedure "{procedure.key}"', mend)]
        )
    return procedure


def _read(text: str, name: str) -> tuple[Procedure | None, list[Problem]]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [_not_toml(error, text, name)]
    _inherit_marks(raw)
    found = findings(raw)
    procedure = None
    try:
        procedure = Procedure.model_validate(raw)
    except ValidationError as error:
        found += [explain(detail, Procedure) for detail in error.errors(include_url=False)]
    if found or procedure is None:
        return None, _problems(found, raw, text, name)
    return _finish(procedure, text), []


def _finish(procedure: Procedure, text: str) -> Procedure:
    """Give each clock without reminders those of the procedure, and remember which text it all came from."""
    shared = procedure.reminders
    procedure = map_clocks(
        procedure,
        lambda _, clock: (
            clock if "reminders" in clock.model_fields_set else clock.model_copy(update={"reminders": shared})
        ),
    )
    procedure._sha256 = digest(text)
    return procedure


def digest(text: str) -> str:
    """Return the SHA-256 of a procedure text, in hex: what identifies a published version."""
    return hashlib.sha256(text.encode()).hexdigest()


def _inherit_marks(raw: dict[str, Any]) -> None:
    """Fill in the mark of parts that take it from the table around them."""
    for table in tables(raw, Procedure):
        if "source" in table.values or table.parent is None or not table.model.mark_is_inherited:
            continue
        around = table.parent.values
        name = table.path[len(table.parent.path)]
        own_marks = around.get("sources")
        mark = own_marks.get(name) if isinstance(own_marks, dict) else None
        if mark or "source" in around:
            table.values["source"] = mark or around["source"]


def _problems(found: list[Finding], raw: dict[str, Any], text: str, name: str) -> list[Problem]:
    lines = lines_of(text)
    problems = [
        Problem(name, nearest_line(lines, path), _shown_path(path, raw), what, mend)
        for path, what, mend in found
    ]
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.key, problem.what))


def _shown_path(path: Path, raw: Any) -> str:
    """Return a path as people read it: list places by the key or state of what stands there."""
    shown, value = "", raw
    for step in path:
        value = _step_into(value, step)
        if isinstance(step, int):
            named = value.get("key") or value.get("state") if isinstance(value, dict) else None
            shown += f"[{named or step + 1}]"
        else:
            shown += f".{step}" if shown else step
    return shown


def _step_into(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


def _not_toml(error: tomllib.TOMLDecodeError, text: str, name: str) -> Problem:
    place = re.search(r"\(at line (\d+), column \d+\)$", str(error))
    line = int(place[1]) if place else text.count("\n") + 1
    what = re.sub(r" \(at .*\)$", "", str(error))
    mend = "each line is a key = value, a [table] or a # remark; text stands in quotes; no key twice in one table"
    return Problem(name, line, "", f"this is not TOML ({what})", mend)
