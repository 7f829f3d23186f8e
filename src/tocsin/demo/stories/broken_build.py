"""The build of the main branch is broken: three failures in a row open an incident, the branch is locked until it is green, and green offers the end."""

from __future__ import annotations

from datetime import timedelta

from tocsin.demo.cast import REPOSITORY
from tocsin.demo.stage import Stage
from tocsin.demo.stories.doing import (
    CHANNEL,
    MINUTE,
    Story,
    answer_by_click,
    fill_in,
    first,
    in_thread,
    nothing_follows,
    said,
)
from tocsin.demo.stories.procedures import run_is
from tocsin.errors import Unavailable
from tocsin.town.buildkite import Build
from tocsin.town.github import Protection, Who
from tocsin.town.slack import Message

PIPELINE = "website"
LOG = {"impact": "nobody could merge for an hour", "cause": "a test that needs the network"}
COMMITS = (
    ("carol-at-acme", "search: ask the index twice"),
    ("alice-at-acme", "docs: a link was broken"),
    ("bob-at-acme", "billing: round to cents"),
)
DECLARED = """
[[source]]
repository = "acme/website"
branch = "main"
fallback_team = "acme/stampers"
    [source.lock]
    automatic = true
"""
NEARLY = timedelta(minutes=38)
"""A build that goes on for 40 minutes counts as failed. The rest goes by slowly, since people are paged then."""


async def broken_build(stage: Stage) -> None:
    """A flake and a nightly run count for nothing; a failure, a time-out and a build that hangs lock main, until it is green."""
    await _set_up(stage)
    await _not_counted(stage)
    hanging = await _breaks(stage)
    card = await _opened(stage)
    await _locked(stage, card)
    await _mended(stage, card, hanging)
    await _ended(stage, card)


async def _set_up(stage: Stage) -> None:
    github = stage.town.github
    await github.repository(REPOSITORY, {"README.md": "Our website.\n"})
    github.board.teams["stampers"] = ["alice-at-acme"]
    github.protect(REPOSITORY, "main", Protection(contexts=["buildkite/website"]))


async def _pushed(stage: Stage, author: str, message: str) -> str:
    repository = await stage.town.github.repository(REPOSITORY)
    return await repository.commit("main", {"CHANGES.md": f"{message}\n"}, author=author, message=message)


async def _built(stage: Stage, state: str, author: str, message: str) -> Build:
    """A commit, and its build at Buildkite: as it ended, or going on."""
    sha = await _pushed(stage, author, message)
    build = stage.town.buildkite.build(PIPELINE, sha, state, message=message, author=author)
    await stage.town.settled()
    return build


async def _not_counted(stage: Stage) -> None:
    town, tell = stage.town, stage.teller.say
    await _built(stage, "passed", "alice-at-acme", "search: a faster index")
    night = town.github.push(REPOSITORY, "bob-at-acme", "site: new colours")
    await stage.at_github(lambda: town.github.run(REPOSITORY, night, event="schedule"))
    tell("A nightly run at GitHub failed: that does not count")
    flake = await _built(stage, "failed", "bob-at-acme", "site: newer colours")
    again = await town.buildkite.rebuild(flake)
    town.buildkite.end(again, "passed")
    tell("A build at Buildkite failed, and passed when it was built again: a flake, that counts for nothing")
    await stage.pass_time(2 * MINUTE)


async def _breaks(stage: Stage) -> Build:
    """Carol's commit fails, Alice's times out, and Bob's does not come to an end."""
    town, tell = stage.town, stage.teller.say
    carol, alice, bob = COMMITS
    await _built(stage, "failed", *carol)
    tell(f"main: {carol[1]} ({carol[0]}): failed")
    timed_out = await _built(stage, "running", *alice)
    town.buildkite.end(timed_out, "failed", timed_out=True)
    tell(f"main: {alice[1]} ({alice[0]}): timed out")
    hanging = await _built(stage, "running", *bob)
    tell(f"main: {bob[1]} ({bob[0]}): it hangs")
    await stage.pass_time(NEARLY)
    return hanging


async def _opened(stage: Stage) -> Message:
    town = stage.town
    with stage.hurried():
        card = await stage.see("the card in #incidents", lambda: first(town.slack.messages(CHANNEL)))
    await stage.see("the oldest suspect", lambda: said(stage, card, COMMITS[0][1]))
    stage.teller.say(
        "After 40 minutes it counts as failed, the third in a row: Tocsin has opened an incident and names the oldest suspects"
    )
    return card


async def _locked(stage: Stage, card: Message) -> None:
    """Tocsin does it by itself, as is declared: first it says so, then it does it."""
    await stage.see(
        "that it will be locked, in the thread", lambda: said(stage, card, "is about to be locked")
    )
    with stage.hurried(6.0):
        await run_is(stage, "P1", "verified")
    who = _may_push(stage)
    if who is None or (who.users, who.teams) != (sorted(one for one, _ in COMMITS), ["stampers"]):
        raise Unavailable(f"main was to be locked to the suspects' authors and the stampers, not to {who}")
    stage.teller.say(
        "main is locked to those who may have broken it and the stampers: announced first, then done"
    )


async def _mended(stage: Stage, card: Message, hanging: Build) -> None:
    town, tell = stage.town, stage.teller.say
    page = await stage.see("the page to Bob", lambda: first(town.slack.dm("bob")))
    await answer_by_click(stage, card, "bob", page, "own", "I'm on it")
    await in_thread(stage, card, "bob", "next I revert Carol's commit in a branch in 20m", "Next steps")
    town.buildkite.end(hanging, "failed")
    await stage.pass_time(10 * MINUTE)
    await _built(stage, "passed", "bob-at-acme", 'Revert "search: ask the index twice"')
    tell("main is green again: Tocsin offers to resolve, and does not do so by itself")
    await stage.see("the offer", lambda: said(stage, card, "If that is the end of it"))
    with stage.hurried(6.0):
        await run_is(stage, "P2", "verified")
    if (who := _may_push(stage)) is not None:
        raise Unavailable(f"main was to be unlocked, and only {who} may push")
    tell("It unlocks main by itself: protected as it was before")


async def _ended(stage: Stage, card: Message) -> None:
    green = await stage.see("the offer", lambda: said(stage, card, "If that is the end of it"))
    end = {"how": "reverted Carol's commit", "evidence": "the build of the revert is green"}
    await fill_in(stage, card, green, "resolve", end, "*Resolved*", "bob")
    await nothing_follows(stage, card, "bob", "the test no longer needs the network")
    resolved = await stage.see("the offer to write the log", lambda: said(stage, card, "*Resolved*"))
    await fill_in(stage, card, resolved, "log", LOG, "every duty is settled", "bob")
    stage.teller.say("Resolved, written down and closed. Nobody outside heard of it")


def _may_push(stage: Stage) -> Who | None:
    github = stage.town.github
    rule = github.code.protections.of(github.code.repo(REPOSITORY), "main")
    if rule is None or rule.contexts != ["buildkite/website"]:
        raise Unavailable("What protects main was to stay")
    return rule.restrictions


STORY = Story(
    "The build of main is broken",
    broken_build,
    "closed",
    dict.fromkeys(
        (
            "open-thread", "reach-on-call", "own", "next-steps", "update-1", "run-approved-P1", "run-approved-P2", "unlock-P1",
            "tell-reporter-R1", "ops-log", "ops-log-document", "follow-ups", "retrospective",
        ),
        "met",
    ),
    declares=DECLARED,
    pipeline=PIPELINE,
)  # fmt: skip
