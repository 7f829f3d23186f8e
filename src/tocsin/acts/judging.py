"""Whether each declared target can go back, ready when an incident opens, and looked at again when asked or when a deploy is news.

What lies between two deploys is looked at in the repositories, by the git hand; a look that fails leaves a verdict that says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tocsin.acts.deploys import MOST, deploys, record_deploy
from tocsin.acts.house import House
from tocsin.acts.looks import case
from tocsin.acts.process import ENGINE, change
from tocsin.core import facts as f
from tocsin.core.case import Actor, Case, must_be_open
from tocsin.core.deploys.deploy import ROLLED_BACK, Deploy
from tocsin.core.deploys.judging import first_symptom, judged_fact, judging, judging_lane, taken_back
from tocsin.core.deploys.nearby import Nearby, nearby
from tocsin.core.deploys.seen import between_seen
from tocsin.core.deploys.verdict import Between, Schema
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.procedures.declared import Target
from tocsin.core.procedures.hands import Seen
from tocsin.core.work import Later, Refused
from tocsin.errors import Conflict, Invalid
from tocsin.store import incidents as incident_rows
from tocsin.store import procedures as procedure_rows
from tocsin.store import works as work_rows

LONGEST_LOOK: Final = 60.0
"""Seconds of a look at a repository, after which the verdict is told without it."""


@dataclass(frozen=True, slots=True)
class Looked:
    """`why_later` is set where a look should be tried again."""

    facts: tuple[f.RevertibilityJudged, ...]
    why_later: str = ""


async def judge(house: House, ref: str, began_at: datetime | None = None) -> str:
    """Judge all declared targets of an incident, and add what is new of it. Why it has to be looked at again; "" where all was seen."""
    incident = (await case(house, ref, TOCSIN)).incident
    if incident.is_ended:
        return ""
    symptom_at = min(first_symptom(incident), began_at or incident.started_at)
    found = [await _judged(house, target, symptom_at) for target in house.declared.targets]
    facts = [fact for one in found for fact in one.facts]

    def decide(case: Case) -> list[f.What]:
        if not case.incident.is_open:
            return []
        return [fact for fact in facts if fact not in case.incident.verdicts]

    if any(fact not in incident.verdicts for fact in facts):
        await change(house, ref, ENGINE, decide)
    return next((one.why_later for one in found if one.why_later), "")


async def mark_taken_back(house: House, incident: Incident, target: str) -> None:
    """The suspected deploy was rolled back: nobody goes back to it later. `target` "" is where nobody said what was rolled back."""
    deploy = taken_back(incident, target)
    judged = next((one for one in incident.verdicts if deploy and one.suspect == deploy.id), None)
    if deploy and judged:
        told = Deploy(deploy.id, judged.service, deploy.at, status=ROLLED_BACK)
        await record_deploy(house, told)


async def ask_verdict(house: House, actor: Actor, ref: str, began_at: datetime | None = None) -> None:
    """Look again, since somebody asks; `began_at` is when it began, where that was before it was opened. Conflict where nothing is declared."""
    view = await case(house, ref, actor.person)
    must_be_open(Case(view.incident, view.handbook, view.now))
    if not house.declared.targets:
        raise Conflict("No target is declared here that could be rolled back: see TOCSIN_PROCEDURES")
    now = house.clock.now()
    if began_at and began_at > now:
        raise Invalid(f"began_at is {began_at.isoformat()}, which is still to come", field="began_at")
    async with house.pool.acquire() as conn, conn.transaction():
        head = await incident_rows.find(conn, view.incident.ref)
        assert head is not None
        work = judging(head.ref, f"asked/{now.isoformat()}", began_at)
        await work_rows.plan(conn, head.id, [work], now)
        # One that waits after a failed look would hold it up.
        await procedure_rows.hurry_lane(conn, judging_lane(head.ref), now)
    house.wake()


async def _judged(house: House, target: Target, symptom_at: datetime) -> Looked:
    known = [row.deploy for row in await deploys(house, target.service, limit=MOST)]
    near = nearby(target, known, symptom_at)
    if near is None:
        return Looked(())
    between, later = await _between(house, target, near)
    schema = await _schema(house, target)
    fact = judged_fact(target, near, between, schema, symptom_at, house.clock.now())
    return Looked((fact,), later)


async def _between(house: House, target: Target, near: Nearby) -> tuple[Between, str]:
    if near.good is None:
        return Between(), ""
    inputs = {
        "target": target.id,
        "good": near.good.commit,
        "live": near.live.commit,
        "good_repository": near.good.repository,
    }
    if not near.good.commit or not near.live.commit:
        return Between(why_unknown="these deploys were told without their commits"), ""
    match await _look(house, "git", "between", inputs):
        case Seen(problems=problems) if problems:
            return Between(why_unknown="; ".join(problems)), ""
        case Seen(values=values):
            return between_seen(values, target.migrations), ""
        case Later(why=why):
            return Between(why_unknown=why), why
        case Refused(why=why):
            return Between(why_unknown=why), ""


async def _schema(house: House, target: Target) -> Schema:
    """What the doctor says of the service's own database; that may fail, and then it is not known."""
    if not target.database:
        return Schema()
    match await _look(house, "schema", "doctor", {"database": target.database}):
        case Seen(values=values):
            return Schema(True, values.get("dirty") is True, _instant(values.get("backup_at")))
        case _:
            return Schema(is_declared=True)


async def _look(house: House, by: str, what: str, inputs: Mapping[str, Any]) -> Seen | Later | Refused:
    hand = house.hands.get(by)
    if hand is None:
        return Refused(f"nothing here looks into {by}")
    try:
        async with asyncio.timeout(LONGEST_LOOK):
            return await hand.look(what, inputs)
    except TimeoutError:
        return Later(f"{by} did not answer within {LONGEST_LOOK:g} s")


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None
