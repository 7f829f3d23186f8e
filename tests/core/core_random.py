"""Random incidents for Hypothesis: made by driving the decisions with random acts, at random times, with random people there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from core_cases import ALICE, BOB, CAROL, ROBOT, START, TRIAL, Story, report, roster
from hypothesis import strategies as st

from tocsin.core import decisions as d
from tocsin.core import decisions_asked as asked
from tocsin.core import decisions_ending as ending
from tocsin.core import decisions_learning as learning
from tocsin.core import decisions_public as dp
from tocsin.core import facts as f
from tocsin.core.case import Actor, Case
from tocsin.core.duties import ledger, open_duties
from tocsin.core.facts import What
from tocsin.core.handbook import Handbook
from tocsin.core.people import Roster
from tocsin.errors import TocsinError

HOUR = timedelta(hours=1)
Act = Callable[[Case, Actor], list[What]]
ACTS: list[Act] = [
    lambda case, who: [],
    d.acknowledge,
    lambda case, who: d.own(case, who, take_over=True),
    lambda case, who: d.state_next_steps(case, who, "I plan to look"),
    lambda case, who: d.post_update(case, who, "Looking"),
    lambda case, who: d.add_note(case, who, "chatter"),
    lambda case, who: d.change_severity(case, who, "low", "few are hit"),
    lambda case, who: d.change_severity(case, who, "moderate", "some are hit"),
    lambda case, who: d.change_severity(case, who, "high"),
    lambda case, who: d.answer_rollback(case, who, True, "to v41"),
    lambda case, who: ending.resolve(case, who, "fixed", "seen", rolled_back=False),
    lambda case, who: ending.dismiss(case, who, "none", "looked"),
    lambda case, who: ending.reopen(case, who, "not over"),
    lambda case, who: ending.write_ops_log(case, who, impact="i", detection="d", cause="c", resolution="r"),
    lambda case, who: d.page(case, who, ("team:ops",), roster()),
    lambda case, who: dp.approve_public_words(case, who, "t", "b", "p"),
    lambda case, who: [report(f"R{len(case.incident.reports) + 1}")],
    lambda case, who: [f.ReportMoved(case.incident.handles_reports[0].id, "INC-9", "other")],
    lambda case, who: [report("R1")],
    lambda case, who: [f.ReporterAnswered("R1", "answered", "https://x/1")],
    lambda case, who: [f.ReporterTold("R1", "told")],
    lambda case, who: [f.IssueOpened("acme/web", 7, "https://i/7")],
    lambda case, who: [f.IssueClosed("https://i/7")],
    lambda case, who: [f.DeliveryRefused("issue.open", "github", "no", "")],
    lambda case, who: ending.waive(case, who, _some_duty(case), "no need"),
    lambda case, who: ending.done_by_hand(case, who, _some_duty(case), "https://seen"),
    lambda case, who: d.approve_action(case, who, _some_duty(case)),
    lambda case, who: asked.delegate(case, who, "carol", "look at it", roster(), {}),
    lambda case, who: asked.accept_task(case, CAROL, "T1"),
    lambda case, who: asked.decline_task(case, CAROL, "T1", "busy"),
    lambda case, who: asked.report_task(case, CAROL, "T1", "found it"),
    lambda case, who: asked.withdraw_task(case, who, "T1", "no need"),
    lambda case, who: asked.hand_over(case, who, "bob", "all is said", roster(), {}),
    lambda case, who: asked.hand_over(case, who, "on-call", "", roster(), {}),
    asked.accept_handover,
    asked.decline_handover,
    lambda case, who: learning.file_follow_up(case, who, "never again", "bob", roster()),
    lambda case, who: learning.finish_follow_up(case, who, "F1", "done"),
    lambda case, who: learning.reopen_follow_up(case, who, "F1", "not done"),
    lambda case, who: learning.no_follow_ups(case, who, "known"),
    lambda case, who: learning.plan_retrospective(case, who, case.now + HOUR * 30, 60, (), roster()),
    lambda case, who: learning.plan_retrospective(case, who, case.now + HOUR, 60, ("bob",), roster()),
    lambda case, who: learning.decline_retrospective(case, who, "known"),
    lambda case, who: learning.give_feedback(case, who, "well", "the page"),
    lambda case, who: learning.hold_retrospective(case, who, "we met"),
    lambda case, who: d.take_step(case, who, "key", {"Whose": "Acme's"}),
    lambda case, who: d.change_kind(case, who, "security", "it is a hole"),
    lambda case, who: dp.approve_public_update(case, who, "still down", "still down"),
    ending.close,
]  # fmt: skip
ROSTERS: list[Roster] = [
    roster(),
    roster(on_call=()),
    roster(ops=()),
    roster(on_call=(), ops=()),
    Roster(),
    Roster(on_call=("ghost",), teams={"ops": ("ghost",)}),
]


@st.composite
def stories(draw: st.DrawFn, acts: list[Act] | None = None, handbook: Handbook = TRIAL) -> Story:
    """An incident with up to a dozen acts in its first hours; what is due in between is done, as the engine would."""
    story = Story(handbook=handbook, roster=draw(st.sampled_from(ROSTERS)))
    story.begin(
        severity=draw(st.sampled_from(["high", "moderate"])),
        kind=draw(st.sampled_from(["service", "security"])),
        abilities=draw(st.sampled_from([(), ("thread",), ("issue", "page:slack", "post", "thread")])),
    )
    for _ in range(draw(st.integers(0, 12))):
        story.wait(story.minute + draw(st.sampled_from([0, 0.5, 3, 5, 10, 15, 30, 45, 1700])))
        act = draw(st.sampled_from(acts or ACTS))
        try_to(story, act, draw(st.sampled_from([ALICE, BOB, ROBOT])))
        story.tocsin()
    return story


def try_to(story: Story, act: Act, who: Actor) -> None:
    """Take the decision; what is refused leaves no fact."""
    try:
        whats = act(story.case(), who)
    except (TocsinError, IndexError):
        return
    story.say(story.minute, *whats, by=who.by)


def _some_duty(case: Case) -> str:
    return open_duties(ledger(case.incident, case.handbook, case.now))[-1].id


__all__ = ["ACTS", "ROSTERS", "START", "stories", "try_to"]
