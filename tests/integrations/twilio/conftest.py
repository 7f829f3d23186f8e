"""The fixture of all that speak with Twilio."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pager_world import served
from twilio_world import Ears, Twilio, linked

from tocsin.acts.house import House
from tocsin.core.places import Places
from tocsin.integrations.twilio.door import SMS_IN
from tocsin.town import Town


@pytest.fixture
async def twilio(house: House, town: Town) -> AsyncIterator[Twilio]:
    ears, link = Ears(), linked(town)
    house.receipts = ears
    async with served(house, link) as url:
        house.places = Places(url)
        town.twilio.carrier.reply_url = url + SMS_IN
        yield Twilio(town, link, house, ears, url)
    await link.aclose()
