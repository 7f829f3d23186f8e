"""Google Docs v1, as far as we use it: one document is read, and text is put at its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from tocsin.integrations.google.account import ServiceAccount
from tocsin.integrations.http import Outside


class TextRun(msgspec.Struct, frozen=True):
    content: str = ""


class Element(msgspec.Struct, frozen=True, rename="camel"):
    text_run: TextRun | None = None


class Paragraph(msgspec.Struct, frozen=True):
    elements: list[Element] = []


class Cell(msgspec.Struct, frozen=True):
    content: list[Part] = []


class Row(msgspec.Struct, frozen=True, rename="camel"):
    table_cells: list[Cell] = []


class Table(msgspec.Struct, frozen=True, rename="camel"):
    table_rows: list[Row] = []


class Part(msgspec.Struct, frozen=True):
    """A part of a document: a paragraph, a table, or something without words of ours."""

    paragraph: Paragraph | None = None
    table: Table | None = None


class Body(msgspec.Struct, frozen=True):
    content: list[Part] = []


class Document(msgspec.Struct, frozen=True, rename="camel"):
    """`revision_id` changes with every edit; it is "" where our account may read and not write."""

    document_id: str
    revision_id: str = ""
    body: Body = Body()

    @property
    def text(self) -> str:
        """All that stands in it, tables included."""
        return "".join(_text(self.body.content))


class Written(msgspec.Struct, frozen=True, rename="camel"):
    document_id: str


class DocsClient:
    """Calls Google for one document. Every method raises Failed where Google does not do it."""

    def __init__(self, outside: Outside, account: ServiceAccount, document: str) -> None:
        self._outside = outside
        self._account = account
        self._path = f"/v1/documents/{document}"
        self.document = document

    @property
    def email(self) -> str:
        """With whom the document has to be shared."""
        return self._account.email

    async def read(self, now: datetime) -> Document:
        self._account.now = now
        return await self._outside.ask("GET", self._path, Document, now=now)

    async def append(self, text: str, revision: str, now: datetime) -> None:
        """Put text at the end of the document. Google says 400 where somebody has edited it since `revision`."""
        self._account.now = now
        body = {
            "requests": [{"insertText": {"text": text, "endOfSegmentLocation": {}}}],
            "writeControl": {"requiredRevisionId": revision},
        }
        await self._outside.ask("POST", f"{self._path}:batchUpdate", Written, now=now, body=body)


def _text(parts: list[Part]) -> Iterator[str]:
    for part in parts:
        if part.paragraph:
            yield from (one.text_run.content for one in part.paragraph.elements if one.text_run)
        for row in part.table.table_rows if part.table else ():
            for cell in row.table_cells:
                yield from _text(cell.content)
