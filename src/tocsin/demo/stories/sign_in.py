"""The seed's story: a deploy breaks sign-in, a stranger posts, the first who is paged sleeps. One owns it, has the deploy rolled back,
delegates, tells the public and hands over; the commit is reverted, and it is learned from."""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.demo.cast import CUSTOMER, REPOSITORY
from tocsin.demo.stage import Stage
from tocsin.demo.stories.code import DECLARED, begun, carried_out, comes_to, set_up, verified
from tocsin.demo.stories.doing import (
    CHANNEL,
    MINUTE,
    Story,
    answer_by_click,
    fill_in,
    first,
    in_thread,
    offering,
    said,
    whispered,
    with_words,
)
from tocsin.errors import Unavailable
from tocsin.town.acme import SITE, Acme
from tocsin.town.slack import Message
from tocsin.town.x import Post

DAY = timedelta(days=1)
DEPLOY_TAKES = 20 * MINUTE
"""Longer than a rollback may take for the public to hear nothing: they hear of what lasts half an hour."""
PUBLIC_WORDS = {
    "title": "Signing in fails with error 500",
    "post": "Signing in to our site fails at the moment; we are taking our last change back. Self-hosted instances are not affected. "
    "Updates: {issue}",
}
LOG_WORDS = {
    "impact": "nobody could sign in for more than half an hour",
    "cause": "sign-in asked a cache that is empty after each start, and nobody had tried that",
}


async def sign_in(stage: Stage) -> None:
    """From the first post to the last follow-up."""
    company = await set_up(stage)
    bad = await _deployed(stage, company)
    post, card = await _reported(stage)
    await _owned(stage, card)
    await _goes_back(stage, card, company)
    await _delegated(stage, card, bad)
    public = await _made_public(stage, card)
    await _handed_over(stage, card)
    await _recovered(stage, card)
    fix = await _reverted(stage, card, company, bad)
    await _resolved(stage, card, post, public)
    await _thawed(stage, card, fix)
    await _written_down(stage, card)
    await _learned(stage, card)


async def _deployed(stage: Stage, company: Acme) -> str:
    """Carol's change goes live, and nobody sees at first what it does; gives its commit."""
    town = stage.town
    town.deploys.takes = DEPLOY_TAKES
    await stage.at_github(lambda: company.break_signin("carol-at-acme"))
    bad = await company.site.head("main") or ""
    stage.teller.say(f"Carol's change {bad[:7]} is merged on green, and Renovate deploys it")
    await stage.pass_time(DEPLOY_TAKES)
    await stage.see("the broken website", lambda: town.site.status == "down")
    await stage.at_github(town.settled)
    return bad


async def _reported(stage: Stage) -> tuple[Post, Message]:
    town, tell = stage.town, stage.teller.say
    post = town.x.post(CUSTOMER, f"{town.x.handle} I can't sign in any more, it says error 500. Anyone else?")
    tell(f"{CUSTOMER} posts on X: {post.text}")
    card = await stage.see("the card in #incidents", lambda: first(town.slack.messages(CHANNEL)))
    tell("Tocsin opened the incident and its thread in #incidents")
    answer = await stage.see("the answer on X", lambda: first(town.x.replies_to(post.id)))
    tell(f"{CUSTOMER} is answered: {answer.text}")
    await stage.see("the page to Bob", lambda: first(town.slack.dm("bob")))
    tell("Bob is on call and is paged. He sleeps.")
    verdict = await stage.see("the verdict", lambda: said(stage, card, "site can be rolled back"))
    tell(f"Tocsin has looked at the deploys: {verdict.text.splitlines()[0].replace('*', '')}")
    return post, card


async def _owned(stage: Stage, card: Message) -> None:
    town, tell = stage.town, stage.teller.say
    await stage.pass_time(10 * MINUTE)
    page = await stage.see("the page to Alice", lambda: first(town.slack.dm("alice")))
    tell("Ten minutes without an acknowledgement: the whole ops_team is paged")
    await stage.pass_time(MINUTE)
    await answer_by_click(stage, card, "alice", page, "own", "I'm on it")
    tell("Alice: I'm on it")

    await stage.pass_time(2 * MINUTE)
    words = "next I roll the last deploy back, and have Carol look at her change in 15m"
    await in_thread(stage, card, "alice", words, "Next steps")
    tell("Alice states her next steps, and promises an update in 15 minutes")


async def _goes_back(stage: Stage, card: Message, company: Acme) -> None:
    """First of all, and before anybody looks for the cause. Tocsin does it; the deploy takes its time."""
    tell = stage.teller.say
    await begun(stage, card, "alice", "P1", "roll-back site because sign-in fails since the last deploy")
    await comes_to(stage, "P1", "pipeline")
    tell(f"Tocsin has put {company.good[:7]} back, and frozen Renovate; now that is deployed")
    words = "rollback yes the version before is deployed again; that takes 20 minutes"
    await in_thread(stage, card, "alice", words, "Rolled back?* Yes")
    tell("Rolled back? Yes, and how")


