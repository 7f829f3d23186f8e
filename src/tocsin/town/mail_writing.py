"""Mail that people write: composed as a mail program does, delivered as a mail server does, with more tries while it is refused for now."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from tocsin.town.faults import Faults
from tocsin.town.ids import Now
from tocsin.town.wire import NO_ANSWER, Answer

Attached = tuple[str, str, bytes | str]
"""Name, type (`text/plain`) and content."""
PATIENCE = 30.0
"""Seconds that a sender waits for each answer."""


@dataclass(slots=True)
class Written:
    """A mail that somebody wrote, and the last that was answered. `answer` None is still on its way."""

    sender: str
    recipients: list[str]
    subject: str
    at: datetime
    tries: int = 0
    answer: Answer | None = None


class MailWriter:
    """Everybody's mail program and the one server behind them all."""

    def __init__(self, now: Now, faults: Faults) -> None:
        self._now = now
        self._faults = faults
        self.host = ""
        self.port = 0
        self.address = ""
        self.patience = PATIENCE
        self.retry_waits: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0)
        """Seconds before each further try. A real server waits minutes, and gives up after days."""
        self.written: list[Written] = []

    def composed(
        self,
        sender: str,
        recipients: list[str],
        subject: str,
        text: str,
        headers: Mapping[str, str],
        attachments: Sequence[Attached],
    ) -> bytes:
        message = EmailMessage()
        message["From"] = sender or "MAILER-DAEMON@town.example"
        message["To"] = ", ".join(recipients)
        message["Subject"] = subject
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = f"<{uuid.uuid4()}@town.example>"
        for name, value in headers.items():
            del message[name]
            message[name] = value
        message.set_content(text)
        for name, kind, content in attachments:
            data = content.encode() if isinstance(content, str) else content
            main, _, sub = kind.partition("/")
            message.add_attachment(data, maintype=main, subtype=sub, filename=name)
        return message.as_bytes(policy=SMTP)

    async def deliver(self, sender: str, recipients: list[str], subject: str, message: bytes) -> Answer:
        """Try until it is taken, refused for good, or all waits are over. A duplicate comes of an answer that got lost
        on the way back: the sender cannot know that it was taken, and sends it once more."""
        if not self.host:
            raise ValueError("Nobody takes mail yet; say where with point_at(host, port)")
        written = Written(sender, recipients, subject, self._now())
        self.written.append(written)
        answer = await self._try(written, message)
        for wait in self.retry_waits:
            if not _is_for_now(answer):
                break
            await asyncio.sleep(wait)
            answer = await self._try(written, message)
        if answer.ok and self._faults.take("mail", recipients, ["duplicate_event"]) is not None:
            answer = await self._try(written, message)
        written.answer = answer
        return answer

    async def _try(self, written: Written, message: bytes) -> Answer:
        written.tries += 1
        client = aiosmtplib.SMTP(
            hostname=self.host, port=self.port, timeout=self.patience, start_tls=False, use_tls=False
        )
        try:
            async with client:
                _, said = await client.sendmail(written.sender, written.recipients, message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            worst = max(refused.recipients, key=lambda one: one.code)
            return Answer(worst.code, worst.message)
        except aiosmtplib.SMTPResponseException as refused:
            return Answer(refused.code, refused.message)
        except (aiosmtplib.SMTPException, OSError) as why:
            return Answer(NO_ANSWER, str(why))
        return Answer(250, said)


def _is_for_now(answer: Answer) -> bool:
    return answer.status == NO_ANSWER or 400 <= answer.status < 500
