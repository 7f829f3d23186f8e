"""What the stories share in which a commit breaks the website: Acme's code, declared to Tocsin, and procedures that people steer in Slack."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tocsin.demo.stage import Stage
from tocsin.demo.stories.doing import CHANNEL
from tocsin.demo.stories.procedures import run_is
from tocsin.town import acme
from tocsin.town.acme import Acme
from tocsin.town.slack import Message

STEADY = timedelta(minutes=10)
"""So long a deploy has been live before it counts as one that was well; more than the target is watched."""
AT_WORK, WATCHING = 6.0, 30.0
"""How fast time runs, at most, while Tocsin works at a procedure, and while it only watches: its slowness counts in the first."""
DECLARED = """
[[target]]
id = "site"
service = "site"
by = "git"
repository = "acme/deploy"
branch = "release"
source = "acme/site"
migrations = ["migrations/**"]
environment = "production"
checks = ["test"]
version_url = "{town}/site/healthz"
health_url = "{town}/site/healthz"
watch_minutes = 5

    [[target.updater]]
    kind = "renovate"
    path = "renovate.json"
    pull_requests_by = "renovate[bot]"

[[source]]
repository = "acme/site"
branch = "main"
fallback_team = "acme/stampers"
"""


async def set_up(stage: Stage) -> Acme:
    """A website that works, deployed from its repository. What is DECLARED holds: Tocsin may roll it back, and revert commits of it."""
    company = await acme.build(stage.town)
    stage.teller.say(f"The website runs {company.good[:7]}; Renovate deploys whatever is merged into main")
    return company


async def carried_out(stage: Stage, card: Message, who: str, run: str, words: str) -> None:
    """Have a procedure planned by words in the thread, approve what is shown there, and see it verified."""
    await begun(stage, card, who, run, words)
    await comes_to(stage, run, "healthy")
    await verified(stage, run)


async def begun(stage: Stage, card: Message, who: str, run: str, words: str) -> None:
    """Have a procedure planned by words in the thread, and approve what is shown there."""
    tell = stage.teller.say
    slack = stage.town.slack
    text = f"<@{slack.bot_user_id}> procedure plan {words}"
    shown = await stage.do(
        lambda: slack.say(who, CHANNEL, text, thread_ts=card.ts),
        f"the plan of {run} in the thread",
        lambda: _plan_of(stage, card, run),
    )
    planned = await run_is(stage, run, "planned")
    for step in planned["steps"]:
        tell(f"Planned: {step['title']}")
    await stage.do(
        lambda: slack.click(who, shown, "approve_run"),
        f"that {run} is begun, in its message",
        lambda: not _plan_of(stage, card, run),
    )
    tell(f"{who.capitalize()} reads the plan, and approves it")


async def comes_to(stage: Stage, run: str, step: str) -> None:
    """Let Tocsin work until it has come to that step, which only watches, for minutes; or to its end."""

    def has_come(found: Any) -> bool:
        at = next((one for one in found["steps"] if one["state"] != "done"), None)
        return found["state"] != "running" or at is None or at["id"] == step

    with stage.hurried(AT_WORK):
        await stage.told(
            f"that {run} does its work", f"incidents/{await stage.ref()}/procedures/{run}", has_come
        )


async def verified(stage: Stage, run: str) -> None:
    """See that what the run did took effect."""
    with stage.hurried(WATCHING):
        await run_is(stage, run, "verified")


def _plan_of(stage: Stage, card: Message, run: str) -> Message | None:
    """The run's message in the thread, as long as it says what would be done; later it says how far that is."""
    slack = stage.town.slack
    replies = (one for one in slack.replies(card) if one.user == slack.bot_user_id)
    return next((one for one in replies if f"*{run} " in one.text and "is planned" in one.text), None)
