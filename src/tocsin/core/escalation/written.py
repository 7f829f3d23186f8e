"""A policy as people write it (YAML, JSON, the rows of the database), read with clear errors and written back the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tocsin.core.escalation.policy import (
    ADMINS,
    AGAIN_AFTER,
    ALL,
    CHANNEL,
    KINDS,
    NOT_ACKNOWLEDGED,
    NOT_CLOSED,
    NOW,
    ON_CALL,
    ONE,
    PERSON,
    PLACES,
    POLICY,
    PRIORITIES,
    SCHEDULE,
    TEAM,
    WEBHOOK,
    WHICH,
    Policy,
    Step,
    Target,
    Window,
)
from tocsin.core.oncall.wall import wall
from tocsin.core.oncall.written import ID, only_fields, restriction_of
from tocsin.core.spans import span_of, span_text, span_written
from tocsin.core.words import text_of
from tocsin.errors import Invalid

FIELDS: Final = (
    "id", "name", "team", "steps", "repeat", "again_after", "acknowledged_by", "forgotten_after", "last_resort",
)  # fmt: skip
OF_STEP: Final = ("to", "after", "when", "between", "zone", "priorities", "turn")
LONGEST_WAIT: Final = timedelta(days=7)
SHORTEST_AGAIN: Final = timedelta(minutes=1)
MOST_STEPS, MOST_TARGETS, MOST_REPEATS = 50, 50, 20
SAID: Final = "person:HANDLE, team:NAME, schedule:ID, schedule:ID/next, schedule:ID/everyone, on-call, policy:ID, channel:#NAME or webhook:URL"


@dataclass(frozen=True, slots=True)
class Known:
    """What the names in a policy may mean; None where any is taken, as in a file that is read without a database."""

    people: frozenset[str] | None = None
    teams: frozenset[str] | None = None
    schedules: frozenset[str] | None = None
    policies: frozenset[str] | None = None


def policy_of(doc: Mapping[str, Any], known: Known = Known()) -> Policy:
    """The policy that `doc` writes. Invalid, naming the place, where it says something that can't be."""
    only_fields(doc, "", FIELDS)
    id = str(doc.get("id", ""))
    if not ID.fullmatch(id):
        raise Invalid(
            f"id is {id!r}: write small letters, digits, dots and dashes, such as payments", field="id"
        )
    said = _list(doc.get("steps"), "steps", MOST_STEPS)
    if not said:
        raise Invalid("steps is empty: an alert would reach nobody. Write one with `to`", field="steps")
    steps = tuple(_step(one, f"steps[{i}]", known) for i, one in enumerate(said))
    return Policy(
        id,
        text_of(str(doc.get("name") or id), field="name", longest=100),
        steps,
        _count(doc.get("repeat", 0), "repeat", MOST_REPEATS),
        _span(doc.get("again_after"), "again_after", AGAIN_AFTER, SHORTEST_AGAIN),
        _one_of(doc.get("acknowledged_by", ONE), "acknowledged_by", (ONE, ALL)),
        _span(doc["forgotten_after"], "forgotten_after", AGAIN_AFTER, SHORTEST_AGAIN)
        if doc.get("forgotten_after")
        else None,
        targets_of(doc.get("last_resort") or (), "last_resort", known),
        _team(doc.get("team"), known),
    )


def written_policy(one: Policy) -> dict[str, Any]:
    """The policy as `policy_of` reads it."""
    found: dict[str, Any] = {
        "id": one.id,
        "name": one.name,
        **({"team": one.team} if one.team else {}),
        "steps": [_written_step(step) for step in one.steps],
    }
    if one.repeat:
        found["repeat"] = one.repeat
    if one.again_after != AGAIN_AFTER:
        found["again_after"] = span_written(one.again_after)
    if one.acknowledged_by != ONE:
        found["acknowledged_by"] = one.acknowledged_by
    if one.forgotten_after:
        found["forgotten_after"] = span_written(one.forgotten_after)
    if one.last_resort:
        found["last_resort"] = [target.written for target in one.last_resort]
    return found


def targets_of(said: Any, place: str, known: Known) -> tuple[Target, ...]:
    """Whom a list, or one name, means."""
    those = said if isinstance(said, list | tuple) else [said]
    if len(those) > MOST_TARGETS:
        raise Invalid(f"{place} names {len(those)} targets; at most {MOST_TARGETS} are taken", field="to")
    return tuple(dict.fromkeys(target_of(str(one), f"{place}[{i}]", known) for i, one in enumerate(those)))


