"""The documents: plain text in paragraphs, with a revision that changes at every write. No HTTP here."""

from __future__ import annotations

import hashlib
import itertools
import re
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.town.ids import Now
from tocsin.town.wire import JSON


@dataclass(slots=True)
class Document:
    """One document. `text` always ends with a newline, as in Google Docs; `is_shared` is whether the account may edit it."""

    id: str
    title: str
    edited_at: datetime
    text: str = "\n"
    is_shared: bool = True
    writes: int = 0
    entries: list[str] = field(default_factory=list)

    @property
    def revision(self) -> str:
        """An opaque word, another one after every write."""
        return "AOV_" + hashlib.sha256(f"{self.id}/{self.writes}".encode()).hexdigest()[:40]


class Drawer:
    """All documents."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._numbers = itertools.count(1)
        self.documents: dict[str, Document] = {}

    def add(self, title: str, *, shared: bool) -> Document:
        number = next(self._numbers)
        id = "1" + hashlib.sha256(f"google/{number}".encode()).hexdigest()[:43]
        self.documents[id] = document = Document(id, title, self._now(), is_shared=shared)
        return document

    def insert(self, document: Document, index: int, text: str) -> None:
        """Put text before this index, counted as Google does: in UTF-16 units, from 1."""
        before, after = parted(document.text, index)
        document.text = before + text + after
        document.writes += 1
        document.edited_at = self._now()


def length(text: str) -> int:
    """In UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def parted(text: str, index: int) -> tuple[str, str]:
    raw = text.encode("utf-16-le")
    at = (index - 1) * 2
    return raw[:at].decode("utf-16-le"), raw[at:].decode("utf-16-le")


def shape(document: Document) -> JSON:
    """The document as `documents.get` answers it without tabs."""
    content: list[JSON] = [
        {"endIndex": 1, "sectionBreak": {"sectionStyle": {"columnSeparatorStyle": "NONE"}}}
    ]
    start = 1
    for line in re.findall(r"[^\n]*\n", document.text):
        end = start + length(line)
        run = {"startIndex": start, "endIndex": end, "textRun": {"content": line, "textStyle": {}}}
        style = {"namedStyleType": "NORMAL_TEXT", "direction": "LEFT_TO_RIGHT"}
        content.append(
            {"startIndex": start, "endIndex": end, "paragraph": {"elements": [run], "paragraphStyle": style}}
        )
        start = end
    return {
        "title": document.title,
        "body": {"content": content},
        "revisionId": document.revision,
        "suggestionsViewMode": "SUGGESTIONS_INLINE",
        "documentId": document.id,
    }
