"""What a request of Slack must hold before anything is done with it. Slack's own always do; a body that was signed by hand may not."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, ValidationError

from tocsin.errors import Invalid
from tocsin.integrations.slack.blocks import JSON


class _User(BaseModel):
    id: str


class _View(BaseModel):
    callback_id: str
    private_metadata: str = ""
    state: dict[str, Any] = {}


class _Done(BaseModel):
    """What a person did: a shortcut says no more."""

    user: _User


class _Click(_Done):
    actions: list[dict[str, Any]] = Field(min_length=1)


class _Submission(_Done):
    view: _View


class _Authorization(BaseModel):
    user_id: str | None = None


class _Event(BaseModel):
    event: dict[str, Any] | None = None
    authorizations: list[_Authorization] | None = None


class _Said(BaseModel):
    channel: str
    ts: str
    text: str = ""
    thread_ts: str | None = None


class _Item(BaseModel):
    channel: str
    ts: str


class _PinnedMessage(BaseModel):
    ts: str


class _PinnedItem(BaseModel):
    channel: str
    message: _PinnedMessage


class _Pinned(BaseModel):
    user: str
    item: _PinnedItem


class _Reacted(BaseModel):
    user: str
    item: _Item


INTERACTIONS: dict[str, type[BaseModel]] = {
    "block_actions": _Click,
    "view_submission": _Submission,
    "message_action": _Done,
    "shortcut": _Done,
}


def check_interaction(payload: JSON) -> None:
    """Invalid, naming what is missing, for an interaction that is none. Kinds that we do not know are let through: they do nothing."""
    _check(INTERACTIONS.get(str(payload.get("type"))), payload)


def check_event(payload: JSON) -> None:
    """Invalid, naming what is missing, for an event that is none."""
    _check(_Event, payload)
    event: JSON = payload.get("event") or {}
    if event.get("type") in ("app_mention", "message") and event.get("user"):
        _check(_Said, event)
    if event.get("type") == "reaction_added" and (event.get("item") or {}).get("type") == "message":
        _check(_Reacted, event)
    if event.get("type") == "pin_added" and (event.get("item") or {}).get("type") == "message":
        _check(_Pinned, event)


def _check(shape: type[BaseModel] | None, body: JSON) -> None:
    if shape is None:
        return
    try:
        shape.model_validate(body)
    except ValidationError as why:
        first = why.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{place}: {first['msg']}. Slack sends it otherwise", field="malformed") from why
