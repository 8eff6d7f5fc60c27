"""Files that a spreadsheet cannot mistake for formulas, and times that stay clear when the clocks change."""

from __future__ import annotations

import csv
import io
import random
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from cases.reports.files import DANGEROUS, Sheet, as_csv, as_xlsx, local, safe
from cases.reports.showing import Shown

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "%", "＝", "＋", "－", "＠"]
TRICKS = [
    "",
    '"',
    "'",
    '"";',
    ",",
    ";",
    " ",
    "\t",
    "\r\n",
    "\u00a0",
    "\u200b",
    "\ufeff",
    "“",
    "\0",
    '",',
    "'\"",
]
TAILS = [
    "1+1",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://x.invalid","y")',
    "SUM(A1:A9)",
    "1",
    '"&A1&"',
    "-2+3",
    "é",
]
HOSTILE = 10_000


def hostile() -> list[str]:
    rng = random.Random(11)
    return [
        "".join(rng.choice(TRICKS) for _ in range(rng.randint(0, 3))) + rng.choice(STARTS) + rng.choice(TAILS)
        for _ in range(HOSTILE)
    ]


def sheet() -> Sheet:
    cells = hostile()
    rows = [list(cells[n : n + 10]) for n in range(0, HOSTILE, 10)]
    return Sheet("=1+1", [("+key", "@value")], [Shown("t", "-caption", ["=a"] * 10, rows, None, ["%note"])])


def begins(text: str) -> str:
    """Return what a program sees first that drops blanks and quotes."""
    return text.lstrip(" \t\r\n\0\"',;\u00a0\u200b\ufeff“")[:1]


def test_no_hostile_cell_of_a_csv_file_begins_a_formula() -> None:
    lines = list(csv.reader(io.StringIO(as_csv(sheet()).decode("utf-8-sig"))))
    cells = [cell for line in lines for cell in line]
    assert len(cells) > HOSTILE
    assert [c for c in cells if not c.startswith("'") and begins(c) in DANGEROUS and c] == []
    assert not any("\0" in c or "\r" in c or "\n" in c or "\t" in c for c in cells)
    # Whole: every row is there, and the file says how many that are.
    assert len([line for line in lines if len(line) == 10]) == HOSTILE // 10 + 1
    assert ["Rows", str(HOSTILE // 10)] in lines


def test_no_hostile_cell_of_a_workbook_is_a_formula() -> None:
    made = as_xlsx(sheet())
    book = load_workbook(io.BytesIO(made))
    kinds = [cell.data_type for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert kinds.count("s") > HOSTILE
    assert "f" not in kinds
    with zipfile.ZipFile(io.BytesIO(made)) as inside:
        assert "<f>" not in "".join(inside.read(n).decode() for n in inside.namelist() if "sheet" in n)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed here")
def test_libreoffice_finds_no_formula(tmp_path: Path) -> None:
    (tmp_path / "hostile.csv").write_bytes(as_csv(sheet()))
    subprocess.run(
        [
            "soffice",
            "--headless",
            "--convert-to",
            "fods",
            "--outdir",
            str(tmp_path),
            str(tmp_path / "hostile.csv"),
        ],
        check=True,
        timeout=120,
    )
    assert "table:formula" not in (tmp_path / "hostile.fods").read_text()


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", ' "=1', "|x", "%x", "\n1"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert str(safe(cell)).startswith("'")


def test_numbers_and_plain_words_stay_as_they_are() -> None:
    assert safe(-3) == -3
    assert safe("Health") == "Health"
    assert safe("3 days to less than a week") == "3 days to less than a week"


def test_times_say_which_hour_they_mean_when_the_clocks_change() -> None:
    london = "Europe/London"
    # October: 1:30 comes twice.
    assert local(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), london) == "2026-10-25 01:30 BST"
    assert local(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), london) == "2026-10-25 01:30 GMT"
    # March: there is no 1:30.
    assert local(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), london) == "2026-03-29 00:59 GMT"
    assert local(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), london) == "2026-03-29 02:00 BST"
