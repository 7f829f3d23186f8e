"""The stories: what people do in the town, step by step, and how every duty must stand at the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tocsin.demo.cast import CUSTOMER
from tocsin.demo.stage import Seen, Stage
from tocsin.town.slack import Message

MINUTE = timedelta(minutes=1)
CHANNEL = "incidents"
PUBLIC_WORDS = {
    "title": "Signing in fails with error 500",
    "post": "Signing in to our site fails at the moment; we are working on it. Self-hosted instances are not affected. "
    "Updates: {issue}",
}
LOG_WORDS = {
    "impact": "nobody could sign in for 40 minutes",
    "cause": "nobody was told that the certificate of the sign-in service would run out",
}


@dataclass(frozen=True, slots=True)
class Story:
    """`status` is the incident's at the end, `duties` the state of each of its duties."""

    title: str
    run: Callable[[Stage], Awaitable[None]]
    status: str
    duties: Mapping[str, str]


async def sign_in(stage: Stage) -> None:
    """A stranger posts; the first who is paged sleeps; one owns it, forgets an update, tells the public, and resolves it."""
    town, tell = stage.town, stage.teller.say
    town.site.break_signin()
    post = town.x.post(CUSTOMER, f"{town.x.handle} I can't sign in any more, it says error 500. Anyone else?")
    tell(f"{CUSTOMER} posts on X: {post.text}")
    card = await stage.see("the card in #incidents", lambda: first(town.slack.messages(CHANNEL)))
    tell("Tocsin opened the incident and its thread in #incidents")
    answer = await stage.see("the answer on X", lambda: first(town.x.replies_to(post.id)))
    tell(f"{CUSTOMER} is answered: {answer.text}")
    await stage.see("the page to Bob", lambda: first(town.slack.dm("bob")))
    tell("Bob is on call and is paged. He sleeps.")

    await stage.pass_time(10 * MINUTE)
    page = await stage.see("the page to Alice", lambda: first(town.slack.dm("alice")))
    tell("Ten minutes without an acknowledgement: the whole ops_team is paged")
    await stage.pass_time(MINUTE)
    await stage.do(
        lambda: town.slack.click("alice", page, "own"),
        "Alice in the thread",
        lambda: said(stage, card, "I'm on it"),
    )
    tell("Alice: I'm on it")

    await stage.pass_time(2 * MINUTE)
    await in_thread(
        stage,
        card,
        "alice",
        "next I look at the sign-in service's log and its certificate in 15m",
        "Next steps",
    )
    tell("Alice states her next steps, and promises an update in 15 minutes")
    await stage.pass_time(MINUTE)
    await in_thread(
        stage,
        card,
        "alice",
        "rollback no nothing was deployed since Friday; it is the certificate",
        "Rolled back?* No",
    )
    tell("Rolled back? No, and why not")

    await stage.pass_time(14 * MINUTE)
    await stage.see("the reminder to Alice", lambda: first(town.slack.dm("alice")[1:]))
    tell("Alice forgot her update: she is reminded, before anybody else hears of it")
    await stage.pass_time(2 * MINUTE)
    await in_thread(
        stage,
        card,
        "alice",
        "update the certificate of the sign-in service ran out at 08:00; a new one is on its way",
        "Update",
    )
    tell("Alice posts the update, two minutes late")

    await stage.pass_time(MINUTE)
    draft = await stage.see(
        "the drafted public words", lambda: said(stage, card, "the public should hear of it")
    )
    tell("Thirty minutes at high severity: Tocsin has drafted a public issue and a post")
    await fill_in(stage, card, draft, "edit_public", PUBLIC_WORDS, "approved the public words")
    public = await stage.see(
        "the post on X", lambda: first([p for p in town.x.posts if p.author == town.x.handle][1:])
    )
    tell(f"Alice puts it in better words; the issue is open, and the post is out: {public.text}")

    await stage.pass_time(9 * MINUTE)
    town.site.mend()
    await in_thread(
        stage,
        card,
        "alice",
        "resolve renewed the sign-in service's certificate | signed in myself twice, and the site's check is green",
        "Resolved",
    )
    tell("Alice resolves it, with evidence")
    await stage.see("the end on X", lambda: first(town.x.replies_to(public.id)))
    await stage.see(f"the word to {CUSTOMER}", lambda: first(town.x.replies_to(post.id)[1:]))
    tell(f"Under the post stands that it is resolved, the issue is closed, and {CUSTOMER} is told")

    await stage.pass_time(5 * MINUTE)
    end = await stage.see("the offer to write the log", lambda: said(stage, card, "Resolved"))
    await fill_in(stage, card, end, "log", LOG_WORDS, "is closed")
    tell("The ops log is written, every duty is settled: the incident is closed")


