"""The words of a mail without what surrounds them: HTML, what is quoted from an earlier mail, the signature."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

UNSEEN: Final = frozenset({"script", "style", "head", "title", "template", "noscript"})
BREAKS: Final = frozenset(
    "address article blockquote br dd div dl dt footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section table tr ul".split()
)
QUOTE_BEGINS = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine)\s*-{2,}|_{20,})\s*$",
    re.IGNORECASE,
)
WROTE = re.compile(
    r"^\s*(?:on|am|le|el|il|op|den)\b.{4,300}\b(?:wrote|schrieb\b.{0,200}|a écrit|escribió|ha scritto|schreef|skrev)\s*:\s*$",
    re.IGNORECASE,
)


def plain_from_html(html: str) -> str:
    """The text that a reader of this HTML sees; what it quotes begins with `> `."""
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        pass  # What was read until then is what there is.
    return reader.text()


def without_quotes(text: str) -> str:
    """What somebody wrote themselves: the lines that they quote, and the line that announces them, are cut. "" where that is all."""
    lines = text.splitlines()
    kept: list[str] = []
    for n, line in enumerate(lines):
        if QUOTE_BEGINS.match(line):
            break
        if line.lstrip().startswith(">"):
            continue
        if _announces(lines, n):
            kept.append("")
            continue
        kept.append("" if n and _announces(lines, n - 1, of=2) else line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def without_signature(text: str) -> str:
    """RFC 3676 4.3: what follows the last line of two dashes and a space, if it is short enough to be a signature."""
    lines = text.splitlines()
    for n in range(len(lines) - 1, max(len(lines) - 15, 0), -1):
        if lines[n].rstrip("\r\n") in ("-- ", "--"):
            return "\n".join(lines[:n]).strip()
    return text.strip()


def _announces(lines: list[str], n: int, of: int = 1) -> bool:
    """Whether `On … wrote:` stands in line `n`, or (as programs break it) in two lines from there on, before something quoted."""
    for many in range(of, 3):
        said = " ".join(line.strip() for line in lines[n : n + many])
        if WROTE.match(said[:600]):
            after = next((line for line in lines[n + many : n + many + 5] if line.strip()), ">")
            return after.lstrip().startswith(">")
    return False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[list[str]] = [[]]
        self._quoted: list[bool] = [False]
        self._unseen = ""
        self._depth = 0

    def text(self) -> str:
        lines = []
        for words, quoted in zip(self._lines, self._quoted, strict=True):
            line = " ".join("".join(words).split())
            lines.append(f"> {line}" if quoted and line else line)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self._unseen = self._unseen or tag
        if tag == "body":
            self._unseen = ""  # A head that was never closed ends here.
        if tag == "blockquote":
            self._depth += 1
        if tag in BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        if tag == "blockquote":
            self._depth = max(self._depth - 1, 0)
        if tag in BREAKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._lines[-1].append(data)

    def _break(self) -> None:
        if self._lines[-1]:
            self._lines.append([])
            self._quoted.append(self._depth > 0)
        else:
            self._quoted[-1] = self._depth > 0
