"""Slack's own markup as HTML, and blocks as plain rows that a template can show."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from markupsafe import Markup

from tocsin.town.slack.workspace import Workspace
from tocsin.town.wire import JSON

EMOJI = {
    "rotating_light": "🚨", "fire": "🔥", "white_check_mark": "✅", "eyes": "👀", "warning": "⚠️", "bell": "🔔",
    "pushpin": "📌", "tada": "🎉", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "x": "❌", "pager": "📟",
    "red_circle": "🔴", "large_orange_circle": "🟠", "large_yellow_circle": "🟡", "large_green_circle": "🟢",
    "large_blue_circle": "🔵", "wave": "👋", "+1": "👍", "thumbsup": "👍", "lock": "🔒", "memo": "📝",
    "phone": "☎️", "alarm_clock": "⏰", "mega": "📣", "raising_hand": "🙋", "point_right": "👉", "bulb": "💡",
    "rewind": "⏪", "arrow_right": "➡️", "heavy_check_mark": "✔️", "question": "❓", "exclamation": "❗",
    "hammer_and_wrench": "🛠️", "link": "🔗", "bust_in_silhouette": "👤", "black_circle": "⚫", "stopwatch": "⏱️",
}  # fmt: skip
SPAN = re.compile(r"<([^<>\n]+)>")
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

    plain = SPAN.sub(keep, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    styled = escape(plain, quote=False)
    for pattern, replacement in STYLES:
        styled = pattern.sub(replacement, styled)
    styled = CODE.sub(lambda found: EMOJI.get(found.group(1), found.group(0)), styled)
    styled = styled.replace("</blockquote>\n", "</blockquote>").replace("\n", "<br>")
    return Markup(re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found.group(1))], styled))  # noqa: S704 (escaped above)


def _span(space: Workspace, inside: str) -> str:
    """One `<…>`: a mention of a user, a channel or everybody, a date, or a link."""
    target, _, label = inside.partition("|")
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
    plain = CODE.sub(lambda found: EMOJI.get(found.group(1), found.group(0)), text["text"])
    return Markup(escape(plain).replace("\n", "<br>"))  # noqa: S704 (escaped in the same expression)


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
