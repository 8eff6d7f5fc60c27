"""`make offline`: a command in a network that holds this machine alone; attempts to leave it are counted (H3).

Run as `unshare -n python -m tests.offline COMMAND...`, as root on Linux. The kernel counts each packet and connection
for which it knows no way; the counting is first shown two.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

#: Addresses that stand for "elsewhere" in documents, and lead nowhere.
ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def attempts() -> int:
    """Return how often something of this network wanted to go where no way leads."""
    names, values = (
        line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:")
    )
    four = int(dict(zip(names, values, strict=True))["OutNoRoutes"])
    six = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return four + int(six["Ip6OutNoRoutes"])


def main() -> int:
    """Run the command; return its status, or 1 when anything wanted to leave."""
    if set(_interfaces()) != {"lo"}:
        sys.stderr.write("Run this with `unshare -n`: there is more here than this machine alone.\n")
        return 2
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    before = attempts()
    for family, address in ELSEWHERE:
        with suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as line:
            line.connect((address, 443))
    planted = attempts() - before
    if planted < len(ELSEWHERE):
        sys.stderr.write(
            f"Counted {planted} of {len(ELSEWHERE)} attempts of ours, so no count means anything.\n"
        )
        return 2
    done = subprocess.run(sys.argv[1:], check=False).returncode
    left = attempts() - before - planted
    sys.stdout.write(
        f"\nWithout a network: {left} attempts to leave this machine ({planted} of ours were counted)\n"
    )
    return done or (1 if left else 0)


def _interfaces() -> list[str]:
    return [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]]


if __name__ == "__main__":
    sys.exit(main())
