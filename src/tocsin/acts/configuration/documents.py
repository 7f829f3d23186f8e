"""The configuration as documents, the form in which files keep it. What has its usual value is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tocsin.acts.contacts.choosing import written_rules
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.calendars import open_url
from tocsin.acts.roster import directory
from tocsin.core.escalation.policy import Policy
from tocsin.core.escalation.written import written_policy
from tocsin.core.oncall.written import written_plan
from tocsin.core.people import Person
from tocsin.store import calendars as calendar_rows
from tocsin.store.calendars import SHIFTS, CalendarRow
from tocsin.store.oncall import Kept

Doc = Mapping[str, Any]
Docs = Mapping[str, Doc]
OPEN: Final = ("name", "zone", "hours")
"""What everybody may read of a person."""
PRIVATE: Final = ("email", "slack_id", "github", "rights", "rules", "quiet")
"""What only admins may read, and set. The addresses of people's own devices stand in no file: they are theirs, and verified by them."""
HEAD: Final = ("name", "team", "slack_group", "slack_channel")
MEMBERS, KEEPS = "members", "pager"
"""What a team is: a list of its members, or, where it says which pager it keeps, a table of both."""
USUAL_RIGHTS: Final = ["respond"]


@dataclass(frozen=True, slots=True)
class Documents:
    """Each kind by its ids (handles, names); None: nothing is said of that kind."""

    people: Mapping[str, Doc] | None = None
    teams: Mapping[str, Sequence[str] | Doc] | None = None
    calendars: Mapping[str, Doc] | None = None
    schedules: Mapping[str, Doc] | None = None
    policies: Mapping[str, Doc] | None = None


async def configuration(house: House, by: By) -> tuple[int, Documents]:
    """The roster's version, and everything that files may say. How people are reached only admins are told."""
    async with house.pool.acquire() as conn, conn.transaction(readonly=True, isolation="repeatable_read"):
        known = await directory(house, conn)
        calendars = await calendar_rows.every(conn)
    live = [one for one in known.kept.values() if one.ended_at is None]
    return known.version, Documents(
        {handle: person_doc(one, by.is_admin) for handle, one in sorted(known.people.items())},
        {
            name: team_doc(members, known.pagers.get(name, ""))
            for name, members in sorted(known.teams.items())
        },
        {one.name: calendar_doc(one, by.is_admin) for one in calendars},
        {one.id: schedule_doc(one) for one in live},
        {id: policy_doc(one.policy) for id, one in known.policies.items()},
    )


def team_doc(members: Sequence[str], pager: str) -> list[str] | dict[str, Any]:
    return {MEMBERS: list(members), KEEPS: pager} if pager else list(members)


def person_doc(one: Person, is_admin: bool) -> dict[str, Any]:
    written = written_person(one)
    found = {name: written[name] for name in (*OPEN, *(PRIVATE if is_admin else ()))}
    if list(one.rights) == USUAL_RIGHTS:
        found.pop("rights", None)
    return {name: value for name, value in found.items() if value}


def written_person(one: Person) -> dict[str, Any]:
    """Everything that files may say of a person, usual values too."""
    plain = {name: getattr(one, name) for name in (*OPEN, "email", "slack_id", "github")}
    return {**plain, "rights": list(one.rights), "rules": written_rules(one), "quiet": str(one.quiet or "")}


def calendar_doc(one: CalendarRow, is_whole: bool) -> dict[str, Any]:
    found = {
        "kind": one.kind,
        "url": one.url if is_whole else open_url(one.url),
        "zone": one.zone if one.kind == SHIFTS else "",
        "who": list(one.who),
    }
    return {name: value for name, value in found.items() if value}


def schedule_doc(kept: Kept) -> dict[str, Any]:
    return {**head_doc(kept), **written_plan(kept.schedule.plan)}


def policy_doc(one: Policy) -> dict[str, Any]:
    usual = {"id": one.id, "name": one.id}
    return {name: value for name, value in written_policy(one).items() if usual.get(name) != value}


def head_doc(kept: Kept) -> dict[str, Any]:
    one = kept.schedule
    name = one.name if one.name != one.id else ""
    found = {
        "name": name,
        "team": one.team,
        "slack_group": kept.slack_group,
        "slack_channel": kept.slack_channel,
    }
    return {name: value for name, value in found.items() if value}
