"""Reads a mail as it came in, whatever is wrong with it: who wrote, what they say, what it answers, and why it must not be answered.

The old policy of the standard library is used on purpose: it splits headers without judging them, while the new one raises on some
that are broken and takes very long for some that are huge.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from typing import Final

import structlog

from tocsin.core.words import shortened
from tocsin.integrations.email.html_text import plain_from_html
from tocsin.integrations.email.letter import one_line
from tocsin.integrations.email.mail_text import without_quotes, without_signature

LONGEST_HEADER: Final = 20_000
LONGEST_BODY: Final = 1_000_000
LONGEST_WORDS: Final = 200_000
"""Bytes of one part (and of all HTML), and characters of all, that are looked at; a report keeps half of that."""
MOST_PARTS: Final = 200
MOST_BOUNDARIES: Final = 200
"""Parts within parts: the parser looks at each line once for each of them."""
MOST_NAMES: Final = 20
ADDRESS = re.compile(r"[^\s@,;:<>\"()\[\]]+@[^\s@,;:<>\"()\[\]]+")
MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
ANSWERS = re.compile(r"^(?:\s*(?:re|fwd?|aw|wg|sv|vs|tr|rif|res|enc)\s*(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)
REF = re.compile(r"\[(INC-\d{1,18})\]", re.IGNORECASE)
NOBODY = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon)(?:[+-].*)?", re.IGNORECASE)
UNREAD = re.compile(r"(?:no-?reply|do-?not-?reply|donotreply)(?:[+._-].*)?", re.IGNORECASE)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in plain words. `sender` is a mail address, "" where there is none that could be answered.

    `answers` are the ids that it answers, nearest first; `text` is whole, `said` without what it quotes and without the signature.
    `automatic` says by what it was found to be sent by a program, "" where it was not.
    """

    sender: str
    subject: str
    text: str
    said: str
    answers: tuple[str, ...]
    key: str
    automatic: str = ""
    attached: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return ANSWERS.sub("", self.subject)

    @property
    def ref(self) -> str:
        """The incident that the subject names, "" for none."""
        found = REF.search(self.subject)
        return found[1].upper() if found else ""

    @property
    def is_read(self) -> bool:
        """Whether an answer to the sender would be read."""
        return bool(self.sender) and not UNREAD.fullmatch(self.sender.rpartition("@")[0])


def read_mail(raw: bytes, envelope_sender: str | None, own: tuple[str, ...] = ()) -> Mail:
    """The mail of these bytes; never raises for what they are. `own` are the addresses under which we receive."""
    message = _parsed(raw)
    sender = _sender(message) or _address(envelope_sender or "")
    text, attached = _content(message)
    names = ", ".join(attached[:MOST_NAMES]) + (" …" if len(attached) > MOST_NAMES else "")
    named = f"\n\nAttached, and not kept: {names}" if attached else ""
    said = without_signature(text)
    return Mail(
        sender=sender,
        subject=one_line(_header(message, "Subject")),
        text=f"{said or text}{named}".strip(),
        said=f"{without_quotes(said) or said or text}{named}".strip(),
        answers=_answers(message),
        key=_key(message, raw, sender),
        automatic=_automatic(message, sender, envelope_sender, own),
        attached=attached,
    )


def _parsed(raw: bytes) -> Message:
    if len(re.findall(rb"(?i)boundary", raw)) <= MOST_BOUNDARIES:
        try:
            return message_from_bytes(raw)
        except Exception as why:
            # Nested too deep, or a fault of the parser's: what it says is told all the same.
            log.warning("mail_not_parsed", why=repr(why))
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = re.sub(rb"(?im)^content-(?:type|transfer-encoding)\s*:.*(?:\n[ \t].*)*\n?", b"", head + b"\n")
    return message_from_bytes(lines + b"\n" + body[:LONGEST_BODY].replace(b"\x00", b""))


def _headers(message: Message, name: str) -> Iterator[str]:
    """The values of these headers, decoded, none of them longer than anybody needs."""
    for known, raw in message.raw_items():
        if known.lower() == name.lower():
            yield _decoded(str(raw)[:LONGEST_HEADER])


def _header(message: Message, name: str) -> str:
    return next(_headers(message, name), "")


def _decoded(raw: str) -> str:
    value = raw.replace("\r", "").replace("\n", "")
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        parts = [(value, None)]
    return "".join(
        _text(part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part, charset or "utf-8")
        for part, charset in parts
    ).strip()


