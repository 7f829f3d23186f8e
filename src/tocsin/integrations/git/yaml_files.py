"""Updaters whose file is YAML: Argo CD's auto-sync, and a workflow. Lines are taken out or replaced; all others stay as they are.

The library reads where things stand; what comes out is read again, and must be what was meant, or nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tocsin.core.procedures.declared import Updater
from tocsin.errors import Invalid

SYNC: Final = "syncPolicy"
AUTOMATED: Final = "automated"
SPECS: Final = {"Application": ("spec",), "ApplicationSet": ("spec", "template", "spec")}
"""Where what Argo CD syncs is described, by the kind of document."""
ON: Final = "on"
BY_HAND: Final = "workflow_dispatch"


class Argo:
    """An Argo CD Application or ApplicationSet (several in one file, too): `syncPolicy.automated` is taken out."""

    def frozen(self, updater: Updater, text: str) -> str:
        _, wanted = _automated(text), _documents(text)
        for document in wanted:
            _take_out(document)
        lines = text.split("\n")
        for node in reversed(_nodes(text)):
            if found := _to_take_out(node):
                _cut(lines, *found)
        return _meant("\n".join(lines), wanted)

    def is_off(self, updater: Updater, text: str) -> bool:
        return not any(_is_on(one) for one in _automated(text))


class Workflow:
    """A workflow of GitHub Actions: whatever starts it by itself is replaced by a start by hand."""

    def frozen(self, updater: Updater, text: str) -> str:
        nodes, wanted = _nodes(text), _documents(text)
        pair = _pair(nodes[0], ON) if nodes else None
        if pair is None or len(nodes) != 1:
            raise Invalid("it is no workflow: it has no `on`")
        wanted[0][ON] = BY_HAND
        lines = text.split("\n")
        first = pair[0].start_mark.line
        ending = "\r" if lines[first].endswith("\r") else ""
        _cut(lines, first, _last_line(pair[1]))
        lines.insert(first, f"{ON}: {BY_HAND}{ending}")
        return _meant("\n".join(lines), wanted)

    def is_off(self, updater: Updater, text: str) -> bool:
        documents = _documents(text)
        if len(documents) != 1 or not isinstance(documents[0], dict) or ON not in documents[0]:
            raise Invalid("it is no workflow: it has no `on`")
        starts = documents[0][ON]
        return [starts] == [BY_HAND] if isinstance(starts, str) else list(starts or ()) == [BY_HAND]


def _automated(text: str) -> list[Any]:
    """The `automated` of each application in the file; None where it has none."""
    found = [_spec(one) for one in _documents(text)]
    specs = [one for one in found if one is not None]
    if not specs:
        raise Invalid("there is no Application or ApplicationSet of Argo CD in it")
    return [(one.get(SYNC) or {}).get(AUTOMATED) for one in specs]


def _is_on(automated: Any) -> bool:
    return automated is not None and not (
        isinstance(automated, dict) and automated.get("enabled", True) is False
    )


def _spec(document: Any) -> dict[str, Any] | None:
    kind = document.get("kind") if isinstance(document, dict) else None
    for key in SPECS.get(str(kind), ()):
        document = document.get(key)
        if not isinstance(document, dict):
            raise Invalid(f"{kind} has no {key}")
    return document if kind in SPECS else None


def _take_out(document: Any) -> None:
    spec = _spec(document)
    if spec and isinstance(spec.get(SYNC), dict) and AUTOMATED in spec[SYNC]:
        del spec[SYNC][AUTOMATED]
        if not spec[SYNC]:
            del spec[SYNC]


def _to_take_out(document: Node) -> tuple[int, int] | None:
    """The lines of `automated`, or of all of `syncPolicy` where that is all that stands in it."""
    kind = _pair(document, "kind")
    node: Node | None = document
    for key in SPECS.get(kind[1].value if kind else "", ()):
        pair = _pair(node, key)
        node = pair[1] if pair else None
    sync = _pair(node, SYNC)
    automated = _pair(sync[1], AUTOMATED) if sync else None
    if sync is None or automated is None:
        return None
    if sync[1].flow_style:
        raise Invalid(
            f'{SYNC} is written in one line: put its keys in lines of their own, or use kind = "file"'
        )
    key, value = sync if len(sync[1].value) == 1 else automated
    return key.start_mark.line, _last_line(value)


def _pair(node: Node | None, key: str) -> tuple[Any, Any] | None:
    pairs = node.value if isinstance(node, MappingNode) else ()
    return next(((k, v) for k, v in pairs if isinstance(k, ScalarNode) and k.value == key), None)


def _last_line(node: Any) -> int:
    if isinstance(node, ScalarNode):
        # A block of text ends where the next thing begins.
        return int(node.end_mark.line) - (1 if node.style in ("|", ">") else 0)
    if node.flow_style:
        return int(node.end_mark.line)
    if isinstance(node, SequenceNode):
        return max(_last_line(one) for one in node.value)
    return max(_last_line(one) for pair in node.value for one in pair)


def _cut(lines: list[str], first: int, last: int) -> None:
    if not first <= last < len(lines):
        raise Invalid("it uses an alias where a block was expected")
    del lines[first : last + 1]


def _nodes(text: str) -> list[Node]:
    return list(_read(text, "compose_all"))


def _documents(text: str) -> list[Any]:
    return [one for one in _read(text, "load_all") if one is not None]


def _read(text: str, how: str) -> Iterator[Any]:
    try:
        yield from getattr(YAML(typ="safe", pure=True), how)(text)
    except (YAMLError, ValueError) as why:
        words = " ".join(str(why).split())[:200]
        raise Invalid(f'it is no plain YAML ({words}); for a template use kind = "file"') from why


def _meant(text: str, wanted: list[Any]) -> str:
    if _documents(text) != wanted:
        raise Invalid('its layout is too unusual to change by lines; use kind = "file"')
    return text
