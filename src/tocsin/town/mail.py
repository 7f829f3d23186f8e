"""A mail server that keeps what it gets. It refuses, or loses, what it has been told to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tocsin.town.faults import Faults
from tocsin.town.ids import Now

LINK = re.compile(r"https?://[^\s<>\"')\]]+")


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
        self.messages: list[Mail] = []

    def require_login(self, username: str, password: str) -> None:
        """From the next connection on, only senders with this login are served."""
        self._login = (username, password)

    def to(self, address: str) -> list[Mail]:
        """All messages to one address, oldest first."""
        return [mail for mail in self.messages if address.lower() in [r.lower() for r in mail.recipients]]

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
        raw=raw,
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content())
