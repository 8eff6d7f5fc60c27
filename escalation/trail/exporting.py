"""The trail as lines that `verify.py` reads: a head, the checkpoints, each chain's events in order, an end.

What a case's people wrote stands right behind the event that commits to it. Whoever exports says how texts are found;
this module knows of no case.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import groupby, islice
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import connection

from escalation.one_moment import one_moment
from escalation.trail import verify
from escalation.trail.anchors import Checkpoint
from escalation.trail.checkpoints import micros

#: Rows fetched at a time: memory stays flat however long the trail is.
BATCH = 2000
_NAMED = re.compile(rb'"id":"([0-9a-f-]{36})","kind":')
#: Salt and text of entries by id; None for a text that may not be in this export.
Texts = Callable[[list[UUID]], Mapping[UUID, tuple[bytes, str] | None]]

_EVENTS = """
    SELECT chain, seq, '{"t":"e","chain":"' || chain || '","seq":' || seq
        || ',"at":' || (extract(epoch FROM at) * 1000000)::bigint
        || ',"claimed":' || (extract(epoch FROM claimed_at) * 1000000)::bigint
        || ',"actor":' || coalesce(actor_id, 0) || ',"for":' || coalesce(acting_for_id, 0)
        || ',"agency":' || coalesce(agency_id, 0) || ',"role":' || to_json(acting_role) || ',"verb":' || to_json(verb)
        || ',"ref":' || to_json(object_ref) || ',"salt":"' || encode(salt, 'hex') || '","hash":"'
        || encode(hash, 'hex') || '","payload":' || payload || E'}\\n'
    FROM trail_event {where} ORDER BY chain, seq
"""
_HEADS = """
    SELECT chain, seq, checkpoint_id, encode(hash, 'hex') FROM trail_checkpoint_head
    WHERE checkpoint_id <= %s {where} ORDER BY chain, seq, checkpoint_id
"""
_TOMBS = "SELECT chain, seq, encode(hash, 'hex') FROM trail_tombstone {where} ORDER BY chain"


@dataclass(frozen=True)
class Wanted:
    """Which chains an export holds (None: all of them), and whether it holds what people wrote."""

    made_at: datetime
    chains: tuple[UUID, ...] | None = None
    texts: str = "none"  # all, some or none
    about: Mapping[str, Any] = field(default_factory=dict)


def lines(wanted: Wanted, texts: Texts | None = None) -> Iterator[bytes]:
    """Yield every line of an export, each with its line end; raises nothing.

    All of it is as it was when the first line was read, whatever is removed or disposed of meanwhile, which would else
    look like tampering; within a transaction of the caller it is theirs that counts. `texts` is asked for the entries
    that events name, a batch at a time, when the export holds texts.
    """
    digest, number = hashlib.sha256(), 0
    with one_moment():
        for line in _content(wanted, texts):
            digest.update(line)
            number += 1
            yield line
    yield _json({"t": "z", "lines": number + 1, "sha256": digest.hexdigest()})


def write(file: IO[bytes], wanted: Wanted, texts: Texts | None = None) -> int:
    """Write an export to an open file and return how many lines it has."""
    number = 0
    for line in lines(wanted, texts):
        file.write(line)
        number += 1
    return number


def write_zip(
    file: IO[bytes] | Path,
    wanted: Wanted,
    texts: Texts | None = None,
    also: Mapping[str, bytes | str] | None = None,
) -> None:
    """Write an export as a .zip: trail.jsonl, the program that checks it, how to use it, and what else is given."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(verify.NAME, "w", force_zip64=True) as member:
            write(member, wanted, texts)
        archive.writestr("verify.py", Path(verify.__file__).read_bytes())
        archive.writestr("READ-ME-FIRST.txt", READ_ME)
        for name, content in (also or {}).items():
            archive.writestr(name, content)


READ_ME = """\
This folder holds part of a record as it was sealed, and the program that checks it.

trail.jsonl   one line for each event, with the hash that chains it to the one before
verify.py     checks it; needs Python 3.9 or newer, and nothing else

    python verify.py trail.jsonl                      what can be seen without help from outside
    python verify.py trail.jsonl checkpoint-12.eml    the same, held against mails that your agency kept

It answers INTACT (0), TAMPERED (1), INTACT with lawfully erased parts (2) or CANNOT BE READ (3), names the first
thing that is wrong, and says how much it checked. Keep this folder as you keep the case file.
"""


