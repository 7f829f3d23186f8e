"""Hands one message to the mail server, and turns whatever it says into an outcome."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

import aiosmtplib

from tocsin.core.words import shortened
from tocsin.core.work import Later, Refused

PATIENCE = timedelta(seconds=15)
LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server; `tls` is starttls, tls or none."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)
    patience: timedelta = PATIENCE
    """How long one message may take, from the first connection to the last word."""


async def send(message: EmailMessage, sender: str, to: str, server: Server) -> Later | Refused | None:
    """Send to one address. None where the server took it; a broken connection may mean that it did so unseen."""
    seconds = server.patience.total_seconds()
    try:
        async with asyncio.timeout(seconds):
            await aiosmtplib.send(
                message,
                sender=sender,
                recipients=[to],
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.tls == "tls",
                start_tls=server.tls == "starttls",
                timeout=seconds,
            )
    except aiosmtplib.SMTPRecipientsRefused as why:
        return _said(why.recipients[0].code, why.recipients[0].message)
    except aiosmtplib.SMTPAuthenticationError as why:
        if why.code < 500:
            return _said(why.code, why.message)
        return Refused(f"The mail server does not take TOCSIN_SMTP_USER and its password ({why.code})")
    except aiosmtplib.SMTPResponseException as why:
        return _said(why.code, why.message)
    except (TimeoutError, aiosmtplib.SMTPTimeoutError):
        return Later(f"The mail server did not answer within {seconds:g} s")
    except aiosmtplib.SMTPServerDisconnected:
        return Later("The mail server broke off before its answer was whole")
    except (aiosmtplib.SMTPConnectError, OSError) as why:
        return Later(f"The mail server {server.host}:{server.port} can't be reached: {_one_line(str(why))}")
    except (aiosmtplib.SMTPException, ValueError) as why:
        return Refused(f"The mail server can't take it: {_one_line(str(why))}; see TOCSIN_SMTP_TLS")
    return None


def _said(code: int, words: str) -> Later | Refused:
    """RFC 5321 4.2.1: what begins with 4 may go through later, what begins with 5 will not."""
    if code >= 500:
        return Refused(f"The mail server refused it ({code}): {_one_line(words)}")
    return Later(f"The mail server can't take it now ({code}): {_one_line(words)}")


def _one_line(words: str) -> str:
    return shortened(" ".join(words.split()), LONGEST_WORDS)
