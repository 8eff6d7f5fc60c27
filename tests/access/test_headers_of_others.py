"""G2: no line end that somebody types makes a header, a recipient or a line of a calendar of their own.

A thousand strings: payload x line end (plain, encoded, from Unicode) x what stands before, in each field that reaches
a header. Where the string has a plain line end Django refuses to write the header at all; that counts as well.
"""

from __future__ import annotations

import email
import email.policy
from email.errors import MessageError
from email.message import Message as Parsed
from itertools import product
from typing import Any
from urllib.parse import quote, urlsplit

from django.core import mail
from django.http import BadHeaderError, HttpResponse
from django.test import Client, override_settings
from django.urls import reverse
from icalendar import Calendar

from cases.calendar_files import calendar_file
from escalation.trail import checkpoints
from notifications import delivery
from notifications.beside import files_of
from notifications.carriers import Letter, MailServer
from notifications.models import WHOLE, Message
from tests.cast import TUESDAY, Cast, opened
from tests.meetings.room import Room

LINE_ENDS = (
    "\r\n", "\n", "\r", "\n\n", "\r\n ", "%0d%0a", "%0a", "%0D", "%250d%250a", "\\r\\n", "=0D=0A",
    "=?utf-8?q?=0D=0A?=", "&#13;&#10;", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\u560a\u560d", "\x00\r\n",
)  # fmt: skip
PAYLOADS = (
    "Bcc: spy@evil.example", "To: spy@evil.example", "Cc: spy@evil.example", "Subject: other",
    "Reply-To: spy@evil.example", "Content-Type: text/html", "Set-Cookie: session=theirs",
    "Location: https://evil.example/", "X-Theirs: yes", "ATTENDEE:mailto:spy@evil.example",
)  # fmt: skip
BEFORE = ("", "nadia@example.org", "Nadia Reid", "/inbox/", "minutes.pdf; x=")
STRINGS = tuple(before + end + said for before, end, said in product(BEFORE, LINE_ENDS, PAYLOADS))
US = "us@example.org"
#: What a mail of ours carries, and no more.
OURS = {
    "content-type", "content-transfer-encoding", "mime-version", "subject", "from", "to", "date", "message-id",
    "auto-submitted",
}  # fmt: skip


def parsed(sent: Any) -> Parsed:
    return email.message_from_bytes(sent.message().as_bytes(linesep="\r\n"), policy=email.policy.default)


def wrong_in_mail(letter: Letter, sender: str = US) -> str:
    """Return what a mail carries that it should not; "" when it was refused or is as it should be."""
    mail.outbox = []
    try:
        with override_settings(DEFAULT_FROM_EMAIL=sender):
            MailServer().carry(letter)
    except (ValueError, MessageError):  # BadHeaderError is one of the former
        return "sent all the same" if mail.outbox else ""
    [sent] = mail.outbox
    try:
        read = parsed(sent)  # as a server of mail is given it
    except MessageError:
        return ""
    names = [name.lower() for name in read.keys()]  # noqa: SIM118 (a mail has a header as often as it has it)
    if extra := {*names} - OURS:
        return f"headers {extra}"
    if len(names) != len(set(names)):
        return "a header twice"
    if sent.recipients() != [letter.to]:
        return f"goes to {sent.recipients()}"
    return "" if read["message-id"] == letter.key else "another Message-ID"


def test_the_strings_would_do_it() -> None:
    """The twin: without a guard, those with a plain line end do make a header."""
    made = 0
    for text in STRINGS:
        read = email.message_from_string(f"From: us@example.org\nSubject: {text}\n\nwords")
        made += len(read.keys()) > 2 or read.get_payload() != "words"
    assert made >= 250
    assert len(set(STRINGS)) == len(STRINGS) == 1000


