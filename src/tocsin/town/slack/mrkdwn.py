"""Slack's own markup as HTML, and blocks as plain rows that a template can show."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from markupsafe import Markup

from tocsin.town.slack.workspace import Workspace
from tocsin.town.wire import JSON

SIGNS = {
    "rotating_light": ("▲", "#d72b3f"), "fire": ("▲", "#e8590c"), "warning": ("⚠", "#b7791f"),
    "exclamation": ("!", "#d72b3f"), "question": ("?", "#1264a3"), "bell": ("♪", "#b7791f"),
    "speech_balloon": ("✎", "#4a6fa5"), "white_check_mark": ("✔", "#0b7a4b"), "heavy_check_mark": ("✔", "#0b7a4b"), "x": ("✖", "#d72b3f"),
    "red_circle": ("●", "#d72b3f"), "large_red_circle": ("●", "#d72b3f"), "large_orange_circle": ("●", "#e8590c"),
    "large_yellow_circle": ("●", "#d9a400"), "large_green_circle": ("●", "#0b7a4b"),
    "large_blue_circle": ("●", "#1264a3"), "black_circle": ("●", "currentColor"), "white_circle": ("○", "currentColor"),
    "eyes": ("◉◉", "#3d8fd1"), "pushpin": ("★", "#d72b3f"), "pager": ("☎", "#d72b3f"), "phone": ("☎", "#0b7a4b"),
    "telephone_receiver": ("☎", "#0b7a4b"), "memo": ("✎", "#b7791f"), "pencil": ("✎", "#b7791f"),
    "arrow_right": ("→", "#1264a3"), "point_right": ("→", "#1264a3"), "rewind": ("«", "#1264a3"),
    "hourglass": ("⌛", "#b7791f"), "hourglass_flowing_sand": ("⌛", "#b7791f"), "stopwatch": ("◷", "#b7791f"),
    "alarm_clock": ("◷", "#d72b3f"), "lock": ("■", "#b7791f"), "link": ("∞", "#1264a3"), "mega": ("»", "#d72b3f"),
    "wave": ("☺", "#b7791f"), "tada": ("✶", "#8a3ffc"), "+1": ("☝", "#b7791f"), "thumbsup": ("☝", "#b7791f"),
}  # fmt: skip
"""Emoji as coloured signs that every machine has a letter for, also one without an emoji font."""
SPAN = re.compile(r"<([^<>\n]+)>")
BARE_LINK = re.compile(r"(https?://[^\s<>|`]+[^\s<>|`.,;:!?)'\"])")
STYLES = (
    (re.compile(r"```\n?(.+?)```", re.S), r"<pre>\1</pre>"),
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
    (re.compile(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w_/])_(\S(?:[^_\n]*\S)?)_(?![\w_])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])"), r"<s>\1</s>"),
    (re.compile(r"^(?:&gt;|&amp;gt;) ?(.*)$", re.M), r"<blockquote>\1</blockquote>"),
)
CODE = re.compile(r":([a-z0-9_+-]+):")


def html(space: Workspace, text: str) -> Markup:
    """A mrkdwn text as HTML. Links and mentions are kept aside while the rest is escaped and styled."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(_span(space, found.group(1)))
        return f"\x00{len(kept) - 1}\x00"

    plain = _unescaped(BARE_LINK.sub(keep, SPAN.sub(keep, text.replace("\x00", ""))))
    styled = escape(plain, quote=False)
    for pattern, replacement in STYLES:
        styled = pattern.sub(replacement, styled)
    styled = CODE.sub(_emoji, styled)
    styled = styled.replace("</blockquote>\n", "</blockquote>").replace("\n", "<br>")
    return Markup(re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found.group(1))], styled))  # noqa: S704 (escaped above)


def sign(name: str) -> Markup:
    """An emoji by its name; one that has no sign here is shown as it is written."""
    if name not in SIGNS:
        return Markup(f":{escape(name)}:")  # noqa: S704 (escaped in the same expression)
    shape, colour = SIGNS[name]
    return Markup(f'<span class="emoji" title=":{name}:" style="color: {colour}">{shape}</span>')  # noqa: S704 (all from the table)


def _unescaped(text: str) -> str:
    """Without Slack's three escapes."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _emoji(found: re.Match[str]) -> str:
    return str(sign(found.group(1)))


def _span(space: Workspace, inside: str) -> str:
    """One `<…>`: a mention of a user, a channel or everybody, a date, or a link."""
    target, _, label = _unescaped(inside).partition("|")
    if target.startswith("@"):
        user = space.users.get(target[1:])
        return f'<span class="mention">@{escape(user.handle if user else target[1:])}</span>'
    if target.startswith("#"):
        channel = space.channels.get(target[1:])
        return f'<span class="mention">#{escape(channel.name if channel else target[1:])}</span>'
    if target.startswith("!date"):
        return escape(label or target)
    if target.startswith("!"):
        return f'<span class="mention">@{escape(label or target[1:].split("^")[0])}</span>'
    if not target.startswith(("http://", "https://", "mailto:")):
        return escape(f"<{inside}>")
    return f'<a href="{escape(target)}">{escape(label or target)}</a>'


def text_html(space: Workspace, text: JSON) -> Markup:
    """A text object as HTML."""
    if text["type"] == "mrkdwn":
        return html(space, text["text"])
    shown = CODE.sub(_emoji, escape(text["text"], quote=False))
    return Markup(shown.replace("\n", "<br>"))  # noqa: S704 (escaped above)


def rows(space: Workspace, text: str, blocks: list[JSON]) -> list[dict[str, Any]]:
    """What a reader sees of a message: one row a block, or its text if it has none."""
    shown = [row for block in blocks if (row := _row(space, block)) is not None]
    return shown or [{"kind": "text", "html": html(space, text)}]


def _row(space: Workspace, block: JSON) -> dict[str, Any] | None:
    kind = block["type"]
    if kind == "section":
        return {
            "kind": "section",
            "html": text_html(space, block["text"]) if "text" in block else "",
            "fields": [text_html(space, field) for field in block.get("fields") or []],
            "elements": [block["accessory"]] if "accessory" in block else [],
        }
    if kind == "header":
        return {"kind": "header", "html": text_html(space, block["text"])}
    if kind == "context":
        texts = [text_html(space, part) for part in block["elements"] if part["type"] != "image"]
        return {"kind": "context", "texts": texts}
    if kind == "actions":
        return {"kind": "actions", "elements": block["elements"]}
    if kind == "divider":
        return {"kind": "divider"}
    if kind == "markdown":
        return {"kind": "text", "html": html(space, block["text"])}
    return None
