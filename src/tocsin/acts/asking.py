"""What people ask of each other in an incident: tasks, and to take the whole over. Each is one decision of core, in one transaction."""

from __future__ import annotations

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.acts.process import change
from tocsin.core import decisions_asked as decisions
from tocsin.core.case import Actor
from tocsin.core.incident import Incident

EVERYBODY = ""
"""The warnings stand in a fact, which may be read by people who must not know of another, private incident."""


async def delegate(house: House, actor: Actor, ref: str, to: str, text: str) -> Incident:
    """Ask somebody to do something; what should be known of them first stands in the fact as its `warnings`."""
    roster, busy = await looks.roster(house), await looks.busy(house, EVERYBODY, but=ref)
    return await change(
        house, ref, actor, lambda case: decisions.delegate(case, actor, to, text, roster, busy)
    )


async def accept_task(house: House, actor: Actor, ref: str, task: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.accept_task(case, actor, task))


async def decline_task(house: House, actor: Actor, ref: str, task: str, reason: str = "") -> Incident:
    return await change(house, ref, actor, lambda case: decisions.decline_task(case, actor, task, reason))


async def report_task(house: House, actor: Actor, ref: str, task: str, text: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.report_task(case, actor, task, text))


async def withdraw_task(house: House, actor: Actor, ref: str, task: str, reason: str) -> Incident:
    return await change(house, ref, actor, lambda case: decisions.withdraw_task(case, actor, task, reason))


async def hand_over(house: House, actor: Actor, ref: str, to: str, summary: str = "") -> Incident:
    """Ask somebody (or `on-call`) to own it instead. Until they accept, the owner stays the owner."""
    roster, busy = await looks.roster(house), await looks.busy(house, EVERYBODY, but=ref)
    return await change(
        house, ref, actor, lambda case: decisions.hand_over(case, actor, to, summary, roster, busy)
    )


async def accept_handover(house: House, actor: Actor, ref: str, handover: str = "") -> Incident:
    """`handover` is the request that is answered; "" is the one that waits."""
    return await change(house, ref, actor, lambda case: decisions.accept_handover(case, actor, handover))


async def decline_handover(
    house: House, actor: Actor, ref: str, reason: str = "", handover: str = ""
) -> Incident:
    return await change(
        house, ref, actor, lambda case: decisions.decline_handover(case, actor, reason, handover)
    )


async def release(house: House, actor: Actor, ref: str) -> Incident:
    """Always a Conflict, which says how an owner is released."""
    return await change(house, ref, actor, lambda case: decisions.release(case, actor))
