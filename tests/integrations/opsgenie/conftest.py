"""The link to the Opsgenie of the town, as the settings make it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tocsin.integrations.opsgenie import OpsgenieLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town


@pytest.fixture
async def link(town: Town) -> AsyncIterator[OpsgenieLink]:
    town.opsgenie.add_team("ops_team")
    town.opsgenie.add_schedule("ops", ["bob@acme.example"])
    settings = read_settings(
        {
            "TOCSIN_OPSGENIE_KEY": town.opsgenie.key,
            "TOCSIN_OPSGENIE_TEAM": "ops_team",
            "TOCSIN_OPSGENIE_SCHEDULE": "ops",
            "TOCSIN_OPSGENIE_BASE_URL": f"{town.url}/opsgenie",
        }
    )
    link = connect(settings)
    assert isinstance(link, OpsgenieLink)
    yield link
    await link.aclose()
