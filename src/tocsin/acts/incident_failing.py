"""A page of an incident that did not go out, or did not arrive: another method of the same person, then the next step, at once."""

from __future__ import annotations

from tocsin.acts.house import House
from tocsin.acts.process import ENGINE, Open, open_case, settle
from tocsin.core import work as w
from tocsin.core.contacts import usable
from tocsin.core.escalation import events as e
from tocsin.core.facts import NobodyToPage, Paged
from tocsin.core.incident import Incident
from tocsin.core.incident_paging import passed_over
from tocsin.core.plan_paging import fact_of_page
from tocsin.core.plan_ways import way_of
from tocsin.core.work import Work
from tocsin.store import incidents as rows
from tocsin.store import works as work_rows
from tocsin.store.pool import Connection


async def after_receipt(house: House, key: str, person: str, why: str) -> None:
    """A provider took the page with that key, and told later that it did not reach the device."""
    ref = key.partition("/")[0]
    if not fact_of_page(key):
        return
    async with house.pool.acquire() as conn, conn.transaction():
        head = await rows.lock(conn, ref)
        if head is None:
            return
        opened = await open_case(house, conn, head)
        await go_on(house, conn, opened, key, person, why or "the provider could not deliver it")
        await settle(house, conn, opened)
    house.wake()


async def go_on(house: House, conn: Connection, opened: Open, key: str, person: str, why: str) -> None:
    """The page with that key never reaches them. Nothing follows while another message of it may, or where nobody has to be paged."""
    incident, n = opened.incident, fact_of_page(key)
    paged = incident.facts[n - 1].what if 0 < n <= len(incident.facts) else None
    if not isinstance(paged, Paged) or not incident.is_open or incident.alert.is_answered_by(person):
        return
    found = await work_rows.of_page(conn, opened.head.id, f"{incident.ref}/page/{n}/")
    theirs = [one for one in found if one.person == person]
    if not theirs or any(one.hopeful for one in theirs):
        return
    tried = {way_of(one.key, person)[1] for one in theirs}
    known = opened.roster.people.get(person)
    ready = usable(known.contacts, incident.abilities, opened.now) if known else []
    other = next((one for one in ready if one.id not in tried), None)
    if other is not None:
        own = f"{way_of(key, person)[0]}{other.id}/instead"
        told = {
            name: value for name, value in theirs[0].payload.items() if name not in ("address", "contact")
        }
        work = Work(w.PAGE, own, own, other.via, {**told, **other.on_work})
        await work_rows.plan(conn, opened.head.id, [work], opened.now)
    elif not any(one.hopeful for one in found):
        opened.add(_passed_over(incident, paged, n, why), ENGINE)


def _passed_over(incident: Incident, paged: Paged, n: int, why: str) -> list[NobodyToPage]:
    """A step of which every message failed reached nobody: the next one follows. Nothing where it has gone on already."""
    alert = incident.alert
    has_gone_on = any(isinstance(x.what, Paged) and not x.what.by_hand for x in incident.facts[n:])
    if paged.by_hand or has_gone_on or alert.escalation.over_at is not None:
        return []
    event = e.PassedOver(paged.step, why)
    if paged.step != alert.step or passed_over(alert, event, incident.pager) is not event:
        return []
    return [NobodyToPage(paged.step, f"no message went out: {why}")]
