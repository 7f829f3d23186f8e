"""What the stories share in which Tocsin carries a procedure out: how far it is, how such an incident ends, and which duties it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.demo.stage import Stage
from tocsin.demo.stories.doing import fill_in, in_thread, nothing_follows, said
from tocsin.errors import Unavailable
from tocsin.town.slack import Message

EVERYDAY = (
    "open-thread", "reach-on-call", "own", "next-steps", "rolled-back", "run-approved-P1", "update-1", "tell-reporter-R1",
    "ops-log", "ops-log-document", "follow-ups", "retrospective",
)  # fmt: skip


def all_met(*more: str) -> dict[str, str]:
    """The duties that such an incident has, and these: all of them met."""
    return dict.fromkeys((*EVERYDAY, *more), "met")


async def run_is(stage: Stage, run: str, state: str) -> Any:
    """The run, once it is in that state. Unavailable, with why, where it is refused or fails."""

    def is_so(found: Any) -> bool:
        if found["refusals"] or found["state"] == "failed":
            raise Unavailable(f"{run} was not to fail: {found['refusals'] or found['said']}")
        return bool(found["state"] == state)

    return await stage.told(
        f"that {run} is {state}", f"incidents/{await stage.ref()}/procedures/{run}", is_so
    )


async def resolved(
    stage: Stage, card: Message, words: str, follows: str, log: Mapping[str, str], review: str = ""
) -> None:
    """Bob resolves it, says that nothing follows, and writes the log. `review` is the run whose merge nobody had looked at."""
    await in_thread(stage, card, "bob", f"resolve {words}", "*Resolved*")
    if review:
        done = f"done review-afterwards-{review} read it: it is the exact revert"
        await in_thread(stage, card, "bob", done, "exact revert")
    await nothing_follows(stage, card, "bob", follows)
    end = await stage.see("the offer to write the log", lambda: said(stage, card, "*Resolved*"))
    await fill_in(stage, card, end, "log", dict(log), "every duty is settled", "bob")
    stage.teller.say("Resolved, written down and closed")
