"""A false alarm: what a teammate reports proves to be none."""

from __future__ import annotations

from tocsin.demo.stage import Stage
from tocsin.demo.stories.doing import CHANNEL, MINUTE, Story, first, in_thread, said


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
    await stage.see("the closing", lambda: said(stage, card, "every duty is settled"))
    tell("Carol is told; false alarms get no entry in the ops log")


STORY = Story(
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
)
