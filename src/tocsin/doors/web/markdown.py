"""Turns the little Markdown that a handbook's page uses into HTML: headings, paragraphs, quotations,
lists of two levels, bold, emphasis, code, links.

Everything is escaped first; only these marks become HTML, so a handbook can bring in nothing else.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

ITEM = re.compile(r"( *)(-|\d+\.) +(.*)")
BOX, BOXES = re.compile(r"^\[([ x])\] "), {" ": "☐ ", "x": "☑ "}
MARKS = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w/])_([^_]+)_(?!\w)"), r"<em>\1</em>"),
    (re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)"), r'<a href="\2" rel="noopener noreferrer">\1</a>'),
    (
        re.compile(r"(?<![\w\"/])(https?://[^\s<>\"]*[^\s<>\".,;:!?)\]])"),
        r'<a href="\1" rel="noopener noreferrer">\1</a>',
    ),
)


def html_of(text: str) -> Markup:
    """The page as HTML. Blocks are parted by empty lines; what has no mark is a paragraph."""
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    html = "\n".join(_block(block.strip("\n")) for block in blocks)
    # Items that stand apart by an empty line are still one list.
    return Markup(re.sub(r"</(ul|ol)>\n<\1>", "", html))  # noqa: S704 - every part was escaped in `_inline`


def _block(block: str) -> str:
    if heading := re.match(r"(#{1,4}) +(.*)", block):
        level = len(heading[1])
        return f"<h{level}>{_inline(heading[2])}</h{level}>"
    if block.startswith("> "):
        return f"<blockquote>{_inline(' '.join(line.removeprefix('>').strip() for line in block.splitlines()))}</blockquote>"
    if ITEM.match(block):
        return _list(block.splitlines())
    return f"<p>{_inline(' '.join(block.splitlines()))}</p>"


def _list(lines: list[str]) -> str:
    items: list[tuple[str, str, list[str]]] = []
    for line in lines:
        match = ITEM.match(line)
        # An indented item with none above it, as where somebody's words begin with one, is an item like any other.
        if match and (not match[1] or not items):
            items.append((match[2], match[3], []))
        elif match:
            items[-1][2].append(match[3])
        else:
            items[-1] = (items[-1][0], f"{items[-1][1]} {line.strip()}", items[-1][2])
    tag = "ul" if items[0][0] == "-" else "ol"
    return f"<{tag}>{''.join(_item(text, inner) for _, text, inner in items)}</{tag}>"


def _item(text: str, inner: list[str]) -> str:
    text = BOX.sub(lambda box: BOXES[box[1]], text)
    nested = "".join(f"<li>{_inline(one)}</li>" for one in inner)
    return f"<li>{_inline(text)}{f'<ul>{nested}</ul>' if nested else ''}</li>"


def _inline(text: str) -> str:
    html = str(escape(text))
    for mark, becomes in MARKS:
        html = mark.sub(becomes, html)
    return html
