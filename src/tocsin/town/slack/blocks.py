"""What Slack insists on in blocks and views, with the limits of its reference pages. Each finding names the place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tocsin.town.wire import JSON

MAX_BLOCKS_MESSAGE = 50
MAX_BLOCKS_VIEW = 100
BLOCK_TYPES = {
    "actions", "context", "context_actions", "divider", "file", "header", "image", "input", "markdown",
    "rich_text", "section", "table", "video",
}  # fmt: skip
OPTION_MENUS = {"static_select", "multi_static_select", "overflow", "checkboxes", "radio_buttons"}
OTHER_MENUS = {
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("external", "users", "conversations", "channels")
}
PICKERS = {"datepicker", "timepicker", "datetimepicker"}
TEXT_INPUTS = {
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
}
ELEMENT_TYPES = {"button", "image"} | OPTION_MENUS | OTHER_MENUS | PICKERS | TEXT_INPUTS


def faults_of_blocks(blocks: Any, limit: int = MAX_BLOCKS_MESSAGE) -> list[str]:
    """Everything that Slack would refuse in a list of blocks; empty if it would take them."""
    if not isinstance(blocks, list):
        return ["must be an array [json-pointer:/blocks]"]
    found = [] if len(blocks) <= limit else [f"no more than {limit} items allowed [json-pointer:/blocks]"]
    for index, block in enumerate(blocks):
        found.extend(f"{fault} [json-pointer:/blocks/{index}{at}]" for fault, at in _of_block(block))
    named = Counter(block.get("block_id") for block in blocks if isinstance(block, dict))
    found += [
        f"block_id {id} is used twice [json-pointer:/blocks]" for id, n in named.items() if id and n > 1
    ]
    return found


def faults_of_view(view: Any) -> list[str]:
    """The same for a modal or a home tab."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["unsupported type [json-pointer:/view/type]"]
    found = [f"{fault} [json-pointer:/view{at}]" for fault, at in _of_view(view)]
    return found + faults_of_blocks(view.get("blocks"), MAX_BLOCKS_VIEW)


Found = Iterator[tuple[str, str]]


def _of_view(view: JSON) -> Found:
    if view["type"] == "modal":
        yield from _text(view, "title", 24, plain=True)
        for name in ("submit", "close"):
            if name in view:
                yield from _text(view, name, 24, plain=True)
        has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in view.get("blocks") or [])
        if has_input and "submit" not in view:
            yield "missing required field: submit is needed with input blocks", "/submit"
    yield from _short(view, "private_metadata", 3000)
    yield from _short(view, "callback_id", 255)


def _of_block(block: Any) -> Found:
    if not isinstance(block, dict) or block.get("type") not in BLOCK_TYPES:
        yield "unsupported type", "/type"
        return
    yield from _short(block, "block_id", 255)
    check = _CHECKS.get(block["type"])
    if check is not None:
        yield from check(block)


def _of_section(block: JSON) -> Found:
    fields = block.get("fields") or []
    if "text" not in block and not fields:
        yield "missing required field: text or fields", ""
    if "text" in block:
        yield from _text(block, "text", 3000)
    if len(fields) > 10:
        yield "no more than 10 items allowed", "/fields"
    for index in range(len(fields)):
        yield from ((fault, f"/fields{at}") for fault, at in _text(fields, index, 2000))
    if "accessory" in block:
        yield from ((fault, f"/accessory{at}") for fault, at in _of_element(block["accessory"]))


def _of_header(block: JSON) -> Found:
    yield from _text(block, "text", 150, plain=True)


def _of_context(block: JSON) -> Found:
    inside = block.get("elements")
    if not isinstance(inside, list) or not 1 <= len(inside) <= 10:
        yield "between 1 and 10 items are required", "/elements"
        return
    for index, element in enumerate(inside):
        if not isinstance(element, dict) or element.get("type") not in ("image", "mrkdwn", "plain_text"):
            yield "unsupported type", f"/elements/{index}"
        elif element["type"] != "image":
            yield from ((fault, f"/elements{at}") for fault, at in _text(inside, index, 3000))


def _of_actions(block: JSON) -> Found:
    inside = block.get("elements")
    if not isinstance(inside, list) or not 1 <= len(inside) <= 25:
        yield "between 1 and 25 items are required", "/elements"
        return
    for index, element in enumerate(inside):
        yield from ((fault, f"/elements/{index}{at}") for fault, at in _of_element(element))
    named = Counter(e.get("action_id") for e in inside if isinstance(e, dict))
    yield from ((f"action_id {id} is used twice", "/elements") for id, n in named.items() if id and n > 1)