async def _delegated(stage: Stage, card: Message, bad: str) -> None:
    """Carol works on something else; for an incident she drops it."""
    town, tell = stage.town, stage.teller.say
    carol = f"<@{town.slack.user_id('carol')}>"
    words = f"delegate {carol} find out what in {bad[:7]} keeps people from signing in"
    await in_thread(stage, card, "alice", words, "(T1)")
    asked = await stage.see("the request to Carol", lambda: first(town.slack.dm("carol")))
    tell("Alice delegates a task to Carol, who is told on every channel and has ten minutes to answer")
    await stage.pass_time(2 * MINUTE)
    await answer_by_click(stage, card, "carol", asked, "accept_task", "takes T1")
    tell("Carol takes it")
    await stage.pass_time(6 * MINUTE)
    words = "result T1 it asks a cache that is empty after each start; that is all that changed"
    await in_thread(stage, card, "carol", words, "Result of T1")
    tell("Carol reports what came of it")

    await stage.pass_time(7 * MINUTE)
    await stage.see(
        "the reminder to Alice", lambda: with_words(town.slack.dm("alice"), "Post regular updates")
    )
    tell("Alice forgot her update: she is reminded, before anybody else hears of it")
    await stage.pass_time(2 * MINUTE)
    words = "update the version before is still being deployed; what Carol changed asks an empty cache"
    await in_thread(stage, card, "alice", words, "*Update*")
    tell("Alice posts the update, two minutes late")


async def _made_public(stage: Stage, card: Message) -> Post:
    town, tell = stage.town, stage.teller.say
    await stage.pass_time(MINUTE)
    draft = await stage.see(
        "the drafted public words", lambda: said(stage, card, "the public should hear of it")
    )
    tell("Thirty minutes at high severity: Tocsin has drafted a public issue and a post")
    await fill_in(stage, card, draft, "edit_public", PUBLIC_WORDS, "approved the public words", "alice")
    mine = town.x.handle
    public = await stage.see(
        "the post on X", lambda: first([p for p in town.x.posts if p.author == mine][1:])
    )
    tell(f"Alice puts it in better words; the issue is open, and the post is out: {public.text}")
    return public


async def _handed_over(stage: Stage, card: Message) -> None:
    """Bob is awake by now, and is asked; until he accepts, Alice is the owner."""
    town, tell = stage.town, stage.teller.say
    await stage.pass_time(2 * MINUTE)
    bob = f"<@{town.slack.user_id('bob')}>"
    words = (
        f"hand over to {bob} | the version before goes live about now; then Carol's commit has to be reverted"
    )
    await in_thread(stage, card, "alice", words, f"to take {await stage.ref()} over")
    asked = await stage.see(
        "the request to Bob", lambda: with_words(town.slack.dm("bob"), "asks you to take it over")
    )
    tell("Alice hands over to Bob. She is not released until he accepts")
    await stage.pass_time(2 * MINUTE)
    await answer_by_click(stage, card, "bob", asked, "accept_handover", "is released")
    tell("Bob accepts: he owns it now, and Alice is released")


async def _recovered(stage: Stage, card: Message) -> None:
    tell = stage.teller.say
    await verified(stage, "P1")
    await stage.see("that it recovered", lambda: said(stage, card, "without a break"))
    tell("The website runs the version before, and is well again: Tocsin has watched it")
    words = "public Signing in works again. We took our last change back, and keep an eye on it."
    shown = await whispered(stage, card, "bob", words, "Nothing has gone out yet")
    await answer_by_click(stage, card, "bob", shown, "publish_update", "shows the latest state")
    tell(
        "Bob reads what would go out, and tells the public how it stands: the issue shows it, edited in place, and so does an answer to the post"
    )


async def _reverted(stage: Stage, card: Message, company: Acme, bad: str) -> str:
    """What was broken is taken back on main, now that it is not live any more; gives the commit that did it."""
    words = f"revert {SITE} commit={bad[:10]} because nobody can sign in with it"
    await carried_out(stage, card, "bob", "P2", words)
    fix = await company.site.head("main") or ""
    stage.teller.say(
        f"The revert {fix[:7]} is merged on green. Carol is asked to review it, and not waited for"
    )
    return fix


async def _resolved(stage: Stage, card: Message, post: Post, public: Post) -> None:
    town, tell = stage.town, stage.teller.say
    words = "rolled the deploy back, and reverted the commit | signed in myself twice, and the site's check is green"
    await in_thread(stage, card, "bob", f"resolve {words}", "*Resolved*")
    tell("Bob resolves it, with evidence")
    await stage.see("the end on X", lambda: with_words(town.x.replies_to(public.id), "Resolved"))
    await stage.see(f"the word to {CUSTOMER}", lambda: first(town.x.replies_to(post.id)[1:]))
    tell(f"Under the post stands that it is resolved, the issue is closed, and {CUSTOMER} is told")


