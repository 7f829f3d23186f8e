"""The one message of a run: how it stands, whose yes lacks, and what can be decided by one click."""

from __future__ import annotations

from dataclasses import replace

import pytest
from run_story import START, agreed, approved, asked, done, incident_of, message_of, planned

from tocsin.core import facts as f
from tocsin.core.facts import What
from tocsin.core.procedures.works import is_shown_later, shown_runs

PLAN: tuple[What, ...] = (asked(), planned("freeze", "restore", "watch"))
YES: tuple[What, ...] = (*PLAN, agreed(), approved())
RUNS: tuple[What, ...] = (*YES, START)
FAILS: tuple[What, ...] = (
    f.StepFailed("P1", "restore", "moved"),
    f.ProcedureFailed("P1", "Restore: moved", (), ()),
)
STOP = f.ProcedureStopAsked("P1")


@pytest.mark.parametrize(
    ("told", "head", "click"),
    [
        (PLAN, "is planned: safe.", ["approve_run"]),
        (YES, "is approved, and not run yet.", ["start_run"]),
        (RUNS, "is under way, run by {@alice} since 09:05 UTC.", ["stop_run"]),
        ((*RUNS, done("freeze")), "is under way, run by {@alice} since 09:05 UTC.", ["stop_run"]),
        ((*RUNS, STOP), "is being stopped, as {@alice} asked.", []),
        ((*RUNS, STOP, f.ProcedureStopped("P1", "Alice stopped it", (), ())), "has ended at 09:07 UTC: Alice stopped it.", []),
        ((*RUNS, *FAILS), "has failed at 09:07 UTC: Restore: moved.", []),
        ((*RUNS, *FAILS, f.ProcedureResumed("P1", "mended")), "is under way, run by {@alice} since 09:08 UTC.", ["stop_run"]),
        ((*RUNS, f.ProcedureVerified("P1", ())), "is done and verified at 09:06 UTC.", []),
        ((*YES, f.ProcedureWithdrawn("P1", "it is well")), "is withdrawn: it is well.", []),
    ],
)  # fmt: skip
def test_it_says_how_the_run_stands_and_offers_what_can_be_decided_now(
    told: tuple[What, ...], head: str, click: list[str]
) -> None:
    message = message_of(*told)

    first = message.text.splitlines()[0]
    assert first == f"*P1 Roll back site* {head} http://x/incidents/INC-1/procedures/P1"
    assert [one.act for one in message.offers] == click


def test_whose_yes_lacks_is_said_and_then_who_said_yes() -> None:
    repair = (asked("repair-schema", "database"), planned("clear"))

    assert "takes the yes of 2 persons of" in message_of(*repair).text
    assert "Yes from {@alice}; it takes the yes of " in message_of(*repair, agreed()).text
    both = message_of(*repair, agreed(), agreed("bob"), approved("alice", "bob")).text
    assert "Approved by {@alice}, {@bob} at 09:05 UTC." in both


def test_what_is_refused_has_no_click_and_an_override_is_shown() -> None:
    refused = (asked(), planned("restore", refusals=("it moved",)))

    assert (message_of(*refused).offers, "> Refused: it moved" in message_of(*refused).text) == ((), True)
    told = message_of(*refused, agreed("alice", "we have to"), approved(), START).text
    assert "> Although it is refused: we have to" in told


def test_each_step_is_marked_and_of_many_those_around_the_present_one_are_shown() -> None:
    steps = [f"s{n}" for n in range(1, 21)]
    told = (asked(), planned(*steps), agreed(), approved(), START, *(done(one) for one in steps[:10]))

    lines = message_of(*told).text.splitlines()[2:]

    assert lines == [
        "✓ 1. to 8. are done",
        *(
            "✓ 9. S9",
            "✓ 10. S10",
            "▸ 11. S11",
            "· 12. S12",
            "· 13. S13",
            "· 14. S14",
            "· 15. S15",
            "· 16. S16",
        ),
        "… and 4 more",
    ]


def test_what_it_froze_stands_there_until_it_is_thawed() -> None:
    frozen = (
        *RUNS,
        done("freeze", frozen=["renovate.json"]),
        f.UpdatersFrozen("P1", "site", "P1", ("renovate.json",)),
    )

    assert "Frozen: renovate.json. INC-1 does not close before that is thawed." in message_of(*frozen).text
    assert "Frozen" not in message_of(*frozen, f.UpdatersThawed("P2", "site", "P1")).text


def test_a_thaw_edits_the_message_of_the_run_that_froze_and_only_the_last_of_several_edits_is_made() -> None:
    incident = incident_of(*RUNS, f.UpdatersThawed("P2", "site", "P1"))
    incident = replace(incident, abilities=frozenset({"thread"}))

    (early,) = shown_runs(incident, incident.facts[5:6])
    (last,) = shown_runs(incident, incident.facts[6:7])

    assert [one.payload["run"] for one in (early, last)] == ["P1", "P1"]
    assert (is_shown_later(early, incident), is_shown_later(last, incident)) == (True, False)
