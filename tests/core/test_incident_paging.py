"""An incident goes by an escalation policy as an alert does: every condition of it, and all that people may do, as facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from core_cases import PLACES, TRIAL, Story, at, declared, report, roster

from tocsin.core import decisions as d
from tocsin.core import decisions_paging as dp
from tocsin.core import facts as f
from tocsin.core.case import Actor, Case
from tocsin.core.due import what_is_due
from tocsin.core.due_paging import RosterLook, escalation_of
from tocsin.core.escalation.explain import coming
from tocsin.core.escalation.policy import ALL, NOT_CLOSED, Policy, Stamped, Step, Target, Window
from tocsin.core.escalation.stamping import stamped
from tocsin.core.escalation.written import policy_of
from tocsin.core.incident_paging import steps_of
from tocsin.core.oncall.written import restriction_of
from tocsin.core.plan import why_moot
from tocsin.core.plan_paging import for_paging
from tocsin.core.work import PAGE, Work
from tocsin.errors import Conflict, Forbidden, Invalid

ALICE, BOB, CAROL = Actor("alice", "web"), Actor("bob", "web"), Actor("carol", "web")
MINUTE = timedelta(minutes=1)
ON_CALL, OPS = Target("on-call"), Target("team", "ops")
HERE = Target("person", "carol")


def by(*steps: Step, **changes: object) -> Stamped:
    return stamped(Policy("p", "P", steps, **changes), {})  # type: ignore[arg-type]


TWO = by(Step((ON_CALL,)), Step((OPS,), 10 * MINUTE))


def begun(policy: Stamped = TWO, **changes: object) -> Story:
    return Story().begin(policy=(), stamped=policy, **changes)


def until(story: Story, minute: float) -> Story:
    """Go from one waking to the next, as the engine does."""
    while (wake := story.wake()) and wake <= at(minute):
        story.wait((wake - at(0)).total_seconds() / 60)
    return story.wait(minute) if story.minute < minute else story


def did(story: Story, decide: Sequence[f.What], actor: Actor) -> Story:
    return story.say(story.minute, *decide, by=actor.person).tocsin()


def case(story: Story) -> Case:
    return Case(story.incident, story.handbook, story.now, story.roster)


def told(story: Story) -> list[tuple[float, str]]:
    """(minute, what) of everything about paging; those who are paged by their names."""
    kinds = (
        f.Paged | f.NobodyToPage | f.EscalationRanOut | f.AcknowledgementExpired | f.PagingSnoozeEnded
        | f.PageUnacknowledged | f.PagingSnoozed | f.Reassigned | f.EscalationHeld
    )  # fmt: skip
    return [
        ((x.at - at(0)) / MINUTE, " ".join(x.what.people) if isinstance(x.what, f.Paged) else x.kind)
        for x in story.facts
        if isinstance(x.what, kinds)
    ]


def test_the_steps_of_its_policy_are_taken_at_their_times() -> None:
    assert told(until(begun(), 10)) == [(0, "bob"), (10, "alice bob")]


def test_a_step_outside_its_times_is_passed_over_and_says_why() -> None:
    night = Window("UTC", (restriction_of("Mon-Sun 00:00-00:01", "between"),))
    story = until(
        begun(by(Step((ON_CALL,)), Step((HERE,), 5 * MINUTE, window=night), Step((OPS,), 5 * MINUTE))), 10
    )

    assert told(story) == [(0, "bob"), (5, "nobody_to_page"), (10, "alice bob")]
    assert "it is outside its times" in str(story.facts)


def test_the_severity_is_the_priority_that_steps_are_for_also_once_it_is_changed() -> None:
    policy = by(Step((ON_CALL,)), Step((HERE,), 5 * MINUTE, priorities=("P1",)), Step((OPS,), 5 * MINUTE))
    mild = begun(policy).say(1, f.SeverityChanged("high", "moderate", "it is"))

    assert told(until(begun(policy), 5))[-1] == (5, "carol")
    assert told(until(mild, 10))[1:] == [(5, "nobody_to_page"), (10, "alice bob")]
    assert [TRIAL.priority(one.id) for one in TRIAL.severities] == ["P1", "P2", "P3"]


def test_all_steps_are_taken_anew_as_often_as_it_says_and_then_the_last_resort_until_somebody_answers() -> (
    None
):
    story = until(begun(by(Step((ON_CALL,)), repeat=1, again_after=5 * MINUTE, last_resort=(HERE,))), 15)

    assert told(story) == [
        (0, "bob"), (5, "escalation_ran_out"), (5, "bob"),
        (10, "escalation_ran_out"), (10, "carol"), (15, "escalation_ran_out"), (15, "carol"),
    ]  # fmt: skip


def test_where_nobody_is_left_those_who_run_this_tocsin_are_paged_at_once() -> None:
    people = {**roster().people, "ada": replace(roster().people["carol"], handle="ada", rights=("admin",))}
    story = Story(roster=replace(roster(on_call=(), ops=()), people=people)).begin(policy=(), stamped=TWO)

    assert told(story)[-1] == (0, "ada")
    assert story.incident.members >= {"ada"}


def test_where_all_have_to_acknowledge_one_does_not_stop_it() -> None:
    policy = by(Step((OPS,)), Step((HERE,), 10 * MINUTE), acknowledged_by=ALL)
    story = begun(policy).wait(1)
    did(story, d.acknowledge(case(story), ALICE), ALICE)
    first = story.incident.alert

    assert (first.acknowledged_at, first.escalation.awaited) == (None, ("bob",))
    assert not story.incident.is_awaited("alice")
    assert story.incident.is_awaited("bob")

    did(story, d.acknowledge(case(story), BOB), BOB)

    assert story.incident.alert.acknowledged_at == at(1)
    assert told(until(story, 30)) == [(0, "alice bob")]


def test_a_page_of_who_has_acknowledged_is_not_needed_while_that_of_the_others_is() -> None:
    story = begun(by(Step((OPS,)), acknowledged_by=ALL)).wait(1)
    did(story, d.acknowledge(case(story), ALICE), ALICE)

    def moot(person: str) -> str:
        work = Work(PAGE, "", f"INC-1/page/3/{person}/slack", "slack", {"person": person})
        return why_moot(work, story.incident, TRIAL, story.now)

    assert moot("alice") == "they have acknowledged"
    assert moot("bob") == ""


def test_an_acknowledgement_of_which_nothing_comes_expires_and_paging_starts_anew() -> None:
    story = begun(by(Step((ON_CALL,)), forgotten_after=30 * MINUTE)).wait(1)
    did(story, d.acknowledge(case(story), BOB), BOB)

    assert told(until(story, 31)) == [(0, "bob"), (31, "acknowledgement_expired"), (31, "bob")]
    assert "nothing came of the acknowledgement" in str(story.facts[-1].what) + str(story.facts[-2].what)


def test_an_update_is_something_that_came_of_it() -> None:
    story = begun(by(Step((ON_CALL,)), forgotten_after=30 * MINUTE)).say(1, f.Owned("bob"))
    story.say(20, f.UpdatePosted("we look", at(50))).tocsin()

    assert (31, "acknowledgement_expired") not in told(until(story, 49))
    assert (50, "acknowledgement_expired") in told(until(story, 50))


def test_a_step_for_what_is_not_closed_is_taken_though_somebody_has_it() -> None:
    story = begun(by(Step((ON_CALL,)), Step((OPS,), 10 * MINUTE, when=NOT_CLOSED))).wait(1)
    did(story, d.acknowledge(case(story), BOB), BOB)

    assert told(until(story, 60)) == [(0, "bob"), (10, "alice")]
    n = next(x.n for x in reversed(story.facts) if isinstance(x.what, f.Paged))
    late = Work(PAGE, "", f"INC-1/page/{n}/alice/slack", "slack", {"person": "alice"})
    early = Work(PAGE, "", "INC-1/page/3/bob/slack", "slack", {"person": "bob"})
    assert [why_moot(one, story.incident, TRIAL, story.now) for one in (late, early)] == [
        "",
        "bob has acknowledged",
    ]


def test_one_after_the_other_where_a_step_says_so() -> None:
    class Turns(RosterLook):
        def turn(self, of: str) -> int:
            return 1

    story = Story().say(0, declared(policy=(), stamped=by(Step((OPS,), turn=True))), report())
    due = what_is_due(
        story.incident, TRIAL, story.roster, PLACES, story.now, Turns(story.roster, story.incident.abilities)
    )

    assert [(x.people, x.turn) for x in due if isinstance(x, f.Paged)] == [(("bob",), "p/0")]


def test_nobody_is_paged_while_it_is_snoozed_and_then_it_starts_anew() -> None:
    story = begun().wait(1)
    did(story, dp.snooze_pages(case(story), BOB, at(61)), BOB)
    page = Work(PAGE, "", "INC-1/page/3/bob/slack", "slack", {"person": "bob"})

    assert why_moot(page, story.incident, TRIAL, story.now) == "nobody is to be paged until 10:01 UTC"
    assert not story.incident.is_awaited("bob")
    assert told(until(story, 61)) == [
        (0, "bob"), (1, "paging_snoozed"), (61, "paging_snooze_ended"), (61, "bob"),
    ]  # fmt: skip
    assert story.incident.is_awaited("bob")


def test_an_acknowledgement_that_is_taken_back_leaves_the_owner_and_pages_anew() -> None:
    story = begun().say(1, f.Owned("bob")).tocsin()
    did(story, dp.unacknowledge(case(story), BOB), BOB)

    assert story.incident.owner == "bob"
    assert told(until(story, 11)) == [(0, "bob"), (1, "page_unacknowledged"), (1, "bob"), (11, "alice bob")]


def test_it_is_given_to_others_whom_the_policy_follows() -> None:
    story = begun().wait(1)
    did(story, dp.reassign(case(story), BOB, (HERE,)), BOB)
    old = Work(PAGE, "", "INC-1/page/3/bob/slack", "slack", {"person": "bob"})

    assert why_moot(old, story.incident, TRIAL, story.now) == "it was given to others"
    assert told(until(story, 21)) == [
        (0, "bob"),
        (1, "reassigned"),
        (1, "carol"),
        (11, "bob"),
        (21, "alice bob"),
    ]
    assert "carol" in story.incident.members


def test_of_two_who_give_it_away_or_snooze_it_at_once_the_second_is_told_who_was_first() -> None:
    story = begun().wait(1)
    did(story, dp.snooze_pages(case(story), BOB, at(61)), BOB)
    with pytest.raises(Conflict, match=r"^Bob snoozed it at 09:01:00 UTC already, until .* 10:01 UTC; do it"):
        dp.snooze_pages(case(story), ALICE, at(31))

    did(story, dp.reassign(case(story), BOB, (HERE,)), BOB)
    with pytest.raises(
        Conflict, match=r"^Bob reassigned it to Carol at 09:01:00 UTC already; do it again after"
    ):
        dp.reassign(case(story), ALICE, (HERE,))


def test_another_policy_takes_its_place_and_what_is_opened_again_goes_by_its_own() -> None:
    story = begun().wait(1)
    did(story, dp.reassign(case(story), BOB, (Target("policy", "q"),), by(Step((HERE,)))), BOB)
    story.say(2, f.Resolved("h", "e")).tocsin().say(3, f.Reopened("no")).tocsin()

    assert told(story) == [(0, "bob"), (1, "reassigned"), (1, "carol"), (3, "bob")]


def test_a_pager_outside_knows_nothing_of_whom_it_was_given_to_so_tocsin_pages_them() -> None:
    story = begun(
        abilities=("page:slack", "pager:opsgenie", "pager-for-all:opsgenie"), pager=f.KeptPager("opsgenie")
    )
    story.wait(1)
    did(story, dp.reassign(case(story), BOB, (HERE,)), BOB)
    paged = next(x for x in reversed(story.facts) if isinstance(x.what, f.Paged))

    works = list(for_paging(story.incident, paged, {}, story.roster))

    assert [(one.does, one.payload["person"]) for one in works] == [(PAGE, "carol")]


def test_what_was_stamped_before_policies_had_names_goes_on_as_it_did() -> None:
    old = until(Story().begin(), 18)

    assert told(old) == [(0, "bob"), (7, "alice bob"), (18, "escalation_ran_out"), (18, "alice bob")]


def test_while_nothing_could_be_sent_the_clock_stood_still() -> None:
    story = begun().say(5, f.EscalationHeld(4 * MINUTE, "Tocsin was not running")).tocsin()

    assert told(until(story, 14)) == [(0, "bob"), (5, "escalation_held"), (14, "alice bob")]


def test_what_comes_next_is_foretold_by_the_rules_that_will_hold() -> None:
    story = begun().wait(1)
    look = RosterLook(story.roster, story.incident.abilities)

    lines = coming(escalation_of(story.incident, TRIAL), look, story.now, story.roster.name)

    assert [((one.at - at(0)) / MINUTE, one.text) for one in lines] == [
        (10, "Step 2: Alice, Bob"),
        (20, "The last resort, every 10 min until somebody acknowledges: Alice, Bob"),
    ]


REFUSED = [
    ("nobody has acknowledged", lambda s: dp.unacknowledge(case(s), BOB), Conflict, "nothing to take back"),
    ("a stranger takes it back", lambda s: dp.unacknowledge(case(s), Actor("", "web")), Forbidden, "Only a person"),
    ("until what is past", lambda s: dp.snooze_pages(case(s), BOB, at(0)), Invalid, "that is past"),
    ("for too long", lambda s: dp.snooze_pages(case(s), BOB, at(10**5)), Invalid, "at most 30 days"),
    ("to a channel", lambda s: dp.reassign(case(s), BOB, (Target("channel", "#ops"),)), Invalid, "can't take an incident over"),
    ("to nobody that there is", lambda s: dp.reassign(case(s), BOB, (Target("team", "none"),)), Invalid, "would reach nobody"),
    ("to no name", lambda s: dp.reassign(case(s), BOB, ()), Invalid, "Name to whom it goes"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("decide", "error", "words"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED]
)
def test_what_can_t_be_is_refused_by_name(decide: object, error: type[Exception], words: str) -> None:
    story = begun().wait(1)

    with pytest.raises(error, match=words):
        decide(story)  # type: ignore[operator]


def test_what_is_over_is_neither_snoozed_nor_given_away() -> None:
    story = begun().say(1, f.Resolved("h", "e")).tocsin()

    for decide in (
        lambda: dp.unacknowledge(case(story), BOB),
        lambda: dp.snooze_pages(case(story), BOB, at(60)),
        lambda: dp.reassign(case(story), BOB, (HERE,)),
    ):
        with pytest.raises(Conflict, match="reopen it first"):
            decide()


def test_a_policy_as_people_write_it_is_stamped_whole() -> None:
    doc = {
        "id": "q",
        "steps": [{"to": ["schedule:primary"], "turn": True}, {"to": ["on-call"], "after": "5m"}],
    }

    stages = stamped(policy_of(doc), {}).stages

    assert [(one.at, one.turn) for one in stages] == [(timedelta(), "q/0"), (5 * MINUTE, "")]


OUTSIDE = {
    "abilities": ("page:slack", "pager:opsgenie", "pager-for-all:opsgenie"),
    "pager": f.KeptPager("opsgenie"),
}


def paged_by_us(story: Story) -> list[tuple[str, str]]:
    """(work, person) of what the newest page plans."""
    paged = next(x for x in reversed(story.facts) if isinstance(x.what, f.Paged))
    works = for_paging(story.incident, paged, {}, story.roster)
    return [(one.does, one.payload.get("person", "")) for one in works]


def test_a_pager_outside_pages_once_so_what_is_taken_back_tocsin_pages_itself() -> None:
    story = begun(**OUTSIDE)
    assert paged_by_us(story) == [("alert.create", "")]

    story.say(1, f.AlertCreated("opsgenie", "id", "alias"), f.PageAcknowledged("bob"))
    did(story, dp.unacknowledge(case(story), BOB), BOB)

    assert (PAGE, "bob") in paged_by_us(story)


def test_a_node_of_before_takes_the_same_steps_at_the_same_times() -> None:
    policy = by(Step((ON_CALL,)), Step((HERE, OPS), 7 * MINUTE), again_after=11 * MINUTE)

    new, old = until(begun(policy), 18), until(Story().begin(policy=steps_of(policy)), 18)

    assert told(new) == told(old)
    assert told(old)[-1] == (18, "carol alice bob")
