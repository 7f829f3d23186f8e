"""People's mail: what they write reaches the app over SMTP, and what they get is shown, invitations too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import httpx2
import pytest
from aiosmtpd.smtp import SMTP

from tocsin.town import Town
from tocsin.town.calendar import invitations
from town.conftest import Until

INVITATION = """BEGIN:VCALENDAR\r
VERSION:2.0\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:retro-7@acme.example\r
SEQUENCE:1\r
SUMMARY:Retrospective of INC-7\\, sign-in down\r
DTSTART;TZID=Europe/Amsterdam:20261202T100000\r
DTEND:20261202T100000Z\r
LOCATION:https://meet.example/retro\r
DESCRIPTION:Read the timeline first.\\nThen write what surprised\r
  you.\r
ORGANIZER;CN="Lee, Alice":mailto:alice@acme.example\r
ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:MAILTO:bob@acme.example\r
ATTENDEE:mailto:carol@acme.example\r
BEGIN:VALARM\r
TRIGGER:-P1D\r
DESCRIPTION:not the event's\r
END:VALARM\r
BEGIN:VALARM\r
TRIGGER:-PT24H\r
END:VALARM\r
BEGIN:VALARM\r
TRIGGER:PT0S\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
"""


class Postbox:
    """The app's door for mail, as far as these tests need one."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.senders: list[str] = []
        self.raw: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 2.0.0 taken"
        if answer.startswith("250"):
            self.senders.append(envelope.mail_from)
            self.raw.append(envelope.content)
        return answer

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw]


@pytest.fixture
async def postbox(town: Town) -> AsyncIterator[Postbox]:
    box = Postbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="app.example"), "127.0.0.1", 0)
    town.mail.retry_waits = (0.0, 0.0)
    town.mail.point_at("127.0.0.1", server.sockets[0].getsockname()[1], "incidents@acme.example")
    yield box
    server.close()


async def write(town: Town, **more: Any) -> Any:
    return await town.mail.write(
        "jane@customer.example", "incidents@acme.example", "Straße broken", "since noon", **more
    )


async def test_a_written_mail_arrives_with_all_that_a_mail_has(town: Town, postbox: Postbox) -> None:
    answer = await write(town, headers={"In-Reply-To": "<1@acme.example>", "From": "Jane <jane@x.example>"})

    mail = postbox.mails[0]
    assert (answer.status, answer.ok) == (250, True)
    assert (mail["Subject"], mail["From"], mail["To"]) == (
        "Straße broken",
        "Jane <jane@x.example>",
        "incidents@acme.example",
    )
    assert mail["In-Reply-To"] == "<1@acme.example>"
    assert mail["Message-ID"].endswith("@town.example>")
    assert mail["Date"].startswith("Wed, 25 Nov 2026 12:00")
    assert mail.get_content().strip() == "since noon"
    assert postbox.senders == ["jane@customer.example"]


async def test_a_written_mail_can_have_attachments(town: Town, postbox: Postbox) -> None:
    files = [("log.txt", "text/plain", "error"), ("shot.png", "image/png", b"\x89PNG")]

    await write(town, attachments=files)

    parts = list(postbox.mails[0].iter_attachments())
    assert [(p.get_filename(), p.get_content_type()) for p in parts] == [
        ("log.txt", "text/plain"),
        ("shot.png", "image/png"),
    ]
    assert parts[1].get_content() == b"\x89PNG"


async def test_raw_bytes_are_sent_as_they_are(town: Town, postbox: Postbox) -> None:
    broken = b"Subject: x\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\xff\r\n"

    await write(town, raw=broken)

    assert postbox.raw == [broken]


async def test_a_machine_writes_without_a_sender(town: Town, postbox: Postbox) -> None:
    await town.mail.write("", "incidents@acme.example", "Undelivered", "sorry")

    assert postbox.senders == ["<>"]


async def test_a_mail_refused_for_now_is_tried_again(town: Town, postbox: Postbox) -> None:
    postbox.answers = ["451 4.3.2 later"]

    answer = await write(town)

    assert answer.status == 250
    assert (len(postbox.mails), town.mail.written[0].tries) == (1, 2)


@pytest.mark.parametrize(
    ("answers", "status", "body", "tries"),
    [
        pytest.param(["552 5.3.4 too big"], 552, "5.3.4 too big", 1, id="for good, and not tried again"),
        pytest.param(["451 4.3.2 later"] * 3, 451, "4.3.2 later", 3, id="for now, until all tries are over"),
    ],
)
async def test_a_mail_that_is_not_taken_says_why(
    town: Town, postbox: Postbox, answers: list[str], status: int, body: str, tries: int
) -> None:
    postbox.answers = answers

    answer = await write(town)

    assert (answer.status, answer.body, town.mail.written[0].tries) == (status, body, tries)
    assert postbox.mails == []


