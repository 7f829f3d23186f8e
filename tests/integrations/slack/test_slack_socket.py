"""Socket Mode: the same commands, clicks and events over a connection that Tocsin opens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from slack_world import World, settings_for

from doubles import Mailbox
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.slack import SlackLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town
from town.conftest import Until, until  # noqa: F401 - a fixture


@pytest.fixture
async def world(
    house: House,
    town: Town,
    mailbox: Mailbox,
    clock: HandClock,
    until: Until,  # noqa: F811
) -> AsyncIterator[World]:
    """Slack reaches this Tocsin by Socket Mode alone."""
    link = connect(read_settings(settings_for(town, TOCSIN_SLACK_APP_TOKEN=town.slack.app_token)))
    assert isinstance(link, SlackLink)
    assert link.reach
    others = [mailbox.under(name) for name in ("x", "email", "github")]
    [task] = link.tasks(house)
    listening = asyncio.ensure_future(task())
    await until(lambda: town.slack.delivery.sockets)
    yield World(town, house, link, Engine(house, Reaches([link.reach, *others])), mailbox, clock)
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening
    await link.aclose()


async def test_a_command_is_answered_in_its_acknowledgement(world: World) -> None:
    answer = await world.command("dan", "sign-in is down")

    assert answer.body["text"].startswith("*INC-1* is open")


async def test_events_clicks_and_forms_come_over_the_socket_too(world: World) -> None:
    await world.say("dan", "general", "@tocsin sign-in is down")
    await world.click("bob", world.root(), "own")
    await world.click("bob", world.root(), "severity")
    answer = await world.submit("bob", severity={"severity": "low"})
    await world.submit("bob", reason={"reason": "one customer"}, severity={"severity": "low"})

    assert answer.body["response_action"] == "errors"
    incident = await world.incident()
    assert (incident.owner, incident.severity) == ("bob", "low")


async def test_the_connection_is_opened_anew_when_slack_ends_it(world: World, until: Until) -> None:  # noqa: F811
    # The SDK may connect twice, some seconds apart: what went to the first, or came between them, comes again until it is taken.
    world.town.slack.delivery.patience = 0.5
    world.town.slack.delivery.retry_waits = (0.2,) * 100
    world.town.slack.point_app_at(
        events_url="http://127.0.0.1:9/"
    )  # Else it gives up where no socket is open.
    await world.town.slack.drop_sockets()
    await until(lambda: world.town.slack.delivery.sockets)

    await world.say("dan", "general", "@tocsin sign-in is down")

    assert (await world.incident()).title == "sign-in is down"
