"""Who is in the stories, in the town and in Tocsin alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from tocsin.acts import access, people
from tocsin.acts.building import make_house
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.clock import Clock
from tocsin.store.pool import open_pool
from tocsin.town import Town


@dataclass(frozen=True, slots=True)
class Member:
    handle: str
    name: str
    rights: tuple[str, ...] = ("respond",)

    @property
    def email(self) -> str:
        return f"{self.handle}@acme.example"

    @property
    def github(self) -> str:
        return f"{self.handle}-at-acme"


CAST = (
    Member("alice", "Alice Ardent", ("admin",)),
    Member("bob", "Bob Brook"),
    Member("carol", "Carol Crane"),
)
TEAM = "ops_team"
SCHEDULE = "ops_schedule"
CUSTOMER = "@jane"
CLIENT = "dana@bigcorp.example"
INCIDENTS_MAIL = "incidents@acme.example"
REPOSITORY = "acme/website"
LINK_LIVES = timedelta(days=30)
"""Longer than any story's own time: whoever watches one to its end signs in after it."""


@dataclass(frozen=True, slots=True)
class Tickets:
    """What a visitor needs to get in: a key, and one-time links that sign in as Alice. `bob` is a key of Bob's."""

    key: str
    sign_in: str
    bob: str = ""


def settle_in(town: Town) -> dict[str, str]:
    """Let the cast live in the town; their Slack ids by handle."""
    town.slack.add_channel("incidents")
    town.slack.add_channel("general")
    town.github.add_repo(REPOSITORY)
    for member in CAST:
        town.github.add_member(member.github)
    town.opsgenie.add_team(TEAM)
    town.opsgenie.add_schedule(SCHEDULE, ["bob@acme.example"])
    return {member.handle: town.slack.add_user(member.handle, member.name, member.email) for member in CAST}


async def hire(dsn: str, clock: Clock, slack_ids: dict[str, str]) -> Tickets:
    """Make them known to Tocsin: the people, the team, and a week's rotation in which it is Bob's turn."""
    pool = await open_pool(dsn, min_size=1, max_size=2)
    try:
        return await _hire(pool, clock, slack_ids)
    finally:
        await pool.close()


async def _hire(pool: asyncpg.Pool, clock: Clock, slack_ids: dict[str, str]) -> Tickets:
    house = await make_house(pool, clock)
    for member in CAST:
        await people.save_person(
            house,
            member.handle,
            name=member.name,
            email=member.email,
            slack_id=slack_ids[member.handle],
            rights=member.rights,
            github=member.github,
            zone="UTC",
        )
    if "admin" in (await people.everybody(house)).people:
        await people.remove_person(house, "admin")  # Alice is the admin here.
    await people.save_team(house, TEAM, ["alice", "bob"])
    await people.save_team(house, "security_team", ["alice"])
    await save_weekly(
        house,
        "ops",
        team=TEAM,
        zone="UTC",
        first_handoff=_last_monday(clock.now()),
        participants=["bob", "alice"],
    )
    name = f"demo-{clock.now():%Y%m%d%H%M%S%f}"
    key = await access.create_key(house, name, person="alice", rights=("admin",))
    bob = await access.create_key(house, f"{name}-bob", person="bob", rights=("respond",))
    return Tickets(key, await access.sign_in_link(house, "alice", LINK_LIVES), bob)


def _last_monday(now: datetime) -> datetime:
    monday = (now - timedelta(days=now.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)
    if monday > now:
        monday -= timedelta(days=7)
    return monday.replace(tzinfo=None)
