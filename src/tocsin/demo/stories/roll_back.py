"""A deploy breaks the website. It is rolled back first, and what rolls it forward is frozen; then the commit is reverted, and that goes live."""

from __future__ import annotations

from tocsin.demo.cast import CUSTOMER
from tocsin.demo.stage import Stage
from tocsin.demo.stories.code import DECLARED, STEADY, carried_out, set_up
from tocsin.demo.stories.doing import (
    CHANNEL,
    Story,
    answer_by_click,
    first,
    in_thread,
    said,
)
from tocsin.demo.stories.procedures import all_met, resolved
from tocsin.errors import Unavailable
from tocsin.town.acme import SITE, Acme
from tocsin.town.slack import Message

LOG = {
    "impact": "nobody could sign in for a quarter of an hour",
    "cause": "sign-in asked a cache that was empty",
}
EUROS = {"pricing.py": "PLANS = (1, 5, 25)\nCURRENCY = 'EUR'\n"}


async def roll_back(stage: Stage) -> None:
    """The good deploy is restored before anybody looks for the cause; Renovate deploys the fix once it is thawed."""
    company = await set_up(stage)
    await stage.pass_time(STEADY)
    bad, card = await _broken(stage, company)
    await _rolled_back(stage, card, company)
    fix = await _reverted(stage, card, company, bad)
    await _thawed(stage, card, company, fix)
    await _ended(stage, card)


async def _broken(stage: Stage, company: Acme) -> tuple[str, Message]:
    town, tell = stage.town, stage.teller.say
    made: list[str] = []

    async def breaks() -> None:
        made.append(await company.break_signin("carol-at-acme"))

    await stage.at_github(breaks)
    tell(f"Carol's change {made[0][:7]} is merged on green, and Renovate deploys it")
    if town.site.status != "down":
        raise Unavailable("The website was to break by that deploy")
    post = town.x.post(CUSTOMER, f"{town.x.handle} I can't sign in any more. Anyone else?")
    tell(f"{CUSTOMER} posts on X: {post.text}")
    card = await stage.see("the card", lambda: first(town.slack.messages(CHANNEL)))
    page = await stage.see("the page to Bob", lambda: first(town.slack.dm("bob")))
    await answer_by_click(stage, card, "bob", page, "own", "I'm on it")
    await in_thread(stage, card, "bob", "next I roll the last deploy back in 20m", "Next steps")
    return made[0], card


async def _rolled_back(stage: Stage, card: Message, company: Acme) -> None:
    town, tell = stage.town, stage.teller.say
    verdict = await stage.see("the verdict", lambda: said(stage, card, "site can be rolled back"))
    tell(f"Tocsin has looked at the deploys: {verdict.text.splitlines()[0].replace('*', '')}")
    words = "roll-back site because sign-in fails since the last deploy"
    await carried_out(stage, card, "bob", "P1", words)
    await stage.see("that it recovered", lambda: said(stage, card, "without a break"))
    tell(f"Rolled back to {company.good[:7]}, and Renovate is frozen: the website is well again")
    await stage.at_github(lambda: company.change("Plans in euros", EUROS, author="alice-at-acme"))
    await town.renovate.look()
    await town.settled()
    if (town.site.version, town.site.status) != (company.good, "up"):
        raise Unavailable("Renovate was not to roll it forward")
    tell("Alice's next change is merged into main. Renovate is frozen, and rolls nothing forward")


async def _reverted(stage: Stage, card: Message, company: Acme, bad: str) -> str:
    """What was broken is taken back on main; gives the commit that did it."""
    words = f"revert {SITE} commit={bad[:10]} because nobody can sign in with it"
    await carried_out(stage, card, "bob", "P2", words)
    fix = await company.site.head("main") or ""
    stage.teller.say(f"The revert {fix[:7]} is merged, on green, without waiting for Carol's review")
    return fix


async def _thawed(stage: Stage, card: Message, company: Acme, fix: str) -> None:
    town = stage.town
    words = f"unfreeze site fix={fix[:10]} because the commit is reverted"
    await carried_out(stage, card, "bob", "P3", words)
    await stage.see("the revert on the website", lambda: town.site.version == fix)
    if town.site.status != "up":
        raise Unavailable("The website was to be well with the revert")
    stage.teller.say("Thawed: Renovate deploys the revert, and the website stays well")


async def _ended(stage: Stage, card: Message) -> None:
    words = "rolled back, and reverted the commit | the website runs the revert, and Jane can sign in"
    follows = "the cache is filled before it is asked from now on"
    await resolved(stage, card, words, follows, LOG, "P2")


STORY = Story(
    "A deploy breaks the website",
    roll_back,
    "closed",
    all_met(
        "acknowledge-reporter-R1", "run-approved-P2", "run-approved-P3", "thaw-P1", "review-afterwards-P2"
    ),
    declares=DECLARED,
)
