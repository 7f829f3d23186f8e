"""Modals: one open view of one user, and the state that its inputs have when it is submitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tocsin.town.slack.workspace import Workspace, elements
from tocsin.town.wire import JSON

Values = dict[str, dict[str, Any]]


@dataclass(slots=True)
class View:
    """A modal as a user sees it. `errors` are what the app said about the last submission, by block id."""

    id: str
    user: str
    payload: JSON
    hash: str
    previous: View | None = None
    errors: dict[str, str] = field(default_factory=dict)
    is_open: bool = True
    response_channel: str | None = None

    @property
    def callback_id(self) -> str:
        return str(self.payload.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.payload.get("private_metadata", ""))

    @property
    def title(self) -> str:
        return str(self.payload.get("title", {}).get("text", ""))

    @property
    def blocks(self) -> list[JSON]:
        blocks: list[JSON] = self.payload["blocks"]
        return blocks


def view_json(space: Workspace, view: View, values: Values | None = None) -> JSON:
    payload = view.payload
    shape: JSON = {
        "id": view.id,
        "team_id": space.team_id,
        "type": payload["type"],
        "blocks": payload["blocks"],
        "private_metadata": payload.get("private_metadata", ""),
        "callback_id": payload.get("callback_id", ""),
        "state": {"values": state_of(view.blocks, values or {})},
        "hash": view.hash,
        "title": payload.get("title"),
        "clear_on_close": payload.get("clear_on_close", False),
        "notify_on_close": payload.get("notify_on_close", False),
        "close": payload.get("close"),
        "submit": payload.get("submit"),
        "previous_view_id": view.previous.id if view.previous else None,
        "root_view_id": _root(view).id,
        "app_id": space.app_id,
        "external_id": payload.get("external_id", ""),
        "app_installed_team_id": space.team_id,
        "bot_id": space.bot_id,
    }
    return shape


def _root(view: View) -> View:
    return view if view.previous is None else _root(view.previous)


def state_of(blocks: list[JSON], values: Values) -> Values:
    """`state.values` as Slack sends it: what was entered, else what the elements began with."""
    state: Values = {}
    for block, element in elements(blocks):
        if element["type"] in ("button", "overflow"):
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        given = values.get(block_id, {})
        entered = entry(element, given[action_id]) if action_id in given else beginning(element)
        state.setdefault(block_id, {})[action_id] = entered
    return state


SINGLE = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "rich_text_input": "rich_text_value",
}


def entry(element: JSON, value: Any) -> JSON:
    """One element's state, from a plain value: the text, the option's value (or a list of them), the id, the date."""
    kind: str = element["type"]
    if isinstance(value, dict) and "type" in value and kind != "rich_text_input":
        return value
    if kind in ("static_select", "external_select", "radio_buttons"):
        return {"type": kind, "selected_option": _option(element, value)}
    if kind in ("multi_static_select", "multi_external_select", "checkboxes"):
        chosen = [] if value is None else value if isinstance(value, list) else [value]
        return {"type": kind, "selected_options": [_option(element, one) for one in chosen]}
    if kind in SINGLE:
        return {"type": kind, SINGLE[kind]: value}
    return {"type": kind, "value": None if value in (None, "") else str(value)}


def beginning(element: JSON) -> JSON:
    """One element's state before anybody touched it."""
    kind: str = element["type"]
    if "initial_option" in element:
        return {"type": kind, "selected_option": element["initial_option"]}
    if "initial_options" in element:
        return {"type": kind, "selected_options": element["initial_options"]}
    initial = (
        element.get(SINGLE[kind].replace("selected", "initial"))
        if kind in SINGLE
        else element.get("initial_value")
    )
    return entry(element, initial)


def _option(element: JSON, value: Any) -> JSON | None:
    if value is None or value == "":
        return None
    if isinstance(value, dict):
        return value
    for option in options_of(element):
        if option["value"] == value:
            return option
    raise ValueError(f"{element['action_id']} has no option {value!r}")


def options_of(element: JSON) -> list[JSON]:
    """All options of a menu, those of its groups too."""
    options: list[JSON] = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options.extend(group["options"])
    return options


def left_empty(view: View, state: Values) -> list[str]:
    """The block ids of required inputs without an entry: Slack itself does not let these through."""
    missing = []
    for block, element in elements(view.blocks):
        if block["type"] == "input" and not block.get("optional", False):
            entered = state[block["block_id"]][element["action_id"]]
            if not any(value for name, value in entered.items() if name != "type"):
                missing.append(str(block["block_id"]))
    return missing
