"""A workspace of the town with a whole Tocsin behind it: real acts, real PostgreSQL, real signed HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_world import World, settings_for
from starlette.applications import Starlette

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.slack import SlackLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.serving import served


@pytest.fixture
async def town(clock: HandClock) -> AsyncIterator[Town]:
    town = Town(now=clock.now)
    town.faults.patience = 0.2
    town.slack.delivery.retry_waits = (0.0, 0.0, 0.0)
    for handle, name in (
        ("alice", "Alice Lee"),
        ("bob", "Bob Okafor"),
        ("carol", "Carol Díaz"),
        ("dan", "Dan Fry"),
    ):
        town.slack.add_user(handle, name, f"{handle}@acme.example")
    town.slack.add_channel("incidents", bot_in=False)
    town.slack.add_channel("general")
    await town.start()
    yield town
    await town.stop()


@pytest.fixture
async def link(town: Town) -> AsyncIterator[SlackLink]:
    link = connect(read_settings(settings_for(town)))
    assert isinstance(link, SlackLink)
    yield link
    await link.aclose()


@pytest.fixture
async def house(house: House, town: Town) -> House:
    """Alice and Bob are known by their Slack ids; Carol only by her e-mail address; Dan not at all."""
    for handle in ("alice", "bob"):
        user = town.slack.space.user(handle)
        assert user
        await people.save_person(house, handle, name=user.real_name, email=user.email, slack_id=user.id)
    return house


@pytest.fixture
async def world(
    house: House, town: Town, link: SlackLink, mailbox: Mailbox, clock: HandClock
) -> AsyncIterator[World]:
    """Slack reaches this Tocsin over signed HTTP."""
    assert link.reach
    others = [mailbox.under(name) for name in ("x", "email", "github")]
    async with served(Starlette(routes=link.routes(house))) as address:
        url = f"{address}/integrations/slack"
        town.slack.point_app_at(
            events_url=f"{url}/events",
            commands_url=f"{url}/commands",
            interactivity_url=f"{url}/interactivity",
        )
        yield World(town, house, link, Engine(house, Reaches([link.reach, *others])), mailbox, clock)
