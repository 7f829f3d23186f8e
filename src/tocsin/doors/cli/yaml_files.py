"""YAML as people keep it under review: read with the line of each thing, written the same each time.

Only what such a file needs is taken. An alias, a tag of a program's own, or a key that is there twice is refused by its line: what a
reviewer reads is what is meant.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tocsin.errors import Invalid

LARGEST_FILE = 1_000_000
DEEPEST = 20
BREAKS = frozenset("\n\r\x85\u2028\u2029\ufeff")
"""What ends a line for YAML: only within double quotes it is read back as it was."""
ASKS = "?"
"""In a list on one line the library writes a text that begins with it as it is, and reads a mapping's key back."""
CORE = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Page:
    """A file that was read. `lines` are those of its places, such as `layers[0].rotations[1].every`; the file itself is the place ""."""

    path: Path
    doc: Any
    lines: Mapping[str, int] = field(default_factory=dict)

    def at(self, place: str) -> str:
        """`FILE:LINE` of a place, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return f"{self.path}:{self.lines.get(place, 1)}"


def read_page(path: Path) -> Page:
    """What a YAML (or JSON) file says. Invalid, naming the file and the line, where it can't be taken."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    text = _text(path)
    yaml = YAML(typ="safe", pure=True)
    try:
        reader = _Reader(path, yaml.parse(io.StringIO(text)), yaml.resolver)
        return Page(path, reader.whole(), reader.lines)
    except MarkedYAMLError as why:
        mark = why.problem_mark or why.context_mark
        said = " ".join(repr(str(why.problem or why.context))[1:-1].split())
        said = "a tab stands where spaces have to" if "\\t" in said else said
        raise Invalid(f"{path}:{mark.line + 1 if mark else 1}: is no YAML: {said}", field="file") from why
    except YAMLError as why:
        raise Invalid(f"{path}:1: is no YAML: {' '.join(str(why).split())}", field="file") from why


def written(doc: Mapping[str, Any]) -> str:
    """The document as YAML; a list in a list stands on one line. The same document gives the same bytes."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 1_000_000
    yaml.representer.ignore_aliases = lambda _: True
    out = io.StringIO()
    yaml.dump(_laid_out(doc, inside=False), out)
    return out.getvalue()


def _laid_out(value: Any, *, inside: bool) -> Any:
    from ruamel.yaml.comments import CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, str) and (value.startswith(ASKS) or not BREAKS.isdisjoint(value)):
        return DoubleQuotedScalarString(value)
    if isinstance(value, Mapping):
        return {_laid_out(name, inside=False): _laid_out(one, inside=False) for name, one in value.items()}
    if isinstance(value, list | tuple):
        found = CommentedSeq([_laid_out(one, inside=True) for one in value])
        if inside or not value:
            found.fa.set_flow_style()
        return found
    return value


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise Invalid(
                f"{path} has {size / 1e6:.1f} MB, and at most {LARGEST_FILE / 1e6:.0f} MB are taken: that is no such file",
                field="file",
            )
        return path.read_text("utf-8-sig")
    except OSError as why:
        raise Invalid(f"{path} can't be read: {why.strerror}", field="file") from why
    except UnicodeDecodeError as why:
        raise Invalid(f"{path} is not UTF-8 (byte {why.start}): save it as UTF-8", field="file") from why


class _Reader:
    """Builds the document from the parser's events, and remembers where each thing stands."""

    def __init__(self, path: Path, events: Iterator[Any], resolver: Any) -> None:
        self.path, self.events, self.resolver = path, events, resolver
        self.lines: dict[str, int] = {}

    def whole(self) -> Any:
        found: Any = None
        documents = 0
        for event in self.events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    raise self._wrong(event, "a second document begins here (---): write one in a file")
                found = self._value(next(self.events), "", 0)
        return found

    def _value(self, event: Any, place: str, depth: int) -> Any:
        self.lines.setdefault(place, event.start_mark.line + 1)
        kind = type(event).__name__
        if kind == "AliasEvent":
            raise self._wrong(event, f"*{event.anchor} is an alias: write out what it stands for")
        if depth > DEEPEST:
            raise self._wrong(event, f"more than {DEEPEST} things in each other")
        tag = getattr(event, "tag", None)
        if tag:
            raise self._wrong(event, f"{tag} is a tag, and none is taken: write plain values")
        if kind == "MappingStartEvent":
            return self._mapping(place, depth)
        if kind == "SequenceStartEvent":
            return self._sequence(place, depth)
        return self._scalar(event)

    def _mapping(self, place: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while type(key := next(self.events)).__name__ != "MappingEndEvent":
            if type(key).__name__ != "ScalarEvent":
                raise self._wrong(key, "a name has to be a plain text")
            inner = f"{place}.{key.value}" if place else key.value
            if key.value in found:
                raise self._wrong(key, f"{key.value} is there twice, in line {self.lines[inner]} as well")
            self.lines[inner] = key.start_mark.line + 1
            found[key.value] = self._value(next(self.events), inner, depth + 1)
        return found

    def _sequence(self, place: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while type(event := next(self.events)).__name__ != "SequenceEndEvent":
            found.append(self._value(event, f"{place}[{len(found)}]", depth + 1))
        return found

    def _scalar(self, event: Any) -> Any:
        from ruamel.yaml.nodes import ScalarNode

        value = event.value
        tag = str(self.resolver.resolve(ScalarNode, value, event.implicit)).removeprefix(CORE)
        if event.style is not None:
            return value
        try:
            match tag:
                case "null":
                    return None
                case "bool":
                    return value.lower() == "true"
                case "int":
                    return int(value.replace("_", ""), 0)
                case "float":
                    return float(value.replace("_", ""))
        except ValueError:
            return value
        return value

    def _wrong(self, event: Any, why: str) -> Invalid:
        return Invalid(f"{self.path}:{event.start_mark.line + 1}: {why}", field="file")
