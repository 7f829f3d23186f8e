"""What statements about indexes, types, sequences, views, functions, triggers, policies, extensions, schemas and comments leave behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from tocsin.core.schema.lexer import Kind
from tocsin.core.schema.reading import NotUnderstood, Reading, by_commas
from tocsin.core.schema.things import (
    COMMENT,
    EXTENSION,
    FUNCTION,
    INDEX,
    LABEL,
    POLICY,
    SCHEMA,
    SEQUENCE,
    TABLE,
    TRIGGER,
    TYPE,
    VIEW,
    Claim,
    Leaves,
    Name,
)

Recogniser = Callable[[Reading, bool], Leaves]
"""Takes what follows the statement's first words, and whether it says OR REPLACE."""


def _create_index(reading: Reading, replaces: bool, *, unique: bool = False) -> Leaves:
    reading.took("concurrently")
    lenient = reading.took("if", "not", "exists")
    if reading.took("on"):
        raise NotUnderstood("an index without a name")
    name = reading.name()
    reading.need("on")
    reading.took("only")
    table = reading.name()
    if reading.took("using"):
        reading.identifier()
    columns = []
    for part in by_commas(reading.bracket()):
        plain = part[0].kind in (Kind.WORD, Kind.QUOTED) and not (len(part) > 1 and part[1].is_sign("("))
        columns.append(part[0].text if plain else "")
    exact = f"{'unique ' if unique else ''}on {table.name}: {', '.join(columns)}"
    return Leaves(
        (Claim(INDEX, Name(name.name, name.schema or table.schema), exact=exact),), if_needed=lenient
    )


def _create_unique_index(reading: Reading, replaces: bool) -> Leaves:
    return _create_index(reading, replaces, unique=True)


def _reindex(reading: Reading, replaces: bool) -> Leaves:
    reading.took("concurrently")
    return Leaves((Claim(INDEX, reading.name()),), harmless=True)


def _create_type(reading: Reading, replaces: bool) -> Leaves:
    name = reading.name()
    claims = [Claim(TYPE, name)]
    if reading.took("as", "enum"):
        claims += [Claim(LABEL, name, part[0].text) for part in by_commas(reading.bracket())]
    return Leaves(tuple(claims))


def _alter_type(reading: Reading, replaces: bool) -> Leaves:
    name = reading.name()
    if reading.took("add", "value"):
        lenient = reading.took("if", "not", "exists")
        return Leaves((Claim(LABEL, name, reading.text()),), if_needed=lenient)
    if reading.took("rename", "value"):
        old = reading.text()
        reading.need("to")
        return _renamed(Claim(LABEL, name, old), Claim(LABEL, name, reading.text()))
    return _rename_to(reading, TYPE, name)


def _create_sequence(reading: Reading, replaces: bool) -> Leaves:
    lenient = reading.took("if", "not", "exists")
    return Leaves((Claim(SEQUENCE, reading.name()),), if_needed=lenient)


def _create_view(reading: Reading, replaces: bool) -> Leaves:
    lenient = reading.took("if", "not", "exists")
    claims = (Claim(VIEW, reading.name()),)
    if replaces:
        return Leaves(claims, unknown="whether the view has this text can't be told", harmless=True)
    return Leaves(claims, if_needed=lenient)


def _create_function(reading: Reading, replaces: bool) -> Leaves:
    name = reading.name()
    reading.bracket()
    rest = reading.rest
    body = next(
        (after.text for word, after in pairwise(rest) if word.is_word("as") and after.kind is Kind.STRING),
        "",
    )
    if body:
        return Leaves((Claim(FUNCTION, name, exact=body),), harmless=replaces)
    return Leaves(
        (Claim(FUNCTION, name),),
        unknown="whether the function has this text can't be told",
        harmless=replaces,
    )


def _create_trigger(reading: Reading, replaces: bool) -> Leaves:
    name = reading.identifier()
    reading.until("on")
    reading.need("on")
    claims = (Claim(TRIGGER, reading.name(), name),)
    why = "whether the trigger has this text can't be told" if replaces else ""
    return Leaves(claims, unknown=why, harmless=replaces)


def _create_policy(reading: Reading, replaces: bool) -> Leaves:
    name = reading.identifier()
    reading.need("on")
    return Leaves((Claim(POLICY, reading.name(), name),))


def _create_named(kind: str) -> Recogniser:
    def recogniser(reading: Reading, replaces: bool) -> Leaves:
        lenient = reading.took("if", "not", "exists")
        if kind == SCHEMA and reading.took("authorization"):
            raise NotUnderstood("a schema named for its owner")
        return Leaves((Claim(kind, Name(reading.identifier())),), if_needed=lenient)

    return recogniser


