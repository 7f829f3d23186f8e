"""The webhooks that escalations name: signed with the organisation's own secrets, told once each, and never within our own network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from alert_steps import BOB, KEY, with_town
from alert_steps import Town as Alerts
from devices import page
from integrations.webhook.conftest import NEW, OLD
from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.core.case import Actor
from tocsin.core.work import Delivered
from tocsin.engine.loop import Engine
from tocsin.errors import Invalid
from tocsin.integrations import channels_of, given_channels_of, webhook
from tocsin.integrations.link import Link
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.hooks import Receiver

ALICE = By(Actor("alice", "web"))
INSIDE = {"TOCSIN_PRIVATE_NETWORKS": "127.0.0.0/8"}


def link_of(**settings: str) -> Link:
    link = webhook.connect(read_settings(settings))
    assert link
    return link


@pytest.fixture
async def link(town: Town) -> AsyncIterator[Link]:
    link = link_of(TOCSIN_WEBHOOK_SECRETS=f"{OLD},{NEW}", **INSIDE)
    yield link
    await link.aclose()


@pytest.fixture
def alerts(house: House, engine: Engine, clock: HandClock, link: Link) -> Alerts:
    made = with_town(house, engine, clock)
    house.given, house.channels = {**house.given, **given_channels_of([link])}, channels_of([link])
    return made


@pytest.fixture
def bot(town: Town) -> Receiver:
    town.hooks.receiver("bot", OLD)
    return town.hooks.receivers["bot"]


def written(to: str) -> dict[str, Any]:
    """A policy that pages Bob, and after five minutes tells that place."""
    return {"id": "bots", "team": "ops_team", "steps": [{"to": ["person:bob"]}, {"to": [to], "after": "5m"}]}


async def opens(alerts: Alerts, *to: str) -> str:
    opened = await open_alert(alerts.house, KEY, opening_of("The disk is full"), "", to)
    await alerts.engine.run_due()
    return opened.ref


async def test_a_webhook_is_told_of_the_alert_and_that_somebody_has_it(
    alerts: Alerts, town: Town, bot: Receiver
) -> None:
    ref = await opens(alerts, "person:bob", f"webhook:{town.url}/webhook/bot")

    (paged,) = bot.calls
    assert (paged.type, paged.data["person"], paged.data["acknowledge_url"]) == ("page", "", "")
    assert (paged.data["short"], paged.data["link"]) == (
        f"{ref} P3: The disk is full.",
        alerts.house.places.alert(ref),
    )
    await alerts.does("acknowledge", BOB, ref)
    told = bot.calls[-1]
    assert (told.type, told.data["follows"]) == ("told", paged.id)
    assert bot.refused == []


async def test_each_webhook_hears_for_itself_that_it_is_over_also_where_a_key_closed_it(
    alerts: Alerts, town: Town, bot: Receiver
) -> None:
    town.hooks.receiver("ops", NEW)
    ref = await opens(alerts, *(f"webhook:{town.url}/webhook/{name}" for name in ("bot", "ops")))
    await alerts.does("close", KEY, ref)
    for name in ("bot", "ops"):
        receiver = town.hooks.receivers[name]
        assert [call.type for call in receiver.calls] == ["page", "told"], "either secret will do"
        assert receiver.refused == []


async def test_a_call_of_which_the_answer_was_lost_is_the_same_message_again(
    alerts: Alerts, town: Town, bot: Receiver
) -> None:
    town.faults.patience = 0.2
    town.faults.add("webhook", "*", "lost_answer", 1)
    await opens(alerts, f"webhook:{town.url}/webhook/bot")
    await alerts.later(seconds=3)
    assert ([call.type for call in bot.calls], bot.doubles) == (["page"], 1)


async def test_a_receiver_that_does_not_know_the_secret_is_passed_over_by_name(
    alerts: Alerts, town: Town, bot: Receiver
) -> None:
    bot.secrets = ["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
    ref = await opens(alerts, f"webhook:{town.url}/webhook/bot")
    passed = next(line for line in (await alert_of(alerts.house, ref)).told if "passed over" in line.text)
    assert passed.why[0].endswith("does not take our signature: does it know the same secret? (401)")
    assert any(line.startswith("bob/slack") for line in alerts.heard()), "the next step follows at once"


async def test_without_secrets_it_is_said_what_to_set_and_the_next_step_follows(
    alerts: Alerts, town: Town, bot: Receiver
) -> None:
    house = alerts.house
    plain = link_of(**INSIDE)
    house.given = {via: one for via, one in house.given.items() if via != "webhook"} | given_channels_of(
        [plain]
    )
    house.channels = channels_of([plain])
    url = f"{town.url}/webhook/bot"

    ref = await opens(alerts, f"webhook:{url}")

    why = "webhook is not set up: set TOCSIN_WEBHOOK_SECRETS, with which such calls are signed"
    found = await alert_of(house, ref)
    assert [(one.state, one.why) for one in found.deliveries if one.via == "webhook"] == [("failed", why)]
    assert (f"no message went out: {why}",) in [line.why for line in found.told]
    assert any(line.startswith("bob/slack") for line in alerts.heard())
    assert bot.calls == []
    saved = await save_policy(house, ALICE, written(f"webhook:{url}"))
    assert saved.shown.warnings == (f"webhook:{url} hears nothing: {why}",)
    await plain.aclose()


async def test_a_policys_webhook_is_told_when_its_step_is_taken(
    alerts: Alerts, town: Town, bot: Receiver
) -> None:
    saved = await save_policy(alerts.house, ALICE, written(f"webhook:{town.url}/webhook/bot"))
    assert saved.shown.warnings == ()
    await alerts.opens(policy="bots")
    assert bot.calls == []
    await alerts.later(minutes=5)
    assert [call.type for call in bot.calls] == ["page"]


async def test_an_address_within_our_network_is_refused_by_name(alerts: Alerts, link: Link) -> None:
    outside = link_of(TOCSIN_WEBHOOK_SECRETS=OLD)
    alerts.house.given = {**alerts.house.given, **given_channels_of([outside])}
    ref = await opens(alerts)
    for to in ("webhook:https://10.0.0.5/hook", "webhook:https://localhost/hook"):
        with pytest.raises(Invalid, match=f"{to}: .* is within Tocsin's own network"):
            await deeds.add_responders(alerts.house, BOB, ref, [to])
        with pytest.raises(Invalid, match="is within Tocsin's own network"):
            await opens(alerts, to)
        for policy in (written(to), {**written("on-call"), "last_resort": [to]}):
            with pytest.raises(Invalid, match=f"{to}: .* is within Tocsin's own network"):
                await save_policy(alerts.house, ALICE, policy)
    await outside.aclose()


async def test_a_name_that_leads_within_our_network_is_not_called(
    house: House, clock: HandClock, town: Town, bot: Receiver
) -> None:
    outside = link_of(TOCSIN_WEBHOOK_SECRETS=OLD)
    (channel,) = given_channels_of([outside]).values()
    outcome = await channel.send(page(f"{town.url}/webhook/bot", clock.now(), person="", ticket=""), 1)
    assert "is within Tocsin's own network" in str(outcome)
    assert (bot.calls, bot.refused) == ([], [])
    await outside.aclose()


async def test_the_organisations_webhooks_need_none_of_peoples(
    clock: HandClock, town: Town, bot: Receiver
) -> None:
    link = link_of(TOCSIN_WEBHOOKS="false", TOCSIN_WEBHOOK_SECRETS=OLD, **INSIDE)
    (channel,) = given_channels_of([link]).values()
    message = page(f"{town.url}/webhook/bot", clock.now(), person="", ticket="")
    assert channels_of([link]) == {}
    assert link.abilities == frozenset()
    assert isinstance(await channel.send(message, 1), Delivered)
    assert channel.shown("https://hooks.acme.example/key") == "https://hooks.acme.example/…"
    await link.aclose()


@pytest.mark.parametrize(
    ("secrets", "why"),
    [
        ("nonsense!", "it is no base64"),
        ("YWJj", "it has 3 bytes"),
        (f"{OLD},{OLD}", "both are the same"),
        (",", "there are 0"),
        (f"{OLD},{NEW},whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "there are 3"),
    ],
)
def test_secrets_that_are_none_are_refused_at_the_start(secrets: str, why: str) -> None:
    with pytest.raises(Invalid, match=f"TOCSIN_WEBHOOK_SECRETS can't be used: {why}"):
        link_of(TOCSIN_WEBHOOK_SECRETS=secrets)


def test_no_log_shows_either_secret() -> None:
    padded = "C2FVsBQIhrscChlQIMV+b5sSYspob7oDAA=="
    found = read_settings({"TOCSIN_WEBHOOK_SECRETS": f"{OLD}, {padded}"}).secrets()
    assert {OLD, padded} <= set(found)
    assert "" not in found
