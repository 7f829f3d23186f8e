"""The answer to words that look like a command and are none: what would be one, and a button that opens them as a report all the same.

The button carries the words, so that nothing is lost; nothing is opened before it is pressed.
"""

from __future__ import annotations

from typing import Final

from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import JSON, SECTION_LIMIT, about, actions, button, escaped, section
from tocsin.integrations.slack.lobby import Reply

REPORT_ANYWAY: Final = "report_anyway"
ALERT_ANYWAY: Final = "alert_anyway"
LABELS: Final = {REPORT_ANYWAY: "Open it as a report anyway", ALERT_ANYWAY: "Open it as an alert anyway"}
IN_FULL: Final = {REPORT_ANYWAY: "/tocsin report", ALERT_ANYWAY: "/genie alert"}
VALUE_LIMIT: Final = 2000
"""As much as a button of Slack's carries."""


def offer(ask: Ask, why: str, act: str = REPORT_ANYWAY, *, key: str = "", address: str = "") -> Reply:
    """`why` (in Slack's marks) with the button. `key` is Slack's id of what was said, and `address` where its answer goes."""
    blocks: list[JSON] = [section(why[:SECTION_LIMIT])]
    offered = buttons(ask, act, key=key, address=address)
    if not offered:
        way = f"If it is a report, write `{IN_FULL[act]}` before it."
        return Reply(f"{why}\n{way}", [*blocks, section(way)])
    blocks += [section(f"You wrote:\n> {escaped(ask.whole)}"[:SECTION_LIMIT])] if ask.whole.strip() else []
    return Reply(why, [*blocks, *actions(offered)])


def buttons(ask: Ask, act: str = REPORT_ANYWAY, *, key: str = "", address: str = "") -> list[JSON]:
    """The button alone; none where it could not carry the words."""
    value = f"{key or ask.key}|{address}|{ask.whole}"
    return [button(act, LABELS[act], value)] if len(value) <= VALUE_LIMIT else []


def carried(value: str) -> tuple[str, str, str]:
    """What such a button bears: Slack's id of what was said, where its answer goes, and the words."""
    key, rest = about(value)
    address, _, text = rest.partition("|")
    return key, address, text