async def false_alarm(stage: Stage) -> None:
    """A teammate reports what proves to be none."""
    town, tell = stage.town, stage.teller.say
    await town.slack.command("carol", "/tocsin", "report search is very slow for me")
    card = await stage.see("the card in #incidents", lambda: first(town.slack.messages(CHANNEL)))
    tell("Carol reports in Slack that search is slow; the incident is open, at the highest severity")
    page = await stage.see("the page to Bob", lambda: first(town.slack.dm("bob")))
    await stage.pass_time(MINUTE)
    await stage.do(
        lambda: town.slack.click("bob", page, "own"),
        "Bob in the thread",
        lambda: said(stage, card, "I'm on it"),
    )
    tell("Bob: I'm on it")
    await in_thread(stage, card, "bob", "next I compare search from two networks in 10m", "Next steps")
    await stage.pass_time(2 * MINUTE)
    await in_thread(stage, card, "bob", "rollback no nothing points to a deploy yet", "Rolled back?* No")
    await stage.pass_time(4 * MINUTE)
    await in_thread(
        stage,
        card,
        "bob",
        "dismiss Carol's VPN was slow, not search | search answers in 80 ms from two other networks, and for Carol without her VPN",
        "No incident",
    )
    tell("Bob has verified that it is none, and says how")
    await stage.see("the closing", lambda: said(stage, card, "is closed"))
    tell("Carol is told; false alarms get no entry in the ops log")


def first(many: list[Seen]) -> Seen | None:
    return many[0] if many else None


def said(stage: Stage, card: Message, words: str) -> Message | None:
    """The message in the card's thread that holds these words."""
    return next((reply for reply in stage.town.slack.replies(card) if words in reply.text), None)


async def in_thread(stage: Stage, card: Message, who: str, words: str, answer: str) -> None:
    """Speak to Tocsin in the incident's thread, and see `answer` there."""
    slack = stage.town.slack
    await stage.do(
        lambda: slack.say(who, CHANNEL, f"<@{slack.bot_user_id}> {words}", thread_ts=card.ts),
        f"{answer!r} in the thread",
        lambda: said(stage, card, answer),
    )


async def fill_in(
    stage: Stage, card: Message, message: Message, action: str, values: Mapping[str, str], answer: str
) -> None:
    """Alice presses a button, fills in the form that opens, sends it, and sees `answer` in the thread."""
    slack = stage.town.slack
    view = await stage.do(
        lambda: slack.click("alice", message, action), "a form", lambda: slack.open_view("alice")
    )
    entered = {name: {name: value} for name, value in values.items()}
    await stage.do(
        lambda: slack.submit("alice", view, entered),
        f"{answer!r} in the thread",
        lambda: said(stage, card, answer),
    )


STORIES: Mapping[str, Story] = {
    "sign-in": Story(
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
            "update-1": "late",
            "update-2": "met",
            "public-issue": "met",
            "public-post": "met",
            "close-issue": "met",
            "answer-post": "met",
            "tell-reporter-R1": "met",
            "ops-log": "met",
        },
    ),
    "false-alarm": Story(
        "A false alarm",
        false_alarm,
        "closed",
        {
            "open-thread": "met",
            "reach-on-call": "met",
            "own": "met",
            "next-steps": "met",
            "rolled-back": "met",
            "update-1": "met",
            "tell-reporter-R1": "met",
        },
    ),
}
