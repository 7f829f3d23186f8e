"""Pages on phones by ntfy: what is shown, what its buttons do, and what goes wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest
import structlog

from devices import Ear, page
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.channel import CODE, LOW, TEST, TOLD
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.errors import Conflict, Invalid
from tocsin.integrations.ntfy import NtfyLink, connect
from tocsin.integrations.ntfy.channel import NtfyChannel
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.ntfy import Note

TOPIC = "bob-8fk2q0xw7e"


def only_note(town: Town, topic: str = TOPIC) -> Note:
    (note,) = town.ntfy.shown(topic)
    return note


def refused(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.why


def later(outcome: Outcome) -> Later:
    assert isinstance(outcome, Later), outcome
    return outcome


async def test_a_page_rings_with_its_words_its_link_and_two_buttons(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock
) -> None:
    outcome = await channel.send(page(to, clock.now()), 1)

    note = only_note(town)
    assert outcome == Delivered({"message": note.sequence, "id": note.id})
    assert (note.title, note.message) == (
        "[INC-7] Page: Sign-in is broken",
        "Sign-in is broken\n> Nobody can sign in.\nYou are on call.",
    )
    assert (note.priority, note.tags) == (5, ["rotating_light"])
    assert note.click == "https://tocsin.acme.example/incidents/INC-7"
    assert [(one["action"], one["label"]) for one in note.actions] == [
        ("http", "Acknowledge"),
        ("view", "Open"),
    ]
    assert [one.headers["authorization"] for one in town.requests] == [f"Bearer {town.ntfy.token}"]


@pytest.mark.parametrize(
    ("other", "priority", "tag"),
    [
        ({"urgency": LOW}, 3, "bell"),
        ({"purpose": TOLD, "ticket": ""}, 2, "white_check_mark"),
        ({"purpose": TOLD, "ticket": "", "goes_on": True}, 2, "bell"),
        ({"purpose": CODE, "ticket": ""}, 4, "key"),
        ({"purpose": TEST}, 5, "test_tube"),
        ({"purpose": TEST, "urgency": LOW}, 3, "test_tube"),
    ],
)
async def test_how_loud_it_is_depends_on_what_it_is(
    channel: NtfyChannel,
    to: str,
    town: Town,
    clock: HandClock,
    other: dict[str, Any],
    priority: int,
    tag: str,
) -> None:
    await channel.send(page(to, clock.now(), **other), 1)

    assert (only_note(town).priority, only_note(town).tags) == (priority, [tag])


async def test_the_button_acknowledges_without_opening_a_page_and_says_what_came_of_it(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock, ear: Ear
) -> None:
    await channel.send(page(to, clock.now()), 1)
    note = only_note(town)

    answer = await town.ntfy.press(note, "Acknowledge")

    assert (answer.status, note.said) == (200, "You have acknowledged INC-7")
    assert ear.heard == [("answered", "ntfy", "acknowledge", "", "K7QF2M", "", "")]
    assert town.ntfy.shown(TOPIC) == []


async def test_a_button_that_comes_too_late_says_so_and_stays(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock, ear: Ear
) -> None:
    ear.refusal = Conflict("Alice has acknowledged INC-7 already")
    await channel.send(page(to, clock.now()), 1)

    answer = await town.ntfy.press(only_note(town), "Acknowledge")

    assert (answer.status, only_note(town).said) == (409, "Alice has acknowledged INC-7 already")
    assert ear.heard == []


async def test_an_answer_that_was_forged_is_refused_and_changes_nothing(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock, ear: Ear
) -> None:
    await channel.send(page(to, clock.now()), 1)
    address = only_note(town).actions[0]["url"]
    forged = address.replace("K7QF2M", "K7QF2N")

    async with httpx2.AsyncClient(trust_env=False) as client:
        answers = [
            await client.post(forged),
            await client.post(f"{address[:-1]}x"),
            await client.get(address),
        ]

    assert [one.status_code for one in answers] == [403, 403, 405]
    assert "was not made by this Tocsin" in answers[0].text
    assert ear.heard == []


async def test_ntfys_own_web_app_may_read_what_is_said_back(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock
) -> None:
    await channel.send(page(to, clock.now()), 1)

    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(only_note(town).actions[0]["url"], headers={"Origin": "https://ntfy.sh"})

    assert answer.headers["access-control-allow-origin"] == "*"


async def test_without_a_ticket_one_acknowledges_on_the_page_of_the_link(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock
) -> None:
    message = page(to, clock.now(), ticket="")

    await channel.send(message, 1)

    first = only_note(town).actions[0]
    assert (first["action"], first["label"], first["url"]) == ("view", "Acknowledge", message.answer_link)


async def test_what_follows_up_on_a_page_takes_its_place_without_a_sound(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock
) -> None:
    sent = await channel.send(page(to, clock.now()), 1)
    assert isinstance(sent, Delivered)
    over = page(
        to,
        clock.now(),
        key="told/INC-7/bob/1",
        purpose=TOLD,
        text="Alice has acknowledged it.",
        ticket="",
        answer_link="",
        of=sent.evidence["message"],
    )

    again = await channel.send(over, 1)

    assert isinstance(again, Delivered)
    assert again.evidence["message"] == sent.evidence["message"]
    assert (only_note(town).message, only_note(town).priority) == ("Alice has acknowledged it.", 2)
    assert [one["label"] for one in only_note(town).actions] == ["Open"]


async def test_a_message_longer_than_ntfy_takes_is_cut_at_a_word(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock
) -> None:
    await channel.send(page(to, clock.now(), text="Übermäßig " * 900), 1)

    message = only_note(town).message
    assert 4000 < len(message.encode()) <= 4096
    assert message.endswith("Übermäßig…")


async def test_what_was_sent_before_its_answer_got_lost_is_not_sent_again(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock
) -> None:
    town.faults.add("ntfy", "*", "lost_answer")
    message = page(to, clock.now())

    first = await channel.send(message, 1)
    second = await channel.send(message, 2)

    assert later(first).why == "ntfy broke off before its answer was whole (ClientPayloadError)"
    assert second == Delivered({"message": only_note(town).sequence})
    assert len(town.ntfy.notes) == 1


async def test_where_nobody_may_look_a_second_one_takes_the_place_of_the_first(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock
) -> None:
    town.ntfy.unreadable.add(TOPIC)
    town.faults.add("ntfy", "*", "lost_answer")
    message = page(to, clock.now())

    await channel.send(message, 1)
    second = await channel.send(message, 2)

    assert isinstance(second, Delivered)
    assert (len(town.ntfy.notes), len(town.ntfy.shown(TOPIC))) == (2, 1)


async def test_a_page_that_never_arrived_is_sent_at_the_second_try(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock
) -> None:
    town.faults.add("ntfy", "*", "500")
    message = page(to, clock.now())

    first = await channel.send(message, 1)
    second = await channel.send(message, 2)

    assert later(first).why == "ntfy has trouble of its own (500): internal server error"
    assert isinstance(second, Delivered)
    assert len(town.ntfy.notes) == 1


async def test_a_limit_is_waited_out_as_long_as_ntfy_asks(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock
) -> None:
    town.faults.add("ntfy", "*", "429", retry_after=90)

    outcome = later(await channel.send(page(to, clock.now()), 1))

    assert outcome.why == "ntfy asks us to slow down (429): limit reached: too many requests"
    assert outcome.wait == timedelta(seconds=90)


async def test_a_server_that_never_answers_is_tried_later(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock
) -> None:
    town.faults.add("ntfy", "*", "timeout")

    outcome = later(await channel.send(page(to, clock.now()), 1))

    assert "ntfy" in outcome.why
    assert town.ntfy.notes == []


async def test_a_server_that_is_no_ntfy_is_named(
    channel: NtfyChannel, town: Town, clock: HandClock, link: NtfyLink
) -> None:
    settings = read_settings(
        {"TOCSIN_NTFY_SERVER": f"{town.url}/site", "TOCSIN_PRIVATE_NETWORKS": "127.0.0.0/8"}
    )
    other = connect(settings)
    assert isinstance(other, NtfyLink)
    channel = other.channels[0]

    outcome = await channel.send(page(channel.address({"topic": TOPIC}), clock.now()), 1)
    await other.aclose()

    assert "ntfy refused it (405)" in refused(outcome)


class TestOtherServers:
    """A person may keep topics on a server of their own."""

    async def test_it_never_gets_our_token(self, town: Town, clock: HandClock) -> None:
        settings = {
            "TOCSIN_NTFY_SERVER": "https://ntfy.acme.example",
            "TOCSIN_NTFY_TOKEN": town.ntfy.token,
            "TOCSIN_PRIVATE_NETWORKS": "127.0.0.0/8",
        }
        link = connect(read_settings(settings))
        assert isinstance(link, NtfyLink)
        channel = link.channels[0]
        to = channel.address({"topic": TOPIC, "server": f"{town.url}/ntfy"})

        outcome = await channel.send(page(to, clock.now()), 1)
        town.ntfy.closed.add(TOPIC)
        closed = await channel.send(page(to, clock.now(), key="2"), 1)
        await link.aclose()

        assert isinstance(outcome, Delivered)
        assert [one.headers.get("authorization") for one in town.requests] == [None, None]
        assert "Tocsin's is for its own server only" in refused(closed)

    async def test_it_may_not_stand_within_our_own_network(
        self, channel: NtfyChannel, town: Town, clock: HandClock
    ) -> None:
        elsewhere = f"{town.url.replace('127.0.0.1', 'localhost')}/ntfy"
        with pytest.raises(
            Invalid, match=r"localhost is within Tocsin's own network: .* names the network"
        ) as why:
            channel.address({"topic": TOPIC, "server": elsewhere})
        assert why.value.field == "server"

        # What was added before the settings changed, or leads there by its name.
        outcome = await channel.send(page(f"{elsewhere}/{TOPIC}", clock.now()), 1)

        assert refused(outcome) == (
            "localhost is within Tocsin's own network: nothing is sent there unless TOCSIN_PRIVATE_NETWORKS names the network"
        )
        assert not town.requests


async def test_a_topic_that_wants_a_token_of_which_there_is_none_says_what_to_set(
    town: Town, clock: HandClock
) -> None:
    town.ntfy.closed.add(TOPIC)
    link = connect(read_settings({"TOCSIN_NTFY_SERVER": f"{town.url}/ntfy"}))
    assert isinstance(link, NtfyLink)
    channel = link.channels[0]

    outcome = await channel.send(page(channel.address({"topic": TOPIC}), clock.now()), 1)
    await link.aclose()

    assert "set TOCSIN_NTFY_TOKEN" in refused(outcome)


async def test_a_token_that_ntfy_does_not_know_is_told_as_such(town: Town, clock: HandClock) -> None:
    settings = {"TOCSIN_NTFY_SERVER": f"{town.url}/ntfy", "TOCSIN_NTFY_TOKEN": "tk_of_yesterday"}
    link = connect(read_settings(settings))
    assert isinstance(link, NtfyLink)
    channel = link.channels[0]

    outcome = await channel.send(page(channel.address({"topic": TOPIC}), clock.now()), 1)
    await link.aclose()

    assert (
        refused(outcome)
        == "ntfy does not take our credentials: check its tokens in the settings (401): unauthorized"
    )


@pytest.mark.parametrize(
    ("given", "address", "shown"),
    [
        ({"topic": "acme-4711-bob"}, "https://ntfy.sh/acme-4711-bob", "ntfy.sh/ac…ob"),
        ({"topic": " alerts "}, "https://ntfy.sh/alerts", "ntfy.sh/…"),
        ({"topic": "https://ntfy.sh/acme-4711-bob"}, "https://ntfy.sh/acme-4711-bob", "ntfy.sh/ac…ob"),
        ({"topic": "Push.Example/acme-4711-bob"}, "https://push.example/acme-4711-bob", "push.example/ac…ob"),
        (
            {"topic": "acme-4711-bob", "server": "http://10.0.0.5:8080/ntfy/"},
            "http://10.0.0.5:8080/ntfy/acme-4711-bob",
            "10.0.0.5:8080/ntfy/ac…ob",
        ),
        (
            {"topic": "acme-4711-bob", "server": "https://[2001:db8::1]"},
            "https://[2001:db8::1]/acme-4711-bob",
            "[2001:db8::1]/ac…ob",
        ),
    ],
)
def test_a_topic_is_kept_with_its_server_and_never_shown_whole(
    given: dict[str, str], address: str, shown: str
) -> None:
    link = ntfy_at("https://ntfy.sh", TOCSIN_PRIVATE_NETWORKS="10.0.0.0/8, 2001:db8::/32")

    assert link.address(given) == address
    assert link.shown(address) == shown


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "topic"),
        ({"topic": "two words"}, "topic"),
        ({"topic": "a" * 65}, "topic"),
        ({"topic": "ünïcode"}, "topic"),
        ({"topic": "fine", "server": "ftp://ntfy.sh"}, "server"),
        ({"topic": "fine", "server": "https://"}, "server"),
        ({"topic": "fine", "server": "https://ntfy.sh:port"}, "server"),
        ({"topic": "fine", "server": "https://bob:secret@ntfy.sh"}, "server"),
        ({"topic": "fine", "server": "https://ntfy.sh?auth=1"}, "server"),
    ],
)
def test_what_is_no_topic_is_refused_by_the_field(given: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as why:
        ntfy_at("https://ntfy.sh").address(given)

    assert why.value.field == field
    assert "secret" not in why.value.message


async def test_no_secret_stands_in_a_log(
    channel: NtfyChannel, to: str, town: Town, clock: HandClock, house: House
) -> None:
    town.faults.add("ntfy", "*", "500")

    with structlog.testing.capture_logs() as logs:
        outcome = await channel.send(page(to, clock.now()), 1)
        async with httpx2.AsyncClient(trust_env=False) as client:
            await client.post(f"{house.places.base}/integrations/ntfy/answer/K7QF2M/wrong")

    said = f"{logs} {outcome}"
    assert "an_answer_was_forged" in said
    assert TOPIC not in said
    assert town.ntfy.token not in said
    assert "K7QF2M" not in said


def test_without_a_server_there_is_no_ntfy() -> None:
    assert connect(read_settings({})) is None


def ntfy_at(server: str, **more: str) -> NtfyChannel:
    link = connect(read_settings({"TOCSIN_NTFY_SERVER": server, **more}))
    assert isinstance(link, NtfyLink)
    return link.channels[0]
