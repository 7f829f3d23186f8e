"""Deploys from the command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Run = Callable[..., Awaitable[Any]]


async def test_a_deploy_is_told_and_listed(alice: Run) -> None:
    told = await alice("deploy", "record", "site", "--version", "v7", "--at", "2026-03-02T08:58:00Z")
    listed = await alice("deploy", "list", "site")

    assert (told.code, told.out) == (0, "site v7 (succeeded) is known now.\n")
    assert listed.out.splitlines()[1].split() == ["03-02", "08:58", "site", "v7", "succeeded"]


async def test_a_wrong_deploy_is_refused_in_words(alice: Run) -> None:
    ended = await alice("deploy", "record", "site")

    assert (ended.code, ended.err) == (
        2,
        "version and commit are both missing: say which one was deployed\n",
    )
