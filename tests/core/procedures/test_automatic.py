"""What Tocsin does about procedures by itself: when it needs nobody's yes, and when it plans what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_lock import SOURCE
from test_roll_back import SITE, question

from tocsin.acts.building import handbook_text
from tocsin.core import facts as f
from tocsin.core.facts import Fact
from tocsin.core.folding import extend
from tocsin.core.handbook_page import page
from tocsin.core.handbook_text import BadHandbook, read_handbook
from tocsin.core.incident import Incident
from tocsin.core.procedures.automatic import automatic_due
from tocsin.core.procedures.automatic_lock import branch_of
from tocsin.core.procedures.declared import Declared, LockRule

LOCK = 'id = "lock-branch"\napprove = ["owner", "on-call", "team:ops_team"]\nautomatic = true'

BOOK = read_handbook(handbook_text(None))


def incident_with(*facts: f.What) -> Incident:
    incident = question(SITE).incident
    at = incident.started_at
    return extend(incident, [Fact(n, at, "tocsin", "engine", what) for n, what in enumerate(facts, 2)])


def with_lock(written: str) -> str:
    text = handbook_text(None)
    assert LOCK in text
    return text.replace(LOCK, f'id = "lock-branch"\n{written}')


def test_the_handbook_says_which_procedures_need_nobody_where_tocsin_plans_them():
    book = read_handbook(handbook_text(None))

    automatic = [one.procedure for one in book.approvals if one.automatic]
    assert automatic == ["lock-branch", "unlock-branch"]
    assert "nobody, where the operators declare that Tocsin does it by itself" in page(book)


@pytest.mark.parametrize("two", ["persons = 2", "asker_counts = false"])
def test_what_takes_two_people_is_never_done_without_anybody(two: str):
    with pytest.raises(BadHandbook, match="can't be carried out without anybody where it takes two people"):
        read_handbook(with_lock(f'approve = ["anyone"]\n{two}\nautomatic = true'))


def red(stream: str = "ci", branch: str = "main") -> f.BuildRed:
    return f.BuildRed("acme/site", branch, stream, 3, (), stream=stream)


def green(stream: str = "ci") -> f.BuildGreen:
    return f.BuildGreen("acme/site", "main", stream, "c" * 40, "", stream)


@pytest.mark.parametrize(
    ("facts", "broken", "why"),
    [
        pytest.param([red(), red()], True, "ci failed 3 times in a row", id="red-is-red-since-the-first"),
        pytest.param(
            [red(), red("e2e"), green()], True, "ci failed 3 times in a row", id="one-of-two-is-enough"
        ),
        pytest.param(
            [red(), red("e2e"), green(), green("e2e")],
            False,
            "main is green again: e2e passed at cccccccccc",
            id="all-green",
        ),
        pytest.param([red(), f.Resolved("mended", "seen")], False, "INC-7 is over", id="people-end-it"),
        pytest.param(
            [red(), replace(red(), failures=2, broken=False)],
            False,
            "main does not count as broken any more: not every build of ci that counted has failed after all",
            id="a-flake-leaves-too-few",
        ),
        pytest.param(
            [red(), f.Resolved("mended", "seen"), f.Reopened("no")],
            True,
            "ci failed 3 times in a row",
            id="opened-again",
        ),
    ],
)
def test_how_the_branch_is(facts: list[f.What], broken: bool, why: str):
    branch = branch_of(incident_with(*facts), SOURCE)

    assert branch
    assert (branch.is_broken, branch.why) == (broken, why)


def test_builds_of_another_branch_say_nothing():
    assert branch_of(incident_with(red(branch="release")), SOURCE) is None


def test_of_two_sources_one_is_asked_for_after_the_other():
    other = replace(SOURCE, repository="acme/other", lock=LockRule(automatic=True))
    declared = Declared((), (replace(SOURCE, lock=LockRule(automatic=True)), other))
    incident = incident_with(red(), replace(red(), repository="acme/other"))

    (first,) = automatic_due(incident, BOOK, declared)
    incident = extend(incident, [Fact(9, incident.started_at, "tocsin", "engine", first)])
    (second,) = automatic_due(incident, BOOK, declared)
    incident = extend(incident, [Fact(10, incident.started_at, "tocsin", "engine", second)])

    assert isinstance(first, f.ProcedureAsked)
    assert isinstance(second, f.ProcedureAsked)
    assert [(one.run, one.target) for one in (first, second)] == [("P1", "acme/site"), ("P2", "acme/other")]
    assert automatic_due(incident, BOOK, declared) == []
