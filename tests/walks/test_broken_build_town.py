"""A walk with the GitHub of the town: its webhooks, over real HTTP, break the main branch and mend it again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from walk_steps import Walk

from tocsin.acts import looks
from tocsin.core.facts import TOCSIN
from tocsin.core.messages_builds import green_evidence
from tocsin.integrations.github.builds import events_of
from tocsin.integrations.github.door import PATH, GitHubDoor
from tocsin.town import Town
from tocsin.town.serving import served

SECRET = "between the town and us"
REPO = "acme/website"


@pytest.fixture
async def town(walk: Walk) -> AsyncIterator[Town]:
    """A town whose GitHub tells this house of everything."""
    app = Starlette(routes=GitHubDoor(SECRET, events_of((REPO,))).routes(walk.house))
    town = Town(now=walk.clock.now)
    town.github.add_repo(REPO)
    await town.start()
    async with served(app) as url:
        town.github.point_webhook_at(f"{url}{PATH}", SECRET)
        yield town
        await town.stop()


async def test_the_main_branch_breaks_and_is_mended(walk: Walk, town: Town) -> None:
    await town.github.run(REPO, town.github.push(REPO, "carol", "Start"), conclusion="success")
    town.faults.add("github", "workflow_run", "duplicate_event")
    for message in ("Faster sign-in", "Fix a test", "Fix it again"):
        await town.github.run(REPO, town.github.push(REPO, "alice", message))
    walk.ref = "INC-1"
    red = await walk.incident()
    await walk.engine.run_due()
    told = [sent.text for sent in walk.mailbox.take("thread.say")]
    await town.github.run(REPO, town.github.push(REPO, "alice", "Revert"), conclusion="success")

    mended = await walk.incident()
    assert red.title == "main is broken: CI failed 3 times in a row"
    assert [suspect.title for suspect in red.builds[0].suspects] == [
        "Faster sign-in",
        "Fix a test",
        "Fix it again",
    ]  # type: ignore[union-attr]
    assert len(red.reports) == 1
    assert mended.facts[-1].kind == "build_green"
    assert green_evidence(mended).startswith("CI passed at ")
    assert [row.ref for row in await looks.incidents(walk.house, TOCSIN)] == ["INC-1"]
    assert any(text.startswith("{@alice} (") and "one of your commits?" in text for text in told)
