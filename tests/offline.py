"""`make offline`: a command in a network that holds this machine alone; what it sends elsewhere is counted (H3).

Run as `unshare -n python -m tests.offline COMMAND...`, as root on Linux. Every address leads back to this machine, and
the kernel hands over each packet that was not meant for it, and each question for a name, also of a resolver here. The
counting is first shown one packet of either kind of address and one question. A browser that only asks the kernel
whether there is a way to some address, and sends nothing, is not counted.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from threading import Thread

#: Addresses that stand for "elsewhere" in documents, and lead nowhere.
ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
EVERYWHERE = (
    "ip link set lo up",
    "ip route add local 0.0.0.0/0 dev lo",
    "ip -6 route add local ::/0 dev lo",
)
_NO_WAY = 3
NAMES = 53  # the port at which a resolver is asked for addresses

_SO_ATTACH_FILTER = 26
_LOAD_BYTE, _LOAD_HALF, _LOAD_WORD = 0x30, 0x28, 0x20
_LOAD_LENGTH, _LOAD_BEHIND = 0xB1, 0x48  # the length of the header; two bytes, counted from behind it
_EQUALS, _RETURN = 0x15, 0x06
#: What the kernel hands over, as steps of its packet filter: (step, steps to skip if so, if not, value).
FILTERS = {
    0x0800: (  # IPv4: to 127.x only questions for a name, to anywhere else all
        (_LOAD_BYTE, 0, 0, 16),
        (_EQUALS, 0, 6, 127),
        (_LOAD_BYTE, 0, 0, 9),
        (_EQUALS, 0, 3, socket.IPPROTO_UDP),
        (_LOAD_LENGTH, 0, 0, 0),
        (_LOAD_BEHIND, 0, 0, 2),
        (_EQUALS, 1, 0, NAMES),
        (_RETURN, 0, 0, 0),
        (_RETURN, 0, 0, 0xFFFF),
    ),
    0x86DD: (  # IPv6: to anywhere but ::1
        (_LOAD_WORD, 0, 0, 24),
        (_EQUALS, 0, 7, 0),
        (_LOAD_WORD, 0, 0, 28),
        (_EQUALS, 0, 5, 0),
        (_LOAD_WORD, 0, 0, 32),
        (_EQUALS, 0, 3, 0),
        (_LOAD_WORD, 0, 0, 36),
        (_EQUALS, 0, 1, 1),
        (_RETURN, 0, 0, 0),
        (_RETURN, 0, 0, 0xFFFF),
    ),
}

#: Some ask a resolver where this machine itself is, when its hosts file says it for IPv4 alone.
OURSELVES = " (localhost)"


class Counting:
    """Counts what is sent elsewhere, by address, from now on."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        for kind, steps in FILTERS.items():
            line = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
            asked = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program))
            line.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, asked)
            line.bind(("lo", kind))
            Thread(target=self._count, args=(line, kind), daemon=True).start()

    def _count(self, line: socket.socket, kind: int) -> None:
        while True:
            packet = line.recv(512)
            if kind == 0x0800 and not _is_no_way(packet) and (asked := _asked(packet)) != OURSELVES:
                self.found[socket.inet_ntop(socket.AF_INET, packet[16:20]) + asked] += 1
            elif kind != 0x0800:
                self.found[socket.inet_ntop(socket.AF_INET6, packet[24:40])] += 1


def _is_no_way(packet: bytes) -> bool:
    """Return whether an IPv4 packet is the kernel's own answer that nobody is there."""
    return packet[9] == socket.IPPROTO_ICMP and packet[(packet[0] & 15) * 4] == _NO_WAY


def _asked(packet: bytes) -> str:
    """Return which name an IPv4 packet asks a resolver for, in brackets; "" when it asks for none."""
    behind = packet[(packet[0] & 15) * 4 :]
    if packet[9] != socket.IPPROTO_UDP or behind[2:4] != NAMES.to_bytes(2, "big"):
        return ""
    rest, labels = behind[20:], []  # behind the headers of UDP and of the question
    while rest and 0 < rest[0] < len(rest):
        labels.append(rest[1 : rest[0] + 1].decode("ascii", "replace"))
        rest = rest[rest[0] + 1 :]
    return f" ({'.'.join(labels)})"


def plant() -> None:
    """Want to go elsewhere in three ways."""
    for family, address in ELSEWHERE:
        with suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as line:
            line.connect((address, 443))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(bytes(12) + b"\x05where\x07example\x00", ("127.0.0.53", NAMES))


def main() -> int:
    """Run the command; return its status, or 1 when anything was sent elsewhere."""
    if set(_interfaces()) != {"lo"}:
        sys.stderr.write("Run this with `unshare -n`: there is more here than this machine alone.\n")
        return 2
    for command in EVERYWHERE:
        subprocess.run(command.split(), check=True)
    counting = Counting()
    plant()
    time.sleep(1)
    ours = counting.found.copy()
    wanted = {*(address for _, address in ELSEWHERE), "127.0.0.53 (where.example)"}
    if not wanted <= ours.keys():
        sys.stderr.write(f"Counted {dict(ours)} of {wanted}, so no count means anything.\n")
        return 2
    done = subprocess.run(sys.argv[1:], check=False).returncode
    time.sleep(1)
    left = counting.found - ours
    sys.stdout.write(
        f"\nWithout a network: {left.total()} packets for elsewhere {dict(left) or ''} (ours, before: {dict(ours)})\n"
    )
    return done or (1 if left else 0)


def _interfaces() -> list[str]:
    return [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]]


if __name__ == "__main__":
    sys.exit(main())
