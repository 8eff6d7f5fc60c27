"""What the scanners found, kept from one part of a run to the next, and docs/security-scan.md made of it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.scan.reviewed import KNOWN, REVIEWED

ROOT = Path(__file__).resolve().parents[2]
APART = ROOT / ".dev" / "measured" / "scan.json"
PAGE = ROOT / "docs" / "security-scan.md"

#: Without these nothing is said of any page.
FIRST = (("bandit", "code"), ("wapiti", "the plants"), ("sqlmap", "the plant"))
ABOVE = """\
# Looking for holes with other people’s tools

`make scan` runs three scanners and writes this page. Each is first shown a hole of our own making and must find it;
only then does its silence count. Anything that is not listed here fails the run (`tests/scan`).

`make scan ARGS="--code-only"` runs bandit alone. `ARGS="--roles Auditor --addresses"` goes as one role alone,
`ARGS="--roles --addresses 3 4"` asks sqlmap’s third and fourth address alone; what a part found is kept in
`.dev/measured`, and this page says what was not run yet. wapiti and sqlmap start a demonstration of their own (or take
a running one: `--url`), signed in as whoever of a role has the most cases, and the run fails when they were signed out
on the way or tried too little. wapiti does not follow the addresses that sign out, choose another person, or change
one’s own way of signing in: `tests/sign_in` does. What the service is made of is looked at before
(`tests/scan/supplied.py`).
"""
BELOW = """\

## What that shows, and what not

Each of wapiti’s modules has a share of the time; a run says which were stopped before they had tried all. Its modules
ssrf and xxe need a place outside that a server might be led to ask: one of our own stands in for the internet
(`Outside`). wapiti 3.2.3 leaves what xxe finds out of its reports, which the plant showed; what it prints is read
instead. Errors of the server (500) count as findings. sqlmap runs at level 3, risk 1, told that the database is
PostgreSQL, and goes on when it is refused. It tries what stands in an address or is sent, where that ends in a question
to the database: REF is a case of theirs, STEP the form of a step of it, COUNTED the list behind a figure, and * a part
of the address itself. Signing in hears a few guesses only and then answers without looking.

On 23 November 2026 wapiti, as CPC officer, found a page that broke on a zero byte in its address. That was mended for
every address (`tests/access/test_zero_bytes.py`), and the run as CPC officer repeated.

Known and right: on this machine the demonstration is served without TLS, so its three cookies lack `Secure`. A real
service has it (`tests/sign_in/test_web_surface.py`).

## What bandit reports and why it stands

| Where | Findings | Why it is right |
|---|---|---|
"""


def keep(scanner: str, name: str, found: dict[str, Any]) -> None:
    """Keep what a scanner found in one place, in place of what it found there before."""
    kept = _kept()
    kept.setdefault(scanner, {})[name] = found | {"on": datetime.now(UTC).date().isoformat()}
    APART.parent.mkdir(parents=True, exist_ok=True)
    APART.write_text(json.dumps(kept, indent=1))


def _kept() -> dict[str, dict[str, Any]]:
    return json.loads(APART.read_text()) if APART.exists() else {}


def write_page(roles: tuple[str, ...], addresses: tuple[str, ...]) -> None:
    """Write the page from all that is kept; what was not run yet it says."""
    kept = _kept()
    if not all(kept.get(scanner, {}).get(name) for scanner, name in FIRST):
        print("docs/security-scan.md is not written: not every scanner has found its plant yet")
        return
    PAGE.write_text(ABOVE + _results(kept, roles, addresses) + BELOW + _reasons())
    missing = [n for n in roles if n not in kept["wapiti"]] + [
        n for n in addresses if n not in kept["sqlmap"]
    ]
    print(f"docs/security-scan.md is written anew; not run yet: {', '.join(missing) or 'nothing'}")


def _results(kept: dict[str, dict[str, Any]], roles: tuple[str, ...], addresses: tuple[str, ...]) -> str:
    code, attacks, questions = kept["bandit"]["code"], kept["wapiti"], kept["sqlmap"]
    plants, plant = attacks["the plants"], questions["the plant"]
    gone = tuple(role for role in roles if role in attacks)
    asked = tuple(address for address in addresses if address in questions)
    fields = sum(len(questions[address]["tried"]) for address in asked)
    holes = (
        "gives back what it is sent, one that fetches an address it is told, one that follows entities of XML"
    )
    lines = [
        "\n## What was found\n",
        "| Scanner | Shown first | Run on | When | New findings |",
        "|---|---|---|---|---|",
        f"| bandit {code['version']}, medium weight and more | `subprocess.call(words, shell=True)`: found "
        f"| the four packages | {code['on']} | {_found(code)}; {code['reviewed']} looked into below |",
        f"| wapiti {plants['version']} | three holes (`tests/scan/plants.py`): a page that {holes}: all found, "
        f"in {plants['seconds']} s | a demonstration, as {len(gone)} of {len(roles)} roles "
        f"| {_days(attacks, gone)} | {_found(*(attacks[role] for role in gone))} |",
        f"| sqlmap {plant['version']}, level 3 | a page that puts what stands in its address into a question to a "
        f"database: found, in {plant['seconds']} s | {len(asked)} of {len(addresses)} addresses of "
        f"the same, {fields} fields | {_days(questions, asked)} "
        f"| {_found(*(questions[address] for address in asked))} |",
        "",
        "| wapiti as | Pages and forms | Seconds | Signed in to the end | Found | Modules stopped by their time |",
        "|---|---|---|---|---|---|",
    ]
    for role in gone:
        row = attacks[role]
        lines.append(
            f"| {role} | {row['pages']:,} | {row['seconds']} | {'yes' if row['stayed'] else 'NO'} | {_found(row)} "
            f"| {', '.join(row['stopped']) or 'none'} |"
        )
    lines += ["", "| sqlmap as | Address | Fields tried in full | Seconds | Found |", "|---|---|---|---|---|"]
    for address in asked:
        row = questions[address]
        late = "" if row["ended"] else "; stopped by its time"
        tried = ", ".join(f"`{name}`" for name in row["tried"]) or "none"
        lines.append(f"| {row['role']} | `{address}` | {tried}{late} | {row['seconds']} | {_found(row)} |")
    left = [*(role for role in roles if role not in gone), *(f"`{a}`" for a in addresses if a not in asked)]
    lines += ["", f"Not run yet: {', '.join(left)}."] if left else []
    lines += ["", *(f"Looked into: {kind} at `{path}`: {why}." for (kind, path), why in KNOWN.items())]
    return "\n".join(lines).rstrip() + "\n"


def _found(*rows: dict[str, Any]) -> str:
    counted: Counter[str] = Counter()
    for row in rows:
        counted.update(row["new"])
    return ", ".join(f"{number} {kind}" for kind, number in counted.items()) or "none"


def _days(rows: dict[str, Any], names: tuple[str, ...]) -> str:
    return " and ".join(sorted({rows[name]["on"] for name in names}))


def _reasons() -> str:
    return "".join(
        f"| `{name}` | {', '.join(f'{number} {test}' for test, number in found.items())} | {why} |\n"
        for name, (found, why) in REVIEWED.items()
    )
