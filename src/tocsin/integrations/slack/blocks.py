"""Slack's blocks and Slack's spelling of a text: the marks of `core.messages` out, what people wrote in. It knows no incident."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from tocsin.core.message_parts import Offer
from tocsin.core.people import Roster
from tocsin.core.words import shortened

JSON = dict[str, Any]

SECTION_LIMIT: Final = 3000
INPUT_LIMIT: Final = 3000
LABEL_LIMIT: Final = 75
OPTIONS_LIMIT: Final = 100
"""As many as Slack lists in one menu."""
MENTION = re.compile(r"\{@([^{}\s]+)\}")
QUOTE = re.compile(r"^&gt; ?", re.MULTILINE)
ANGLED = re.compile(r"<((?:[@#!]|https?:|mailto:|tel:)[^<>|]*)(?:\|([^<>]*))?>")


def escaped(text: str) -> str:
    """`text` so that Slack shows it as it is, and it calls nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """The three escapes undone. Not all of HTML's: an address may hold `&region=`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def called(handle: str, roster: Roster) -> str:
    """A mention of a person; their name where Slack does not know them."""
    person = roster.people.get(handle)
    if person and person.slack_id:
        return f"<@{person.slack_id}>"
    return escaped(roster.name(handle))


def worded(text: str, roster: Roster) -> str:
    """A text with the neutral marks of `core.messages`, in Slack's mrkdwn."""
    safe = QUOTE.sub("> ", escaped(text))
    return MENTION.sub(lambda found: called(unescaped(found[1]), roster), safe)


def fitted(text: str, roster: Roster, more_at: str, limit: int = SECTION_LIMIT) -> str:
    """`worded`, cut to what a section takes; a cut ends in a link to the rest."""
    whole = worded(text, roster)
    if len(whole) <= limit:
        return whole
    rest = f"\n{link(more_at, 'Read on')}"
    size = limit - len(rest)
    cut = whole
    while len(cut) > limit - len(rest):
        cut = worded(shortened(text, size), roster)
        size = size * 9 // 10
    return cut + rest


def plain(text: str, roster: Roster) -> str:
    """What a person wrote in Slack, without Slack's spelling: names for ids, addresses for links."""
    handles = {person.slack_id: person.handle for person in roster.people.values() if person.slack_id}

    def read(found: re.Match[str]) -> str:
        inside, label = found[1], found[2] or ""
        if inside.startswith("@"):
            return f"@{handles.get(inside[1:]) or label or inside[1:]}"
        if inside.startswith("#"):
            return f"#{label or inside[1:]}"
        if inside.startswith("!"):
            return label or f"@{inside[1:].partition('^')[0]}"
        address = inside.removeprefix("mailto:").removeprefix("tel:")
        return address if not label or label in address else f"{label} ({address})"

    return unescaped(ANGLED.sub(read, text)).strip()


def link(url: str, label: str) -> str:
    return f"<{url}|{escaped(label)}>" if url else escaped(label)


def date(at: datetime, now: datetime) -> str:
    """An instant that Slack shows in the reader's own zone; in UTC where it can't."""
    form = "{time}" if at.date() == now.date() else "{date_short_pretty} {time}"
    other = at.strftime("%H:%M UTC" if at.date() == now.date() else "%d %b %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{form}|{other}>"


def section(text: str) -> JSON:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def context(text: str) -> JSON:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text[:SECTION_LIMIT]}]}


def actions(buttons: Iterable[JSON]) -> list[JSON]:
    """One row of buttons; none where there are none. Slack refuses two of one name: the second is called `step#2`."""
    elements: list[JSON] = []
    for one in buttons:
        act = one["action_id"]
        count = 1 + sum(act_of(other["action_id"]) == act for other in elements)
        elements.append(one if count == 1 else {**one, "action_id": f"{act}#{count}"})
    return [{"type": "actions", "elements": elements}] if elements else []


def without_buttons(blocks: Iterable[JSON], gone: Collection[tuple[str, str]]) -> list[JSON]:
    """The blocks without the buttons of these acts and values; a row that is left empty goes as well."""
    kept: list[JSON] = []
    for block in blocks:
        if block.get("type") == "actions":
            elements = [
                one
                for one in block["elements"]
                if (act_of(str(one.get("action_id"))), str(one.get("value"))) not in gone
            ]
            block = {**block, "elements": elements}
        if block.get("elements") != []:
            kept.append(block)
    return kept


def act_of(action_id: str) -> str:
    """What a button does, whichever of several it is."""
    return action_id.partition("#")[0]


