"""wapiti over the pages of a demonstration, as one role or another (F6)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from tests.scan.kept import keep
from tests.scan.plants import Holes, Outside, served
from tests.scan.reviewed import KNOWN
from tests.scan.visitors import page, signed_in

VERSION = "3.2.3"
#: What wapiti tries; for three of them it must find a plant first.
MODULES = "xss,permanentxss,sql,file,exec,redirect,crlf,csrf,http_headers,cookieflags,ssrf,xxe"
PLANTS = {"xss": "Cross Site Scripting", "ssrf": "Server Side Request Forgery", "xxe": "XML External Entity"}
SAYS_XXE = re.compile("XXE vulnerability|reached the DTD")
#: Addresses that end the sign-in or change who it is: the rest of the scan would then look at the sign-in page.
NOT_ASKED = ("/sign-out/*", "/leave/*", "/demonstration/*", "/me/sign-in/*", "/static/*")
#: Right for a demonstration on this machine, which has no TLS; tests/sign_in/test_web_surface.py asks for it elsewhere.
OF_PLAIN_HTTP = "Secure Flag cookie"
STOPPED = re.compile(r"Max attack time was reached for module (\w+)")
FEWEST_PAGES = 30  # fewer, and it did not get past the first pages


def wapiti(
    url: str, modules: str, seconds: int, outside: str, cookie: str = ""
) -> tuple[dict[str, list[dict[str, str]]], int, list[str]]:
    """Return wapiti's findings by kind, errors of the server among them; how many pages it found to try; which of its
    modules had not tried them all when their time was up.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        # Four or five of twelve modules are done in a moment: what they leave is for the others.
        each = max(10, seconds * 3 // 4 // max(len(modules.split(",")) - 5, 1))
        argv = [
            *(str(Path(sys.executable).parent / "wapiti"), "-u", url, "-m", modules, "--scope", "domain"),
            # A quarter for finding pages, the rest shared out among the attacks: each has an end of its own.
            *("--max-scan-time", str(seconds // 4), "--max-attack-time", str(each), "-d", "5"),
            *("--max-links-per-page", "60", "--max-files-per-dir", "30", "--tasks", "4"),
            *("-f", "json", "-o", str(report), "--flush-session", "--endpoint", outside),
            *("--store-session", folder, "--store-config", folder, "--no-bugreport"),
        ]
        for path in NOT_ASKED:
            argv += ["-x", urllib.parse.urljoin(url, path)]
        if cookie:
            argv += ["-H", f"Cookie: {cookie}"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=seconds + 300)
        told = json.loads(report.read_text())
        found = told["vulnerabilities"] | told["anomalies"]
        # wapiti 3.2.3 leaves entities of XML out of its reports, filing them under a type no report has; it says them.
        found[PLANTS["xxe"]] = [{"info": line} for line in done.stdout.splitlines() if SAYS_XXE.search(line)]
        pages = int(told["infos"]["crawled_pages_nbr"])
        stopped = STOPPED.findall(done.stdout)
        return {kind: rows for kind, rows in found.items() if rows}, pages, stopped


def finds_the_plants(outside: str) -> bool:
    """Return whether wapiti finds each hole of ours."""
    with served(Holes) as holes:
        for module, kind in PLANTS.items():
            found, _pages, _stopped = wapiti(f"{holes}?q=a", module, 60, outside)
            if not any(kind.lower() in name.lower().replace("-", " ") for name in found):
                print(
                    f"wapiti: did not find the planted defect for {module} ({found}), so its silence means nothing"
                )
                return False
    return True


def check_plants() -> bool:
    """Let wapiti look for each hole of ours; keep that it did."""
    with served(Outside) as outside:
        began = time.monotonic()
        if not finds_the_plants(outside):
            return False
    took = round(time.monotonic() - began)
    print(f"wapiti: found {len(PLANTS)} plants in {took} s", flush=True)
    keep("wapiti", "the plants", {"seconds": took, "version": VERSION})
    return True


def check_pages(url: str, seconds: int, role: str, person: str) -> bool:
    """Run wapiti as this person for so many seconds at most; return whether it looked well and found nothing new."""
    with served(Outside) as outside:
        began = time.monotonic()
        cookie = signed_in(url, person)
        found, pages, stopped = wapiti(url, MODULES, seconds, outside, cookie)
    if url.startswith("http://127.0.0.1"):
        found.pop(OF_PLAIN_HTTP, None)
    new = {
        kind: left
        for kind, rows in found.items()
        if (left := [row for row in rows if (kind, row.get("path", "")) not in KNOWN])
    }
    told = {
        "pages": pages,
        "seconds": round(time.monotonic() - began),
        "stayed": role in page(url, "/me/", cookie),
        "new": {kind: len(rows) for kind, rows in new.items()},
        "stopped": stopped,
    }
    print(f"wapiti as {role}: {told}", flush=True)
    for kind, rows in new.items():
        for row in rows[:8]:
            print(f"  {kind}: {row.get('method')} {row.get('path')}: {row.get('info')}", flush=True)
    keep("wapiti", role, told)
    return bool(told["stayed"]) and not new and pages >= FEWEST_PAGES
