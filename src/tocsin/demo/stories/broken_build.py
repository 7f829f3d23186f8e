"""The build of the main branch is broken: three failures in a row open an incident, and green offers its end."""

from __future__ import annotations

from functools import partial

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

LOG = {"impact": "nobody could merge for half an hour", "cause": "a test that needs the network"}
COMMITS = (
    ("carol-at-acme", "search: ask the index twice"),
    ("alice-at-acme", "docs: a link was broken"),
    ("bob-at-acme", "billing: round to cents"),
)


async def broken_build(stage: Stage) -> None:
    """Three commits, three failures; Bob finds the oldest suspect, and the build is green again."""
    town, tell = stage.town, stage.teller.say
    github = town.github
    good = github.push(REPOSITORY, "alice-at-acme", "search: a faster index")
    await stage.at_github(lambda: github.run(REPOSITORY, good, conclusion="success"))
    night = github.push(REPOSITORY, "bob-at-acme", "site: new colours")
    await stage.at_github(lambda: github.run(REPOSITORY, night, event="schedule"))
    tell("A nightly run failed: that does not count")
    for author, message in COMMITS:
        sha = github.push(REPOSITORY, author, message)
        conclusion = "timed_out" if author.startswith("alice") else "failure"
        await stage.at_github(partial(github.run, REPOSITORY, sha, conclusion=conclusion))
        tell(f"main: {message} ({author}): {conclusion}")
        await stage.pass_time(2 * MINUTE)
    card = await stage.see("the card in #incidents", lambda: first(town.slack.messages(CHANNEL)))
    await stage.see("the oldest suspect", lambda: said(stage, card, COMMITS[0][1]))
    tell(
        "Three failures in a row, a time-out among them: Tocsin has opened an incident and names the oldest suspects"
    )
    page = await stage.see("the page to Bob", lambda: first(town.slack.dm("bob")))
    await answer_by_click(stage, card, "bob", page, "own", "I'm on it")
    await in_thread(stage, card, "bob", "next I revert Carol's commit in a branch in 20m", "Next steps")
    await stage.pass_time(10 * MINUTE)
    mended = github.push(REPOSITORY, "bob-at-acme", 'Revert "search: ask the index twice"')
    await stage.at_github(partial(github.run, REPOSITORY, mended, conclusion="success"))
    tell("main is green again: Tocsin offers to resolve, and does not do so by itself")
    green = await stage.see("the offer", lambda: said(stage, card, "green again"))
    end = {"how": "reverted Carol's commit", "evidence": "the build of the revert is green"}
    await fill_in(stage, card, green, "resolve", end, "*Resolved*", "bob")
    await nothing_follows(stage, card, "bob", "the test no longer needs the network")
    resolved = await stage.see("the offer to write the log", lambda: said(stage, card, "*Resolved*"))
    await fill_in(stage, card, resolved, "log", LOG, "every duty is settled", "bob")
    tell("Resolved, written down and closed. Nobody outside heard of it")


STORY = Story(
    "The build of main is broken",
    broken_build,
    "closed",
    {
        "open-thread": "met",
        "reach-on-call": "met",
        "own": "met",
        "next-steps": "met",
        "update-1": "met",
        "tell-reporter-R1": "met",
        "ops-log": "met",
        "ops-log-document": "met",
        "follow-ups": "met",
        "retrospective": "met",
    },
)
