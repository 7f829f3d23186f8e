"""The plans of locking a branch and of unlocking it: their steps, each refusal and each warning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from test_roll_back import SITE, question

from tocsin.core import facts as f
from tocsin.core.folding import extend
from tocsin.core.people import Person, Roster
from tocsin.core.procedures.declared import Declared, Source
from tocsin.core.procedures.going_on import after_step
from tocsin.core.procedures.hands import JSON, Done, Evidence, Seen
from tocsin.core.procedures.lock import LockBranch, UnlockBranch
from tocsin.core.procedures.plan import Plan, Question

SHA = "c" * 40
SOURCE = Source("acme/site", fallback_team="acme/stampers")
SETTINGS: JSON = {"enforce_admins": False, "restrictions": None}
RULES: dict[str, JSON] = {
    "organisation": True,
    "admin": None,
    "protected": True,
    "readable": True,
    "settings": SETTINGS,
    "restricted": "",
    "cannot_keep": [],
    "members": ["joe"],
    "others": [],
    "team": True,
    "us": "tocsin-bot",
}
JOE = Roster({"joe": Person("joe", "Joe", github="Joe")})
RED = f.BuildRed("acme/site", "main", "CI", 3, (f.Suspect(SHA, "Faster", "Joe", "", "joe"),))


def asked(source: Source = SOURCE, *facts: f.What, thread: bool = True, **changes: Any) -> Question:
    one = question(SITE)
    named = frozenset({"thread"}) if thread else frozenset()
    whole = [f.Fact(n, one.now, "bob", "web", what) for n, what in enumerate((RED, *facts), 2)]
    incident = extend(replace(one.incident, abilities=named), whole)
    declared = Declared((SITE,), (source,))
    return replace(
        one, incident=incident, target="acme/site", inputs={}, declared=declared, roster=JOE, **changes
    )


def who(login: str = "joe") -> Seen:
    return Seen({"suspects": [{"sha": SHA, "login": login}]})


def plan(one: Question | None = None, suspects: Seen | None = None, **rules: JSON) -> Plan:
    seen = {"suspects": suspects or who(), "rules": Seen(RULES | rules)}
    return LockBranch().plan(one or asked(), seen)


def test_it_is_announced_and_heard_before_the_state_is_kept_and_the_branch_is_locked():
    made = plan()

    assert [step.hand for step in made.steps] == [
        "tocsin.announce",
        "tocsin.heard",
        "github.keep_protection",
        "github.lock_branch",
    ]
    announce, heard, keep, lock = made.steps
    assert "only joe, the team acme/stampers may push until it is green again" in str(announce.inputs["text"])
    assert (announce.inputs["people"], heard.watches) == (["joe"], True)
    assert keep.inputs["settings"] == SETTINGS
    assert (lock.inputs["users"], lock.inputs["teams"]) == (["joe"], ["stampers"])
    assert lock.inputs["settings_from"] == "keep.settings"
    assert (made.verdict, made.refusals, made.warnings) == ("safe", (), ())


def test_the_authors_are_those_of_the_suspects_that_the_red_builds_name():
    one = asked()

    (first,) = LockBranch().looks(one, {})
    second = LockBranch().looks(one, {"suspects": who()})[-1]

    assert (first.hand, first.inputs["commits"]) == ("github.suspects", [SHA])
    assert second.hand == "github.lock"
    assert (second.inputs["logins"], second.inputs["team"]) == (["joe"], "stampers")


def test_somebody_may_name_other_commits():
    (first,) = LockBranch().looks(replace(asked(), inputs={"commits": "aaaa, bbbb"}), {})

    assert first.inputs["commits"] == ["aaaa", "bbbb"]


REFUSED_UNSEEN = [
    pytest.param(
        asked(Source("acme/site")),
        "acme/site has no fallback_team: while its authors are away nobody could mend main",
        id="without-a-fallback-team",
    ),
    pytest.param(
        asked(Source("acme/site", fallback_team="other/stampers")),
        "the fallback team other/stampers is not of acme, which acme/site belongs to",
        id="a-fallback-team-of-others",
    ),
    pytest.param(
        asked(thread=False),
        "INC-7 has no thread to announce it in: nothing is locked that nobody hears of",
        id="where-nobody-would-hear-of-it",
    ),
    pytest.param(
        asked(SOURCE, f.KindChanged("outage", "security", "a leak", True)),
        "INC-7 is private: those who are locked out would not hear of it",
        id="in-a-private-incident",
    ),
    pytest.param(
        asked(SOURCE, f.BranchLocked("P1", "acme/site", "main", "P1", ("joe",), "stampers")),
        "main of acme/site is locked already by this incident: unlock it first",
        id="a-second-lock",
    ),
    pytest.param(
        asked(Source("acme/site", remote="https://git.example/site", fallback_team="acme/stampers")),
        "acme/site is not on the linked GitHub: its branch can't be locked from here",
        id="not-on-github",
    ),
]


@pytest.mark.parametrize(("one", "why"), REFUSED_UNSEEN)
def test_refuses_before_anything_is_looked_at(one: Question, why: str):
    made = LockBranch().plan(one, {})

    assert (made.refusals, made.overridable, made.steps) == ((why,), False, ())
    assert LockBranch().looks(one, {}) == ()


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"restricted": "team core"}, "pushes to main are restricted already (team core)"),
        ({"protected": False}, "main of acme/site is not protected: there is nothing that a lock"),
        ({"organisation": False}, "acme/site belongs to a person: GitHub restricts pushes only in"),
        ({"admin": False}, "our token may not change what protects main"),
        ({"readable": False, "why": "GitHub does not allow it"}, "what protects main can't be read"),
        ({"cannot_keep": ["sparkle"]}, "what protects main has settings that could not be given back: sparkle"),
        ({"team": False}, "acme has no team acme/stampers, or our token may not see it"),
    ],
    ids=["over-a-restriction", "unprotected", "of-a-person", "no-right", "unreadable", "not-kept", "no-such-team"],
)  # fmt: skip
def test_refuses_what_could_not_be_locked_or_given_back(rules: dict[str, JSON], why: str):
    made = plan(**rules)

    assert why in made.refusals[0]
    assert (made.overridable, made.steps) == (False, ())


@pytest.mark.parametrize(
    ("suspects", "rules", "words"),
    [
        (who(), {"members": [], "others": ["joe"]}, "joe may not push: no member of the organisation"),
        (who(), {"members": []}, "no author of a suspect is known who may push"),
        (who(""), {}, "who wrote cccccccccc can't be found on GitHub"),
        (who(), {"settings": {"enforce_admins": True}}, "we (tocsin-bot) may not merge then either"),
    ],
    ids=["no-member", "nobody", "unknown-author", "not-even-we"],
)
def test_warns_of_who_can_t_mend_it_then(suspects: Seen, rules: dict[str, JSON], words: str):
    made = plan(None, suspects, **rules)

    assert any(words in one for one in made.warnings)
    assert made.verdict == "warned"


# --- what follows from a lock, and unlocking ----------------------------------------------------------------------------------


def locked(*more: f.What) -> Question:
    """P1 has locked the branch."""
    steps = tuple(
        f.PlannedStep(one.id, one.hand, one.title, dict(one.inputs), one.watches) for one in plan().steps
    )
    evidence = (f.SeenOutside("x", "y"),)
    outputs: dict[str, dict[str, Any]] = {
        "keep": {"settings": SETTINGS},
        "lock": {"locked": {"branch": "main", "users": ["joe"], "teams": ["stampers"]}},
    }
    facts: list[f.What] = [
        f.ProcedureAsked("P1", "lock-branch", "source", "acme/site", "red"),
        f.ProcedurePlanned("P1", steps, "safe"),
        f.ProcedureStarted("P1"),
        *(f.StepDone("P1", one.id, "", evidence, outputs.get(one.id, {})) for one in steps[:-1]),
    ]
    one = asked(SOURCE, *facts)
    run = one.incident.run("P1")
    assert run
    left = Done((Evidence("x", "y"),), outputs["lock"])
    return asked(SOURCE, *facts, *after_step(run, "INC-7", "lock", left, None, str), *more)


def test_a_lock_is_a_fact_of_the_incident_until_it_is_undone():
    (lock,) = locked().incident.locks

    assert (lock.id, lock.target, lock.branch, lock.people, lock.team) == (
        "P1",
        "acme/site",
        "main",
        ("joe",),
        "stampers",
    )
    unlocked = f.BranchUnlocked("P2", "acme/site", "main", "P1")
    assert locked(unlocked).incident.locks == ()


def test_unlocking_gives_back_what_was_kept_and_is_announced_to_nobody_first():
    one = locked()

    (look,) = UnlockBranch().looks(one, {})
    made = UnlockBranch().plan(one, {"rules": Seen({"changed": []})})

    (step,) = made.steps
    assert look.hand == "github.locked"
    assert (step.hand, step.inputs["settings"], step.inputs["unlocks"]) == (
        "github.unlock_branch",
        SETTINGS,
        "P1",
    )
    assert (made.verdict, made.refusals) == ("safe", ())


def test_unlocking_goes_on_where_nothing_can_be_announced():
    one = replace(locked(), incident=replace(locked().incident, abilities=frozenset(), private=True))

    assert UnlockBranch().plan(one, {"rules": Seen({"changed": []})}).refusals == ()


def test_refuses_to_undo_what_people_changed_since_unless_somebody_writes_down_why():
    made = UnlockBranch().plan(locked(), {"rules": Seen({"changed": ["allow_deletions"]})})

    assert made.refusals == (
        "somebody has changed the protection since it was locked (allow_deletions): that would be undone",
    )
    assert (made.overridable, len(made.steps)) == (True, 1)


def test_refuses_to_unlock_what_this_incident_has_not_locked():
    for one in (asked(), locked(f.BranchUnlocked("P2", "acme/site", "main", "P1"))):
        assert UnlockBranch().looks(one, {}) == ()
        assert UnlockBranch().plan(one, {}).refusals == ("INC-7 has not locked acme/site",)