def _json(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _content(wanted: Wanted, texts: Texts | None) -> Iterator[bytes]:
    scope = "all" if wanted.chains is None else "chains"
    head = {"t": "export", "format": verify.FORMAT, "scope": scope, "texts": wanted.texts}
    yield _json({**head, "made": micros(wanted.made_at), "about": dict(wanted.about)})
    last = 0
    for point in Checkpoint.objects.order_by("n").iterator(BATCH):
        last = point.n
        yield _json(
            {
                "t": "k",
                "n": point.n,
                "at": micros(point.at),
                "prev": bytes(point.prev).hex(),
                "chains": point.chains,
                "events": point.events,
                "root": bytes(point.root).hex(),
                "hash": bytes(point.hash).hex(),
            }
        )
    proofs = {} if wanted.chains is None else prove(wanted.chains, last)
    rows = _in_order(wanted, last)
    while batch := list(islice(rows, BATCH)):
        yield from _batch(batch, proofs, texts)


Row = tuple[UUID, int, int, Any]  # chain, seq, kind (0 tombstone, 1 event, 2 head), content


def _in_order(wanted: Wanted, last: int) -> Iterator[Row]:
    """Yield tombstones, events and heads in the order of chains and sequences."""
    chosen = list(wanted.chains) if wanted.chains is not None else None
    only, more = ("", "") if chosen is None else ("WHERE chain = ANY(%s)", "AND chain = ANY(%s)")
    args = [] if chosen is None else [chosen]
    return merge(
        ((c, 0, 0, (s, h)) for c, s, h in _rows(_TOMBS.format(where=only), args)),
        ((c, s, 1, line) for c, s, line in _rows(_EVENTS.replace("{where}", only), args)),
        ((c, s, 2, (n, h)) for c, s, n, h in _rows(_HEADS.format(where=more), [last, *args])),
        key=lambda row: row[:3],
    )


def _rows(sql: str, args: list[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, args)
        while found := cursor.fetchmany(BATCH):
            yield from found


Proofs = Mapping[tuple[UUID, int], dict[str, Any]]


def _batch(rows: list[Row], proofs: Proofs, texts: Texts | None) -> Iterator[bytes]:
    """Yield the lines of some rows, each event followed by the texts it commits to; one question for all texts."""
    made = [_line(row, proofs) for row in rows]
    if texts is None:
        yield from made
        return
    named = [
        [UUID(i.decode()) for i in _NAMED.findall(line)] if row[2] == 1 else []
        for row, line in zip(rows, made, strict=True)
    ]
    found = texts([i for some in named for i in some])
    for line, ids in zip(made, named, strict=True):
        yield line
        for entry in ids:
            if entry not in found:
                continue  # removed: the verifier asks whether lawfully
            text = found[entry]
            if text is None:
                yield _json({"t": "w", "entry": str(entry)})
            else:
                salt, content = text
                yield f'{{"t":"x","entry":"{entry}","salt":"{bytes(salt).hex()}","content":{content}}}\n'.encode()


def _line(row: Row, proofs: Proofs) -> bytes:
    chain, seq, kind, content = row
    if kind == 1:
        return str(content).encode()
    first, hash_ = content
    if kind == 0:
        return _json({"t": "d", "chain": str(chain), "seq": first, "hash": hash_})
    head = {"n": first, "chain": str(chain), "seq": seq, "hash": hash_}
    if proof := proofs.get((chain, first)):
        return _json({"t": "p", **head, **proof})
    return _json({"t": "h", **head})


def prove(chains: Iterable[UUID], last: int) -> dict[tuple[UUID, int], dict[str, Any]]:
    """Return for each chain and each checkpoint that first held a new head of it: its place in the tree and the path.

    Rebuilds each tree once from the stored heads.
    """
    asked, current = set(chains), {}
    found: dict[tuple[UUID, int], dict[str, Any]] = {}
    sql = "SELECT checkpoint_id, chain, seq, hash FROM trail_checkpoint_head WHERE checkpoint_id <= %s ORDER BY 1, 2"
    for n, rows in groupby(_rows(sql, [last]), key=lambda row: row[0]):
        grown = []
        for _, chain, seq, hash_ in rows:
            current[chain] = verify.leaf(str(chain), seq, bytes(hash_))
            if chain in asked:
                grown.append(chain)
        if not grown:
            continue
        order = sorted(current)
        tree = _levels([current[c] for c in order])
        for chain in grown:
            index = order.index(chain)
            found[chain, n] = {"index": index, "path": _path(tree, index)}
    return found


def _levels(leaves: list[bytes]) -> list[list[bytes]]:
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([verify.root_of(below[i : i + 2]) for i in range(0, len(below), 2)])
    return levels


def _path(levels: list[list[bytes]], index: int) -> list[str]:
    path = []
    for level in levels[:-1]:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1].hex())
        index //= 2
    return path
