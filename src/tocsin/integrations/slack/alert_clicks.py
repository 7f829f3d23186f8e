"""The buttons under alerts, and what each does: for all alerts of the message, in the name of whoever pressed it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from tocsin.acts.alerting import deeds
from tocsin.core.channel import ACKNOWLEDGE, RESOLVE
from tocsin.errors import NotFound
from tocsin.integrations.slack.blocks import JSON, about, button, escaped, words
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply

ACK, CLOSE, MORE = "alert_ack", "alert_close", "alert_more"
SNOOZE, ESCALATE = "snooze", "escalate"
CLICKS: Final = (ACK, CLOSE, MORE)
HOUR: Final = timedelta(hours=1)
MESSAGE: Final = re.compile(r"D([1-9]\d{0,17})")
"""The key of a message about alerts."""


def buttons(key: str, ticket: str, count: int) -> list[JSON]:
    """For the message with that key about so many alerts. The ticket, which only the person's own message bears, names whose it is."""
    every = " all" if count > 1 else ""
    options = {f"{key}|{SNOOZE}": f"Snooze{every} 1 h", f"{key}|{ESCALATE}": f"Escalate{every} now"}
    menu: JSON = {
        "type": "static_select",
        "action_id": MORE,
        "placeholder": words("More …"),
        "options": [{"text": words(text), "value": value} for value, text in options.items()],
    }
    value = f"{key}|{ticket}"
    return [
        button(ACK, f"Acknowledge{every}", value, is_main=True),
        button(CLOSE, f"Close{every}", value),
        menu,
    ]


async def pressed(lobby: Lobby, caller: Caller, act: str, action: JSON) -> Reply:
    """Do it, and say to whoever pressed what came of it: the message itself is rewritten for everybody."""
    chosen = action.get("selected_option") or action
    key, what = about(str(chosen.get("value") or ""))
    batch, house, actor = _number(key), lobby.house, caller.actor
    if act == MORE and what == SNOOZE:
        until = house.clock.now() + HOUR
        return Reply(escaped(await deeds.snooze_batch(house, actor, batch, until)))
    if act == MORE and what == ESCALATE:
        return Reply(escaped(await deeds.escalate_batch(house, actor, batch)))
    if act not in (ACK, CLOSE):
        raise NotFound("This menu is of another version of Tocsin: write /tocsin alert")
    if what:
        does = ACKNOWLEDGE if act == ACK else RESOLVE
        return Reply(escaped(await house.receipts.answered("slack", does=does, ticket=what)))
    deed = deeds.acknowledge_batch if act == ACK else deeds.close_batch
    return Reply(escaped(await deed(house, actor, batch)))


def _number(key: str) -> int:
    found = MESSAGE.fullmatch(key)
    if not found:
        raise NotFound("This button stands for no alert: write /tocsin alert list")
    return int(found[1])
