"""How values show in a page: times, links, evidence, Markdown of our own. Everything from people is escaped here, or by Jinja."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from tocsin.core import texts
from tocsin.doors.web.forms import web_link

HERE = Path(__file__).parent
LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]", re.IGNORECASE)
MEDIA = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/manifest+json",
}


def environment() -> Environment:
    """The templates, with what they may call."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {"when": when, "due": due, "linked": linked, "evidence": evidence, "web_link": web_link}
    env.globals |= {"post_length": texts.post_length, "post_limit": texts.POST_LIMIT}
    return env


def asset_files() -> dict[str, tuple[bytes, str]]:
    """Our own files for browsers: name to (content, media type)."""
    return {
        path.name: (path.read_bytes(), MEDIA[path.suffix])
        for path in sorted((HERE / "static").iterdir())
        if path.suffix in MEDIA
    }


def asset_addresses(files: dict[str, tuple[bytes, str]]) -> dict[str, str]:
    """Where each file is had; the address changes with the content, so that browsers may keep them for good."""
    return {
        name: f"/static/{name}?v={hashlib.sha256(data).hexdigest()[:12]}" for name, (data, _) in files.items()
    }


def when(at: datetime | None) -> Markup:
    """A time for the viewer's own zone; without a script it reads as UTC."""
    return _time(at, '<time datetime="{}">{}</time>')


def due(at: datetime | None) -> Markup:
    """A time by which something has to be done: once it has passed, it is late."""
    return _time(at, '<time datetime="{}" data-due>{}</time>')


def _time(at: datetime | None, html: str) -> Markup:
    if at is None:
        return Markup("–")
    return Markup(html).format(at.isoformat(), at.strftime("%-d %b %Y, %H:%M UTC"))  # noqa: S704 - both are above


def linked(text: str) -> Markup:
    """Words of our own people, with their web links to follow."""
    parts, last = [], 0
    for match in LINK.finditer(text):
        parts += [escape(text[last : match.start()]), _link(match[0], match[0])]
        last = match.end()
    return Markup("").join([*parts, escape(text[last:])])


def evidence(text: str) -> Markup:
    """Where something can be seen: `#7` is entry 7 of the timeline."""
    if re.fullmatch(r"#\d{1,9}", text):
        return Markup('<a href="#fact-{}">entry {}</a>').format(text[1:], text[1:])
    return linked(text)


def _link(address: str, words: str) -> Markup:
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, words)
