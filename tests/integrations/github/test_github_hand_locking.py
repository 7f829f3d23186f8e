"""The hand "github": a branch is locked to a few, nothing else of its protection moves, and exactly that is given back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest
from hand_world import SITE, World, world_of

from tocsin.core.procedures.hands import JSON
from tocsin.integrations.github.procedures.settings_of_branch import differing, not_kept, settings_of
from tocsin.town import Town
from tocsin.town.github import Protection, Reviews, Who

WHERE: dict[str, JSON] = {"repository": SITE, "branch": "main"}
LOOK: dict[str, JSON] = {**WHERE, "logins": ["BOB", "mallory"], "team": "stampers"}
WHOLE = Protection(
    contexts=["ci", "a-test"],
    strict=True,
    enforce_admins=True,
    reviews=Reviews(count=2, dismiss_stale=True, last_push=True, bypass=Who(["alice"], ["stampers"], ["tocsin"])),
    required_linear_history=True,
    allow_deletions=True,
    required_conversation_resolution=True,
)  # fmt: skip
"""One in which much is unlike what GitHub takes where nothing is said."""


@pytest.fixture
async def world(town: Town) -> AsyncIterator[World]:
    world = await world_of(town)
    town.github.protect(SITE, "main", deepcopy(WHOLE))
    yield world
    await world.procedure.hand.aclose()


def rule(town: Town) -> Protection | None:
    repo = town.github.board.repo(SITE)
    assert repo
    return town.github.code.protections.of(repo, "main")


async def kept(world: World) -> dict[str, JSON]:
    """What a lock and an unlocking are given."""
    seen = await world.procedure.look("lock", **LOOK)
    settings = seen["settings"]
    await world.procedure.do("github.keep_protection", **WHERE, settings=settings)
    return {**WHERE, "settings": settings, "users": ["bob"], "teams": ["stampers"]}


async def test_a_look_tells_who_is_a_member_and_all_that_protects_the_branch(
    world: World, town: Town
) -> None:
    town.github.add_member("BOB")

    seen = await world.procedure.look("lock", **LOOK)

    assert (seen["members"], seen["others"]) == (["BOB"], ["mallory"])
    assert (seen["organisation"], seen["protected"], seen["readable"], seen["team"]) == (True,) * 4
    assert (seen["restricted"], seen["cannot_keep"], seen["us"]) == ("", [], town.github.login)
    settings: Any = seen["settings"]
    assert settings["required_status_checks"] == {
        "strict": True,
        "checks": [{"context": "a-test", "app_id": -1}, {"context": "ci", "app_id": -1}],
    }
    assert settings["required_pull_request_reviews"]["bypass_pull_request_allowances"] == {
        "users": ["alice"],
        "teams": ["stampers"],
        "apps": ["tocsin"],
    }


async def test_only_those_named_may_push_and_unlocking_gives_back_exactly_what_was(
    world: World, town: Town
) -> None:
    given = await kept(world)

    locked = await world.procedure.do("github.lock_branch", **given)
    while_locked = deepcopy(rule(town))
    look = await world.procedure.look("locked", **given)
    unlocked = await world.procedure.do("github.unlock_branch", **given)

    assert while_locked
    assert while_locked.restrictions == Who(["bob"], ["stampers"], [])
    while_locked.restrictions = None
    # GitHub shows checks in no order that means anything.
    assert while_locked.contexts
    while_locked.contexts.sort()
    assert while_locked == Protection(**{**vars_of(WHOLE), "contexts": ["a-test", "ci"]})
    assert locked.outputs == {"locked": {"branch": "main", "users": ["bob"], "teams": ["stampers"]}}
    assert look == {"changed": []}
    assert (await world.procedure.look("lock", **LOOK))["settings"] == given["settings"]
    assert unlocked.evidence[0].value == "equal to what was kept, read again"


def vars_of(protection: Protection) -> dict[str, Any]:
    return {name: getattr(protection, name) for name in Protection.__dataclass_fields__}


@pytest.mark.parametrize("does", ["lock_branch", "unlock_branch"])
async def test_a_lost_answer_is_found_done_at_the_second_try(world: World, town: Town, does: str) -> None:
    given = await kept(world)
    if does == "unlock_branch":
        await world.procedure.do("github.lock_branch", **given)
    method = "PUT" if does == "lock_branch" else "DELETE"
    town.faults.add("github", f"{method} /repos/*/protection*", "lost_answer")

    await world.procedure.waits(f"github.{does}", **given)
    await world.procedure.do(f"github.{does}", 2, **given)

    writes = [one for one in town.requests if one.method in ("PUT", "DELETE") and "/protection" in one.path]
    assert len(writes) == (1 if does == "lock_branch" else 2)


async def test_refuses_to_lock_over_a_restriction_that_somebody_made_meanwhile(
    world: World, town: Town
) -> None:
    given = await kept(world)
    town.github.protect(SITE, "main", Protection(**{**vars_of(WHOLE), "restrictions": Who(["alice"])}))

    why = await world.procedure.no("github.lock_branch", **given)

    assert why == "what protects main has changed since it was kept: restrictions"
    now = rule(town)
    assert now
    assert now.restrictions == Who(["alice"])


async def test_refuses_to_keep_what_is_not_as_it_was_planned_with(world: World, town: Town) -> None:
    seen = await world.procedure.look("lock", **LOOK)
    town.github.protect(SITE, "main", Protection(contexts=["ci"]))

    why = await world.procedure.no("github.keep_protection", **WHERE, settings=seen["settings"])

    assert why.startswith("what protects main has changed since it was planned: required_status_checks")


async def test_what_people_have_restricted_is_told_by_name(world: World, town: Town) -> None:
    world.protect("ci", restrictions=Who(["alice"], ["stampers"]))

    assert (await world.procedure.look("lock", **LOOK))["restricted"] == "users alice, teams stampers"


async def test_a_restriction_to_nobody_is_one_as_well(world: World, town: Town) -> None:
    world.protect("ci", restrictions=Who())

    assert (await world.procedure.look("lock", **LOOK))["restricted"] == "to nobody"


async def test_an_unprotected_branch_is_told(world: World, town: Town) -> None:
    repo = town.github.board.repo(SITE)
    assert repo
    town.github.code.protections.remove(repo, "main")

    assert (await world.procedure.look("lock", **LOOK))["protected"] is False


async def test_github_restricts_nothing_in_a_repository_of_a_person_and_that_is_told(
    world: World, town: Town
) -> None:
    given = await kept(world)
    town.github.board.persons.add("acme")

    seen = await world.procedure.look("lock", **LOOK)
    why = await world.procedure.no("github.lock_branch", **given)

    assert (seen["organisation"], seen["members"]) == (False, [])
    assert "Only organization repositories can have users and team restrictions" in why
    assert rule(town) == WHOLE


async def test_a_team_that_is_not_there_is_told_and_nothing_is_written(world: World, town: Town) -> None:
    seen = await world.procedure.look("lock", **{**LOOK, "team": "nobodies"})

    assert seen["team"] is False


async def test_what_github_did_otherwise_than_asked_is_taken_back(
    world: World, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = await kept(world)
    read = town.github.code.protections.put

    def put(repo: Any, branch: str, protection: Protection) -> None:
        if protection.restrictions:
            protection.restrictions.teams.clear()
        read(repo, branch, protection)

    monkeypatch.setattr(town.github.code.protections, "put", put)

    why = await world.procedure.no("github.lock_branch", **given)

    assert "(restrictions came out differently); all is as it was before again" in why
    assert (await world.procedure.look("lock", **LOOK))["settings"] == given["settings"]


async def test_what_people_changed_since_the_lock_is_told_and_undone_only_by_the_unlocking(
    world: World, town: Town
) -> None:
    given = await kept(world)
    await world.procedure.do("github.lock_branch", **given)
    now = rule(town)
    assert now
    now.allow_deletions = False

    look = await world.procedure.look("locked", **given)
    await world.procedure.do("github.unlock_branch", **given)

    assert look == {"changed": ["allow_deletions"]}
    assert (await world.procedure.look("lock", **LOOK))["settings"] == given["settings"]


async def test_a_protection_that_is_gone_is_told_and_comes_back_by_the_unlocking(
    world: World, town: Town
) -> None:
    given = await kept(world)
    repo = town.github.board.repo(SITE)
    assert repo
    town.github.code.protections.remove(repo, "main")

    look = await world.procedure.look("locked", **given)
    await world.procedure.do("github.unlock_branch", **given)

    assert look == {"changed": ["all of it is gone"]}
    assert (await world.procedure.look("lock", **LOOK))["settings"] == given["settings"]


async def test_what_was_unlocked_by_hand_is_left_as_it_is(world: World, town: Town) -> None:
    given = await kept(world)

    look = await world.procedure.look("locked", **given)
    done = await world.procedure.do("github.unlock_branch", **given)

    assert look == {"changed": []}
    assert done.said == "main was as before already"


def test_what_can_t_be_written_back_is_named_and_what_is_off_is_not() -> None:
    shown = {
        "url": "x",
        "required_status_checks": {"strict": False, "contexts": ["ci"], "contexts_url": "x", "sparkle": 1},
        "required_signatures": {"url": "x", "enabled": True},
        "glitter": {"enabled": True},
        "shine": {"enabled": False},
    }

    assert not_kept(shown) == ["glitter", "required_status_checks.sparkle"]
    assert settings_of(shown)["required_status_checks"] == {"strict": False, "contexts": ["ci"]}
    unsigned = settings_of({**shown, "required_signatures": {"enabled": False}})
    assert differing(settings_of(shown), unsigned) == ["required_signatures"]


def test_a_check_that_is_asked_for_of_two_apps_is_kept_for_both() -> None:
    named = [
        {"context": "ci", "app_id": 7},
        {"context": "ci", "app_id": None},
        {"context": "ci", "app_id": 12},
    ]
    shown = {"required_status_checks": {"strict": True, "contexts": ["ci"], "checks": named}}

    kept = settings_of(shown)["required_status_checks"]

    apps = [{"context": "ci", "app_id": app} for app in (-1, 7, 12)]
    assert kept == {"strict": True, "checks": apps}
