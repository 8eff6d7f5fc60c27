"""Altered exports are found: 10,000 mutations, 1,000 rewrites by whoever runs the database, two verifiers that agree.

The whole counts with RECORD_FULL=1 (bars C4, C5, C8, C9, C10); fewer otherwise.
"""

# ruff: noqa: T201 (what was tried and found is printed)
from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from cases.models import Entry, RuleNote
from cases.procedures import publishing
from cases.record import forgetting, texts
from escalation.trail import checkpoints, exporting, verify
from escalation.trail.models import REGISTRY
from tests.cases.steps import agreed, determined
from tests.cast import TUESDAY, Cast, opened
from tests.meetings.room import Room
from tests.record.forging import KINDS, Lines, blocks, rewrite, with_end, without_checkpoints
from tests.record.full import PART, count

SQL = Path(__file__).with_name("second_verifier.sql").read_text()


@pytest.fixture
def kept(cast: Cast) -> tuple[Lines, list[bytes]]:
    """Return an export of three cases and a Re-think, and two mails that were kept.

    Two texts are lawfully erased: one of a case, and why a limit was set, which stands in the registry like why the
    procedure was adopted.
    """
    agreed(cast)
    Room.of(cast).asked()
    why = [limit(cast, amount) for amount in (3, 4)]
    mails = [checkpoints.text_of(checkpoints.take(TUESDAY)).encode()]
    case = determined(cast)
    opened(cast)
    entry = Entry.objects.filter(case=case, kind="brief").first()
    assert entry is not None
    for text in (entry, why[0]):
        asked = forgetting.ask_for_text(
            text, ground="court_order", authority="Order 7", by=cast.cswo, at=TUESDAY
        )
        forgetting.approve(asked, by=cast.health_lead, at=TUESDAY)
    mails.append(checkpoints.text_of(checkpoints.take(TUESDAY)).encode())
    out = io.BytesIO()
    exporting.write(out, exporting.Wanted(datetime.now(UTC), None, "all"), texts.every)
    lines = out.getvalue().splitlines(keepends=True)
    # What the registry wrote after the last checkpoint stands under none: leave it out, so that all is covered.
    last = max(i for i, line in enumerate(lines) if line.startswith(b'{"t":"h"') and b"00000001" in line)
    end = last + 1
    while lines[end].startswith(b'{"t":"e"') and b'"chain":"00000000-' in lines[end]:
        end += 1
    return with_end(lines[: last + 1] + lines[end:]), mails


def limit(cast: Cast, days: int) -> RuleNote:
    """Set a limit of the partnership, and return the note that says why."""
    row = publishing.set_limit(
        cast.partnership, cast.procedure.definition, "debrief.urgent", amount=days, unit="working_days",
        reason=f"The board asked for {days} days.", by=cast.administrator, at=TUESDAY,
    )  # fmt: skip
    assert row.note is not None
    return row.note


def verdict(lines: Lines, mails: list[bytes] = []) -> int:  # noqa: B006 (read only)
    kept = [m for mail in mails for m in verify.mails_in(mail)]
    try:
        return verify.Verifier(kept).read(lines).code
    except verify.Unreadable:
        return 3


def test_every_mutation_is_found(kept: tuple[Lines, list[bytes]], capsys: pytest.CaptureFixture[str]) -> None:
    lines, mails = kept
    assert verdict(lines, mails) == 2
    assert verdict(without_checkpoints(lines)) == 2
    rng, tried, found, alone = random.Random(6), Counter[str](), Counter[str](), Counter[str]()
    for i in range(count(10_000, 600)):
        kind = list(KINDS)[i % len(KINDS)]
        altered = KINDS[kind](lines, rng)
        tried[kind] += 1
        found[kind] += verdict(altered, mails) in (1, 3)
        alone[kind] += verdict(without_checkpoints(altered)) in (1, 3)
    with capsys.disabled():
        print(f"\n{sum(tried.values())} mutations, {sum(found.values())} found with checkpoints")
        for kind, number in tried.items():
            print(f"  {kind}: {found[kind]}/{number}; by the chain alone {alone[kind] / number:.0%}")
    assert found == tried
    assert sum(tried.values()) == count(10_000, 600)
    assert (
        alone["drop case"] < tried["drop case"]
    )  # a chain alone cannot know of it: that is what checkpoints are for


def test_a_byte_that_changes_anywhere_is_found(kept: tuple[Lines, list[bytes]]) -> None:
    """Even in the head and with no checkpoint: the end of the file counts its lines and its bytes."""
    whole = bytearray(b"".join(kept[0]))
    rng, tried, found = random.Random(7), 0, 0
    for _ in range(count(10_000, 300)):
        at, change = rng.randrange(len(whole)), rng.randrange(1, 256)
        whole[at] ^= change
        tried += 1
        found += verdict(bytes(whole).split(b"\n") and _split(bytes(whole))) in (1, 3)
        whole[at] ^= change
    assert (tried, found) == (count(10_000, 300),) * 2


def _split(content: bytes) -> Lines:
    return [line + b"\n" for line in content.split(b"\n")[:-1]] + [r for r in [content.split(b"\n")[-1]] if r]