def target_of(said: str, place: str, known: Known) -> Target:
    """Whom or what `person:ana`, `schedule:primary/next` and the like mean. Invalid, with what there is, where that is nobody."""
    text = said.strip()
    if text in (ON_CALL, ADMINS):
        return Target(text)
    kind, _, name = text.partition(":")
    name = name.strip()
    if kind not in KINDS or not name:
        raise Invalid(f"{place} is {said!r}: write {SAID}", field="to")
    which = NOW
    if kind == SCHEDULE:
        name, _, given = name.partition("/")
        which = given or NOW
        if which not in WHICH:
            raise Invalid(f"{place} is {said!r}: write {' or '.join(WHICH)} after the /", field="to")
    if kind == PERSON:
        name = name.removeprefix("@").lower()
    if kind == WEBHOOK and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", name):
        raise Invalid(
            f"{place} is {said!r}: a webhook is an address such as https://example.com/hook", field="to"
        )
    if kind == CHANNEL and not re.fullmatch(r"#?[\w.-]{1,80}", name):
        raise Invalid(f"{place} is {said!r}: a channel is written #ops", field="to")
    there = {
        PERSON: known.people, TEAM: known.teams, SCHEDULE: known.schedules, POLICY: known.policies,
    }.get(kind)  # fmt: skip
    if there is not None and name not in there:
        names = ", ".join(sorted(there)[:30]) or "none"
        raise Invalid(f"{place}: there is no {kind} {name}; there are: {names}", field="to")
    return Target(kind, name, which)


def _team(said: Any, known: Known) -> str:
    team = str(said or "").strip()
    if team and known.teams is not None and team not in known.teams:
        names = ", ".join(sorted(known.teams)[:30]) or "none"
        raise Invalid(f"team: there is no team {team}; there are: {names}", field="team")
    return team


def _step(doc: Any, place: str, known: Known) -> Step:
    if not isinstance(doc, Mapping):
        raise Invalid(f"{place} is {doc!r}: write its fields, such as to and after", field=place)
    only_fields(doc, place, OF_STEP)
    to = targets_of(doc.get("to") or (), f"{place}.to", known)
    if not to:
        raise Invalid(f"{place}.to is empty: the step reaches nobody. Write {SAID}", field="to")
    turn = doc.get("turn", False)
    if not isinstance(turn, bool):
        raise Invalid(f"{place}.turn is {turn!r}: write true or false", field="turn")
    if turn and all(target.kind in (POLICY, *PLACES) for target in to):
        raise Invalid(f"{place}.turn is of use for people only: the step names none", field="turn")
    return Step(
        to,
        _span(doc.get("after"), f"{place}.after", timedelta(), timedelta()),
        _one_of(doc.get("when", NOT_ACKNOWLEDGED), f"{place}.when", (NOT_ACKNOWLEDGED, NOT_CLOSED)),
        _window(doc, place),
        _priorities(doc.get("priorities") or (), f"{place}.priorities"),
        turn,
    )


def _window(doc: Mapping[str, Any], place: str) -> Window | None:
    said = _list(doc.get("between"), f"{place}.between", MOST_STEPS)
    if not said:
        if doc.get("zone"):
            raise Invalid(
                f"{place}.zone says nothing without between, such as Mon-Fri 09:00-17:00", field="zone"
            )
        return None
    if not doc.get("zone"):
        raise Invalid(
            f"{place}.zone is missing: the times of between are those of a zone such as Europe/Berlin",
            field="zone",
        )
    spans = tuple(restriction_of(one, f"{place}.between[{i}]") for i, one in enumerate(said))
    try:
        return Window(wall(str(doc["zone"]).strip()).zone.key, spans)
    except Invalid as why:
        raise Invalid(f"{place}.{why.message}", field=why.field) from why


def _priorities(said: Any, place: str) -> tuple[str, ...]:
    those = {str(one).upper() for one in (said if isinstance(said, list | tuple) else [said])}
    strange = sorted(those - set(PRIORITIES))
    if strange:
        raise Invalid(
            f"{place}: there is no {strange[0]}; there are {', '.join(PRIORITIES)}", field="priorities"
        )
    return tuple(one for one in PRIORITIES if one in those)


def _span(said: Any, place: str, default: timedelta, shortest: timedelta) -> timedelta:
    if said is None or said == "":
        return default
    found = span_of(str(said)) if said != 0 else timedelta()
    if found is None:
        raise Invalid(f"{place} is {said!r}: write a span such as 30s, 5m, 2h or 1d", field=place)
    if not shortest <= found <= LONGEST_WAIT:
        least = span_text(shortest) if shortest else "0s"
        raise Invalid(
            f"{place} is {said}: it lies between {least} and {span_text(LONGEST_WAIT)}", field=place
        )
    return found


def _count(said: Any, place: str, most: int) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said <= most:
        raise Invalid(f"{place} is {said!r}: write a number from 0 to {most}", field=place)
    return said


def _one_of(said: Any, place: str, names: Sequence[str]) -> str:
    if said not in names:
        raise Invalid(f"{place} is {said!r}: write {' or '.join(names)}", field=place)
    return str(said)


def _list(said: Any, place: str, most: int) -> Sequence[Any]:
    if said is None or said == "":
        return ()
    those = said if isinstance(said, list | tuple) else [said]
    if len(those) > most:
        raise Invalid(f"{place} has {len(those)} entries; at most {most} are taken", field=place)
    return those


def _written_step(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"to": [target.written for target in step.to]}
    if step.after:
        found["after"] = span_written(step.after)
    if step.when != NOT_ACKNOWLEDGED:
        found["when"] = step.when
    if step.window:
        found["between"] = [span.written for span in step.window.spans]
        found["zone"] = step.window.zone
    if step.priorities:
        found["priorities"] = list(step.priorities)
    if step.turn:
        found["turn"] = True
    return found