def button(act: str, label: str, value: str, *, is_main: bool = False) -> JSON:
    made = {"type": "button", "action_id": act, "text": words(shortened(label, LABEL_LIMIT)), "value": value}
    return {**made, "style": "primary"} if is_main else made


def link_button(act: str, label: str, url: str) -> JSON:
    return {"type": "button", "action_id": act, "text": words(label), "url": url}


def offered(offers: Iterable[Offer], ref: str) -> list[JSON]:
    """A button for each offer; its value is what `about` reads back."""
    return [button(offer.act, offer.label, f"{ref}|{offer.about}", is_main=offer.is_main) for offer in offers]


def about(value: str) -> tuple[str, str]:
    """The incident, and the duty or report, that a button stands for."""
    ref, _, what = value.partition("|")
    return ref, what


def words(text: str) -> JSON:
    return {"type": "plain_text", "text": text, "emoji": True}


def field(
    name: str, label: str, *, value: str = "", hint: str = "", long: bool = False, optional: bool = False
) -> JSON:
    """A text input; block and element bear the same name."""
    element: JSON = {"type": "plain_text_input", "action_id": name, "multiline": long}
    if value:
        element["initial_value"] = value
    made = {"type": "input", "block_id": name, "label": words(label), "element": element}
    return made | ({"hint": words(hint)} if hint else {}) | ({"optional": True} if optional else {})


def choice(
    name: str,
    label: str,
    options: Mapping[str, str],
    *,
    value: str = "",
    hint: str = "",
    optional: bool = False,
    tells: bool = False,
    version: str = "",
) -> JSON:
    """A menu of `options` (value: label), with `value` chosen already. With `tells` Slack says at once what is chosen.

    Another `version` is another menu to Slack: a view that is updated keeps what was entered in blocks of the same name.
    """
    listed = [{"text": words(shortened(text, LABEL_LIMIT)), "value": key} for key, text in options.items()]
    element: JSON = {"type": "static_select", "action_id": name, "options": listed}
    chosen = [option for option in listed if option["value"] == value]
    if chosen:
        element["initial_option"] = chosen[0]
    block = f"{name}#{version}" if version else name
    made: JSON = {"type": "input", "block_id": block, "label": words(label), "element": element}
    made |= {"dispatch_action": True} if tells else {}
    return made | ({"hint": words(hint)} if hint else {}) | ({"optional": True} if optional else {})


def menu_of_people(
    name: str,
    label: str,
    people: Mapping[str, tuple[str, str]],
    *,
    chosen: Iterable[str] = (),
    many: bool = False,
    hint: str = "",
) -> JSON:
    """A menu of people: by handle, their name and what should be known of them first. `many` may be chosen where it says so."""
    listed: list[JSON] = []
    for handle, (called_, mind) in list(people.items())[:OPTIONS_LIMIT]:
        option: JSON = {"text": words(shortened(called_, LABEL_LIMIT)), "value": handle}
        listed.append(option | ({"description": words(shortened(mind, LABEL_LIMIT))} if mind else {}))
    wanted = set(chosen)
    first = [option for option in listed if option["value"] in wanted]
    element: JSON = {"type": "multi_static_select" if many else "static_select", "action_id": name}
    element["options"] = listed
    if first:
        element |= {"initial_options": first} if many else {"initial_option": first[0]}
    made = {"type": "input", "block_id": name, "label": words(label), "element": element}
    return made | ({"hint": words(hint)} if hint else {})


def moment(name: str, label: str, at: datetime, *, hint: str = "") -> JSON:
    """A date and a time, which Slack shows and takes in the reader's own zone."""
    element = {"type": "datetimepicker", "action_id": name, "initial_date_time": int(at.timestamp())}
    made = {"type": "input", "block_id": name, "label": words(label), "element": element}
    return made | ({"hint": words(hint)} if hint else {})


def name_of(block_id: str) -> str:
    """What a block of a form is called, whichever version of it this is."""
    return block_id.partition("#")[0]


def entered(view: JSON) -> dict[str, str]:
    """What a person filled into a modal, by name, several choices with blanks between them; "" where they left something out."""
    found: dict[str, str] = {}
    for block, elements in view.get("state", {}).get("values", {}).items():
        for state in elements.values():
            chosen = [state.get("selected_option") or {}, *(state.get("selected_options") or [])]
            options = " ".join(str(one["value"]) for one in chosen if one.get("value"))
            found[name_of(block)] = str(
                state.get("value") or options or state.get("selected_date_time") or ""
            )
    return found
