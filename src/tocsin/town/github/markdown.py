"""The little of GitHub's Markdown that issues here are written in, as safe HTML; comments in it are for machines and are not shown."""

from __future__ import annotations

import re
from html import escape

from markupsafe import Markup

FENCE = re.compile(r"^```[^\n]*\n(.*?)(?:^```[ \t]*$|\Z)", re.M | re.S)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
GAP = re.compile(r"\n[ \t]*\n")
HEADING = re.compile(r"(#{1,6}) +(.+?)[ #]*$")
ITEM = re.compile(r"(?:[-*+]|\d+[.)]) +(.*)")
QUOTE = re.compile(r"> ?(.*)")
APART = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<target>https?://[^\s()<>]+)\)"
    r"|<?(?P<bare>https?://[^\s<>`]*[^\s<>`.,;:!?)'\"*_\]])>?"
)
STYLES = (
    (re.compile(r"\*\*(\S(?:[^\n]*?\S)?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)__(\S(?:[^\n]*?\S)?)__(?!\w)"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])"), r"<em>\1</em>"),
    (re.compile(r"(?<!\w)_(\S(?:[^_\n]*\S)?)_(?!\w)"), r"<em>\1</em>"),
)


def html(text: str) -> Markup:
    """Paragraphs, headings, lists, quotes and code; in them bold, italics and links. Everything else is text."""
    text = text.replace("\r\n", "\n")
    parts: list[str] = []
    done = 0
    for fence in FENCE.finditer(text):
        parts += [_paragraphs(text[done : fence.start()]), f"<pre>{escape(fence.group(1).rstrip())}</pre>"]
        done = fence.end()
    return Markup("".join([*parts, _paragraphs(text[done:])]))  # noqa: S704 (every part is escaped where it is made)


def _paragraphs(text: str) -> str:
    return "".join(_paragraph(part.strip()) for part in GAP.split(COMMENT.sub("", text)) if part.strip())


def _paragraph(text: str) -> str:
    """What stands between two empty lines; its lines may be of more than one kind."""
    made: list[tuple[str, str]] = []
    for line in (line.strip() for line in text.split("\n")):
        if heading := HEADING.fullmatch(line):
            made.append(("h3", _line(heading.group(2))))
        elif item := ITEM.fullmatch(line):
            made.append(("ul", f"<li>{_line(item.group(1))}</li>"))
        elif quoted := QUOTE.fullmatch(line):
            made.append(("blockquote", _line(quoted.group(1))))
        else:
            made.append(("p", _line(line)))
    return _joined(made)


def _joined(lines: list[tuple[str, str]]) -> str:
    """Neighbours of one kind become one element."""
    shown, open_kind = "", ""
    for kind, line in lines:
        if kind == open_kind and kind != "h3":
            shown += line if kind == "ul" else f"<br>{line}"
            continue
        shown += (f"</{open_kind}>" if open_kind else "") + f"<{kind}>{line}"
        open_kind = kind
    return f"{shown}</{open_kind}>" if open_kind else ""


def _line(text: str) -> str:
    """Code and links are kept aside while the rest is escaped and styled."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(_apart(found))
        return f"\x00{len(kept) - 1}\x00"

    styled = escape(APART.sub(keep, text.replace("\x00", "")), quote=False)
    for pattern, replacement in STYLES:
        styled = pattern.sub(replacement, styled)
    return re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found.group(1))], styled)


def _apart(found: re.Match[str]) -> str:
    if found["code"]:
        return f"<code>{escape(found['code'])}</code>"
    target = found["target"] or found["bare"]
    return f'<a href="{escape(target)}" rel="nofollow">{escape(found["label"] or target)}</a>'
