"""What is measured inside one process: verifying an export, the PDF of a long case, the statements of its page.

Run by `tests.bench.record` with DATABASE_URL of the runtime role; prints figures as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

sha = hashlib.sha256
#: Run in a process of its own, so that its memory is its own.
VERIFY = """
import json, re, sys, time
from pathlib import Path
from escalation.trail import verify
began = time.process_time()
done = verify.Verifier().read(verify.lines_of(Path(sys.argv[1])))
took = time.process_time() - began
assert done.code == 0, done.problems
most = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
print(json.dumps([took, most]))
"""


def write_export(path: Path, events: int) -> None:
    """Write an export of this many events in chains of 200, as the service writes one."""
    digest, lines = sha(), 1
    with path.open("wb") as file:

        def put(line: bytes) -> None:
            digest.update(line)
            file.write(line)

        put(b'{"t":"export","format":1,"scope":"all","texts":"none","made":1,"about":{}}\n')
        prev, chain, seq = bytes(32), uuid.uuid4(), 0
        for n in range(events):
            if n % 200 == 0:
                prev, chain, seq = bytes(32), uuid.uuid4(), 0
            seq += 1
            payload = (
                b'{"entries":[{"commitment":"%s","id":"%s","kind":"position"}],"side":"raising","stage":"managers"}'
                % (os.urandom(32).hex().encode(), str(uuid.uuid4()).encode())
            )
            salt, ref = os.urandom(32), b"case:%d" % (n // 200)
            prev = sha(
                b"\x01" + prev + chain.bytes + struct.pack(">qqqqqq", seq, 10**15 + n, 10**15, 7, 0, 3)
                + sha(b"raiser").digest() + sha(b"position_recorded").digest() + sha(ref).digest()
                + sha(b"\x02" + salt + payload).digest()
            ).digest()  # fmt: skip
            put(
                b'{"t":"e","chain":"%s","seq":%d,"at":%d,"claimed":%d,"actor":7,"for":0,"agency":3,"role":"raiser",'
                b'"verb":"position_recorded","ref":"%s","salt":"%s","hash":"%s","payload":%s}\n'
                % (
                    str(chain).encode(),
                    seq,
                    10**15 + n,
                    10**15,
                    ref,
                    salt.hex().encode(),
                    prev.hex().encode(),
                    payload,
                )
            )
            lines += 1
        file.write(b'{"t":"z","lines":%d,"sha256":"%s"}\n' % (lines + 1, digest.hexdigest().encode()))


def verifying(events: int) -> dict[str, Any]:
    """Return events a second of the verifier and of what nobody can do without: stream, parse, hash."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trail.jsonl"
        write_export(path, events)
        floors, rates, memory = [], [], 0
        for _ in range(2):
            began = time.process_time()
            with path.open("rb", buffering=1 << 20) as file:
                for line in file:
                    json.loads(line)
                    sha(line).digest()
            floors.append(events / (time.process_time() - began))
            argv = [sys.executable, "-c", VERIFY, str(path)]
            took, used = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
            rates.append(events / took)
            memory = max(memory, used)
    return {"floor": max(floors), "verify": max(rates), "verify_mb": memory}


def long_case() -> dict[str, Any]:
    """Return statements and seconds of the page of 30 and of 300 entries, and the seconds of its PDF."""
    from django.db import connection, transaction
    from django.template.loader import render_to_string
    from django.test.utils import CaptureQueriesContext

    from cases.actions import talking
    from cases.audit import Audit
    from cases.models import Case
    from cases.presenters.timeline import timeline
    from cases.reading import Record
    from cases.record import pack
    from cases.record.audience import Audience, read_as
    from escalation.templatetags import escalation_tags
    from tests.cast import TUESDAY, make_cast, opened

    assert escalation_tags and render_to_string
    with transaction.atomic():
        cast = make_cast()
        for _ in range(40):  # for the clients that take cases further
            opened(cast)
        case = opened(cast)
    found: dict[str, Any] = {"timeline": {}}
    written = 3
    for size in (30, 300):
        while written < size:
            at = TUESDAY + timedelta(minutes=written)
            talking.give_update(case, by=cast.nurse, audit=Audit(at), update="Seen at school today. " * 12)
            written += 1
        at = TUESDAY + timedelta(hours=9)
        best = 9.0
        for _ in range(3):
            with CaptureQueriesContext(connection) as asked:
                began = time.perf_counter()
                record = Record.load(Case.objects.whole().get(pk=case.pk), cast.nurse, at)
                timeline(record)
                best = min(best, time.perf_counter() - began)
        found["timeline"][str(size)] = [len(asked), best]
    seconds, busy = [], []
    for _ in range(3):
        began, worked = time.perf_counter(), time.process_time()
        record = read_as(Record.load(Case.objects.whole().get(pk=case.pk), cast.nurse, at), Audience.OWN)
        made = pack.as_pdf(record, Audience.OWN)
        seconds.append(time.perf_counter() - began)
        busy.append(time.process_time() - worked)
    return found | {"pdf": min(seconds), "pdf_cpu": min(busy), "pages": len(made)}


def main() -> None:
    """Print all figures as JSON."""
    django.setup()
    found = long_case() | verifying(int(sys.argv[1]))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "escalation.settings")
    main()
