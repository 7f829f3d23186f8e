"""The app's manifest, and the page that explains it, agree with the code."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tocsin.integrations.slack.clicks import DECLARE
from tocsin.integrations.slack.front import SLASHES

PAGE = (Path(__file__).parents[3] / "docs/howto/slack.md").read_text()
MANIFEST: dict[str, Any] = json.loads(
    files("tocsin.integrations.slack").joinpath("manifest.json").read_text()
)


@pytest.mark.parametrize("scope", MANIFEST["oauth_config"]["scopes"]["bot"])
def test_each_scope_is_explained(scope: str) -> None:
    assert f"`{scope}`" in PAGE


def test_the_commands_and_shortcuts_of_the_manifest_are_ones_that_tocsin_has() -> None:
    features = MANIFEST["features"]

    assert {command["command"] for command in features["slash_commands"]} <= set(SLASHES)
    assert DECLARE in {shortcut["callback_id"] for shortcut in features["shortcuts"]}


@pytest.mark.parametrize("event", MANIFEST["settings"]["event_subscriptions"]["bot_events"])
def test_each_event_is_explained(event: str) -> None:
    assert f"`{event}`" in PAGE


def test_tocsin_hears_what_is_said_in_threads_without_its_name() -> None:
    assert {"message.channels", "message.groups"} <= set(
        MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    )


def test_names_fit_what_slack_takes() -> None:
    features = MANIFEST["features"]

    assert all(len(shortcut["name"]) <= 24 for shortcut in features["shortcuts"])
    assert all(len(shortcut["description"]) <= 150 for shortcut in features["shortcuts"])
    assert len(MANIFEST["display_information"]["description"]) <= 140
