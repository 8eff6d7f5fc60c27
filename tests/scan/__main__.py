"""`make scan`: bandit over the code and wapiti over a running demonstration, each after it found a planted defect.

A scanner that finds nothing proves nothing until it has found something: both are first shown a hole of ours. Findings
that were looked into stand in docs/security-scan.md with their reason; a new one fails the run.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from tests.scan.plants import Holes, Outside, served

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("escalation", "accounts", "cases", "notifications")
#: Looked into one by one (docs/security-scan.md): file -> bandit's findings of medium weight and more in it.
REVIEWED = {
    "accounts/sign_in/totp.py": {"B308": 1, "B703": 1},
    "cases/finding/searching.py": {"B608": 2},
    "cases/presenters/figures.py": {"B308": 2, "B703": 1},
    "cases/presenters/printed.py": {"B308": 1, "B703": 1},
    "cases/presenters/procedure.py": {"B308": 1, "B703": 1},
    "cases/record/anonymise.py": {"B608": 2},
    "cases/reports/counting.py": {"B608": 1},
    "cases/reports/showing.py": {"B610": 1},
    "escalation/bulk.py": {"B608": 2},
    "escalation/devstack/postgres.py": {"B608": 1},
    "escalation/devstack/state.py": {"B108": 1},
    "escalation/forms/rendering.py": {"B703": 4},
    "escalation/templatetags/small_tags.py": {"B703": 1},
    "escalation/templatetags/words.py": {"B703": 1},
}
PLANT = "import subprocess\n\n\ndef run(words):\n    return subprocess.call(words, shell=True)\n"
#: What wapiti tries; for three of them it must find a plant first.
MODULES = "xss,permanentxss,sql,file,exec,redirect,crlf,csrf,http_headers,cookieflags,ssrf,xxe"
PLANTS = {"xss": "Cross Site Scripting", "ssrf": "Server Side Request Forgery", "xxe": "XML External Entity"}
SAYS_XXE = re.compile("XXE vulnerability|reached the DTD")
#: Addresses that end the sign-in or change who it is: the rest of the scan would then look at the sign-in page.
NOT_ASKED = ("/sign-out/*", "/leave/*", "/demonstration/*", "/me/sign-in/*", "/static/*")
#: Right for a demonstration on this machine, which has no TLS; tests/sign_in/test_web_surface.py asks for it elsewhere.
OF_PLAIN_HTTP = "Secure Flag cookie"
STOPPED = re.compile(r"Max attack time was reached for module (\w+)")
#: As whom: the role that their own page must name.
AS_WHOM = ("Practitioner", "Administrator")
FEWEST_PAGES = 30  # fewer, and it did not get past the first pages


def bandit(folder: Path, *paths: str) -> list[dict[str, str]]:
    """Return bandit's findings of medium weight and more."""
    argv = [sys.executable, "-m", "bandit", "-r", *paths, "-ll", "-q", "-f", "json"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    return list(json.loads(done.stdout)["results"])


def check_code() -> bool:
    """Run bandit: it must find the plant, and nothing in our code that was not looked into."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "plant.py").write_text(PLANT)
        if "B602" not in {f["test_id"] for f in bandit(Path(folder), "plant.py")}:
            print("bandit: did not find the planted defect, so its silence means nothing")
            return False
    found: dict[str, Counter[str]] = {}
    for finding in bandit(ROOT, *PACKAGES):
        found.setdefault(finding["filename"].removeprefix("./"), Counter())[finding["test_id"]] += 1
    new = {
        name: dict(counted)
        for name, counted in found.items()
        if any(number > REVIEWED.get(name, {}).get(test, 0) for test, number in counted.items())
    }
    total = sum(sum(counted.values()) for counted in found.values())
    print(f"bandit: found the plant; {total} findings, not looked into: {new or 'none'}")
    return not new


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


def check_pages(url: str, seconds: int) -> bool:
    """Run wapiti: it must find the plants, and nothing on our pages, signed in as each of two people."""
    with served(Outside) as outside:
        began = time.monotonic()
        if not finds_the_plants(outside):
            return False
        print(f"wapiti: found {len(PLANTS)} plants in {time.monotonic() - began:.0f} s", flush=True)
        well = True
        for role in AS_WHOM:
            began = time.monotonic()
            cookie = signed_in(url, role)
            found, pages, stopped = wapiti(url, MODULES, seconds // len(AS_WHOM), outside, cookie)
            known = found.pop(OF_PLAIN_HTTP, []) if url.startswith("http://127.0.0.1") else []
            stayed = role in page(url, "/me/", cookie)
            print(
                f"wapiti as {role}: {pages} pages and forms tried in {time.monotonic() - began:.0f} s, "
                f"{'signed in to the end' if stayed else 'SIGNED OUT on the way'}; "
                f"found: { {k: len(v) for k, v in found.items()} or 'nothing' }, "
                f"and {len(known)} cookies without TLS; stopped by their time: {', '.join(stopped) or 'none'}",
                flush=True,
            )
            for kind, rows in found.items():
                for row in rows[:8]:
                    print(f"  {kind}: {row.get('method')} {row.get('path')}: {row.get('info')}")
            well = well and stayed and not found and pages >= FEWEST_PAGES
        return well


def page(url: str, path: str, cookie: str) -> str:
    """Return the text of a page for somebody signed in."""
    asked = urllib.request.Request(urllib.parse.urljoin(url, path), headers={"Cookie": cookie})
    with urllib.request.urlopen(asked) as found:
        return str(found.read().decode())


def signed_in(url: str, role: str) -> str:
    """Return the cookies of somebody whom the demonstration signed in: of this role, with the most cases."""
    best: tuple[int, str] | None = None
    people = re.findall(r'name="person" value="(\d+)"', page(url, "/demonstration/", ""))
    for person in people:
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        text = browser.open(urllib.parse.urljoin(url, "/demonstration/")).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        assert token, "the demonstration's page of people looks different"
        sent = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "person": person}).encode()
        browser.open(urllib.parse.urljoin(url, "/demonstration/"), sent)
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
        if role not in page(url, "/me/", cookie):
            continue
        cases = len(set(re.findall(r'href="/cases/[0-9A-Z]{3}-[0-9A-Z]{4}/', page(url, "/cases/", cookie))))
        if best is None or cases > best[0]:
            best = cases, cookie
    assert best, f"the demonstration knows no {role}"
    return best[1]


@contextmanager
def demonstration() -> Iterator[str]:
    """Serve a demonstration on a free port for as long as it is scanned; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    argv = [str(ROOT / ".venv" / "bin" / "python"), "-m", "escalation.devstack", "--with-parent", "run"]
    with subprocess.Popen(argv, cwd=ROOT, env={**os.environ, "PORT": str(port)}) as runs:
        try:
            for _ in range(300):
                with suppress(OSError):
                    urllib.request.urlopen(urllib.parse.urljoin(url, "/healthz"), timeout=5).close()
                    break
                time.sleep(1)
            yield url
        finally:
            runs.terminate()


def main() -> int:
    """Run both and return the exit status: 0 when nothing new was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--url", default="", help="a demonstration that runs already; its data are changed")
    asked.add_argument("--seconds", type=int, default=840, help="how long wapiti may take on our pages")
    asked.add_argument("--code-only", action="store_true", help="bandit alone")
    options = asked.parse_args()
    well = check_code()
    if options.code_only:
        return 0 if well else 1
    with nullcontext(options.url) if options.url else demonstration() as url:
        return 0 if check_pages(url, options.seconds) and well else 1


if __name__ == "__main__":
    sys.exit(main())
