"""Ways to alter an export: what an outsider, an insider and whoever runs the database could try."""

from __future__ import annotations

import hashlib
import json
import random
import struct
from collections.abc import Callable
from typing import Any

from escalation.trail import verify

Lines = list[bytes]


def with_end(lines: Lines) -> Lines:
    """Return the lines with an end that fits them."""
    body = [line for line in lines if not line.startswith(b'{"t":"z"')]
    digest = hashlib.sha256(b"".join(body)).hexdigest().encode()
    return [*body, b'{"t":"z","lines":%d,"sha256":"%s"}\n' % (len(body) + 1, digest)]


def without_checkpoints(lines: Lines) -> Lines:
    """Return the export as it would be without any checkpoint."""
    return with_end([line for line in lines if line[:8] not in (b'{"t":"k"', b'{"t":"h"')])


def kind(line: bytes) -> bytes:
    """Return the kind of a line: one letter, or more for the head of the export."""
    return line[6:].partition(b'"')[0]


def _of(lines: Lines, *kinds: bytes) -> list[int]:
    return [i for i, line in enumerate(lines) if kind(line) in kinds]


def flip(lines: Lines, rng: random.Random) -> Lines:
    """Change one byte of one event or text."""
    made = list(lines)
    i = rng.choice(_of(lines, b"e", b"x"))
    at, line = rng.randrange(len(made[i])), bytearray(made[i])
    line[at] ^= rng.randrange(1, 256)
    made[i] = bytes(line)
    return with_end(b"".join(made[:-1]).splitlines(keepends=True) if b"\r" not in line else made)


def delete(lines: Lines, rng: random.Random) -> Lines:
    """Take one event out, with what belongs to it."""
    made = list(lines)
    i = rng.choice(_of(lines, b"e"))
    end = i + 1
    while kind(made[end]) in (b"x", b"w"):
        end += 1
    del made[i:end]
    return with_end(made)


def insert(lines: Lines, rng: random.Random) -> Lines:
    """Put an event in a second time, or an invented one."""
    made = list(lines)
    events = _of(lines, b"e")
    line = made[rng.choice(events)]
    if rng.random() < 0.5:
        line = line.replace(b'"verb":"', b'"verb":"x', 1)
    made.insert(rng.choice(events), line)
    return with_end(made)


def reorder(lines: Lines, rng: random.Random) -> Lines:
    """Let two events change places."""
    made = list(lines)
    a, b = rng.sample(_of(lines, b"e"), 2)
    made[a], made[b] = made[b], made[a]
    return with_end(made)


def cut_tail(lines: Lines, rng: random.Random) -> Lines:
    """Take the last events of one chain away, and what a checkpoint says of them."""
    chains = blocks(lines)
    chain = rng.choice([c for c in chains if sum(kind(line) == b"e" for line in chains[c]) > 1])
    block = chains[chain]
    events = [i for i, line in enumerate(block) if kind(line) == b"e"]
    kept = block[: rng.choice(events[1:])]
    return with_end([line for line in lines if line not in set(block) or line in set(kept)])


def drop_case(lines: Lines, rng: random.Random) -> Lines:
    """Leave a whole chain out, with every trace of it."""
    chains = blocks(lines)
    gone = set(chains[rng.choice(list(chains))])
    return with_end([line for line in lines if line not in gone])


KINDS: dict[str, Callable[[Lines, random.Random], Lines]] = {
    "flip": flip,
    "delete": delete,
    "insert": insert,
    "reorder": reorder,
    "cut tail": cut_tail,
    "drop case": drop_case,
}


def blocks(lines: Lines) -> dict[str, Lines]:
    """Return the lines of each chain: events, texts and heads."""
    found: dict[str, Lines] = {}
    chain = ""
    for line in lines:
        if kind(line) in (b"e", b"h"):
            chain = json.loads(line)["chain"]
        if kind(line) in (b"e", b"x", b"w", b"h"):
            found.setdefault(chain, []).append(line)
    return found


def rewrite(lines: Lines, rng: random.Random) -> Lines:
    """Do what somebody with the whole database can do: change an event, then compute every hash anew.

    Hashes of the chain, heads, roots and the chain of checkpoints all fit afterwards.
    """
    made = list(lines)
    target = rng.choice(_of(lines, b"e"))
    way = rng.choice(["payload", "actor", "remove"])
    victim = json.loads(made[target])["chain"]
    if way == "remove":
        end = target + 1
        while kind(made[end]) in (b"x", b"w"):
            end += 1
        del made[target:end]
    elif way == "actor":
        made[target] = made[target].replace(b',"actor":', b',"actor":9', 1)
    else:
        made[target] = made[target].replace(b',"payload":{', b',"payload":{"x":1,', 1).replace(b",}", b"}")
    out: Lines = []
    seq, prev, heads = 0, verify.ZERO, dict[int, list[tuple[str, int, bytes]]]()
    for given_line in made:
        line = given_line
        if kind(line) == b"e" and json.loads(line)["chain"] == victim:
            seq += 1
            line, prev = rehash(line, seq, prev)
        elif kind(line) == b"h" and json.loads(line)["chain"] == victim:
            given = json.loads(line)
            given |= {"seq": seq, "hash": prev.hex()}
            line = json.dumps(given, separators=(",", ":")).encode() + b"\n"
            if seq == 0:
                continue
        if kind(line) == b"h":
            given = json.loads(line)
            head = (given["chain"], given["seq"], bytes.fromhex(given["hash"]))
            heads.setdefault(given["n"], []).append(head)
        out.append(line)
    leaves: dict[str, bytes] = {}
    last, before = verify.ZERO.hex(), dict[int, bytes]()
    for i in _of(out, b"k"):
        point = json.loads(out[i])
        leaves |= {c: verify.leaf(c, s, h) for c, s, h in heads.get(point["n"], ())}
        point |= {"prev": last, "chains": len(leaves)}
        point["root"] = verify.root_of([leaves[c] for c in sorted(leaves)]).hex()
        names = ("n", "at", "prev", "chains", "events", "root")
        last = point["hash"] = verify.seal(*(point[k] for k in names))
        before[i] = json.dumps(point, separators=(",", ":")).encode() + b"\n"
    return with_end([before.get(i, line) for i, line in enumerate(out)])


def rehash(line: bytes, seq: int, prev: bytes) -> tuple[bytes, bytes]:
    """Return an event with another place in its chain, and its hash."""
    found: Any = verify._EVENT.fullmatch(line)
    chain, old, at, claimed, actor, for_, agency, role, verb, ref, salt, hash_, payload = found.groups()
    numbers = struct.pack(">qqqqqq", seq, int(at), int(claimed), int(actor), int(for_), int(agency))
    digests = b"".join(hashlib.sha256(word).digest() for word in (role, verb, ref))
    commitment = hashlib.sha256(b"\x02" + bytes.fromhex(salt.decode()) + payload).digest()
    raw = bytes.fromhex(chain.decode().replace("-", ""))
    new = hashlib.sha256(b"\x01" + prev + raw + numbers + digests + commitment).digest()
    line = line.replace(b'"seq":' + old, b'"seq":%d' % seq, 1)
    return line.replace(b'"hash":"' + hash_, b'"hash":"' + new.hex().encode(), 1), new
