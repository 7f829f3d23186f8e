"""Sets by which rules a person is reached, and when they are left in peace."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tocsin.acts.contacts.whose import method_of, whose
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.writing import Desk, writing
from tocsin.core.channel import URGENCIES
from tocsin.core.contacts import GIVEN, Quiet, Rule, Rules, quiet_of, rule_of
from tocsin.core.people import Person
from tocsin.core.spans import span_text, span_written
from tocsin.core.ways import LONGEST
from tocsin.errors import Invalid
from tocsin.store import contacts as rows

MOST = 20
"""How many rules one urgency may have."""


async def choose_rules(house: House, by: By, handle: str, said: Mapping[str, Sequence[str]]) -> Rules:
    """Set the rules of the urgencies that are named: `slack`, `phone after 5m`. No rules are the usual ones."""
    async with writing(house, by) as desk:
        person = whose(desk.known, by, handle)
        rules = rules_of(person, said, house.channels)
        for urgency, some in rules.items():
            await rows.save_rules(desk.conn, person.handle, urgency, some)
        await desk.log(
            "contact changed", f"set by which rules {person.handle} is reached", subject=person.handle
        )
    return {**person.rules, **rules}


async def choose_quiet(house: House, by: By, handle: str, text: str) -> Quiet | None:
    """Set the quiet hours, `22:00-07:00` in their zone, or none ("")."""
    async with writing(house, by) as desk:
        person = whose(desk.known, by, handle)
        quiet = quiet_hours(person, text)
        await desk.conn.execute(rows.SQL["set_quiet"], person.handle, str(quiet or ""))
        await desk.log("contact changed", f"set the quiet hours of {person.handle}", subject=person.handle)
    return quiet


async def store_reached(desk: Desk, before: Person | None, after: Person) -> None:
    """Keep the rules and the quiet hours of a person as they are to be, where they change."""
    for urgency in URGENCIES:
        some = after.rules.get(urgency, ())
        if some != (before.rules.get(urgency, ()) if before else ()):
            await rows.save_rules(desk.conn, after.handle, urgency, some)
    if after.quiet != (before.quiet if before else None):
        await desk.conn.execute(rows.SQL["set_quiet"], after.handle, str(after.quiet or ""))


def rules_of(
    person: Person, said: Mapping[str, Sequence[str]], vias: Collection[str]
) -> dict[str, tuple[Rule, ...]]:
    """What these lines say. Invalid, by name, for a wrong urgency, a rule that is none, and a method that they do not have."""
    for urgency in said:
        if urgency not in URGENCIES:
            raise Invalid(f"{urgency!r} is no urgency; there are {', '.join(URGENCIES)}", field="rules")
    found = {urgency: tuple(_rule(person, text, vias) for text in lines) for urgency, lines in said.items()}
    for urgency, some in found.items():
        if len(some) > MOST:
            raise Invalid(
                f"There are {len(some)} rules for {urgency}; at most {MOST} are taken", field="rules"
            )
        if some and all(one.after for one in some):
            raise Invalid(
                f"The first rule for {urgency} has to be at once: leave out its `after`", field="rules"
            )
    return found


def written_rules(person: Person) -> dict[str, list[str]]:
    """The rules as people write them, by the names of their contact methods."""
    names = {one.id: one.name for one in person.contacts}
    return {
        urgency: [_written(rule, names) for rule in some]
        for urgency, some in sorted(person.rules.items())
        if some
    }


def quiet_hours(person: Person, text: str) -> Quiet | None:
    quiet = quiet_of(text)
    if quiet is None and text.strip():
        raise Invalid(f"{text!r} are no quiet hours: write them as 22:00-07:00", field="quiet")
    if quiet and not person.zone:
        raise Invalid(
            f"{person.handle} has no time zone: set one first, such as Europe/Berlin", field="quiet"
        )
    return quiet


def _written(rule: Rule, names: Mapping[str, str]) -> str:
    method = names.get(rule.method, rule.method)
    return f"{method} after {span_written(rule.after)}" if rule.after else method


def _rule(person: Person, text: str, vias: Collection[str]) -> Rule:
    rule = rule_of(text.strip().lower())
    if rule is None:
        raise Invalid(f"{text!r} is no rule: write phone, or phone after 5m", field="rules")
    if rule.after > LONGEST:
        raise Invalid(f"{text!r}: a rule waits at most {span_text(LONGEST)}", field="rules")
    if rule.method in (*GIVEN, *vias):
        return rule
    return Rule(method_of(person, rule.method).id, rule.after)