async def test_a_mail_is_tried_again_while_nobody_is_there(town: Town) -> None:
    town.mail.retry_waits = (0.0,)
    town.mail.point_at("127.0.0.1", 1)

    answer = await write(town)

    assert (answer.status, town.mail.written[0].tries) == (0, 2)


async def test_a_recipient_who_is_refused_is_named_by_the_answer(town: Town) -> None:
    town.mail.point_at("127.0.0.1", town.smtp_port)
    town.faults.add("mail", "incidents@*", "550")

    answer = await write(town)

    assert (answer.status, answer.body) == (550, "5.1.1 No such mailbox here")


async def test_a_mail_can_be_made_to_come_twice(town: Town, postbox: Postbox) -> None:
    town.faults.add("mail", "incidents@*", "duplicate_event")

    await write(town)

    first, second = (mail["Message-ID"] for mail in postbox.mails)
    assert first == second


async def test_nobody_can_write_before_it_is_said_where_to(town: Town) -> None:
    with pytest.raises(ValueError, match="point_at"):
        await write(town)


async def test_a_mail_is_written_on_the_page(
    town: Town, postbox: Postbox, web: httpx2.AsyncClient, until: Until
) -> None:
    form = {"sender": "jane@x.example", "to": "incidents@acme.example", "subject": "Broken <b>", "text": "x"}
    await web.post("/mail", data=form)
    await until(lambda: postbox.mails)
    await town.settled()

    page = (await web.get("/mail")).text
    assert 'value="incidents@acme.example"' in page
    assert "Broken &lt;b&gt;" in page
    assert "250 2.0.0 taken" in page


def invitation() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "tocsin@acme.example", "bob@acme.example", "Retrospective"
    mail.set_content("You are invited.")
    mail.add_alternative("<p>You are invited.</p>", subtype="html")
    mail.add_alternative(INVITATION, subtype="calendar", params={"method": "REQUEST"})
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="retro.pdf")
    return mail


async def test_an_invitation_is_kept_and_legible(town: Town, web: httpx2.AsyncClient) -> None:
    await aiosmtplib.send(invitation(), hostname="127.0.0.1", port=town.smtp_port, start_tls=False)

    page = (await web.get("/mail")).text
    [mail] = town.as_json()["mail"]
    assert mail["text"].strip() == "You are invited."
    assert [(one["name"], one["type"]) for one in mail["attachments"]] == [
        ("", "text/calendar"),
        ("retro.pdf", "application/pdf"),
    ]
    assert "SUMMARY:Retrospective of INC-7" in mail["attachments"][0]["text"]
    assert mail["attachments"][1]["text"] is None
    assert "<h3>Retrospective of INC-7, sign-in down</h3>" in page
    assert "Wed 2 Dec 2026, 10:00 Europe/Amsterdam – Wed 2 Dec 2026, 10:00 UTC" in page
    assert "Attached: retro.pdf (application/pdf)" in page


def test_an_invitation_is_read() -> None:
    [found] = invitations(INVITATION)

    assert found.what == "Invitation"
    assert found.description == "Read the timeline first.\nThen write what surprised you."
    assert found.organizer == "Lee, Alice <alice@acme.example>"
    assert found.attendees == ["Bob <bob@acme.example> (accepted)", "carol@acme.example"]
    assert found.reminders == ["1 day before", "24 hours before", "PT0S"]
    assert (found.uid, found.sequence) == ("retro-7@acme.example", "1")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("END:VEVENT\nMETHOD\n:::\n;", [], id="what is no calendar"),
        pytest.param("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261202", [("Event", "Wed 2 Dec 2026")], id="a day"),
        pytest.param("BEGIN:VEVENT\nDTSTART:soon", [("Event", "soon")], id="no date"),
        pytest.param("BEGIN:VEVENT\nSTATUS:CANCELLED\nDTSTART:20261202T090000", [("Cancelled", "Wed 2 Dec 2026, 09:00 local time")], id="cancelled"),
    ],
)  # fmt: skip
def test_whatever_comes_as_a_calendar_can_be_shown(text: str, read: list[tuple[str, str]]) -> None:
    assert [(one.what, one.starts) for one in invitations(text)] == read
