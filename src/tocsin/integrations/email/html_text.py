"""The words of an HTML mail: `plain_from_html`, once through the text, whatever is wrong with it.

The parser of the standard library starts over at each tag that never ends: a megabyte of them takes it hours.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

UNSEEN: Final = frozenset({"script", "style", "head", "title", "template", "noscript"})
RAW: Final = frozenset({"script", "style"})
"""What stands in these is no HTML, up to their own end."""
BREAKS: Final = frozenset(
    "address article blockquote br dd div dl dt footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section table tr ul".split()
)
TAG: Final = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,60})")
TAG_END: Final = re.compile(r"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
LONGEST_TAG: Final = 2000
MOST_DOUBTS: Final = 100
"""So far, and so often in vain, a `>` that stands in quotes is told from the one that ends the tag."""


def plain_from_html(html: str) -> str:
    """The text that a reader of this HTML sees; what it quotes begins with `> `."""
    reader = _Reader()
    at = 0
    while at < len(html):
        start = html.find("<", at)
        if start < 0:
            break
        reader.words(html[at:start])
        at = _after(html, start, reader)
    reader.words(html[at:])
    return reader.text()


def _after(html: str, start: int, reader: _Reader) -> int:
    """Where it goes on after what begins with the `<` at `start`."""
    if html.startswith(("<!", "<?"), start):
        mark = "-->" if html.startswith("<!--", start) else ">"
        end = html.find(mark, start)
        return end + len(mark) if end >= 0 else len(html)
    tag = TAG.match(html, start)
    if not tag:
        reader.words("<")
        return start + 1
    whole = None
    if reader.doubts < MOST_DOUBTS:
        whole = TAG_END.match(html, tag.end(), tag.end() + LONGEST_TAG)
        reader.doubts += whole is None
    end = whole.end() if whole else html.find(">", tag.end()) + 1
    if not end:
        # It is cut off there: what would have been the tag is all that is left.
        reader.words(html[start:])
        return len(html)
    name = tag[2].lower()
    if tag[1]:
        reader.closes(name)
        return end
    reader.opens(name)
    if name in RAW:
        raw_end = re.compile(f"</{name}", re.IGNORECASE).search(html, end)
        return raw_end.start() if raw_end else len(html)
    return end


class _Reader:
    """What was read so far, line by line."""

    def __init__(self) -> None:
        self._lines: list[list[str]] = [[]]
        self._quoted: list[bool] = [False]
        self._unseen = ""
        self._depth = 0
        self.doubts = 0

    def text(self) -> str:
        lines = []
        for words, quoted in zip(self._lines, self._quoted, strict=True):
            line = " ".join("".join(words).split())
            lines.append(f"> {line}" if quoted and line else line)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def opens(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = self._unseen or tag
        if tag == "body":
            self._unseen = ""  # A head that was never closed ends here.
        if tag == "blockquote":
            self._depth += 1
        if tag in BREAKS:
            self._break()

    def closes(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        if tag == "blockquote":
            self._depth = max(self._depth - 1, 0)
        if tag in BREAKS:
            self._break()

    def words(self, html: str) -> None:
        if html and not self._unseen:
            self._lines[-1].append(_unescaped(html))

    def _break(self) -> None:
        if self._lines[-1]:
            self._lines.append([])
            self._quoted.append(self._depth > 0)
        else:
            self._quoted[-1] = self._depth > 0


def _unescaped(html: str) -> str:
    try:
        return unescape(html)
    except ValueError:  # A number that is too long to be one.
        return html
