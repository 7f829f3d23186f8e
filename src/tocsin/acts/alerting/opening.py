"""Opening an alert: the short way, one round trip from what was said to the rows that page somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.acts.alerting.steps import stepped, turns_taken
from tocsin.acts.escalation_look import look_at, look_by
from tocsin.acts.house import House
from tocsin.acts.people import everybody
from tocsin.acts.policies import names_in, stamped_by
from tocsin.acts.policy_places import must_be_told
from tocsin.core.alerting.alert import Opening, alert_begun, ref_of
from tocsin.core.case import Actor
from tocsin.core.escalation.policy import POLICY, Stamped
from tocsin.core.escalation.stamping import reassigned
from tocsin.core.escalation.written import targets_of
from tocsin.errors import Invalid
from tocsin.store import alerts as rows
from tocsin.store.people import Directory


@dataclass(frozen=True, slots=True)
class OpenedAlert:
    """The alert that it is: a new one, or the open one with the same alias, which came `count` times."""

    ref: str
    count: int
    is_new: bool


async def open_alert(
    house: House,
    actor: Actor,
    opening: Opening,
    policy: str = "",
    to: Sequence[str] = (),
    known: Directory | None = None,
) -> OpenedAlert:
    """Page people for it, by that policy (the house's own where none is named); first of all those in `to`.

    While an alert with the same alias is open it counts up: it keeps its first words, and its escalation goes on as it was. NotFound where
    there is no such policy, Invalid where `to` names nobody that there is. `known` is the roster where the caller has just asked for it.
    """
    known = known or await everybody(house)
    first = targets_of(list(to), "to", names_in(house, known)) if to else ()
    must_be_told(house, first)
    if any(one.kind == POLICY for one in first):
        raise Invalid("A policy is named as `policy`, not in `to`", field="to")
    stamped = stamped_by(house, known, policy)
    stamped = reassigned(stamped, first) if first else stamped
    opened = await _open(house, actor, opening, stamped, known)
    house.wake_pager()
    return OpenedAlert(ref_of(opened.number), opened.count, opened.is_new)


async def _open(
    house: House, actor: Actor, opening: Opening, stamped: Stamped, known: Directory
) -> rows.Opened:
    now = house.clock.now()
    alert = alert_begun(0, opening, stamped, now, actor.by, actor.door)
    if not any(stage.turn for stage in stamped.stages):
        changed = stepped(alert, (), look_by(house, known, now), now)
        opened = await house.openings.ask(house, changed)
        if isinstance(opened, Exception):
            raise opened
        return opened
    async with house.of_alerts.acquire() as conn, conn.transaction():
        # An alert is locked before turns are, here as everywhere: else two could wait for each other.
        await conn.execute(rows.SQL["lock_alias"], opening.alias)
        changed = stepped(alert, (), await look_at(house, conn, now, [stamped], known, counting=True), now)
        (opened,) = await rows.open_alerts(conn, [changed])
        if opened.is_new:
            taken = [(turn,) for turn in turns_taken([changed])]
            await conn.executemany(rows.SQL["had_turn"], taken)
    return opened
