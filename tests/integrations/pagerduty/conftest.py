"""The link to the PagerDuty of the town, as the settings make it; the ops team keeps it. Every call that is made is checked at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pager_world import declared, served

from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.integrations.pagerduty import PagerDutyLink, connect
from tocsin.integrations.pagerduty.door import PATH
from tocsin.settings import read_settings
from tocsin.town import Town
from town.pagerduty_calls import check_pagerduty

OLD, NEW = "the secret until now", "the secret from now on"


@pytest.fixture
async def link(town: Town) -> AsyncIterator[PagerDutyLink]:
    key = town.pagerduty.add_service("ops")
    for handle, name in (("alice", "Alice Lee"), ("bob", "Bob Okafor")):
        town.pagerduty.add_user(name, f"{handle}@acme.example")
    town.pagerduty.add_user("Mallory", "mallory@elsewhere.example")
    settings = {
        "TOCSIN_PAGERDUTY_ROUTING_KEYS": key,
        "TOCSIN_PAGERDUTY_TOKEN": town.pagerduty.token,
        "TOCSIN_PAGERDUTY_WEBHOOK_SECRETS": f"{OLD.replace(' ', '-')},{NEW.replace(' ', '-')}",
        "TOCSIN_PAGERDUTY_BASE_URL": f"{town.url}/pagerduty/api",
        "TOCSIN_PAGERDUTY_EVENTS_URL": f"{town.url}/pagerduty/events",
    }
    link = connect(read_settings(settings))
    assert isinstance(link, PagerDutyLink)
    yield link
    await link.aclose()
    for call in town.requests:
        check_pagerduty(call)


@pytest.fixture
async def kept(house: House, link: PagerDutyLink) -> House:
    """A Tocsin whose ops team keeps PagerDuty."""
    house.abilities = link.abilities
    await people.save_team(house, "ops_team", ["alice", "bob"], pager="pagerduty")
    return house


@pytest.fixture
async def made(kept: House, link: PagerDutyLink) -> str:
    """An incident with its alert."""
    return await declared(kept, link)


@pytest.fixture
async def hooked(kept: House, link: PagerDutyLink, town: Town) -> AsyncIterator[Town]:
    """The town, with its webhook set up, and an incident with its alert."""
    async with served(kept, link) as url:
        town.pagerduty.webhooks.url = url + PATH
        town.pagerduty.webhooks.secrets = [NEW.replace(" ", "-")]
        await declared(kept, link)
        await town.settled()
        yield town
