"""Walking a procedure file's raw values beside the vocabulary, before they are known to be right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from cases.procedures.declared import Declared
from cases.procedures.positions import Path


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the raw file: its path, its values, the model it should fit, and the table it stands in."""

    path: Path
    values: dict[str, Any]
    model: type[Declared]
    parent: "Table | None"


def tables(values: dict[str, Any], model: type[Declared]) -> Iterator[Table]:
    """Yield every table of the raw values that the vocabulary knows, outermost first. Values of a wrong type are
    passed over: the types are judged elsewhere."""
    yield from _below(Table((), values, model, None))


def nested_model(model: type[Declared], name: str) -> tuple[type[Declared], bool] | None:
    """Return the model of the tables under the key `name` and whether they are kept by key (a mapping), or None."""
    field = model.model_fields.get(name)
    return None if field is None else _model_in(field.annotation)


def model_at(path: Path, model: type[Declared]) -> type[Declared]:
    """Return the model of the innermost table that `path` (of a value or a table) lies in."""
    current, by_key = model, False
    for step in path:
        if by_key or isinstance(step, int):
            by_key = False
            continue
        found = nested_model(current, step)
        if found is None:
            break
        current, by_key = found
    return current


def _model_in(annotation: Any) -> tuple[type[Declared], bool] | None:
    if isinstance(annotation, type) and issubclass(annotation, Declared):
        return annotation, False
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _model_in(args[0])
    if origin in (Union, UnionType, tuple):
        return next((found for arg in args if (found := _model_in(arg))), None)
    if origin is Mapping:
        inner = _model_in(args[1])
        return None if inner is None else (inner[0], True)
    return None


def _below(table: Table) -> Iterator[Table]:
    yield table
    for name, value in table.values.items():
        found = nested_model(table.model, name)
        if found is None:
            continue
        model, by_key = found
        for path, inner in _tables_in((*table.path, name), value, by_key):
            yield from _below(Table(path, inner, model, table))


def _tables_in(path: Path, value: Any, by_key: bool) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(value, list):
        yield from (((*path, i), item) for i, item in enumerate(value) if isinstance(item, dict))
    elif isinstance(value, dict) and by_key:
        yield from (((*path, key), item) for key, item in value.items() if isinstance(item, dict))
    elif isinstance(value, dict):
        yield path, value
