"""Plans who there is to be, as the documents say it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tocsin.acts.configuration.documents import OPEN, PRIVATE, Doc, written_person
from tocsin.acts.configuration.draft import DELETE, LEFT, PERSON, Draft, Step, step_of
from tocsin.acts.contacts.choosing import quiet_hours, rules_of
from tocsin.acts.oncall.writing import Desk
from tocsin.acts.people import person_of
from tocsin.core.oncall.differences import field_differences
from tocsin.core.people import Person
from tocsin.errors import Invalid, TocsinError


def plan_people(desk: Desk, draft: Draft, docs: Mapping[str, Doc] | None, prune: bool, private: bool) -> None:
    people = dict(desk.known.people)
    for handle, doc in (docs or {}).items():
        try:
            people[handle] = _person(desk, handle, people.get(handle), doc)
        except TocsinError as why:
            draft.wrong(PERSON, handle, why)
    # Only now, with everybody as they will be: two may have swapped their addresses.
    alike = _by_address(people)
    for handle in docs or {}:
        try:
            if handle in people and people[handle] != desk.known.people.get(handle):
                person_of(people[handle], [one for key in _addresses(people[handle]) for one in alike[key]])
        except TocsinError as why:
            draft.wrong(PERSON, handle, why)
    for handle in desk.known.people if docs is not None else ():
        if handle in (docs or {}):
            continue
        if prune and handle != desk.by.person:
            del people[handle]
            draft.steps.append(Step(PERSON, handle, DELETE))
        else:
            own = ("it is you who applies this",) if prune else ()
            draft.steps.append(Step(PERSON, handle, LEFT, own))
    for handle in docs or {}:
        if handle in people:
            words = _person_words(desk.known.people.get(handle), people[handle], private)
            draft.steps.append(step_of(PERSON, handle, desk.known.people.get(handle), people[handle], words))
    draft.after = replace(draft.after, people=people)


def _by_address(people: Mapping[str, Person]) -> dict[str, list[Person]]:
    """Who says that an address is theirs."""
    found: dict[str, list[Person]] = defaultdict(list)
    for one in people.values():
        for address in _addresses(one):
            found[address].append(one)
    return found


def _addresses(one: Person) -> list[str]:
    return [text.lower() for text in (one.email, one.github, one.slack_id) if text]


def _person(desk: Desk, handle: str, old: Person | None, doc: Doc) -> Person:
    """What the document leaves out stays as it is."""
    reached = ("rules", "quiet")
    given: dict[str, Any] = {name: value for name, value in doc.items() if name not in reached}
    if "rights" in given:
        given["rights"] = tuple(given["rights"])
    person = person_of(replace(old or Person(handle, handle), **given), ())
    if "rules" in doc:
        rules = {**person.rules, **rules_of(person, doc["rules"], desk.house.channels)}
        person = replace(person, rules={urgency: some for urgency, some in rules.items() if some})
    if "quiet" in doc:
        person = replace(person, quiet=quiet_hours(person, doc["quiet"]))
    if person.handle != handle:
        raise Invalid(f"write the handle as it is kept: {person.handle}", field="handle")
    return person


def _person_words(old: Person | None, new: Person, private: bool) -> tuple[str, ...]:
    if old is None:
        return (new.name,)
    before, after = (_in_words(one) for one in (old, new))
    open_words = field_differences(before, after, OPEN)
    if private:
        return (*open_words, *field_differences(before, after, PRIVATE))
    return (*open_words, *(f"{name} changes" for name in PRIVATE if before[name] != after[name]))


def _in_words(one: Person) -> dict[str, Any]:
    """As documents say it, the rules in one line each."""
    written = written_person(one)
    rules = (f"{urgency}: {', '.join(some)}" for urgency, some in written["rules"].items())
    return {**written, "rules": "; ".join(rules)}