def _text(raw: bytes, charset: str) -> str:
    """The bytes as text: as they claim to be, else as UTF-8, else sign by sign."""
    for one in (charset, "utf-8"):
        try:
            return raw.decode(one)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def _sender(message: Message) -> str:
    for name in ("From", "Sender", "Reply-To"):
        try:
            addresses = getaddresses(list(_headers(message, name))[:5])
        except RecursionError:  # Names within names within names.
            continue
        for _, address in addresses:
            if found := _address(address):
                return found
    return ""


def _address(address: str) -> str:
    address = address.strip().strip("<>")
    fits = len(address) <= 254 and address.isprintable() and ADDRESS.fullmatch(address)
    return address if fits else ""


def _answers(message: Message) -> tuple[str, ...]:
    said = [MESSAGE_ID.findall(_header(message, name)) for name in ("In-Reply-To", "References")]
    return tuple(dict.fromkeys([*said[0], *reversed(said[1])]))


def _key(message: Message, raw: bytes, sender: str) -> str:
    """The same for the same mail, however often it comes. An id that is known to others keeps nobody else's mail out."""
    found = MESSAGE_ID.search(_header(message, "Message-ID"))
    seed = f"{found[0]}\n{sender.casefold()}".encode("utf-8", "replace") if found else raw
    return hashlib.sha256(seed).hexdigest()


def _automatic(message: Message, sender: str, envelope_sender: str | None, own: tuple[str, ...]) -> str:
    """RFC 3834, and what came before it."""
    if _header(message, "X-Tocsin"):
        return "X-Tocsin: it is one of ours"
    if not (envelope_sender or "").strip("<> "):  # aiosmtpd gives it as <>.
        return "an empty envelope sender"
    if NOBODY.fullmatch(sender.rpartition("@")[0]):
        return f"from {sender}"
    if message.get_content_type() == "multipart/report":
        return "multipart/report"
    submitted = _header(message, "Auto-Submitted").lower()
    if submitted and not submitted.startswith("no"):
        return f"Auto-Submitted: {shortened(submitted, 60)}"
    for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply"):
        if _header(message, name).lower() not in ("", "no"):
            return name
    precedence = _header(message, "Precedence").lower()
    if precedence in ("bulk", "junk", "auto_reply", "list") and not _is_own_list(message, own):
        return f"Precedence: {precedence}"
    return ""


def _is_own_list(message: Message, own: tuple[str, ...]) -> bool:
    """Whether it went through the group that is our own address, as with Google Groups."""
    found = re.search(r"<([^<>]+)>", _header(message, "List-Id"))
    return found is not None and found[1].lower() in [one.replace("@", ".") for one in own]


def _content(message: Message) -> tuple[str, tuple[str, ...]]:
    """What it says, and the names of what is attached."""
    plain: list[str] = []
    rich: list[str] = []
    attached: list[str] = []
    unread = LONGEST_BODY
    for part in _parts(message):
        try:
            name, text = one_line(part.get_filename("") or ""), ""
            if name or part.get_content_disposition() == "attachment" or not _is_words(part):
                attached.append(shortened(name, 100) or part.get_content_type())
                continue
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                text = _text(payload[:LONGEST_BODY], part.get_content_charset("utf-8"))
        except Exception as why:
            # A part that can't be read does not take the others along.
            log.warning("mail_part_not_read", why=repr(why))
            attached.append("something that can't be read")
            continue
        text = text.replace("\r\n", "\n").replace("\x00", "")
        if part.get_content_subtype() == "html":
            rich.append(plain_from_html(text[:unread]))
            unread -= min(len(text), unread)
        else:
            plain.append(text)
    words = [one.strip() for one in plain if one.strip()] or [one.strip() for one in rich if one.strip()]
    return "\n\n".join(words)[:LONGEST_WORDS], tuple(attached)


def _parts(message: Message) -> Iterator[Message]:
    """The parts that hold something, in their order; a mail within the mail is one of them."""
    stack, seen = [message], 0
    while stack and seen < MOST_PARTS:
        part = stack.pop()
        seen += 1
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            stack += [one for one in reversed(inner) if isinstance(one, Message)]
        else:
            yield part


def _is_words(part: Message) -> bool:
    # A multipart without its parts is what a broken mail is left with: its text is all there is.
    return (
        part.get_content_type() in ("text/plain", "text/html") or part.get_content_maintype() == "multipart"
    )
