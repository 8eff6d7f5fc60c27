"""sqlmap over everything in an address, and every word looked for, that ends in a question to the database (F6)."""

from __future__ import annotations

import html
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from tests.access.html_forms import posted_forms
from tests.scan.kept import keep
from tests.scan.plants import Quiet, served
from tests.scan.visitors import cases_of, not_signed_in, page, signed_in, token_in

VERSION = re.compile(r"[\d.]+")
TRIED = re.compile(r"(?:GET|POST|URI) parameter '([\w#*-]+)' does not seem to be injectable")
FOUND = re.compile(
    r"(?:GET|POST|URI) parameter '([\w#*-]+)' is vulnerable|Parameter: ([\w#*-]+) \((?:GET|POST|URI)\)"
)
COUNTED = re.compile(r'href="(/reports/activity/cases/[?]table=[^"]+)"')
STEP = re.compile(r'href="(/cases/[0-9A-Z]{3}-[0-9A-Z]{4}/do/[a-z-]+/)"')
NOBODY = "Nobody"
PERIOD = "first_day=1&first_month=9&first_year=2026&last_day=1&last_month=10&last_year=2026"
#: An address with every parameter that it reads, what is sent, for a form, and as whom. REF is a case of theirs, STEP
#: a step of it with its form, COUNTED the list behind a figure, * a part of the address itself.
ADDRESSES: dict[str, str] = {
    "/cases/find/ words=visit&state=resolution&agency=1&order=due": "Practitioner",
    "/cases/?state=resolution&agency=1&due=lapsed&urgency=urgent&order=urgent&before=x": "Practitioner",
    "/cases/REF/?kind=moves&agency=1&stage=1&since=1": "Practitioner",
    "/cases/REF*/": "Practitioner",
    "STEP": "Practitioner",
    "/directory/?q=a&agency=1&role=practitioner": "Practitioner",
    "/cases/new/who/?q=a": "Practitioner",
    "/inbox/?before=9": "Practitioner",
    "/?before=x": "Practitioner",
    "COUNTED": "CPC officer",
    f"/reports/activity/?{PERIOD}": "CPC officer",
    "/learning/all/?theme=guidance": "CPC officer",
    "/administration/people/?q=a&show=left": "Administrator",
    "/administration/people/add/ full_name=a&email=a&job_title=a&agency=1": "Administrator",
    "/demo/sent-mail/?before=9": "Administrator",
    "/calendars/abc*.ics": NOBODY,
    "/sign-in/ email=a&password=b": NOBODY,
}


class Leaky(Quiet):
    """Puts what stands in its address into a question to a database."""

    def do_GET(self) -> None:
        database = sqlite3.connect(":memory:")
        database.executescript(
            "CREATE TABLE people (id, name); INSERT INTO people VALUES (1, 'Rowan'), (2, 'Isla');"
        )
        try:
            rows = database.execute(
                f"SELECT name FROM people WHERE id = {self.asked.get('id', '1')}"
            ).fetchall()
        except sqlite3.Error as error:
            rows = [(error,)]
        self.answers(f"<html><body>{' '.join(str(row[0]) for row in rows)}</body></html>")


def sqlmap(address: str, seconds: int, cookie: str = "", data: str = "") -> tuple[set[str], set[str], bool]:
    """Return the parameters found open, those tried in vain, and whether the time was enough. Level 3, risk 1."""
    sent = urllib.parse.parse_qs(data or urllib.parse.urlsplit(address).query, keep_blank_values=True)
    names = [name for name in sent if name not in ("csrfmiddlewaretoken", "form_token", "version")]
    with tempfile.TemporaryDirectory() as folder:
        argv = [
            str(Path(sys.executable).parent / "sqlmap"),
            "-u",
            address,
            "--batch",
            "--level=3",
            "--threads=2",
        ]
        argv += ["--flush-session", "--output-dir", folder, "--disable-coloring", "--drop-set-cookie"]
        argv += ["--ignore-code=*", "--time-sec=3", "--skip-waf"]
        argv += ["-p", ",".join(names)] if names else []
        argv += ["--cookie", cookie, "--dbms=PostgreSQL"] if cookie else []
        argv += ["--data", data] if data else []
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as runs:
            try:
                told, _ = runs.communicate(timeout=seconds)
                ended = True
            except subprocess.TimeoutExpired:
                runs.terminate()
                told, _ = runs.communicate()
                ended = False
    found = {a or b for a, b in FOUND.findall(told)}
    return found, set(TRIED.findall(told)), ended


def check_plant() -> bool:
    """Let sqlmap look for a hole of ours; keep that it found it."""
    began = time.monotonic()
    with served(Leaky) as leaky:
        found, _tried, _ended = sqlmap(f"{leaky}?id=1", 240)
    if found != {"id"}:
        print("sqlmap: did not find the planted defect, so its silence means nothing")
        return False
    argv = [str(Path(sys.executable).parent / "sqlmap"), "--version"]
    said = VERSION.search(subprocess.run(argv, capture_output=True, text=True, check=False).stdout)
    took = round(time.monotonic() - began)
    print(f"sqlmap: found the plant in {took} s", flush=True)
    keep("sqlmap", "the plant", {"seconds": took, "version": said[0].strip(".") if said else ""})
    return True


def check_questions(url: str, seconds: int, asked: str, people: dict[str, str]) -> bool:
    """Run sqlmap on one of the addresses for so many seconds at most; return whether it tried and found nothing."""
    role = ADDRESSES[asked]
    cookie = signed_in(url, people[role]) if role != NOBODY else not_signed_in(url)
    path, data = _real(url, asked, cookie)
    began = time.monotonic()
    found, tried, ended = sqlmap(urllib.parse.urljoin(url, path), seconds, cookie, data)
    told = {
        "role": role,
        "tried": sorted(tried),
        "seconds": round(time.monotonic() - began),
        "ended": ended,
        "new": {f"open field: {name}": 1 for name in sorted(found)},
        "stayed": role == NOBODY or role in page(url, "/me/", cookie),
    }
    print(f"sqlmap at {asked}: {told}", flush=True)
    keep("sqlmap", asked, told)
    return not found and bool(told["stayed"]) and bool(tried)


def _real(url: str, asked: str, cookie: str) -> tuple[str, str]:
    """Return an address with something behind it, and what is sent there."""
    if asked == "COUNTED":
        (first, *_) = COUNTED.findall(page(url, "/reports/activity/", cookie))
        return html.unescape(first) + "&page=1", ""
    if asked == "STEP":
        for case in cases_of(url, cookie):
            for path in dict.fromkeys(STEP.findall(page(url, f"/cases/{case}/", cookie))):
                forms = [f for f in posted_forms(page(url, path, cookie)) if len(f.boxes) > 1]
                if forms:
                    typed = {**forms[0].sent, **{name: ["1"] for name in forms[0].boxes}}
                    return path, urllib.parse.urlencode(typed, doseq=True)
        raise SystemExit("no case of theirs has a step with a form")
    path, _, data = asked.partition(" ")
    if "REF" in path:
        path = path.replace("REF", cases_of(url, cookie)[0])
    if data:  # the token is of the browser, not of the page
        form = "/sign-in/?password" if ADDRESSES[asked] == NOBODY else "/help/unclear/"
        data += f"&csrfmiddlewaretoken={token_in(page(url, form, cookie))}"
    return path, data
