"""What an edit of a schedule changes, in words: each a sentence's part for a reviewer, never the whole plan again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Doc = Mapping[str, Any]
USUAL = {"offset": 0}
"""What a rotation's field stands for where it is left out."""


def plan_differences(before: Doc, after: Doc) -> list[str]:
    """What is different between two written plans (as `written_plan` gives them), from the base up."""
    return [
        *_fields("", before, after, ("zone",)),
        *_layers(before.get("layers", ()), after.get("layers", ())),
    ]


def field_differences(before: Doc, after: Doc, names: Sequence[str]) -> list[str]:
    """What is different of these fields: `team: ops_team is now night_team`."""
    return [*_fields("", before, after, names)]


def _layers(before: Sequence[Doc], after: Sequence[Doc]) -> Iterator[str]:
    old, new = {one["name"]: one for one in before}, {one["name"]: one for one in after}
    yield from (f"layer {name} goes" for name in old if name not in new)
    yield from (f"layer {name} is new" for name in new if name not in old)
    stay, stayed = [name for name in old if name in new], [name for name in new if name in old]
    if stay != stayed:
        yield f"layers: {said(stay)}, from the base up, are now {said(stayed)}"
    for name in stayed:
        yield from _fields(f"layer {name}: ", old[name], new[name], ("calendar",))
    yield from _rotations(_by_id(before), _by_id(after))


def _by_id(layers: Sequence[Doc]) -> dict[str, tuple[str, Doc]]:
    return {one["id"]: (layer["name"], one) for layer in layers for one in layer.get("rotations", ())}


def _rotations(old: Mapping[str, tuple[str, Doc]], new: Mapping[str, tuple[str, Doc]]) -> Iterator[str]:
    yield from (f"rotation {id} goes" for id in old if id not in new)
    for id, (layer, one) in new.items():
        if id not in old:
            yield f"rotation {id} is new in {layer}: {said(one['participants'])}, {said(one['every'])} each"
            continue
        was_in, was = old[id]
        if was_in != layer:
            yield f"rotation {id} is in layer {layer} now, not in {was_in}"
        names = ("first_handoff", "every", "participants", "restrict", "until", "offset")
        yield from _fields(f"rotation {id}: ", was, one, names)


def _fields(where: str, before: Doc, after: Doc, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        was, now = before.get(name, USUAL.get(name)), after.get(name, USUAL.get(name))
        if (was or None) != (now or None):
            yield f"{where}{name}: {said(was)} is now {said(now)}"


def said(value: Any) -> str:
    """A value as a reviewer reads it: `alice, bob and carol together, nobody`."""
    if value in (None, "", [], ()):
        return "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(
            f"{' and '.join(map(str, one))} together" if isinstance(one, list | tuple) else str(one)
            for one in value
        )
    return str(value)
