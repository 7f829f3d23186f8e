"""What looks like a command and is none: read by itself, and with all of Tocsin behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from slack_world import World

from tocsin.acts import incidents, looks
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.integrations.slack.anyway import VALUE_LIMIT
from tocsin.integrations.slack.commands import WORDS
from tocsin.integrations.slack.elsewhere import ELSEWHERE
from tocsin.integrations.slack.guesses import is_near, meant

BOB = Actor("bob", "web")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("drill payments are down for everybody", "drill"),
        ("dril payments are down for everybody", "drill"),
        ("clsoe it", "close"),
        ("subscrbe INC-3", "subscribe"),
        ("ack please", "ack"),
        ("own it please", "own"),
        ("close INC-3", "close"),
        ("subscribe INC-3", "subscribe"),
        ("hand INC-1 to @bob", "hand"),
        ("updte rolled back to v41", "update"),
        ("resovle rolled back | green", "resolve"),
        ("escalte", "escalate"),
        ("akc", "ack"),
        ("nots INC-3 rolled back", "note"),
        ("inbx", "inbox"),
    ],
)
def test_what_looks_like_a_command_is_taken_for_one(text: str, word: str) -> None:
    assert meant(text, {*WORDS, "escalate"}, ELSEWHERE) == word


@pytest.mark.parametrize(
    "text",
    [
        "status page shows errors",
        "sign-in fails",
        "close button does nothing",
        "no logins possible",
        "nothing works",
        "logs are missing",
        "lost emails of customers",
        "paged out memory on db-3",
        "subscribe form answers 500",
        "inbox of the help desk is empty",
        "test suite fails on main",
        "updates of the index hang",
        "node 3 oom",
        "close connections pile up",
        "handover emails bounced",
        "payments",
    ],
)
def test_what_says_that_something_is_wrong_is_a_report(text: str) -> None:
    assert meant(text, WORDS, ELSEWHERE) == ""


@pytest.mark.parametrize(
    ("word", "other", "near"),
    [
        ("resolv", "resolve", True),
        ("ressolve", "resolve", True),
        ("resovle", "resolve", True),
        ("resplve", "resolve", True),
        ("rseovle", "resolve", False),
        ("own", "own", False),
        ("ow", "own", False),
    ],
)
def test_one_slip_is_near_and_two_are_not(word: str, other: str, near: bool) -> None:
    assert is_near(word, other) is near


async def test_a_drill_opens_nothing_and_says_that_there_are_none(world: World) -> None:
    await world.command("bob", "drill the database is down for everybody")

    assert "Tocsin has no drills yet" in world.whispered("bob")
    assert await looks.open_incidents(world.house, "bob") == []


async def test_the_help_says_what_there_is_not(world: World) -> None:
    await world.command("bob", "help")

    assert "There are no drills yet, and nobody can subscribe to an incident" in world.whispered("bob")


async def test_a_misspelt_command_opens_nothing_and_says_how_it_is_written(world: World) -> None:
    await world.declare()

    await world.command("bob", "updte rolled back to v41")

    assert "Nothing was opened and nothing was done. Did you mean `/tocsin update [INC] TEXT" in (
        world.whispered("bob")
    )
    assert len(await looks.open_incidents(world.house, "bob")) == 1


async def test_one_click_opens_it_all_the_same_once_and_takes_the_place_of_the_button(world: World) -> None:
    await world.command("dan", "drill of <holes> & noise on site 3", "general")
    asked = world.town.slack.ephemerals("dan")[-1]
    assert [one[:2] for one in asked.buttons] == [("report_anyway", "Open it as a report anyway")]

    pressed_at_once = replace(asked)
    await world.click("dan", asked, "report_anyway")
    await world.click("dan", pressed_at_once, "report_anyway")

    [row] = await looks.open_incidents(world.house, "bob")
    assert row.title == "drill of <holes> & noise on site 3"
    assert "*INC-1* is open" in world.whispered("dan") or "about this already" in world.whispered("dan")
    assert all(not one.buttons for one in world.town.slack.ephemerals("dan"))


async def test_words_that_no_button_can_carry_are_said_to_need_report_before_them(world: World) -> None:
    await world.command("dan", f"drill {'x' * VALUE_LIMIT}", "general")

    shown = world.town.slack.ephemerals("dan")[-1]
    assert shown.buttons == []
    assert "write `/tocsin report` before it" in shown.text


async def test_a_command_that_finds_no_incident_can_be_a_report_too(world: World) -> None:
    await world.command("dan", "update fails on all nodes", "general")
    asked = world.town.slack.ephemerals("dan")[-1]
    assert "No incident is open now" in asked.text

    await world.click("dan", asked, "report_anyway")

    assert (await world.incident()).title == "update fails on all nodes"


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("page loads forever", "Nobody is called loads or forever, so nobody was paged."),
        ("split brain in the database", "INC-1 has no report"),
        ("rollback of the release", "Write /tocsin rollback yes WHAT"),
    ],
)
async def test_a_refused_command_can_be_a_report_too(world: World, text: str, refused: str) -> None:
    await world.declare()

    await world.command("bob", text)

    asked = world.town.slack.ephemerals("bob")[-1]
    assert refused in asked.text
    assert [one[0] for one in asked.buttons] == ["report_anyway"]


@pytest.mark.parametrize(
    "text",
    [
        "title bar disappears",
        "update fails on Windows",
        "note editor crashes",
        "next button is broken",
        "result page is empty",
        "tag cloud is missing",
        "reopen dialog hangs",
        "follow-up mails are not sent",
    ],
)
async def test_free_words_that_read_as_a_report_do_nothing_to_the_open_incident(
    world: World, text: str
) -> None:
    await world.declare()
    before = await world.incident()

    await world.command("dan", text, "general")

    asked = world.town.slack.ephemerals("dan")[-1]
    assert (
        f"this may be a report. If you meant INC-1, name it: `/tocsin {text.split()[0]} INC-1 …`"
        in asked.text
    )
    assert (await world.incident()).facts == before.facts
    await world.click("dan", asked, "report_anyway")
    rows = await looks.open_incidents(world.house, "bob")
    assert text in [row.title for row in rows]


async def test_a_mention_elsewhere_of_such_words_is_a_report_at_once(world: World) -> None:
    await world.declare()

    await world.say("dan", "general", "@tocsin update fails on Windows")

    assert "update fails on Windows" in [row.title for row in await looks.open_incidents(world.house, "bob")]
    assert "update_posted" not in [fact.kind for fact in (await world.incident()).facts]


async def test_free_words_are_a_command_where_they_name_it_or_say_nothing_wrong(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")

    await world.command("bob", "title INC-1 title bar disappears", "general")
    assert (await world.incident()).title == "title bar disappears"

    await world.command("bob", "title The certificate of sign-in", "general")
    assert (await world.incident()).title == "The certificate of sign-in"


@pytest.mark.parametrize("text", ["page @nosuch", "rollback INC-1 perhaps"])
async def test_one_that_names_an_incident_or_a_person_is_only_refused(world: World, text: str) -> None:
    await world.declare()

    await world.command("bob", text)

    assert world.town.slack.ephemerals("bob")[-1].buttons == []


async def test_a_mention_that_looks_like_a_command_is_asked_back_and_its_way_back_is_kept(
    world: World,
) -> None:
    await world.say("dan", "general", "@tocsin drill tomorrow")
    assert await looks.open_incidents(world.house, "bob") == []
    asked = world.town.slack.ephemerals("dan")[-1]

    await world.click("dan", asked, "report_anyway")

    said = world.town.slack.messages("general")[0]
    [report] = (await world.incident()).reports
    assert (report.text, report.address) == ("drill tomorrow", f"{said.channel}/{said.ts}")
    assert report.url


def test_the_ways_that_are_named_are_commands() -> None:
    named = {part.split()[0].rstrip("`") for way in ELSEWHERE.values() for part in way.split("`/tocsin ")[1:]}

    assert named <= set(WORDS)


async def test_a_todo_goes_to_whom_the_last_for_names(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")

    await world.command("bob", "todo look for the logs for @alice")

    [task] = (await world.incident()).asked.tasks
    assert (task.to, task.text) == ("alice", "look for the logs")


async def test_a_todo_for_nobody_opens_the_form_with_its_words(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")

    await world.command("bob", "task renew the certificate")

    assert "renew the certificate" in str(world.view("bob").blocks)


async def test_a_todo_in_a_thread_for_nobody_says_how_it_is_written(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")
    await world.settle()

    await world.say("bob", "incidents", "@tocsin todo renew the certificate", world.root().ts)

    assert "Write /tocsin todo [INC] TEXT for @WHO" in world.whispered("bob")


async def test_a_follow_up_without_a_name_is_the_askers(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")

    await world.command("bob", "followup renew certificates by machine")

    [follow_up] = (await world.incident()).asked.follow_ups
    assert (follow_up.to, follow_up.title) == ("bob", "renew certificates by machine")


async def test_a_follow_up_for_somebody_unknown_is_refused(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")

    await world.command("bob", "followup @nosuch renew them")

    assert "is no person here" in world.whispered("bob")
    assert (await world.incident()).asked.follow_ups == ()


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("INC-5", "/tocsin status INC-5"),
        ("INC-5 status", "/tocsin status"),
        ("@bob", "/tocsin help"),
        ('"', "/tocsin help"),
        ("/tocsin help", "/tocsin help"),
        ("call", "huddle"),
        ("private", "kind [INC] security"),
    ],
)
async def test_words_that_say_nothing_of_what_is_broken_are_asked_back(
    world: World, text: str, way: str
) -> None:
    await world.command("alice", text)
    assert await looks.open_incidents(world.house, TOCSIN) == []
    said = world.whispered("alice")
    assert "Nothing was opened" in said
    assert way in said


async def test_what_is_said_of_an_incident_or_person_is_a_report_where_it_reads_as_one(world: World) -> None:
    await world.command("alice", "@bob status page shows errors")
    assert len(await looks.open_incidents(world.house, TOCSIN)) == 1


async def test_an_ended_incident_is_refused_before_a_form_is_filled_in(world: World) -> None:
    await world.declare()
    await world.command("bob", "own INC-1")
    await world.command("bob", "dismiss INC-1 a probe | it works")
    for word in ("resolve", "dismiss"):
        await world.command("bob", f"{word} INC-1")
        assert "INC-1 was dismissed at" in world.whispered("bob")
    assert world.town.slack.open_view("bob") is None


async def test_a_command_of_two_words_is_named_whole_and_genie_takes_over(world: World) -> None:
    await world.declare()
    await world.declare("Search is broken")
    await world.command("bob", "hand over to @alice")
    assert "/tocsin hand over INC-" in world.whispered("bob")
    await world.command("bob", "own INC-1")
    await world.command("alice", "own INC-1 take over", command="/genie")
    assert (await world.incident()).owner == "alice"


async def test_a_note_by_a_command_shows_in_the_thread(world: World) -> None:
    await world.declare()
    await world.command("alice", "note INC-1 it is the cache")
    assert any("it is the cache" in one for one in world.thread())
