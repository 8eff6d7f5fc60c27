"""A small SMTP server that keeps what it is given, or misbehaves as told. On the loopback interface only."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message as Mail


@dataclass
class Sink:
    """What arrived. `refuse`: recipients answered with this code, such as {"a@example.org": 550}. `hang`: those for
    whom it falls silent instead of taking the mail."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)
    hang: set[str] = field(default_factory=set)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    closing: threading.Event = field(default_factory=threading.Event)

    def recipients(self) -> list[str]:
        return [str(mail["To"]) for mail in self.mails]

    def wait_for(self, count: int) -> None:
        """Wait until so many mails have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.mails) >= count, timeout=30), len(self.mails)


class _Session(socketserver.StreamRequestHandler):
    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        sink: Sink = self.server.sink  # type: ignore[attr-defined]
        self.say("220 sink")
        to = ""
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
                code = sink.refuse.get(to, 250)
                self.say(f"{code} {'ok' if code == 250 else 'no'}")
            elif verb == "DATA":
                if to in sink.hang:
                    sink.closing.wait(timeout=30)
                    return
                self.say("354 go on")
                text = ""
                while (part := self.rfile.readline().decode()) not in (".\r\n", ""):
                    text += part.replace("\r\n", "\n")
                if not part:
                    return  # whoever sent it was killed in the middle: nothing was taken
                with sink.arrived:
                    sink.mails.append(message_from_string(text))
                    sink.arrived.notify_all()
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that is killed is what some tests are about."""


@contextmanager
def sink() -> Iterator[Sink]:
    """Give a running sink, and stop it afterwards."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        kept = Sink(port=server.server_address[1])
        server.sink = kept  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield kept
        finally:
            kept.closing.set()
            server.shutdown()
            thread.join()
