"""Watches a deploy branch until what it deploys holds a fix: the first deploy after a thaw."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.core.procedures.commits import short
from tocsin.core.procedures.hands import JSON, Context, Done, Evidence
from tocsin.core.spans import span_text
from tocsin.core.work import Later
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.ends import failed
from tocsin.integrations.git.look_between import look_deployed
from tocsin.integrations.git.look_revert import look_contains
from tocsin.integrations.git.places import Places

EVERY: Final = timedelta(seconds=20)
LIMIT_MINUTES: Final = 180
"""Updaters look about once an hour."""


async def ships(places: Places, asked: Asked, context: Context) -> Done | Later:
    """Inputs: target, fix (a commit of its source), limit_minutes."""
    fix, why = asked.needed("fix"), ""
    deployed = await look_deployed(places, Asked({"target": asked.needed("target")}))
    newest, source = str(deployed.values["newest"]), str(deployed.values["source"])
    if newest:
        inside: dict[str, JSON] = {"commit": fix, "candidate": newest}
        held = await places.use(source, "", lambda repo: look_contains(repo, places, Asked(inside)))
        if held.values["contains"] is True:
            evidence = Evidence("commit that is deployed", f"{newest} holds {short(fix)}")
            outputs: dict[str, JSON] = {"newest": newest, "versions": [newest, str(deployed.values["sha"])]}
            return Done((evidence,), outputs, f"{short(newest)} is deployed, with {short(fix)} in it")
        why = f"{short(newest)} is deployed still, without {short(fix)}"
    why = why or "; ".join(deployed.problems) or "what is deployed can't be told"
    return await waits(asked, context, why)


async def waits(asked: Asked, context: Context, why: str) -> Later:
    """What it waits for, until it took too long or somebody stopped it. Inputs: limit_minutes."""
    limit = timedelta(minutes=asked.number("limit_minutes", LIMIT_MINUTES, 7 * 24 * 60))
    if context.now - (context.since or context.now) > limit:
        raise failed(f"gave up after {span_text(limit)}: {why}")
    if await context.stopped():
        raise failed("it was stopped while it watched")
    return Later(why, EVERY)
