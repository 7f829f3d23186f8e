"""The secret of a webhook is changed while it is in use: two at once, so that no message is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devices import page
from integrations.webhook.conftest import NEW, OLD
from tocsin.acts.contacts import methods
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.people import everybody
from tocsin.core.case import Actor
from tocsin.core.work import Delivered, Refused
from tocsin.errors import Forbidden, Invalid
from tocsin.integrations.webhook.channel import WebhookChannel
from tocsin.integrations.webhook.hook import hook_of
from tocsin.town import Town

BOB = By(Actor("bob", "web"))
CAROL = By(Actor("carol", "web"))


@pytest.fixture
async def hooked(house: House, channel: WebhookChannel, town: Town) -> House:
    """Bob has a webhook whose receiver knows the old secret alone."""
    house.channels = {"webhook": channel}
    house.abilities = house.abilities | {"page:webhook"}
    url = town.hooks.receiver("bob", OLD)
    await methods.add(house, BOB, "bob", "webhook", {"url": url, "secret": OLD}, "hook")
    await house.pool.execute("UPDATE contact_methods SET verified_at = $1", house.clock.now())
    await house.pool.execute("DELETE FROM works")
    return house


async def kept(house: House) -> str:
    return (await everybody(house)).people["bob"].methods[0].address


async def test_both_count_until_the_older_one_is_ended(
    hooked: House, channel: WebhookChannel, town: Town
) -> None:
    async def outcome(n: int) -> type:
        message = page(await kept(hooked), hooked.clock.now(), key=f"page/{n}")
        return type(await channel.send(message, 1))

    await methods.change_secret(hooked, BOB, "bob", "hook", NEW)
    first = await outcome(1)
    town.hooks.receivers["bob"].secrets[:] = [NEW]
    second = await outcome(2)
    changed = await methods.change_secret(hooked, BOB, "bob", "hook", "")
    third = await outcome(3)
    town.hooks.receivers["bob"].secrets[:] = [OLD]
    fourth = await outcome(4)

    assert (first, second, third, fourth) == (Delivered, Delivered, Delivered, Refused)
    assert (hook_of(changed.address).secrets, changed.verified) == ((NEW,), True)


async def test_the_third_takes_the_place_of_the_oldest(hooked: House) -> None:
    third = "whsec_" + "A" * 32
    await methods.change_secret(hooked, BOB, "bob", "hook", NEW)
    await methods.change_secret(hooked, BOB, "bob", "hook", third)

    assert hook_of(await kept(hooked)).secrets == (third, NEW)


async def test_their_owner_hears_of_it_and_it_is_remembered_without_the_secret(hooked: House) -> None:
    await methods.change_secret(hooked, BOB, "bob", "hook", NEW)

    told = str([dict(row) for row in await hooked.pool.fetch("SELECT payload FROM works")])
    words = await hooked.pool.fetchval("SELECT words FROM oncall_changes ORDER BY id DESC LIMIT 1")
    assert "gave another secret to *hook*" in told
    assert words == "changed the secret of a contact method of bob (Webhook)"
    assert NEW[6:] not in told + words


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("none", "That is no secret to sign with"),
        (OLD, "It has that secret already"),
        (" ", "It has one secret only: write another one first"),
    ],
)
async def test_refused_is_a_secret_that_can_not_be(hooked: House, secret: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        await methods.change_secret(hooked, BOB, "bob", "hook", secret)


async def test_only_its_owner_and_admins_change_it_and_only_where_there_is_one(
    hooked: House, channel: WebhookChannel
) -> None:
    with pytest.raises(Forbidden):
        await methods.change_secret(hooked, CAROL, "bob", "hook", NEW)
    await methods.change_secret(hooked, replace(CAROL, is_admin=True), "bob", "hook", NEW)
    with pytest.raises(Invalid):
        await methods.change_secret(hooked, BOB, "bob", "slack", NEW)
