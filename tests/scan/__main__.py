"""`make scan`: bandit over the code and wapiti over a running demonstration, each after it found a planted defect.

A scanner that finds nothing proves nothing until it has found something: both are first shown a hole of ours. Findings
that were looked into stand in docs/security-scan.md with their reason; a new one fails the run.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import json
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

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
MODULES = "xss,permanentxss,sql,file,exec,redirect,crlf,csrf,http_headers,cookieflags"


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


class Hole(BaseHTTPRequestHandler):
    """A page that gives back what it is sent, unescaped."""

    def do_GET(self) -> None:
        sent = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("q", [""])[0]
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<html><body><a href='/?q=a'>more</a><p>{sent}</p></body></html>".encode())

    def log_message(self, *args: object) -> None:
        return


def wapiti(url: str, modules: str, seconds: int, cookie: str = "") -> dict[str, list[dict[str, str]]]:
    """Return wapiti's findings by kind."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        each = max(10, seconds * 2 // 3 // len(modules.split(",")))
        argv = [
            *(str(Path(sys.executable).parent / "wapiti"), "-u", url, "-m", modules, "--scope", "domain"),
            # A third for finding pages, the rest shared out among the attacks: each has an end of its own.
            *("--max-scan-time", str(seconds // 3), "--max-attack-time", str(each), "-d", "6"),
            *("-f", "json", "-o", str(report), "--flush-session"),
            *("--store-session", folder, "--no-bugreport", "-x", urllib.parse.urljoin(url, "/sign-out/")),
            *("-x", urllib.parse.urljoin(url, "/leave/")),
        ]
        if cookie:
            argv += ["-H", f"Cookie: {cookie}"]
        subprocess.run(argv, capture_output=True, check=False, timeout=seconds + 300)
        found = json.loads(report.read_text())["vulnerabilities"]
        return {kind: rows for kind, rows in found.items() if rows}


def check_pages(url: str, seconds: int) -> bool:
    """Run wapiti: it must find the plant, and nothing on our pages, signed in by the demonstration's one click."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hole)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    planted = wapiti(f"http://127.0.0.1:{server.server_port}/?q=a", "xss", 60)
    server.shutdown()
    if not any("Scripting" in kind for kind in planted):
        print("wapiti: did not find the planted defect, so its silence means nothing")
        return False
    found = wapiti(url, MODULES, seconds, _signed_in(url))
    print(f"wapiti: found the plant; on our pages: { {k: len(v) for k, v in found.items()} or 'nothing' }")
    for kind, rows in found.items():
        for row in rows[:5]:
            print(f"  {kind}: {row.get('method')} {row.get('path')}: {row.get('info')}")
    return not found


def _signed_in(url: str) -> str:
    """Return the cookies of somebody whom the demonstration signed in."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(urllib.parse.urljoin(url, "/demonstration/")).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    person = re.search(r'name="person" value="(\d+)"', page)
    assert token and person, "the demonstration's page of people looks different"
    sent = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "person": person[1]}).encode()
    browser.open(urllib.parse.urljoin(url, "/demonstration/"), sent)
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def main() -> int:
    """Run both and return the exit status: 0 when nothing new was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--url", default="http://127.0.0.1:8000/", help="a demonstration that runs (make run)")
    asked.add_argument("--seconds", type=int, default=600, help="how long wapiti may take")
    asked.add_argument("--code-only", action="store_true", help="bandit alone")
    options = asked.parse_args()
    well = check_code()
    if not options.code_only:
        well = check_pages(options.url, options.seconds) and well
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