def _of_input(block: JSON) -> Found:
    yield from _text(block, "label", 2000, plain=True)
    if "hint" in block:
        yield from _text(block, "hint", 2000, plain=True)
    yield from ((fault, f"/element{at}") for fault, at in _of_element(block.get("element")))
    if isinstance(block.get("element"), dict) and block["element"].get("type") in (
        "button",
        "overflow",
        "image",
    ):
        yield "unsupported type", "/element/type"


def _of_image(block: JSON) -> Found:
    if not block.get("alt_text"):
        yield "missing required field: alt_text", ""
    if not (block.get("image_url") or block.get("slack_file")):
        yield "missing required field: image_url or slack_file", ""


def _of_rich_text(block: JSON) -> Found:
    if not isinstance(block.get("elements"), list):
        yield "missing required field: elements", ""


def _of_markdown(block: JSON) -> Found:
    text = block.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= 12_000:
        yield "must be a string of 1 to 12000 characters", "/text"


_CHECKS = {
    "section": _of_section,
    "header": _of_header,
    "context": _of_context,
    "actions": _of_actions,
    "input": _of_input,
    "image": _of_image,
    "rich_text": _of_rich_text,
    "markdown": _of_markdown,
}


def _of_element(element: Any) -> Found:
    if not isinstance(element, dict) or element.get("type") not in ELEMENT_TYPES:
        yield "unsupported type", "/type"
        return
    yield from _short(element, "action_id", 255)
    if element["type"] == "button":
        yield from _text(element, "text", 75, plain=True)
        yield from _short(element, "value", 2000)
        yield from _short(element, "url", 3000)
        if element.get("style") not in (None, "primary", "danger"):
            yield "must be primary or danger", "/style"
    if element["type"] in OPTION_MENUS:
        yield from _of_options(element)
    if "placeholder" in element:
        yield from _text(element, "placeholder", 150, plain=True)


def _of_options(element: JSON) -> Found:
    options = element.get("options")
    if options is None and element.get("option_groups"):
        options = [option for group in element["option_groups"] for option in group.get("options", [])]
    most = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}.get(element["type"], 100)
    if not isinstance(options, list) or not 1 <= len(options) <= most:
        yield f"between 1 and {most} options are required", "/options"
        return
    for index, option in enumerate(options):
        if not isinstance(option, dict) or not option.get("value"):
            yield "missing required field: value", f"/options/{index}"
            continue
        yield from ((fault, f"/options/{index}{at}") for fault, at in _text(option, "text", 75))
        yield from ((fault, f"/options/{index}{at}") for fault, at in _short(option, "value", 150))


def _text(holder: Any, name: str | int, limit: int, *, plain: bool = False) -> Found:
    """A text object: its kind, that it is not empty, and its length."""
    at = f"/{name}"
    text = holder.get(name) if isinstance(holder, dict) else holder[name]
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        yield "missing required field: a text object", at
        return
    if plain and text["type"] != "plain_text":
        yield "must be plain_text", f"{at}/type"
    if not isinstance(text.get("text"), str) or not text["text"]:
        yield "must be more than 0 characters", f"{at}/text"
    elif len(text["text"]) > limit:
        yield f"must be less than {limit + 1} characters", f"{at}/text"


def _short(holder: JSON, name: str, limit: int) -> Found:
    value = holder.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > limit):
        yield f"must be a string of at most {limit} characters", f"/{name}"


def with_ids(blocks: list[JSON], fresh: Iterator[str]) -> list[JSON]:
    """The blocks as Slack keeps them: whatever had no block_id or action_id gets one."""
    kept = []
    for block in blocks:
        block = {**block, "block_id": block.get("block_id") or next(fresh)}
        if block["type"] == "actions":
            block["elements"] = [_with_id(element, fresh) for element in block["elements"]]
        for name in ("accessory", "element"):
            if name in block:
                block[name] = _with_id(block[name], fresh)
        kept.append(block)
    return kept


def _with_id(element: JSON, fresh: Iterator[str]) -> JSON:
    if element.get("type") == "image":
        return element
    return {**element, "action_id": element.get("action_id") or next(fresh)}
