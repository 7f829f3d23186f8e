"""A mail server that keeps what it gets, and people who write. It refuses, or loses, what it has been told to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tocsin.town.calendar import Invitation, invitations
from tocsin.town.faults import Faults
from tocsin.town.ids import Now
from tocsin.town.mail_writing import Attached, MailWriter, Written
from tocsin.town.wire import Answer

LINK = re.compile(r"https?://[^\s<>\"')\]]+")
CALENDAR = ("text/calendar", "application/ics")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of a message that is not its words; `text` is kept of calendars only."""

    name: str
    type: str
    text: str | None

    @property
    def invitations(self) -> list[Invitation]:
        return invitations(self.text) if self.text is not None else []


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it arrived. `recipients` are those of the envelope."""

    sender: str
    recipients: list[str]
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    at: datetime
    attachments: list[Attachment] = field(default_factory=list)
    raw: bytes = field(repr=False, default=b"")

    @property
    def links(self) -> list[str]:
        """Every link of the text, else of the HTML, each once and in order."""
        found = LINK.findall(self.text or self.html)
        return list(dict.fromkeys(link.rstrip(".,;") for link in found))


class MailServer:
    """The mailboxes of the town."""

    def __init__(self, now: Now, faults: Faults) -> None:
        self._now = now
        self._faults = faults
        self._login: tuple[str, str] | None = None
        self._writer = MailWriter(now, faults)
        self.messages: list[Mail] = []

    def require_login(self, username: str, password: str) -> None:
        """From the next connection on, only senders with this login are served."""
        self._login = (username, password)

    def to(self, address: str) -> list[Mail]:
        """All messages to one address, oldest first."""
        return [mail for mail in self.messages if address.lower() in [r.lower() for r in mail.recipients]]

    # People write

    def point_at(self, host: str, port: int, address: str = "") -> None:
        """Where the app takes mail; `address` is what the page offers to write to."""
        self._writer.host, self._writer.port, self._writer.address = host, port, address

    @property
    def can_write(self) -> bool:
        return bool(self._writer.host)

    @property
    def address(self) -> str:
        return self._writer.address

    @property
    def written(self) -> list[Written]:
        """All that people wrote, oldest first, and what became of it."""
        return self._writer.written

    @property
    def retry_waits(self) -> tuple[float, ...]:
        """Seconds before each further try of a mail that was refused for now."""
        return self._writer.retry_waits

    @retry_waits.setter
    def retry_waits(self, waits: tuple[float, ...]) -> None:
        self._writer.retry_waits = waits

    async def write(
        self,
        sender: str,
        to: str | list[str],
        subject: str = "",
        text: str = "",
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        attachments: Sequence[Attached] = (),
    ) -> Answer:
        """Deliver a mail over SMTP and give the last answer: 250 if it was taken, 0 if nobody was there.

        `raw` is sent as it is in place of all the rest. `headers` replace those of the same name. An attachment is
        (name, type, content). An empty `sender` is how machines write: `MAIL FROM:<>`.
        """
        recipients = [to] if isinstance(to, str) else to
        message = raw
        if message is None:
            message = self._writer.composed(sender, recipients, subject, text, headers or {}, attachments)
        return await self._writer.deliver(sender, recipients, subject, message)

    # The wire

    def protocol(self) -> Any:
        """One connection's protocol, for `loop.create_server`."""
        return SMTP(
            self,
            hostname="mail.town.example",
            authenticator=self._authenticate if self._login else None,
            auth_required=self._login is not None,
            auth_require_tls=False,
            enable_SMTPUTF8=True,
        )

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        if not isinstance(data, LoginPassword) or self._login is None:
            return AuthResult(success=False, handled=False)
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login, handled=False)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        fault = self._faults.take("mail", [address], ["451", "550"])
        if fault is not None and fault.kind == "451":
            return "451 4.3.2 The system is not accepting messages now; try again later"
        if fault is not None:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        fault = self._faults.take("mail", envelope.rcpt_tos, ["drop", "lost_answer"])
        if fault is None or fault.kind == "lost_answer":
            self.messages.append(_parsed(envelope, self._now()))
        if fault is not None and fault.kind == "lost_answer":
            server.transport.abort()
        return f"250 2.0.0 OK: queued as {len(self.messages):06d}"


def _parsed(envelope: Any, at: datetime) -> Mail:
    raw: bytes = envelope.content
    message = message_from_bytes(raw, policy=policy.default)
    return Mail(
        sender=envelope.mail_from or "",
        recipients=list(envelope.rcpt_tos),
        subject=str(message.get("Subject", "")),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        headers={name: str(value) for name, value in message.items()},
        at=at,
        attachments=_attachments(message),
        raw=raw,
    )


def _attachments(message: EmailMessage) -> list[Attachment]:
    """Every part that is not the words. An invitation stands among the alternatives of the words, or beside them, or both."""
    words = [message.get_body(preferencelist=(kind,)) for kind in ("plain", "html")]
    parts = [part for part in message.walk() if not part.is_multipart() and part not in words]
    return [_attachment(part) for part in parts]


def _attachment(part: EmailMessage) -> Attachment:
    kind = part.get_content_type()
    content: Any = part.get_content() if kind in CALENDAR else None
    text = content.decode("utf-8", errors="replace") if isinstance(content, bytes) else content
    return Attachment(part.get_filename() or "", kind, text)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content())
