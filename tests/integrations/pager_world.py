"""A pager of the town, a Tocsin that it calls back over real HTTP, and the few sentences about both."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette

from tocsin.acts import incidents, looks
from tocsin.acts.declare import NewReport
from tocsin.acts.house import House
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.link import Link
from tocsin.town import serving

ALIAS = "INC-1@127.0.0.1:8008"
CAROL = Actor("carol", "cli", "Carol")


def served(house: House, link: Link) -> AbstractAsyncContextManager[str]:
    """The address at which the link's doors are open."""
    return serving.served(Starlette(routes=link.routes(house)))


async def declared(
    house: House, link: Link, title: str = "Sign-in is broken", *, kind: str = "", key: str = "k1"
) -> str:
    """An incident that was declared while this was the pager, with its alert."""
    house.abilities = link.abilities
    report = NewReport(source="cli", text=title, reporter="carol", outside=False, key=key)
    ref = (await incidents.declare(house, CAROL, report, title=title, kind=kind)).ref
    await carried_out(house, link)
    assert (await incident(house)).alert.outside
    return ref


async def carried_out(house: House, link: Link) -> None:
    assert link.reach is not None
    await Engine(house, Reaches([link.reach])).run_due()


async def incident(house: House, ref: str = "INC-1") -> Incident:
    return (await looks.case(house, ref, TOCSIN)).incident


async def notes(house: House) -> list[tuple[str, str]]:
    facts = (await incident(house)).facts
    return [(fact.by, fact.what.text) for fact in facts if isinstance(fact.what, f.NoteAdded)]


async def acknowledgements(house: House) -> list[tuple[str, str]]:
    """Who acknowledged, and by which door."""
    facts = (await incident(house)).facts
    return [(fact.by, fact.door) for fact in facts if isinstance(fact.what, f.PageAcknowledged)]