def test_a_rewrite_with_every_hash_made_anew_is_found(
    kept: tuple[Lines, list[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    lines, mails = kept
    rng, tried, found, unseen = random.Random(8), 0, 0, 0
    for _ in range(count(1_000, 150)):
        altered = rewrite(lines, rng)
        tried += 1
        found += verdict(altered, mails) == 1
        unseen += verdict(altered) in (0, 2)
    with capsys.disabled():
        print(f"\n{tried} rewrites: {found} found with the mails, {tried - unseen} without")
    assert (tried, found) == (count(1_000, 150),) * 2
    assert unseen > tried * 0.8  # nothing but a mail kept outside shows them


def test_the_first_bad_element_is_named(kept: tuple[Lines, list[bytes]]) -> None:
    lines, mails = kept
    i = next(i for i, line in enumerate(lines) if b'"verb":"determined"' in line)
    event = json.loads(lines[i])
    altered = list(lines)
    altered[i] = lines[i].replace(b'"actor":', b'"actor":1', 1)
    done = verify.Verifier([m for mail in mails for m in verify.mails_in(mail)]).read(with_end(altered))
    assert done.problems[0] == {
        "line": i + 1,
        "chain": event["chain"],
        "seq": event["seq"],
        "reason": "the event does not match its hash, or does not follow the one before it",
    }


@pytest.mark.parametrize("quarter", [1, 2, 3, 4] if PART else [1])
def test_two_verifiers_agree(
    quarter: int, kept: tuple[Lines, list[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The second is SQL and shares no line with the first (bar C10); 10,000 exports in four quarters."""
    lines, mails = kept
    hashes = {str(m["n"]): m["hash"] for mail in mails for m in verify.mails_in(mail)}
    rng, verdicts, disagreed = random.Random(8 + quarter), Counter[int](), []
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        for i in range(count(2_500, 120)):
            altered = lines if i % 20 == 0 else _altered(lines, rng, i)
            # Latin-1: one character a byte; a zero byte is no text and becomes a character outside.
            shown = [line.rstrip(b"\n").decode("latin-1").replace("\0", "\u0100") for line in altered]
            cursor.execute("SELECT pg_temp.verify_export(%s, %s)", [shown, json.dumps(hashes)])
            second = cursor.fetchone()[0]
            first = verdict(altered, mails)
            verdicts[first] += 1
            if first != second:
                disagreed.append((i, first, second))
    with capsys.disabled():
        print(
            f"\n{sum(verdicts.values())} exports, verdicts {dict(sorted(verdicts.items()))}, disagreed {disagreed[:3]}"
        )
    assert disagreed == []
    assert verdicts[2] >= count(125, 6)
    assert verdicts[1] >= count(2_000, 80)


def _altered(lines: Lines, rng: random.Random, i: int) -> Lines:
    if i % 20 == 1:  # the head alone: unreadable, or another kind of export
        head = bytearray(lines[0])
        head[rng.randrange(len(head) - 1)] ^= rng.choice([1, 2, 4, 32])
        return with_end([bytes(head), *lines[1:]]) if b"\n" not in head[:-1] else lines
    if i % 20 == 2:
        return rewrite(lines, rng)
    return KINDS[list(KINDS)[i % len(KINDS)]](lines, rng)


def test_the_program_alone_checks_a_zip(kept: tuple[Lines, list[bytes]], tmp_path: Path) -> None:
    """In a process without this project, Django or site-packages: -I -S keeps all of it away (bar C9)."""
    (tmp_path / "trail.jsonl").write_bytes(b"".join(kept[0]))
    with (tmp_path / "export.zip").open("wb") as file:
        exporting.write_zip(file, exporting.Wanted(datetime.now(UTC) + timedelta(hours=1), None, "none"))
    (tmp_path / "verify.py").write_text(Path(verify.__file__).read_text())
    for n, mail in enumerate(kept[1]):
        (tmp_path / f"mail-{n}.txt").write_bytes(mail)
    (tmp_path / "bad.jsonl").write_bytes(b"".join(with_end(kept[0][:5] + kept[0][6:])))
    (tmp_path / "none.jsonl").write_bytes(b"hello\n")
    (tmp_path / "empty.jsonl").write_bytes(b"")

    def run(*args: str) -> tuple[int, str]:
        argv = [sys.executable, "-I", "-S", "verify.py", *args]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout

    assert run("trail.jsonl", "mail-0.txt", "mail-1.txt")[0] == 2
    assert run("export.zip")[0] == 0
    assert "No checkpoint mail was compared" in run("export.zip")[1]
    assert run("bad.jsonl")[0] == 1
    assert [run(name)[0] for name in ("none.jsonl", "empty.jsonl", "absent.jsonl")] == [3, 3, 3]
    assert run("trail.jsonl", "none.jsonl")[0] == 3
    assert run()[0] == 3


def test_the_program_is_short_and_needs_the_standard_library_alone() -> None:
    source = Path(verify.__file__).read_text()
    imported = {
        line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))
    }
    assert imported <= set(sys.stdlib_module_names)
    assert len(source.splitlines()) <= 300


def test_every_chain_of_the_export_was_mutated(kept: tuple[Lines, list[bytes]]) -> None:
    """Three cases, a Re-think and the registry, which holds texts of its own: why rules were changed."""
    chains = blocks(kept[0])
    assert len(chains) == 5
    registry = chains[str(REGISTRY)]
    notes = [str(pk) for pk in RuleNote.objects.exclude(content="").values_list("pk", flat=True)]
    assert len(notes) == 2  # why the procedure was adopted, and the later limit
    shown = [json.loads(line)["entry"] for line in registry if line.startswith(b'{"t":"x"')]
    assert sorted(shown) == sorted(notes)
    assert verify.Verifier().read(kept[0]).counts["erased"] == 2
