"""Who may tell of builds, and what nobody sends in good faith: refused by name, over real HTTP, and Tocsin goes on."""

from __future__ import annotations

from typing import Any

import pytest
from buildkite_world import REPOSITORY, TOKEN, World, calling, delivery, link_to, signature

from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.errors import Invalid
from tocsin.town import Town

BODY = delivery(1)
MONDAY = 1772442000.0
"""The clock of the tests: 2 March 2026, 09:00 UTC."""
TOKEN_HEADER, SIGNATURE_HEADER = "X-Buildkite-Token", "X-Buildkite-Signature"
FORGED = [
    pytest.param({}, "X-Buildkite-Token and X-Buildkite-Signature are both missing", id="nothing"),
    pytest.param({TOKEN_HEADER: "a guess"}, "X-Buildkite-Token does not fit", id="another token"),
    pytest.param(
        {TOKEN_HEADER: "é".encode()}, "X-Buildkite-Token does not fit", id="a token that is no ASCII"
    ),
    pytest.param(
        {SIGNATURE_HEADER: signature(BODY, MONDAY, "a guess")},
        "X-Buildkite-Signature does not fit",
        id="guessed",
    ),
    pytest.param(
        {SIGNATURE_HEADER: signature(delivery(2), MONDAY)},
        "X-Buildkite-Signature does not fit",
        id="another body",
    ),
    pytest.param(
        {SIGNATURE_HEADER: signature(BODY, MONDAY).replace("timestamp=", "timestamp=1")},
        "X-Buildkite-Signature does not fit",
        id="another time",
    ),
    pytest.param(
        {SIGNATURE_HEADER: signature(BODY, MONDAY - 301)}, "X-Buildkite-Signature is not of now", id="old"
    ),
    pytest.param(
        {SIGNATURE_HEADER: "sha256=abc", TOKEN_HEADER: TOKEN},
        "X-Buildkite-Signature is not as Buildkite writes it",
        id="no signature, beside a right token",
    ),
]


@pytest.mark.parametrize(("headers", "why"), FORGED)
async def test_a_forged_or_missing_token_is_refused_by_name(
    world: World, headers: dict[str, Any], why: str
) -> None:
    world.buildkite.webhooks.url = ""
    await world.built("failed")

    status, answer = await world.sent(BODY, headers)

    assert (status, answer["error"].startswith(why)) == (401, True), answer
    assert await world.house.pool.fetchval("SELECT count(*) FROM builds") == 0


async def test_without_a_token_of_its_own_the_webhook_is_not_there(
    town: Town, house: House, clock: HandClock
) -> None:
    town.buildkite.add_pipeline("site", REPOSITORY)
    async with calling(town, house, clock, TOCSIN_BUILDKITE_WEBHOOK_TOKEN="") as world:
        answer = await world.sent(BODY, {TOKEN_HEADER: ""})

    assert answer == (
        404,
        {"error": "The webhook is not set up here: set TOCSIN_BUILDKITE_WEBHOOK_TOKEN"},
    )


ODD = [
    (b"", 400, "no body"),
    (b"[]", 400, "no object"),
    (BODY.replace(b"site", b"si\xff\xfe"), 400, "bytes that are no UTF-8"),
    (b'{"event": ' + b"[" * 100_000, 400, "brackets without an end"),
    (delivery(0), 400, "no number"),
    (delivery(2**40), 400, "a number that no database takes"),
    (delivery("1"), 400, "a number that is a text"),
    (delivery(1, None), 400, "no pipeline"),
    (delivery(1, event=None), 400, "no event"),
    (b" " * 300_000, 413, "too much"),
]


@pytest.mark.parametrize(("body", "status", "reason"), ODD, ids=[row[2] for row in ODD])
async def test_what_is_no_delivery_is_refused_by_name(
    world: World, body: bytes, status: int, reason: str
) -> None:
    got, answer = await world.sent(body, {TOKEN_HEADER: TOKEN})

    assert (got, bool(answer["error"])) == (status, True), reason


async def test_a_build_that_buildkite_does_not_know_is_refused_by_name(world: World) -> None:
    assert await world.told(7) == (
        "Buildkite knows no build 7 of site, or does not show it to our API access token"
    )


async def test_while_buildkite_can_not_be_asked_a_delivery_is_put_off_and_the_next_look_brings_the_build(
    world: World,
) -> None:
    await world.link.catch_up.look(world.house)
    await world.built("failed", "failed")
    world.town.faults.add("buildkite", "GET *", "503")
    await world.built("failed")
    before = await world.incidents()

    await world.link.catch_up.look(world.house)

    assert (before, len(await world.incidents())) == ([], 1)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"TOCSIN_BUILDKITE_PIPELINES": ""}, "TOCSIN_BUILDKITE_PIPELINES is not: set it as well"),
        ({"TOCSIN_BUILDKITE_ORGANIZATION": ""}, "TOCSIN_BUILDKITE_ORGANIZATION is not: set it as well"),
        ({"TOCSIN_BUILDKITE_TOKEN": ""}, "TOCSIN_BUILDKITE_TOKEN is not: set it as well"),
        ({"TOCSIN_BUILDKITE_PIPELINES": "site, a/b"}, "TOCSIN_BUILDKITE_PIPELINES.*write it as in"),
        ({"TOCSIN_BUILDKITE_ORGANIZATION": "acme, b"}, "TOCSIN_BUILDKITE_ORGANIZATION.*write it as in"),
        ({"TOCSIN_BUILDKITE_BASE_URL": "buildkite"}, "TOCSIN_BUILDKITE_BASE_URL.*begins with https"),
    ],
)
async def test_settings_that_can_not_be_used_are_refused_by_name(
    town: Town, more: dict[str, str], why: str
) -> None:
    with pytest.raises(Invalid, match=why):
        link_to(town, **more)
