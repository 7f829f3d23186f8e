"""A private incident's words are looked for in every output that somebody who is no member can reach, and must not be found."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
import structlog
from hunting import LATER, WORD, Hunt, a_town, finds, settings_for, staff

from tocsin import logs
from tocsin.acts import access, incidents, looks
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.feeds import make_link
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.app import _doors
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations import connect_all
from tocsin.settings import read_settings
from tocsin.town.serving import served

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
        async with served(app) as url:
            hooks = f"{url}/integrations/slack"
            town.slack.point_app_at(
                events_url=f"{hooks}/events", commands_url=f"{hooks}/commands", interactivity_url=f"{hooks}/interactivity",
            )  # fmt: skip
            yield await Hunt(house, engine, town, links, clock, app, url).live()
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


async def test_no_export_and_no_calendar_bears_it(hunt: Hunt) -> None:
    """Its members are on call meanwhile, so that there is something to export."""
    house, first = hunt.house, datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - a rotation's handoff is local wall clock
    await save_weekly(
        house, "ops", team="ops_team", zone="UTC", first_handoff=first, participants=["alice", "bob"]
    )
    links = [await make_link(house, By(CAROL), *of) for of in (("schedule", "ops"), ("person", "carol"))]
    mine = await access.create_key(house, "alice", person="alice", rights=["respond"])
    hers = await access.create_key(house, "carol", person="carol", rights=["respond"])
    assert finds(await hunt.exported(mine), WORD), "the ops log of a member has it"

    exported = await hunt.exported(hers)
    calendars = await hunt.read(*(f"/calendars/{secret}.ics" for secret in links))
    printed = await hunt.printed(
        hers, "handbook score", "handbook score --format json", "handbook score --format csv", "oncall hours"
    )

    assert finds({**exported, **calendars, **printed}, WORD, LATER) == []
    refused = {path: text for path, text in {**exported, **calendars}.items() if not text.startswith("200")}
    assert refused == {}
    assert "BEGIN:VEVENT" in calendars[f"/calendars/{links[0]}.ics"]


BY_DOORS = ("mail", "form", "slack", "cli")


async def test_one_that_is_declared_by_any_door_is_private_from_there_on(hunt: Hunt) -> None:
    house, words = hunt.house, {door: f"{WORD}{door}" for door in BY_DOORS}
    known = {row.ref for row in await looks.incidents(house, TOCSIN)}
    await hunt.mailed("alice@acme.example", f"{words['mail']}: we were hacked", "Leaked credentials")
    await hunt.filled_in("alice", text=f"{words['form']} on the web", kind="security", severity="S1")
    await hunt.filled_in_slack("alice", title=f"{words['slack']} hole", text=words["slack"], kind="security")
    key = await access.create_key(house, "alice", person="alice", rights=["respond"])
    await hunt.printed(key, f"report --kind security {words['cli']}")
    await hunt.settle()

    new = [row for row in await looks.incidents(house, TOCSIN) if row.ref not in known]
    cases = [(await looks.case(house, row.ref, TOCSIN)).incident for row in new]
    assert sorted(one.reports[0].text.partition(WORD)[2].split()[0].strip(":") for one in cases) == sorted(
        BY_DOORS
    )
    assert all(one.private and one.kind == "security" for one in cases)
    hunt.private = cases[0].ref
    hers = await access.create_key(house, "carol", person="carol", rights=["respond"])
    assert finds(await hunt.pages("carol"), WORD) == []
    assert finds(await hunt.answers(hers), WORD) == []
    assert finds(await hunt.told("carol", "/tocsin list", "/genie list"), WORD) == []
    assert finds(hunt.outside(), WORD) == []


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
