"""Which services are loaded: those that the settings may name, and no others."""

from __future__ import annotations

from importlib import import_module

import pytest

from tocsin.integrations import ALL, ALWAYS, connect_all, load
from tocsin.settings import Settings

NOBODY_IS_NAMED = Settings(webhooks=False, apprise=False)


def test_of_a_service_that_nobody_uses_nothing_is_loaded() -> None:
    assert [one.__name__.rpartition(".")[2] for one in load(NOBODY_IS_NAMED)] == ["calendars"]


@pytest.mark.parametrize("name", [name for name, needs in ALL.items() if ALWAYS not in needs])
def test_none_of_those_that_are_left_out_would_have_made_a_link(name: str) -> None:
    assert import_module(f"tocsin.integrations.{name}").connect(NOBODY_IS_NAMED) is None


def test_what_the_settings_name_is_linked() -> None:
    links = connect_all(
        Settings(mail_in_port=2525, mail_in_address="in@acme.example", apprise=False, webhooks=False)
    )

    assert [link.name for link in links] == ["email", "calendars"]
