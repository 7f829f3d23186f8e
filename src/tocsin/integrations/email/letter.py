"""Builds a message: plain text, the same as simple HTML with at most one button, and the headers that keep a thread together."""

from __future__ import annotations

import hashlib
import hmac
import html
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from string import Template

from tocsin.core.words import BOLD, shortened, without_marks
from tocsin.core.work import Signer

LONGEST_SUBJECT = 150
OURS = re.compile(r"<((?:r|d|inc-)\d{1,17})\.([0-9a-f]{24})\.([0-9a-f]{40})@[^<>\s]+>", re.IGNORECASE)
LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; padding: 20px; background: #ffffff; color: #1c1c1e; font: 17px/1.5 system-ui, sans-serif; }
main { max-width: 36em; margin: 0 auto; }
blockquote { margin: 0; padding-left: 12px; border-left: 3px solid #8e8e93; }
a { color: #0b57d0; overflow-wrap: anywhere; }
a.button { display: block; margin: 24px 0; padding: 18px; border-radius: 10px; background: #b42318; color: #ffffff;
  font-size: 20px; font-weight: bold; text-align: center; text-decoration: none; }
@media (prefers-color-scheme: dark) { body { background: #1c1c1e; color: #f2f2f7; } a { color: #8ab4f8; }
  a.button { background: #d92d20; color: #ffffff; } }
</style></head><body><main>
$body
</main></body></html>
""")


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """An iCalendar object that a letter carries, and its method: REQUEST or CANCEL."""

    method: str
    calendar: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent. `text` has neutral marks: `*bold*`, and `>` at a line's start; `thread` is the same for what belongs together."""

    to: str
    subject: str
    text: str
    id: str
    thread: str
    sent_at: datetime
    button: Button | None = None
    is_urgent: bool = False
    invitation: Invitation | None = None


def message_from(letter: Letter, sender: Address) -> EmailMessage:
    """The message as it goes over the wire. Nothing in a title or a text can become a header."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = shortened(one_line(letter.subject), LONGEST_SUBJECT)
    message["Date"] = format_datetime(letter.sent_at)
    message["Message-ID"] = letter.id
    message["In-Reply-To"] = letter.thread
    message["References"] = letter.thread
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["X-Tocsin"] = "sent by Tocsin"
    if letter.is_urgent:
        message["Importance"] = "high"
        message["X-Priority"] = "1"
    message.set_content(_plain(letter))
    message.add_alternative(_html(letter), subtype="html")
    if letter.invitation:
        _add_invitation(message, letter.invitation)
    return message


def message_id(about: str, seed: str, sign: Signer, domain: str) -> str:
    """The same for the same seed: mail programs show a message that came twice only once.

    `about` is the incident (INC-7), a message about alerts (D12) or, towards reporters, their report (R3): a reply tells by it where it
    belongs. It is signed, so that only who got a mail of ours can answer one.
    """
    kept = hashlib.sha256(seed.encode()).hexdigest()[:24]
    return f"<{about.lower()}.{kept}.{sign(about.upper(), f'mail {kept}')}@{domain}>"


def about_of(id: str, sign: Signer) -> str:
    """The incident, report or message about alerts that a mail of ours with this id is about; "" where it is none of ours."""
    found = OURS.fullmatch(id)
    if not found:
        return ""
    about, kept, signature = found[1].upper(), found[2].lower(), found[3].lower()
    return about if hmac.compare_digest(sign(about, f"mail {kept}"), signature) else ""


def one_line(text: str) -> str:
    """Without line breaks and other control signs."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _add_invitation(message: EmailMessage, invitation: Invitation) -> None:
    """Once as an alternative, which calendar programs look for, last as the best; once as a file, for those that show no such part."""
    calendar = invitation.calendar.decode()
    message.add_alternative(calendar, subtype="calendar", params={"method": invitation.method})
    message.add_attachment(invitation.calendar, maintype="application", subtype="ics", filename="invite.ics")


def _plain(letter: Letter) -> str:
    text = without_marks(letter.text)
    return f"{text}\n\n{letter.button.label}:\n{letter.button.url}\n" if letter.button else f"{text}\n"


def _html(letter: Letter) -> str:
    lines = [_html_line(line) for line in letter.text.splitlines()]
    if letter.button:
        url, label = html.escape(letter.button.url), html.escape(letter.button.label)
        lines.append(f'<p><a class="button" href="{url}">{label}</a></p>')
    return PAGE.substitute(title=html.escape(one_line(letter.subject)), body="\n".join(lines))


def _html_line(line: str) -> str:
    if line.startswith("> "):
        return f"<blockquote>{_html_words(line[2:])}</blockquote>"
    return f"<p>{_html_words(line)}</p>" if line.strip() else ""


def _html_words(line: str) -> str:
    """Links are cut out before anything is escaped, so that no sign of theirs is read as a mark."""
    parts: list[str] = []
    end = 0
    for match in LINK.finditer(line):
        parts.append(_html_marks(line[end : match.start()]))
        url = html.escape(match[0])
        parts.append(f'<a href="{url}">{url}</a>')
        end = match.end()
    return "".join([*parts, _html_marks(line[end:])])


def _html_marks(text: str) -> str:
    return BOLD.sub(r"<strong>\1</strong>", html.escape(text))
