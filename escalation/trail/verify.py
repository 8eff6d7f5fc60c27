"""Checks an export of the audit trail: one file, Python's standard library alone, no network, nothing else needed.
    python verify.py EXPORT [MAIL ...]
EXPORT is the trail.jsonl of an export, or the folder or .zip that holds it. Each MAIL is a checkpoint mail kept
outside, as a text or .eml file. Every element is computed anew; nothing is believed. Answers 0 intact, 1 tampered,
2 intact with parts lawfully erased, 3 cannot be read. Without a mail, a change by whoever controls the database and
computes every hash anew cannot be seen; with one, nothing before it can change unseen.
"""
from __future__ import annotations

import email.policy
import hashlib
import json
import re
import struct
import sys
import zipfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

WORDS = {0: "INTACT", 1: "TAMPERED", 2: "INTACT, with lawfully erased parts", 3: "CANNOT BE READ"}
FORMAT, NAME, ZERO = 1, "trail.jsonl", bytes(32)
#: An event older than a checkpoint by so many microseconds (15 minutes) stands under it, or was put in later.
TOLERANCE = 900_000_000
_UUID = rb"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_NUM, _HEX, _WORD = rb"(0|[1-9][0-9]{0,17})", rb"([0-9a-f]{64})", rb'([^"\\]*)'
_EVENT = re.compile(
    rb'\{"t":"e","chain":"' + _UUID + rb'","seq":' + _NUM + rb',"at":' + _NUM + rb',"claimed":' + _NUM + rb',"actor":'
    + _NUM + rb',"for":' + _NUM + rb',"agency":' + _NUM + rb',"role":"' + _WORD + rb'","verb":"' + _WORD + rb'","ref":"'
    + _WORD + rb'","salt":"([0-9a-f]+)","hash":"' + _HEX + rb'","payload":(\{.*\})\}\n'
)
_TEXT = re.compile(rb'\{"t":"x","entry":"' + _UUID + rb'","salt":"((?:[0-9a-f]{2})+)","content":(\{.*\})\}\n')
_ENTRY = re.compile(rb'\{"commitment":"' + _HEX + rb'","id":"' + _UUID + rb'","kind":')
_ERASED = re.compile(rb'"commitment":"' + _HEX + rb'","entry":"' + _UUID + rb'","ground":')
_DISPOSED = re.compile(rb'\{"chain":"' + _UUID + rb'","hash":"' + _HEX + rb'","seq":' + _NUM + rb"\}")
_FIELDS = ("Checkpoint", "Taken", "Previous", "Chains", "Events", "Root", "Hash")
_MAIL = re.compile(r"[\s>]+".join(rf"{field}:\s*([0-9a-f]{{1,64}})" for field in _FIELDS))
Facts = dict[str, Any]
sha = hashlib.sha256

@lru_cache(50_000)
def known(word: bytes) -> bytes:
    """Return the digest of a role, verb or object."""
    return sha(word).digest()

class Unreadable(Exception): ...

def leaf(chain: str, seq: int, hash_: bytes) -> bytes:
    """Return the leaf of a chain's head in the tree of a checkpoint."""
    return sha(b"\x04" + bytes.fromhex(chain.replace("-", "")) + struct.pack(">q", seq) + hash_).digest()

def root_of(leaves: list[bytes]) -> bytes:
    """Return the root of the tree; a node without a neighbour moves up as it is. 32 zero bytes for no leaf."""
    while len(leaves) > 1:
        pairs = [sha(b"\x05" + leaves[i] + leaves[i + 1]).digest() for i in range(0, len(leaves) - 1, 2)]
        leaves = pairs + leaves[len(pairs) * 2 :]
    return leaves[0] if leaves else ZERO

def climb(node: bytes, index: int, size: int, path: list[str]) -> bytes:
    """Return the root that a proof leads to: neighbours from the bottom up, where there is one."""
    rest = [bytes.fromhex(p) for p in path]
    while size > 1:
        if index ^ 1 < size:
            node = root_of([rest.pop(0), node] if index & 1 else [node, rest.pop(0)])
        index, size = index // 2, (size + 1) // 2
    if rest:
        raise ValueError("a proof is too long")
    return node

