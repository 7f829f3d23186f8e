"""Facts add up to an incident: the same whether all at once or one by one, and a changed history shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from core_cases import Story, at, declared, report, step_by_step
from core_random import stories
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core import facts as f
from tocsin.core.facts import KINDS, NAMES, Fact
from tocsin.core.folding import fold
from tocsin.store.incidents import Head, seal


@given(stories())
@settings(max_examples=25, deadline=None)
def test_extending_fact_by_fact_is_the_same_as_folding_all(story: Story) -> None:
    assert step_by_step(story.facts) == story.incident


@given(stories(), st.data())
@settings(max_examples=25, deadline=None)
def test_the_chain_of_hashes_notices_every_change_of_history(story: Story, data: st.DataObject) -> None:
    before = hashes(story.facts)
    n = data.draw(st.integers(0, len(story.facts) - 1))
    change = data.draw(st.sampled_from([_later, _by_another, _through_another_door, _another_content]))

    changed = [*story.facts[:n], change(story.facts[n]), *story.facts[n + 1 :]]

    assert hashes(changed)[:n] == before[:n]
    assert hashes(changed)[-1] != before[-1]


@pytest.mark.parametrize(
    "spoil", [lambda facts: facts[:1] + facts[2:], lambda facts: [*facts[:2], *facts[1:]]]
)
def test_a_fact_left_out_or_put_in_twice_shows(spoil: object) -> None:
    facts = Story().begin().say(1, f.Owned("alice")).facts

    assert hashes(spoil(facts))[-1] != hashes(facts)[-1]  # type: ignore[operator]


def test_every_kind_of_fact_is_stored_and_read_back_as_it_was() -> None:
    assert len(NAMES) == len(KINDS), "two kinds of fact would share a class"
    assert all(issubclass(what, f.What) for what in KINDS.values())
    assert msgspec.convert(msgspec.to_builtins(declared()), f.Declared) == declared()
    assert msgspec.convert(msgspec.to_builtins(report()), f.ReportReceived) == report()


def test_an_incident_begins_with_its_declaration() -> None:
    with pytest.raises(ValueError, match="begins with incident_declared, not with owned"):
        fold([Fact(1, at(0), "alice", "slack", f.Owned("alice"))])


def test_the_first_acknowledgement_stands() -> None:
    story = Story().begin().say(1, f.PageAcknowledged("bob")).say(2, f.PageAcknowledged("alice"))

    assert story.incident.alert.acknowledged_by == "bob"
    assert story.incident.alert.acknowledged_at == at(1)


def test_owning_acknowledges_the_page() -> None:
    story = Story().begin().say(1, f.Owned("alice"))

    assert story.incident.alert.acknowledged_by == "alice"


def test_opened_again_it_is_as_on_the_first_day_but_what_is_public_stays() -> None:
    story = Story().begin().say(1, f.Owned("alice"), f.RollbackAnswered(True, "to v41"))
    story.say(2, f.PublicWordsDrafted("t", "b", "p"), f.PublicWordsApproved("t", "b", "p"))
    story.say(
        3,
        f.IssueOpened("acme/web", 7, "https://i/7"),
        f.Resolved("how", "seen"),
        f.IssueClosed("https://i/7"),
    )

    incident = story.say(4, f.Reopened("it fails again")).incident

    assert (incident.status, incident.owner, incident.alert.step) == ("open", "", -1)
    assert incident.rollback is None, "the question is asked anew"
    assert (incident.public.draft, incident.public.approved) == (None, None), "new words are approved anew"
    assert incident.public.issue == f.IssueOpened("acme/web", 7, "https://i/7")
    assert not incident.public.issue_closed


def hashes(facts: list[Fact]) -> list[str]:
    return seal(Head(1, "INC-1", 0, ""), facts).hashes


def _later(fact: Fact) -> Fact:
    return replace(fact, at=fact.at + timedelta(microseconds=1))


def _by_another(fact: Fact) -> Fact:
    return replace(fact, by=fact.by + "x")


def _through_another_door(fact: Fact) -> Fact:
    return replace(fact, door="web")


def _another_content(fact: Fact) -> Fact:
    return replace(fact, what=f.NoteAdded("nothing happened here"))