def test_no_mail_has_a_header_or_a_recipient_of_theirs(settings: Any, cast: Cast) -> None:
    """Subject, recipient, sender and Message-ID, straight into the carrier: 4 x 1,000 mails; and the witness's."""
    settings.SEND_MAIL, settings.DEMO_MODE = True, False
    wrong, tried = [], 0
    point = checkpoints.take(TUESDAY)
    for text in STRINGS:
        for letter, sender in (
            (Letter("nadia@example.org", text, "words", "<1@example.org>"), US),
            (Letter(text, "Escalation", "words", "<1@example.org>"), US),
            (Letter("nadia@example.org", "Escalation", text, "<1@example.org>"), US),
            (Letter("nadia@example.org", "Escalation", "words", "<1@example.org>"), text),
        ):
            tried += 1
            # A recipient that is no address goes nowhere: it is one recipient, whatever it says.
            if found := wrong_in_mail(letter, sender):
                wrong.append((text, found))
    assert wrong == []
    assert tried == 4 * len(STRINGS)
    assert point.n == 1


def test_what_people_type_reaches_no_header_of_a_mail(settings: Any, cast: Cast) -> None:
    """Names of people, agencies and places, as the database would hold them: the mails of a case and of a meeting."""
    settings.SEND_MAIL, settings.DEMO_MODE = True, False
    case = opened(cast)
    rethink = Room.of(cast).arranged()
    rows = list(Message.objects.select_related(*WHOLE))
    rows = [*{row.kind: row for row in rows}.values()]
    assert any(files_of(row, TUESDAY) for row in rows)
    assert any(row.case == case for row in rows)
    wrong, tried, lines = [], 0, 0
    for text in STRINGS:
        row = rows[tried % len(rows)]
        row.partnership.name = text
        if row.recipient is not None:
            row.recipient.full_name = text
        if row.invitation is not None:
            gathering = row.invitation.gathering
            gathering.place = gathering.link = text
        written = delivery.compose(row)
        letter = Letter("nadia@example.org", written.subject, written.body, delivery.message_id(row))
        if found := wrong_in_mail(letter):
            wrong.append((text, found))
        for part in files_of(row, TUESDAY) if row.invitation is not None else []:
            read = email.message_from_bytes(part.as_bytes())
            if {n.lower() for n in read.keys()} - OURS - {"content-disposition"}:  # noqa: SIM118
                wrong.append((text, "a header of the file"))
        rethink.place = rethink.link = text
        calendar = calendar_file(rethink, at=TUESDAY, host="localhost", organiser="us@example.org")
        [event] = Calendar.from_ical(calendar).walk("VEVENT")
        lines += 1
        if names := set(event) - {*CALENDAR}:
            wrong.append((text, f"lines {names} in the calendar"))
        tried += 1
    assert wrong == []
    assert (tried, lines) == (1000, 1000)


CALENDAR = (
    "UID", "SEQUENCE", "DTSTAMP", "SUMMARY", "DTSTART", "DTEND", "DESCRIPTION", "CLASS", "STATUS", "ORGANIZER",
    "LOCATION", "URL",
)  # fmt: skip


def test_no_answer_has_a_header_of_theirs(cast: Cast, client: Client) -> None:
    """Where one is led to after signing in or confirming, what is looked for, and the name of a file to be saved."""
    client.force_login(cast.nurse)
    plain = client.get(reverse("sign_in"), {"next": "/inbox/"})
    usual = {name.lower() for name in plain.headers}
    wrong, tried = [], 0

    def look(answer: HttpResponse, text: str, allowed: set[str]) -> None:
        raw = answer.serialize_headers()
        if {name.lower() for name in answer.headers} - allowed or raw.count(b"\r\n") != len(
            answer.headers
        ) - 1:
            wrong.append((text, dict(answer.headers)))
        if urlsplit(answer.headers.get("Location", "")).netloc or "theirs" in str(answer.cookies):
            wrong.append((text, "leads away"))

    for number, text in enumerate(STRINGS):
        sent = quote(text) if number % 2 else quote(quote(text))
        look(client.get(f"{reverse('sign_in')}?next={sent}"), text, usual)
        if number % 5 == 0:
            look(client.post(reverse("find_case"), {"words": text[:60], "sort": text}), text, usual)
            tried += 1
        tried += 1
        named = HttpResponse()
        try:
            named["Content-Disposition"] = f'attachment; filename="{text}"'
        except BadHeaderError:
            assert "\r" in text or "\n" in text
        else:
            look(named, text, {"content-type", "content-disposition"})
        tried += 1
    assert wrong == []
    assert tried == 2 * len(STRINGS) + len(STRINGS) // 5
