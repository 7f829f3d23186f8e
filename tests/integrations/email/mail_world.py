"""People who write to Tocsin, and the mail server before it, over real SMTP."""

from __future__ import annotations

import smtplib
from asyncio import to_thread
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import count

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.core import facts as f
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident

INCIDENTS = "incidents@acme.example"
JANE = "jane@customer.example"
_numbers = count(1)


def letter(
    text: str = "I can't sign in since noon.",
    subject: str = "Sign-in is broken",
    sender: str = JANE,
    **headers: str,
) -> EmailMessage:
    """A mail as a person writes it. `headers` as in_reply_to="<…>"."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, INCIDENTS, subject
    message["Message-ID"] = f"<{next(_numbers)}@customer.example>"
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


@dataclass
class Post:
    """Hands on what people write, and looks at what Tocsin makes of it."""

    port: int
    house: House

    async def send(self, mail: EmailMessage | bytes, sender: str = JANE, to: str = INCIDENTS) -> int:
        """The code that the door answers with."""
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        return await to_thread(self._send, raw, sender, to)

    async def refs(self) -> list[str]:
        """All incidents, oldest first."""
        return [row.ref for row in reversed(await looks.incidents(self.house, TOCSIN))]

    async def incident(self, ref: str = "INC-1") -> Incident:
        return (await looks.case(self.house, ref, TOCSIN)).incident

    async def notes(self, ref: str = "INC-1") -> list[str]:
        facts = (await self.incident(ref)).facts
        return [fact.what.text for fact in facts if isinstance(fact.what, f.NoteAdded)]

    def _send(self, raw: bytes, sender: str, to: str) -> int:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as smtp:
            try:
                smtp.sendmail(sender, [to], raw)
            except smtplib.SMTPRecipientsRefused as why:
                return why.recipients[to][0]
            except smtplib.SMTPResponseException as why:
                return why.smtp_code
        return 250
