"""A private incident's words are looked for in every output that somebody who is no member can reach, and must not be found."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import pytest
import structlog
import uvicorn
from hunting import LATER, WORD, Hunt, a_town, finds, settings_for, staff

from tocsin import logs
from tocsin.acts import access, incidents
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.app import _doors
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations import connect_all
from tocsin.settings import read_settings

CAROL = Actor("carol", "web", "Carol")
ROBOT_RIGHTS = ["read", "report", "respond", "admin"]
COMMANDS = ("list --all", "list", "show {}", "duties", "ops-log", "handbook history", "inbox list", "who")
SLASH = (
    "/tocsin list", "/tocsin status {}", "/tocsin note {} what is it?", "/tocsin own {}", "/tocsin duties", "/tocsin who",
    "/tocsin join {} into INC-1", "/genie list", "/genie get alert {}", "/genie whoisoncall", "/genie ack {}",
)  # fmt: skip


@pytest.fixture
async def hunt(house: House, clock: HandClock) -> AsyncIterator[Hunt]:
    """All of it has happened, with every service of the town linked."""
    async with a_town(clock) as town:
        await staff(house, town)
        links = connect_all(read_settings(settings_for(town)))
        house.abilities = frozenset[str]().union(*(link.abilities for link in links))
        engine = Engine(house, Reaches(link.reach for link in links if link.reach))
        app = _doors(house, links)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
            serving = asyncio.create_task(server._serve([listening]))
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            hooks = f"{url}/integrations/slack"
            town.slack.point_app_at(
                events_url=f"{hooks}/events", commands_url=f"{hooks}/commands", interactivity_url=f"{hooks}/interactivity",
            )  # fmt: skip
            yield await Hunt(house, engine, town, links, clock, app, url).live()
            server.should_exit = True
            await serving
        for link in links:
            await link.aclose()


async def test_no_page_of_the_web_shows_it_to_anybody_else(hunt: Hunt) -> None:
    assert finds(await hunt.pages("alice"), WORD), "who looks where it stands finds it"
    assert finds(await hunt.pages("bob"), LATER)

    for person in ("carol", "dora", ""):
        seen = await hunt.pages(person)
        assert finds(seen, WORD, LATER) == []
        assert len(seen) > 20


async def test_no_answer_of_the_api_or_its_figures_shows_it_to_anybody_else(hunt: Hunt) -> None:
    mine = await access.create_key(hunt.house, "alice", person="alice", rights=["respond"])
    assert finds(await hunt.answers(mine), WORD)

    hers = await access.create_key(hunt.house, "carol", person="carol", rights=["respond"])
    robots = await access.create_key(hunt.house, "robot", rights=ROBOT_RIGHTS)
    for key in (hers, robots, ""):
        assert finds(await hunt.answers(key), WORD, LATER) == []


async def test_no_command_prints_it_for_anybody_else(hunt: Hunt) -> None:
    mine = await access.create_key(hunt.house, "alice", person="alice", rights=["respond"])
    hers = await access.create_key(hunt.house, "carol", person="carol", rights=["respond"])
    commands = [command.format(hunt.private) for command in COMMANDS]
    assert finds(await hunt.printed(mine, f"show {hunt.private}"), WORD)

    printed = await hunt.printed(hers, *commands, f"show {hunt.turned}")

    assert finds(printed, WORD, LATER) == []
    assert hunt.open in printed["list"]


async def test_nothing_in_slack_says_it_to_anybody_else(hunt: Hunt) -> None:
    assert finds(hunt.chat("alice"), WORD)
    assert finds(hunt.chat("bob"), LATER)

    assert hunt.private not in (await hunt.told("carol", "/tocsin list"))["/tocsin list"]
    said = [text.format(ref) for text in SLASH for ref in (hunt.private, hunt.turned)]

    assert finds(await hunt.told("carol", *said), WORD, LATER) == []


async def test_no_service_that_others_read_and_no_letter_to_others_bears_it(hunt: Hunt) -> None:
    outside = hunt.outside()

    assert finds(outside, WORD, LATER) == []
    assert len(hunt.town.github.as_json()["issues"]) == 1, "what was public before it was private"
    assert WORD in str(hunt.town.as_json()["mail"]), "the members have letters about it"


async def test_a_report_of_the_same_thing_is_not_told_that_it_is_known(hunt: Hunt) -> None:
    report = NewReport("web", "anyone can sign in as anyone", "Carol", outside=False)

    declared = await incidents.declare(hunt.house, CAROL, report, joins=hunt.turned)
    await hunt.settle()

    assert declared.similar == ()
    assert declared.ref not in (hunt.private, hunt.turned)
    assert finds(await hunt.pages("carol"), WORD, LATER) == []


async def test_the_logs_do_not_tell_it(
    house: House, clock: HandClock, capfd: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """Whoever runs Tocsin reads its logs, and need not be a member."""
    capfd.readouterr()
    root = logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    logs.set_up("debug")

    def as_before() -> None:
        """What this test captured is closed after it: nobody may log there any more."""
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**config)

    request.addfinalizer(as_before)
    async with a_town(clock) as town:
        await staff(house, town)
        links = connect_all(read_settings(settings_for(town)))
        house.abilities = frozenset[str]().union(*(link.abilities for link in links))
        engine = Engine(house, Reaches(link.reach for link in links if link.reach))
        hunt = await Hunt(house, engine, town, links, clock, _doors(house, links), "").live()
        await hunt.pages("alice")
        for link in links:
            await link.aclose()

    written = capfd.readouterr()

    assert finds({"out": written.out, "err": written.err}, WORD, LATER) == []
