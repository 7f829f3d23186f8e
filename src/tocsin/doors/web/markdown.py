"""Turns the little Markdown that a handbook's page uses into HTML: headings, paragraphs, lists of two levels, bold, emphasis, code, links.

Everything is escaped first; only these marks become HTML, so a handbook can bring in nothing else.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

ITEM = re.compile(r"( *)(-|\d+\.) +(.*)")
MARKS = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w/])_([^_]+)_(?!\w)"), r"<em>\1</em>"),
    (re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)"), r'<a href="\2" rel="noopener noreferrer">\1</a>'),
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
    if ITEM.match(block):
        return _list(block.splitlines())
    return f"<p>{_inline(' '.join(block.splitlines()))}</p>"


def _list(lines: list[str]) -> str:
    items: list[tuple[str, str, list[str]]] = []
    for line in lines:
        match = ITEM.match(line)
        if match and not match[1]:
            items.append((match[2], match[3], []))
        elif match:
            items[-1][2].append(match[3])
        else:
            items[-1] = (items[-1][0], f"{items[-1][1]} {line.strip()}", items[-1][2])
    tag = "ul" if items[0][0] == "-" else "ol"
    return f"<{tag}>{''.join(_item(text, inner) for _, text, inner in items)}</{tag}>"


def _item(text: str, inner: list[str]) -> str:
    nested = "".join(f"<li>{_inline(one)}</li>" for one in inner)
    return f"<li>{_inline(text)}{f'<ul>{nested}</ul>' if nested else ''}</li>"


def _inline(text: str) -> str:
    html = str(escape(text))
    for mark, becomes in MARKS:
        html = mark.sub(becomes, html)
    return html
