"""Rules and quiet hours come from files and go into them; people's devices never do."""

from __future__ import annotations

import json

import pytest

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.configuration.applying import apply
from tocsin.acts.configuration.documents import Documents, configuration
from tocsin.acts.contacts import choosing
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.errors import TocsinError
from walks.device_steps import BOB, NUMBER, Devices, with_devices


@pytest.fixture
def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    return with_devices(house, clock, mailbox)


async def written(house: House, by: By = OPERATOR) -> dict[str, object]:
    _, found = await configuration(house, by)
    assert found.people is not None
    return dict(found.people["bob"])


async def test_files_set_rules_and_quiet_hours_and_say_them_again(devices: Devices) -> None:
    await devices.verified(name="phone")
    said = {
        "zone": "Europe/Berlin",
        "rules": {"high": ["phone", "sms after 5m"], "low": ["email"]},
        "quiet": "22:00-07:00",
    }
    done = await apply(devices.house, OPERATOR, Documents({"bob": said}))
    assert [(one.id, one.action) for one in done.steps if one.is_change] == [("bob", "update")]
    [bob_changes] = [one for one in done.steps if one.id == "bob"]
    assert "high: phone, sms after 5m; low: email" in " ".join(bob_changes.words)
    assert {name: (await written(devices.house))[name] for name in said} == said
    bob = (await people.everybody(devices.house)).people["bob"]
    assert (choosing.written_rules(bob), str(bob.quiet)) == (said["rules"], "22:00-07:00")

    again = await apply(devices.house, OPERATOR, Documents({"bob": await written(devices.house)}))
    assert [one.action for one in again.steps if one.id == "bob"] == ["unchanged"]
    await apply(devices.house, OPERATOR, Documents({"bob": {"rules": {"high": []}, "quiet": ""}}))
    assert (await written(devices.house)).get("rules") == {"low": ["email"]}
    assert "quiet" not in await written(devices.house)


async def test_no_device_and_no_address_of_one_stands_in_a_file(devices: Devices) -> None:
    await devices.verified(name="phone")
    assert NUMBER not in json.dumps(await written(devices.house))


async def test_how_one_is_reached_is_written_for_admins_alone(devices: Devices) -> None:
    await choosing.choose_rules(devices.house, BOB, "bob", {"high": ["slack"]})
    assert "rules" in await written(devices.house)
    assert "rules" not in await written(devices.house, By(Actor("alice", "cli")))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"rules": {"high": ["pigeon"]}}, "bob has no contact method pigeon"),
        ({"quiet": "22:00-07:00"}, "bob has no time zone"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_place(
    devices: Devices, said: dict[str, object], words: str
) -> None:
    with pytest.raises(TocsinError) as refused:
        await apply(devices.house, OPERATOR, Documents({"bob": said}))
    assert any(place == "person.bob" and words in why for place, why in refused.value.places)
