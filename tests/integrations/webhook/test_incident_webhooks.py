"""The webhooks that escalations name hear of incidents too: signed, followed by how it stands, and of a private one no more than where it is."""

from __future__ import annotations

import pytest

from doubles import Mailbox
from integrations.webhook.conftest import OLD
from integrations.webhook.test_policy_webhooks import link as link
from tocsin.acts import incidents, looks
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.engine.loop import Engine
from tocsin.engine.place_reach import PlaceReach
from tocsin.engine.reaches import Reaches
from tocsin.integrations import given_channels_of
from tocsin.integrations.link import Link
from tocsin.town import Town

ALICE = Actor("alice", "web")


@pytest.fixture
def engine(house: House, mailbox: Mailbox, link: Link) -> Engine:
    house.given = given_channels_of([link])
    services = (mailbox.under(name) for name in ("slack", "email"))
    return Engine(house, Reaches([*services, PlaceReach(house.given["webhook"])]))


@pytest.mark.parametrize(
    ("kind", "short"),
    [
        ("", "INC-1 x is broken. Severity high. Alice is paged (first of the escalation)."),
        ("security", "INC-1 is private: look at its page"),
    ],
)
async def test_a_webhook_is_told_that_it_pages_and_then_who_has_it(
    house: House, engine: Engine, town: Town, clock: HandClock, kind: str, short: str
) -> None:
    town.hooks.receiver("bot", OLD)
    place = f"webhook:{town.url}/webhook/bot"
    await save_policy(house, OPERATOR, {"id": "own", "steps": [{"to": ["person:alice", place]}]})
    report = NewReport("api", "x is broken", "jane", outside=False)
    await incidents.declare(house, Actor("alice", "api"), report, kind=kind, policy="own")
    await engine.run_due()

    bot = town.hooks.receivers["bot"]
    [paged] = bot.calls
    assert (paged.type, paged.data["person"], paged.data["link"]) == (
        "page",
        "",
        house.places.incident("INC-1"),
    )
    assert paged.data["short"].startswith(short)
    await incidents.own(house, ALICE, "INC-1")
    await engine.run_due()

    told = bot.calls[-1]
    assert (told.type, told.data["follows"]) == ("told", paged.id)
    assert ("owns it" in told.data["text"], bot.refused) == (not kind, [])
    facts = (await looks.case(house, "INC-1", TOCSIN)).incident.facts
    assert [one.what.place for one in facts if isinstance(one.what, f.PlaceTold)] == [place]
