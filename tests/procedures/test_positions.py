"""Each key of a TOML text is found on its own line."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from cases.procedures.positions import Path, lines_of, nearest_line

EVERY_FORM = '''\
top = 1
"quoted key" = "a # b ] } ="
dotted.inner = true   # remark [not] = a table

[table]
text = """
[not_a_table]
not_a_key = 1
""\\""""""
literal = \'\'\'it\'s = fine\'\'\'
list = [
  { a = 1, b = [ "x", "]" ] },  # remark
  { a = 2 },
]

[[rows]]
name = "first"
[[rows.cells]]
n = 1
[[rows]]
name = "second"
[[rows.cells]]
n = 2
[[rows.cells]]
n = 3
[rows.more]
date = 2025-04-01
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 1),
        (("quoted key",), 2),
        (("dotted", "inner"), 3),
        (("table",), 5),
        (("table", "text"), 6),
        (("table", "literal"), 10),
        (("table", "list", 0, "b", 1), 12),
        (("table", "list", 1, "a"), 13),
        (("rows", 0, "cells", 0, "n"), 19),
        (("rows", 1), 20),
        (("rows", 1, "cells", 1), 24),
        (("rows", 1, "cells", 1, "n"), 25),
        (("rows", 1, "more", "date"), 27),
    ],
)
def test_each_form_of_key_is_found(path: Path, line: int) -> None:
    tomllib.loads(EVERY_FORM)
    assert lines_of(EVERY_FORM)[path] == line


def test_text_inside_strings_is_no_key() -> None:
    assert set(tomllib.loads(EVERY_FORM)) == {path[0] for path in lines_of(EVERY_FORM)}


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path


def test_every_key_of_real_files_is_on_a_line_that_names_it(pk_text: str, made_up_text: str) -> None:
    for text in (pk_text, made_up_text):
        found, rows = lines_of(text), text.splitlines()
        paths = list(leaves(tomllib.loads(text)))
        assert len(paths) > 200
        assert [path for path in paths if str(path[-1]) not in rows[found[path] - 1]] == []


def test_a_missing_key_is_placed_at_the_table_around_it() -> None:
    lines = lines_of(EVERY_FORM)
    assert nearest_line(lines, ("rows", 1, "label")) == 20
    assert nearest_line(lines, ("nothing", "such")) == 1