def seal(n: int, at: int, prev: str, chains: int, events: int, root: str) -> str:
    """Return the hash of a checkpoint."""
    head = b"\x06" + bytes.fromhex(prev) + struct.pack(">qqqq", n, at, chains, events)
    return sha(head + bytes.fromhex(root)).hexdigest()

class Verifier:
    """Reads an export line by line, keeps little more than one hash a chain, and collects what is wrong."""

    def __init__(self, mails: Iterable[dict[str, Any]] = ()) -> None:
        self.mails, self.wrong, self.ended = list(mails), 0, False
        kinds = "lines chains events texts withheld erased disposed checkpoints mails"
        self.counts, self.problems, self.header = dict.fromkeys(kinds.split(), 0), list[Facts](), Facts()
        self.chain, self.seq, self.hash, self.raw = "", 0, ZERO, ZERO
        self.floor, self.loose = 0, 0  # when the last checkpoint was; the first event behind it
        self.owed: dict[bytes, bytes] = {}  # entries that the last event names, with their commitments
        self.missing, self.erasures, self.tombs, self.disposals = Facts(), Facts(), Facts(), Facts()
        self.texts, self.past, self.points = set[str](), set[str](), dict[int, Facts]()
        self.heads: dict[int, list[tuple[str, bytes]]] = {}

    def bad(self, reason: str, chain: str = "", seq: int | None = None) -> None:
        self.wrong += 1
        if self.wrong <= 20:
            where = {"line": self.counts["lines"], "chain": chain or self.chain or None, "seq": seq}
            self.problems.append({**where, "reason": reason})

    def read(self, lines: Iterable[bytes]) -> Verifier:
        """Read all lines. Raises Unreadable when the first is not the head of an export that this program knows."""
        digest, counts = sha(), self.counts
        for line in lines:
            counts["lines"] += 1
            if not self.header:
                self.begin(line)
            elif self.ended:
                self.bad("there is more after the end")
            elif line.startswith(b'{"t":"z"'):
                self.ended = True
                if line != b'{"t":"z","lines":%d,"sha256":"%s"}\n' % (counts["lines"], digest.hexdigest().encode()):
                    self.bad("the end does not match what stands before it")
            elif not (self.event(line) if line.startswith(b'{"t":"e"') else self.other(line)):
                self.bad("this is no line of an export")
            digest.update(line)
        if not self.header:
            raise Unreadable("it is empty")
        return self.finish()

    def begin(self, line: bytes) -> None:
        try:
            head = json.loads(line)
            self.header = {k: head[k] for k in ("t", "format", "made", "scope", "texts")}
            if head["t"] != "export" or head["format"] != FORMAT or head["made"] < 0:
                raise ValueError
        except (ValueError, KeyError, TypeError):
            raise Unreadable("its first line is not that of an export of this format") from None

    def event(self, line: bytes) -> bool:
        found = _EVENT.fullmatch(line)
        if found is None or len(found[11]) % 2:
            return False
        if self.owed:
            self.settle()
        chain, seq_, at_, claimed, actor, for_, agency, role, verb, ref, salt, hash_, payload = found.groups()
        name, seq, at = chain.decode(), int(seq_), int(at_)
        if name != self.chain:
            self.leave()
            if name in self.past:
                self.bad("the events of this chain are not together", name, seq)
            self.past.add(name)
            self.chain, self.seq, self.hash, self.raw = name, 0, ZERO, bytes.fromhex(name.replace("-", ""))
        if seq != self.seq + 1:
            self.bad(f"event {self.seq + 1} was expected here: one is missing, or out of its place", name, seq)
        self.hash = sha(
            b"\x01" + self.hash + self.raw
            + struct.pack(">qqqqqq", seq, at, int(claimed), int(actor), int(for_), int(agency))
            + known(role) + known(verb) + known(ref) + sha(b"\x02" + bytes.fromhex(salt.decode()) + payload).digest()
        ).digest()
        if self.hash.hex().encode() != hash_:
            self.bad("the event does not match its hash, or does not follow the one before it", name, seq)
            self.hash = bytes.fromhex(hash_.decode())  # what follows is held against what is written here
        if at < self.floor:
            self.bad("the event is older than a checkpoint that does not hold it", name, seq)
        self.seq, self.loose = seq, self.loose or at
        self.counts["events"] += 1
        if self.header["texts"] != "none" and b':[{"commitment":"' in payload:
            self.owed = {i: c for c, i in _ENTRY.findall(payload)}
        if verb == b"text_erased":
            self.erasures |= {i.decode(): c.decode() for c, i in _ERASED.findall(payload)}
        elif verb == b"case_disposed":
            self.disposals |= {c.decode(): (int(s), h.decode()) for c, h, s in _DISPOSED.findall(payload)}
        return True

    def other(self, line: bytes) -> bool:
        try:
            if text := _TEXT.fullmatch(line):
                return self.text(*text.groups())
            given = json.loads(line)
            if json.dumps(given, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" != line:
                return False
            return bool(getattr(self, "take_" + given.pop("t"))(**given))
        except (ValueError, KeyError, TypeError, AttributeError, struct.error, IndexError):
            return False

    def text(self, entry: bytes, salt: bytes, content: bytes) -> bool:
        name, promised = entry.decode(), self.owed.pop(entry, b"")
        if sha(b"\x03" + bytes.fromhex(salt.decode()) + content).hexdigest().encode() != promised:
            self.bad(f"the text of entry {name} is not what was recorded here", seq=self.seq)
        self.texts.add(name)
        self.counts["texts"] += 1
        return True

    def take_w(self, entry: str) -> bool:  # a text that those for whom this export was made may not read
        self.counts["withheld"] += 1
        return self.owed.pop(entry.encode(), None) is not None and self.header["texts"] == "some"

    def take_k(self, n: int, at: int, prev: str, chains: int, events: int, root: str, hash: str) -> bool:
        last = self.points.get(n - 1)
        if (self.points and last is None) or n in self.points or (last and last["hash"] != prev):
            self.bad(f"checkpoint {n} does not follow the one before it")
        if seal(n, at, prev, chains, events, root) != hash:
            self.bad(f"checkpoint {n} does not match its hash")
        self.points[n] = {"at": at, "chains": chains, "root": root, "hash": hash}
        self.counts["checkpoints"] += 1
        return True

    def stands(self, n: int, chain: str, seq: int, hash: str) -> bytes:
        tomb = self.tombs.get(chain)
        if tomb and (seq > tomb[0] or (seq == tomb[0] and hash != tomb[1])):
            self.bad(f"checkpoint {n} names another last event than the tombstone", chain, seq)
        elif not tomb and (chain, seq, hash) != (self.chain, self.seq, self.hash.hex()):
            self.bad(f"checkpoint {n} names an event that is missing or was changed", chain, seq)
        self.floor, self.loose = max(self.floor, self.points[n]["at"] - TOLERANCE), 0
        return leaf(chain, seq, bytes.fromhex(hash))

    def take_h(self, n: int, chain: str, seq: int, hash: str) -> bool:
        self.heads.setdefault(n, []).append((chain, self.stands(n, chain, seq, hash)))
        return bool(self.header["scope"] == "all")

    def take_p(self, n: int, chain: str, seq: int, hash: str, index: int, path: list[str]) -> bool:
        point, node = self.points[n], self.stands(n, chain, seq, hash)
        if climb(node, index, point["chains"], path).hex() != point["root"]:
            self.bad(f"the proof does not lead to checkpoint {n}", chain, seq)
        return True

    def take_d(self, chain: str, seq: int, hash: str) -> bool:  # the tombstone of a chain that was disposed of
        self.tombs[chain], self.counts["disposed"] = (seq, hash), self.counts["disposed"] + 1
        return True

    def settle(self) -> None:
        if self.owed:
            self.missing |= {e.decode(): (self.chain, self.seq, c.decode()) for e, c in self.owed.items()}
            self.owed = {}

    def leave(self) -> None:
        if self.loose and self.loose < max((p["at"] for p in self.points.values()), default=0) - TOLERANCE:
            self.bad("events stand under no checkpoint, and are older than the last one", seq=self.seq)
        self.floor = self.loose = 0

    def finish(self) -> Verifier:
        self.settle()
        self.leave()
        if not self.ended:
            self.bad("the end is missing")
        for entry, (chain, seq, promised) in self.missing.items():
            if self.erasures.get(entry) != promised:
                self.bad(f"the text of entry {entry} is gone, and nothing says that it was lawfully erased", chain, seq)
        for entry in sorted(self.texts & set(self.erasures)):
            self.bad(f"the text of entry {entry} was erased, and is here again")
        for chain in (c for c, tomb in self.tombs.items() if self.disposals.get(c) != tomb or c in self.past):
            self.bad("a chain is gone, and no disposal in the registry confirms it", chain)
        self.counts |= {"chains": len(self.past), "erased": len(self.missing)}
        leaves: dict[str, bytes] = {}
        for n in sorted(self.points) if self.header["scope"] == "all" else ():
            leaves |= dict(self.heads.get(n, ()))
            root = root_of([leaves[c] for c in sorted(leaves)]).hex()
            if (len(leaves), root) != (self.points[n]["chains"], self.points[n]["root"]):
                self.bad(f"the chains of this export do not give the root of checkpoint {n}")
        for mail in self.mails:
            n, given = mail["n"], self.points.get(mail["n"])
            if seal(*(mail[k] for k in ("n", "at", "prev", "chains", "events", "root"))) != mail["hash"]:
                self.bad(f"the mail of checkpoint {n} does not match its own hash")
            elif given is None or given["hash"] != mail["hash"]:
                self.bad(f"the checkpoint {n} that was mailed is not in this export; leave out mails younger than it")
            self.counts["mails"] += 1
        return self

    @property
    def code(self) -> int:
        return 1 if self.wrong else 2 if self.counts["erased"] or self.counts["disposed"] else 0

def mails_in(content: bytes) -> list[dict[str, Any]]:
    """Return the checkpoints that a text or a mail holds. Raises Unreadable when there is none."""
    part: Any = email.message_from_bytes(content, policy=email.policy.default).get_body(("plain",))
    text = content.decode(errors="replace") + (part.get_content() if part else "")
    names = ("n", "at", "prev", "chains", "events", "root", "hash")
    found: list[Facts] = [dict(zip(names, values)) for values in dict.fromkeys(_MAIL.findall(text))]
    if not found:
        raise Unreadable("a file that was given as mail holds no checkpoint")
    return [mail | {k: int(mail[k]) for k in ("n", "at", "chains", "events")} for mail in found]

def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of an export: a file, a folder or a .zip."""
    path = path / NAME if path.is_dir() else path
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive, archive.open(NAME) as member:
            yield from member
    else:
        with path.open("rb", buffering=1 << 20) as file:
            yield from file

def report(code: int, counts: Facts, problems: list[Facts]) -> str:
    """Return the verdict in words."""
    said = [f"{WORDS[code]}. Checked: " + ", ".join(f"{number} {what}" for what, number in counts.items())]
    said += [" - " + ", ".join(f"{k} {v}" for k, v in bad.items() if v is not None) for bad in problems]
    if not counts.get("mails"):
        said.append("No checkpoint mail was compared: a change by whoever controls the database would not show.")
    return "\n".join(said)

def main(argv: list[str]) -> int:
    """Check what the arguments name, print the verdict, and return the exit status."""
    if not argv or argv[0].startswith("-"):
        return print(__doc__) or 3
    try:
        mails = [mail for path in argv[1:] for mail in mails_in(Path(path).read_bytes())]
        done = Verifier(mails).read(lines_of(Path(argv[0])))
    except (Unreadable, OSError, KeyError, zipfile.BadZipFile) as error:
        return print(f"{WORDS[3]}. {error}") or 3
    print(report(done.code, done.counts, done.problems))
    return done.code

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