def _drop(kind: str) -> Recogniser:
    def recogniser(reading: Reading, replaces: bool) -> Leaves:
        reading.took("concurrently")
        lenient = reading.took("if", "exists")
        names = [reading.name()]
        if kind == FUNCTION and not reading.ended and reading.rest[0].is_sign("("):
            reading.bracket()
        while reading.took_sign(","):
            names.append(reading.name())
        forbidden = "DROP SCHEMA takes away more than a migration made" if kind == SCHEMA else ""
        claims = tuple(Claim(kind, name, there=False) for name in names)
        return Leaves(claims, if_needed=lenient, forbidden=forbidden)

    return recogniser


def _drop_of_table(kind: str) -> Recogniser:
    def recogniser(reading: Reading, replaces: bool) -> Leaves:
        lenient = reading.took("if", "exists")
        name = reading.identifier()
        reading.need("on")
        return Leaves((Claim(kind, reading.name(), name, there=False),), if_needed=lenient)

    return recogniser


def _alter_named(kind: str) -> Recogniser:
    def recogniser(reading: Reading, replaces: bool) -> Leaves:
        reading.took("if", "exists")
        return _rename_to(reading, kind, reading.name())

    return recogniser


def _alter_unknown(reading: Reading, replaces: bool) -> Leaves:
    return Leaves(unknown="what ALTER changes in functions and extensions is not compared", harmless=True)


def _comment(reading: Reading, replaces: bool) -> Leaves:
    reading.need("on")
    if reading.took("column"):
        first, second = reading.identifier(), ""
        while reading.took_sign("."):
            first, second = (second and f"{first}.{second}") or first, reading.identifier()
        schema, _, table = first.rpartition(".")
        thing, part = Name(table, schema), second
    elif reading.took("materialized", "view") or reading.took_any("table", "view", "index", "sequence"):
        thing, part = reading.name(), ""
    else:
        return Leaves(unknown="comments on this kind of thing are not compared", harmless=True)
    reading.need("is")
    said = "" if reading.took("null") else reading.text()
    return Leaves((Claim(COMMENT, thing, part, there=bool(said), exact=said),), harmless=True)


def _rename_to(reading: Reading, kind: str, name: Name) -> Leaves:
    if reading.took("rename", "to"):
        return _renamed(Claim(kind, name), Claim(kind, Name(reading.identifier(), name.schema)))
    if reading.took("owner", "to") or reading.took("owned", "by") or reading.took("set"):
        return Leaves(unknown="owners and settings are not compared", harmless=True)
    raise NotUnderstood("what ALTER is to change")


def _renamed(old: Claim, new: Claim) -> Leaves:
    gone = Claim(old.kind, old.name, old.part, there=False)
    return Leaves((gone, new), renames=(old, new))


OBJECTS: Mapping[tuple[str, tuple[str, ...]], Recogniser] = {
    ("create", ("index",)): _create_index,
    ("create", ("unique", "index")): _create_unique_index,
    ("reindex", ("index",)): _reindex,
    ("create", ("type",)): _create_type,
    ("alter", ("type",)): _alter_type,
    ("create", ("domain",)): lambda reading, replaces: Leaves((Claim(TYPE, reading.name()),)),
    ("create", ("sequence",)): _create_sequence,
    ("create", ("view",)): _create_view,
    ("create", ("recursive", "view")): _create_view,
    ("create", ("materialized", "view")): _create_view,
    ("create", ("function",)): _create_function,
    ("create", ("procedure",)): _create_function,
    ("create", ("trigger",)): _create_trigger,
    ("create", ("constraint", "trigger")): _create_trigger,
    ("create", ("policy",)): _create_policy,
    ("create", ("extension",)): _create_named(EXTENSION),
    ("create", ("schema",)): _create_named(SCHEMA),
    ("drop", ("table",)): _drop(TABLE),
    ("drop", ("foreign", "table")): _drop(TABLE),
    ("drop", ("index",)): _drop(INDEX),
    ("drop", ("type",)): _drop(TYPE),
    ("drop", ("domain",)): _drop(TYPE),
    ("drop", ("sequence",)): _drop(SEQUENCE),
    ("drop", ("view",)): _drop(VIEW),
    ("drop", ("materialized", "view")): _drop(VIEW),
    ("drop", ("function",)): _drop(FUNCTION),
    ("drop", ("procedure",)): _drop(FUNCTION),
    ("drop", ("extension",)): _drop(EXTENSION),
    ("drop", ("schema",)): _drop(SCHEMA),
    ("drop", ("trigger",)): _drop_of_table(TRIGGER),
    ("drop", ("policy",)): _drop_of_table(POLICY),
    ("alter", ("index",)): _alter_named(INDEX),
    ("alter", ("sequence",)): _alter_named(SEQUENCE),
    ("alter", ("view",)): _alter_named(VIEW),
    ("alter", ("materialized", "view")): _alter_named(VIEW),
    ("alter", ("function",)): _alter_unknown,
    ("alter", ("procedure",)): _alter_unknown,
    ("alter", ("extension",)): _alter_unknown,
    ("comment", ()): _comment,
}
