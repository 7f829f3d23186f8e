"""Reads a handbook's `[[intake]]` rules and its `[inbox]`, and checks them along with the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tocsin.core import intake
from tocsin.core.intake import IntakeRule

if TYPE_CHECKING:
    from tocsin.core.toml_reader import TomlReader

TABLE: Final = "intake"
KEYS: Final = {
    "id", "sources", "words", "title", "labels", "senders", "not_senders", "called", "many", "within", "does", "kind", "joins", "storm",
}  # fmt: skip
FEW: Final = 2
MOST: Final = 10_000


def intake_rules(reader: TomlReader, kinds: list[str]) -> tuple[IntakeRule, ...]:
    """The rules in their order, since the first that fits decides."""
    rows = reader.rows(TABLE)
    rules = tuple(_rule(reader, i, row, kinds) for i, row in enumerate(rows))
    reader.unique(TABLE, [rule.id for rule in rules])
    _inbox_is_needed(reader, rules)
    return rules


def inbox_within(reader: TomlReader) -> timedelta | None:
    """How long a message may wait for a look; None where the handbook has no `[inbox]`."""
    table = reader.data.get("inbox")
    if table is None:
        return None
    if not isinstance(table, Mapping):
        reader.wrong(
            "inbox", 0, "", "inbox is not a table", 'Write `[inbox]`, and below it `within = "30m"`.'
        )
        return None
    reader.only_keys(table, {"within"}, "inbox", 0)
    return reader.span("inbox", 0, table, "within")


def _rule(reader: TomlReader, i: int, row: Mapping[str, Any], kinds: list[str]) -> IntakeRule:
    reader.only_keys(row, KEYS, TABLE, i)
    rule = IntakeRule(
        id=reader.id(TABLE, i, row),
        sources=reader.some_of(TABLE, i, row, "sources", intake.SOURCES),
        words=reader.words(TABLE, i, row, "words", needed=False),
        title=reader.words(TABLE, i, row, "title", needed=False),
        labels=reader.words(TABLE, i, row, "labels", needed=False),
        senders=reader.words(TABLE, i, row, "senders", needed=False),
        not_senders=reader.words(TABLE, i, row, "not_senders", needed=False),
        called=reader.flag(TABLE, i, row, "called", default=False),
        many=_count(reader, i, row, "many", 1),
        within=reader.span(TABLE, i, row, "within", needed=False) or timedelta(0),
        does=reader.one_of(TABLE, i, row, "does", intake.DEEDS, default=intake.OPENS),
        kind=reader.one_of(TABLE, i, row, "kind", kinds, default=""),
        joins=reader.span(TABLE, i, row, "joins", needed=False) or timedelta(0),
        storm=_count(reader, i, row, "storm", 0),
    )
    _sense(reader, i, rule)
    return rule


def _count(reader: TomlReader, i: int, row: Mapping[str, Any], key: str, default: int) -> int:
    count = row.get(key, default)
    if key in row and (not isinstance(count, int) or isinstance(count, bool) or not FEW <= count <= MOST):
        reader.wrong(TABLE, i, key, f"{count!r} is not many", f"Write a whole number from {FEW} to {MOST}.")
        return default
    return int(count)


def _sense(reader: TomlReader, i: int, rule: IntakeRule) -> None:
    names = (rule.words, rule.title, rule.labels, rule.senders, rule.not_senders, rule.called, rule.many > 1)
    if rule.id and not any(names):
        instead = 'Write what it fits, such as `words = ["down"]`; `words = ["*"]` fits everything.'
        reader.wrong(TABLE, i, "id", f"{rule.id} does not say which messages it fits", instead)
    if rule.many > 1 and not rule.within:
        reader.wrong(
            TABLE, i, "many", "it does not say within which time they are counted", 'Add `within = "10m"`.'
        )
    if rule.within and rule.many == 1:
        reader.wrong(TABLE, i, "within", "there is nothing to count within it", "Add `many = 3`.")
    if rule.joins and rule.does != intake.OPENS:
        reader.wrong(
            TABLE, i, "joins", f"a rule that {rule.does} opens nothing that could join", "Take this line out."
        )
    if rule.storm and not rule.joins:
        reader.wrong(
            TABLE, i, "storm", "it does not say within which time they are counted", 'Add `joins = "1h"`.'
        )
    if rule.kind and rule.does != intake.OPENS:
        reader.wrong(
            TABLE, i, "kind", f"a rule that {rule.does} opens nothing of that kind", "Take this line out."
        )


def _inbox_is_needed(reader: TomlReader, rules: tuple[IntakeRule, ...]) -> None:
    """Once there are rules, what none of them fits waits; nothing may wait for ever."""
    if rules and "inbox" not in reader.data:
        reader.wrong(
            TABLE,
            0,
            "",
            "nothing says how long a message may wait for a look",
            'Add the table `[inbox]` with `within = "30m"`.',
        )
