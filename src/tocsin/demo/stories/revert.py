"""A bad commit is on main and not deployed yet. It is reverted before Renovate deploys it, and how it comes back is prepared."""

from __future__ import annotations

from datetime import timedelta

from tocsin.demo.stage import Stage
from tocsin.demo.stories.code import DECLARED, STEADY, carried_out, set_up
from tocsin.demo.stories.doing import (
    CHANNEL,
    Story,
    answer_by_click,
    first,
    in_thread,
)
from tocsin.demo.stories.procedures import all_met, resolved
from tocsin.errors import Unavailable
from tocsin.town.acme import SITE, Acme
from tocsin.town.slack import Message

SELDOM = timedelta(hours=6)
"""Renovate looks that seldom: what is merged meanwhile is not deployed yet."""
LOG = {"impact": "none: it was taken back before it was deployed", "cause": "nobody tried it without a cache"}


async def revert(stage: Stage) -> None:
    """Reverted by a pull request that is merged on green; the website never ran the bad commit."""
    company = await set_up(stage)
    await stage.pass_time(STEADY)
    bad, card = await _found(stage, company)
    fix = await _reverted(stage, card, company, bad)
    await _deployed(stage, company, fix)
    await _prepared(stage, card, company)
    await _ended(stage, card)


async def _found(stage: Stage, company: Acme) -> tuple[str, Message]:
    town, tell = stage.town, stage.teller.say
    town.renovate.waits = SELDOM
    await stage.at_github(lambda: company.break_signin("carol-at-acme"))
    bad = await company.site.head("main") or ""
    tell(f"Carol's change {bad[:7]} is merged on green; Renovate deploys it when it looks the next time")
    words = "report sign-in on main asks a cache that is empty: nobody gets in once that is deployed"
    await stage.do(
        lambda: town.slack.command("alice", "/tocsin", words),
        "the card in #incidents",
        lambda: first(town.slack.messages(CHANNEL)),
    )
    card = town.slack.messages(CHANNEL)[0]
    tell("Alice finds out before it is deployed, and reports it")
    page = await stage.see("the page to Bob", lambda: first(town.slack.dm("bob")))
    await answer_by_click(stage, card, "bob", page, "own", "I'm on it")
    await in_thread(stage, card, "bob", "next I have that commit reverted in 20m", "Next steps")
    words = "rollback no it is not deployed yet: the website runs the commit before it"
    await in_thread(stage, card, "bob", words, "Rolled back?* No")
    return bad, card


async def _reverted(stage: Stage, card: Message, company: Acme, bad: str) -> str:
    """What is wrong is taken back on main; gives the commit that did it."""
    words = f"revert {SITE} commit={bad[:10]} because nobody could sign in with it"
    await carried_out(stage, card, "bob", "P1", words)
    fix = await company.site.head("main") or ""
    if bad == fix or await company.site.text(fix, "signin.py") != await company.site.text(
        company.good, "signin.py"
    ):
        raise Unavailable("The commit was to be taken back on main")
    stage.teller.say(f"The revert {fix[:7]} is merged, on green, without waiting for Carol's review")
    return fix


async def _deployed(stage: Stage, company: Acme, fix: str) -> None:
    town = stage.town
    town.renovate.waits = timedelta()

    async def looks() -> None:
        await town.renovate.look()
        await town.settled()

    await stage.at_github(looks)
    ran = [one.version for one in town.deploys.history]
    if ran != [company.good, fix] or town.site.status != "up":
        raise Unavailable(f"The website was to run {company.good[:7]} and {fix[:7]} alone, it ran {ran}")
    stage.teller.say("Renovate looks, and deploys main with the revert: the bad commit was never live")


async def _prepared(stage: Stage, card: Message, company: Acme) -> None:
    words = f'reland {SITE} cause="the cache was empty at the start" because Carol wants it faster still'
    await carried_out(stage, card, "bob", "P2", words)
    pulls = [one for one in stage.town.github.issues(SITE) if one.state == "open"]
    if len(pulls) != 1:
        raise Unavailable("One pull request was to be open, with the revert of the revert")
    stage.teller.say(f"The revert of the revert waits as #{pulls[0].number}, to be merged by people")


async def _ended(stage: Stage, card: Message) -> None:
    words = "reverted the commit before it was deployed | the website runs the revert, and sign-in works"
    follows = "the pull request says what has to be mended before it comes back"
    await resolved(stage, card, words, follows, LOG, "P1")


STORY = Story(
    "A bad commit on main",
    revert,
    "closed",
    all_met("run-approved-P2", "review-afterwards-P1"),
    declares=DECLARED,
)
