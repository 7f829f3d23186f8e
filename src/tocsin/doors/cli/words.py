"""How the CLI speaks: tables that fit a terminal of 80 columns, times in UTC, JSON where it is asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from tocsin.core.spans import span_of
from tocsin.core.words import shortened
from tocsin.errors import Invalid

WIDTH = 80
MINUTE = timedelta(minutes=1)
Json = dict[str, Any]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


def say(text: str) -> None:
    typer.echo(text)


def say_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns; the last one is cut where the whole would not fit."""
    lines = [tuple(headings), *(tuple(one.replace("\n", " ") for one in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    room = max(12, WIDTH - sum(width + 2 for width in widths[:-1]))
    return "\n".join(_line(line, widths, room) for line in lines)


def table_with_words(
    headings: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[str], indent: str
) -> str:
    """The same with what there is to say of each row beneath it, whole ("" where that is nothing)."""
    head, *lines = table(headings, rows).splitlines()
    said = [head]
    for line, why in zip(lines, words, strict=True):
        said += [line, f"{indent}- {' '.join(why.split())}"] if why else [line]
    return "\n".join(said)


def _line(line: Sequence[str], widths: Sequence[int], room: int) -> str:
    cells = [cell.ljust(width) for cell, width in zip(line[:-1], widths, strict=False)]
    return "  ".join([*cells, shortened(line[-1], room)]).rstrip()


def at(text: str | None) -> str:
    """An instant of an answer, short and in UTC; "-" for none."""
    return f"{instant(text):%m-%d %H:%M}" if text else "-"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def minutes_of(span: str | None) -> int | None:
    """`20m`, `2h` or plain `20` as whole minutes; None stays None. Invalid for anything else."""
    if span is None:
        return None
    found = MINUTE * int(span) if span.isdecimal() else span_of(span)
    if found is None or found <= timedelta(0) or found % MINUTE:
        raise Invalid(f"{span!r} is no span of whole minutes: write 20m, or 2h", field="in")
    return found // MINUTE


def ref_of(text: str) -> str:
    """`7` and `inc-7` are INC-7."""
    return f"INC-{text}" if text.isdecimal() else text.upper()
