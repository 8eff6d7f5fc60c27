"""Holes of our own making that a scanner must find, and the place outside that a server must never be led to ask."""

from __future__ import annotations

import io
import json
import threading
import urllib.parse
import urllib.request
import xml.sax
import xml.sax.handler
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Quiet(BaseHTTPRequestHandler):
    """Answers without a log."""

    def log_message(self, format: str, *args: object) -> None:
        return

    def answers(self, body: str, kind: str = "text/html") -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    @property
    def asked(self) -> dict[str, str]:
        """Return the parameters of the address."""
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        return {name: values[0] for name, values in query.items()}


class Holes(Quiet):
    """Gives back what it is sent, fetches whatever address it is told, and follows entities of XML."""

    def do_GET(self) -> None:
        if self.path.startswith("/fetch"):
            self.answers(_fetched(self.asked.get("from", "")))
            return
        links = "<a href='/?q=a'>more</a> <a href='/fetch?from=a'>fetch</a>"
        self.answers(f"<html><body>{links}<p>{self.asked.get('q', '')}</p></body></html>")

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answers(_words_of(sent))


def _fetched(address: str) -> str:
    if not address.startswith("http://127.0.0.1:"):
        return "nothing"
    try:
        with urllib.request.urlopen(address, timeout=5) as found:
            return str(found.read().decode())
    except OSError:
        return "nothing"


class _Words(xml.sax.handler.ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def characters(self, content: str) -> None:
        self.found.append(content)


def _words_of(sent: bytes) -> str:
    """Return the words of an XML document, with every entity it names, files of this machine among them."""
    words, reader = _Words(), xml.sax.make_parser()
    reader.setFeature(xml.sax.handler.feature_external_ges, True)
    reader.setContentHandler(words)
    try:
        reader.parse(io.BytesIO(sent))
    except (xml.sax.SAXException, OSError):
        return "not XML"
    return "".join(words.found)


class Outside(Quiet):
    """Keeps who asked for what, and tells the scanner in its own form; stands for a server on the internet."""

    kept: list[tuple[str, ...]] = []

    def do_GET(self) -> None:
        path = urllib.parse.urlsplit(self.path).path
        if path.startswith(("/ssrf/", "/dtd/")):
            type(self).kept.append(tuple(path.strip("/").split("/")))
            self.answers("")
        elif path in ("/get_ssrf.php", "/get_xxe.php"):
            kind = "ssrf" if "ssrf" in path else "dtd"
            self.answers(json.dumps(self._told(kind, self.asked.get("session_id", ""))), "application/json")
        else:
            self.answers("here")

    def _told(self, kind: str, session: str) -> dict[str, dict[str, list[dict[str, object]]]]:
        """Return what came in for a scan: by request, then by parameter."""
        told: dict[str, dict[str, list[dict[str, object]]]] = {}
        for row in self.kept:
            if len(row) < 4 or row[:2] != (kind, session):
                continue
            facts: dict[str, object] = {"url": "/".join(row), "date": "", "ip": "127.0.0.1", "size": 0}
            facts |= {"method": "GET", "payload": row[4].removesuffix(".dtd") if len(row) > 4 else ""}
            told.setdefault(row[2], {}).setdefault(row[3], []).append(facts)
        return told


@contextmanager
def served(handler: type[Any]) -> Iterator[str]:
    """Serve on a free port of this machine; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