async def _thawed(stage: Stage, card: Message, fix: str) -> None:
    """Resolved it is, but no incident closes with a freeze that is on."""
    town = stage.town
    words = f"unfreeze site fix={fix[:10]} because the commit is reverted"
    await begun(stage, card, "bob", "P3", words)
    await comes_to(stage, "P3", "version")
    await stage.pass_time(DEPLOY_TAKES)
    await verified(stage, "P3")
    if (town.site.version, town.site.status) != (fix, "up"):
        raise Unavailable("The website was to run the revert, and to be well")
    stage.teller.say("Thawed: Renovate deploys the revert, and the website stays well")


async def _written_down(stage: Stage, card: Message) -> None:
    town, tell = stage.town, stage.teller.say
    done = "done review-afterwards-P2 read it: it is the exact revert"
    await in_thread(stage, card, "carol", done, "exact revert")
    end = await stage.see("the offer to write the log", lambda: said(stage, card, "*Resolved*"))
    await fill_in(stage, card, end, "log", LOG_WORDS, "stands in the ops log's document", "bob")
    tell("The ops log is written, and stands in the Google Doc as well")
    bob = f"<@{town.slack.user_id('bob')}>"
    words = f"follow-up {bob} Sign in once with an empty cache before a deploy takes visitors"
    await in_thread(stage, card, "bob", words, "F1 is an issue")
    tell("A follow-up is filed as an issue, with an owner who agreed to it")


async def _learned(stage: Stage, card: Message) -> None:
    """Days go by: they meet, and the follow-up is done. Only then is all learned."""
    town, tell = stage.town, stage.teller.say
    at = _in_three_days(stage.clock.now())
    alice = f"<@{town.slack.user_id('alice')}>"
    words = f"retro {at:%Y-%m-%d %H:%M} for 60m with {alice}"
    await in_thread(stage, card, "bob", words, "a retrospective for")
    await stage.see("the invitation", lambda: _invited(stage, "alice"))
    tell(f"A retrospective is called for {at:%Y-%m-%d %H:%M} UTC; the invitations are in the mail")
    feedback = {"section": "learned", "text": "Nobody tries what we deploy before our visitors do"}
    await stage.post(f"incidents/{await stage.ref()}/retrospective/feedback", feedback)
    await stage.pass_days(at - DAY + timedelta(minutes=5))
    await stage.see(
        "the reminder to Bob", lambda: with_words(town.slack.dm("bob"), "The retrospective is soon")
    )
    tell("A day before, Bob is reminded to write what he saw; Alice has")
    issue = await stage.see("the follow-up's issue", lambda: first(town.github.issues(REPOSITORY)[1:]))
    await stage.at_github(lambda: town.github.close_issue("bob-at-acme", REPOSITORY, issue.number))
    await stage.see("that F1 is done", lambda: said(stage, card, "F1 is done"))
    tell("Bob closes the follow-up's issue: that completes it")
    await stage.pass_days(at + timedelta(hours=1))
    root = await stage.see(
        "the card that asks what came of it", lambda: offering(stage, "retrospective_held")
    )
    came = {"text": "we agreed that each deploy is tried once before it takes visitors"}
    await fill_in(stage, card, root, "retrospective_held", came, "every duty is settled", "bob")
    tell("They met, and every duty is settled: the incident is closed")


def _in_three_days(now: datetime) -> datetime:
    return (now + 3 * DAY).replace(minute=0, second=0, microsecond=0)


def _invited(stage: Stage, handle: str) -> object:
    return first([mail for mail in stage.town.mail.to(f"{handle}@acme.example") if mail.attachments])


STORY = Story(
    "Sign-in is broken",
    sign_in,
    "closed",
    {
        "acknowledge-reporter-R1": "met",
        "open-thread": "met",
        "reach-on-call": "late",
        "own": "late",
        "next-steps": "met",
        "rolled-back": "met",
        "run-approved-P1": "met",
        "answer-task-T1": "met",
        "report-task-T1": "met",
        "update-1": "late",
        "update-2": "met",
        "public-issue": "met",
        "public-post": "met",
        "answer-handover-H1": "met",
        "public-update-1": "met",
        "public-update-2": "met",
        "run-approved-P2": "met",
        "review-afterwards-P2": "met",
        "run-approved-P3": "met",
        "thaw-P1": "met",
        "close-issue": "met",
        "answer-post": "met",
        "tell-reporter-R1": "met",
        "ops-log": "met",
        "ops-log-document": "met",
        "follow-ups": "met",
        "do-follow-up-F1": "met",
        "retrospective": "met",
        "hold-retrospective-1": "met",
    },
    declares=DECLARED,
)
