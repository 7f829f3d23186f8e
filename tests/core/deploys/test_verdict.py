"""The verdict: which deploy is proposed and why, its class, and what people are warned of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.core.deploys.deploy import FAILED, RUNNING, UNHEALTHY, Deploy
from tocsin.core.deploys.migrations import Migration
from tocsin.core.deploys.nearby import Nearby, nearby
from tocsin.core.deploys.verdict import (
    AFTER_SCHEMA,
    NOT_REVERTIBLE,
    SAFE,
    UNKNOWN,
    Between,
    Schema,
    Verdict,
    judge,
)
from tocsin.core.procedures.declared import COMMAND, Target

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SITE = Target("site", "site", repository="acme/deploy", branch="release")


def deploy(name: str, before: timedelta, status: str = "succeeded") -> Deploy:
    at = NOON - before
    live = None if status in (FAILED, RUNNING) else at
    return Deploy(
        name, "site", at, name, (name[1:] + "a" * 40)[:40], "acme/deploy", status=status, live_at=live
    )


V6, V7, V8 = deploy("v6", 3 * DAY), deploy("v7", DAY), deploy("v8", 4 * MINUTE)
UP = "migrations/0007_names.up.sql"


def near(*deploys: Deploy, target: Target = SITE) -> Nearby:
    found = nearby(target, deploys, NOON)
    assert found is not None
    return found


def judged(
    *migrations: Migration,
    deploys: tuple[Deploy, ...] = (V7, V8),
    between: Between | None = None,
    schema: Schema | None = None,
    now: datetime = NOON,
) -> Verdict:
    lies = between or Between(migrations=migrations)
    return judge(SITE, near(*deploys), lies, schema or Schema(), NOON, now)


# --- which one is proposed --------------------------------------------------------------------------------------------------


def test_the_last_deploy_that_was_healthy_before_the_first_symptom_is_proposed_with_its_reason() -> None:
    found = near(V6, V7, V8)

    assert (found.suspect, found.good, found.is_near) == (V8, V7, True)
    words = {one.deploy.name: one.words for one in found.judged}
    assert words["v7"] == "it was live for 23 h until v8 replaced it, and nothing bad is known of it"
    assert words["v8"] == "it went out 4 min before it began"


def test_of_two_that_began_in_the_same_second_the_one_that_was_live_later_is_the_suspect() -> None:
    first, second = deploy("v7", HOUR), replace(deploy("v8", HOUR), live_at=NOON - 4 * MINUTE)

    for told in ((first, second), (second, first)):
        found = near(*told)
        assert (found.live, found.suspect, found.good) == (second, second, first)


def test_of_two_that_began_and_were_live_in_the_same_second_the_one_told_of_later_is_the_newer() -> None:
    earlier, later = deploy("v7", HOUR), deploy("v8", HOUR)
    newest_first = (later, earlier)

    assert near(*newest_first).live == later


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (FAILED, "it failed"),
        (UNHEALTHY, "it did harm"),
        ("rolled-back", "it was rolled back"),
        (RUNNING, "nobody has said that it was live"),
    ],
)
def test_a_deploy_of_which_something_bad_is_known_is_passed_over(status: str, words: str) -> None:
    found = near(V6, replace(V7, status=status), V8)

    assert found.good == V6
    assert found.judged[1].words == words


def test_a_deploy_that_was_live_too_shortly_to_know_is_passed_over() -> None:
    found = near(V6, deploy("v7", 9 * MINUTE), V8)

    assert found.good == V6
    assert found.judged[1].words == "it was live for 5 min only: too short to know"


def test_a_deploy_was_live_as_long_as_the_one_that_replaced_it_was_still_on_its_way() -> None:
    slow = replace(deploy("v8", 30 * MINUTE), live_at=NOON - 4 * MINUTE)

    found = near(V6, deploy("v7", 31 * MINUTE), slow)

    assert (found.good and found.good.name, found.judged[0].words) == (
        "v7",
        "it went out 4 min before it began",
    )
    assert (
        found.judged[1].words == "it was live for 27 min until v8 replaced it, and nothing bad is known of it"
    )


def test_a_deploy_that_was_on_its_way_when_it_began_is_suspected_from_its_beginning_on() -> None:
    found = near(V7, replace(deploy("v8", 30 * MINUTE), live_at=NOON + MINUTE))

    assert (found.good, found.judged[0].words) == (V7, "it went out 30 min before it began")


def test_a_deploy_that_failed_just_before_it_began_is_suspected_and_the_one_before_it_proposed() -> None:
    found = near(V7, replace(V8, status=FAILED, live_at=None))

    assert (found.suspect and found.suspect.name, found.good) == ("v8", V7)


def test_the_same_commit_as_the_suspect_is_nothing_to_go_back_to() -> None:
    again = replace(V7, id="v7 again", commit=V8.commit)

    assert near(V6, again, V8).good == V6


def test_a_deploy_after_the_start_is_never_proposed_and_warned_of() -> None:
    v9 = deploy("v9", -20 * MINUTE)

    found = judged(deploys=(V7, V8, v9), now=NOON + HOUR)

    assert near(V7, V8, v9).good == V7
    assert "v9 went out since it began: it is taken back too" in found.warnings


def test_in_a_deploy_repository_only_its_own_commits_can_be_gone_back_to() -> None:
    source = replace(V7, repository="acme/site")

    assert near(V6, source, V8).good == V6
    assert near(V6, source, V8, target=replace(SITE, by=COMMAND)).good == source


def test_of_a_service_that_was_never_deployed_there_is_no_verdict() -> None:
    assert nearby(SITE, [], NOON) is None


# --- the class --------------------------------------------------------------------------------------------------------------


def test_it_is_safe_where_no_migration_lies_between() -> None:
    assert judged() == Verdict(SAFE, ("no migration has to be taken back: none lies between",))


def test_it_is_safe_where_the_migrations_between_only_add() -> None:
    assert judged(Migration(UP, True, ())).verdict == SAFE


@pytest.mark.parametrize("breaks", [("drops a column",), None])
def test_it_is_safe_once_the_schema_is_dealt_with_where_a_migration_can_be_taken_back(
    breaks: tuple[str, ...] | None,
) -> None:
    found = judged(Migration(UP, True, breaks))

    assert found.verdict == AFTER_SCHEMA
    assert UP in found.reasons[0]


def test_it_is_not_revertible_where_a_migration_breaks_the_older_code_and_can_not_be_taken_back() -> None:
    found = judged(Migration(UP, False, ("drops a column",)))

    assert (found.verdict, found.reasons) == (
        NOT_REVERTIBLE,
        (f"{UP} drops a column, and can't be taken back",),
    )


def test_it_is_not_revertible_to_a_commit_that_is_no_ancestor() -> None:
    found = judged(between=Between(is_ancestor=False))

    assert found.verdict == NOT_REVERTIBLE
    assert "no ancestor" in found.reasons[0]


@pytest.mark.parametrize(
    ("deploys", "why"),
    [
        ((V8,), "no deploy before v8 is known"),
        ((deploy("v9", -HOUR),), "no deploy from before the first symptom is known"),
        ((replace(V7, status=UNHEALTHY), V8), "none of the earlier deploys that are known was healthy"),
    ],
)
def test_it_is_not_revertible_where_nothing_healthy_is_known(deploys: tuple[Deploy, ...], why: str) -> None:
    assert judged(deploys=deploys) == Verdict(NOT_REVERTIBLE, (why,))


def test_a_dirty_schema_comes_first_since_older_code_stops_at_it_too() -> None:
    found = judged(schema=Schema(True, is_dirty=True, backup_at=NOON))

    assert found.verdict == AFTER_SCHEMA
    assert "dirty" in found.reasons[0]


def test_what_could_not_be_looked_at_is_never_called_safe() -> None:
    found = judged(between=Between(why_unknown="GitHub can't be reached"))

    assert found == Verdict(UNKNOWN, ("what lies between is not known: GitHub can't be reached",))


# --- what people are warned of ----------------------------------------------------------------------------------------------


def test_warned_where_the_good_deploy_is_older_than_so_many_days() -> None:
    assert judged(deploys=(deploy("v7", 15 * DAY), V8)).warnings == ("v7 is more than 14 days old",)


def test_warned_where_a_migration_between_can_not_be_taken_back() -> None:
    (warning,) = judged(Migration(UP, False, ())).warnings

    assert "can't be taken back" in warning


def test_warned_where_a_migration_between_is_not_backward_compatible() -> None:
    assert any("not backward compatible" in one for one in judged(Migration(UP, True, ("x",))).warnings)


@pytest.mark.parametrize(
    ("backup_at", "warned"),
    [(None, True), (NOON - 61 * MINUTE, True), (NOON - 59 * MINUTE, False)],
)
def test_warned_where_the_last_backup_is_older_than_an_hour_before_risky_work(
    backup_at: datetime | None, warned: bool
) -> None:
    found = judged(Migration(UP, True, None), schema=Schema(True, backup_at=backup_at))

    assert any("backup" in one or "backed up" in one for one in found.warnings) == warned


def test_warned_where_the_last_deploy_is_so_old_that_it_may_not_have_brought_it() -> None:
    found = judged(deploys=(V6, deploy("v7", 2 * DAY)))

    assert any("perhaps none of them brought it" in one for one in found.warnings)


def test_warned_of_merges_between_since_the_tree_is_restored() -> None:
    found = judged(between=Between(merges=2))

    assert found.verdict == SAFE
    assert any(one.startswith("2 merges lie between") for one in found.warnings)


# --- deploys that are told by the source's commits --------------------------------------------------------------------------


def test_deploys_told_by_commits_of_the_source_count_where_nothing_else_is_known() -> None:
    target = replace(SITE, source="acme/site")
    v7, v8 = (replace(one, repository="acme/site") for one in (V7, V8))

    found = near(v7, v8, target=target)

    assert (found.suspect, found.good) == (v8, v7)


def test_beside_deploys_of_the_deploy_repository_they_would_be_second_tellings_of_the_same() -> None:
    target = replace(SITE, source="acme/site")
    late = replace(deploy("v9", 30 * MINUTE), repository="acme/site")

    found = near(V7, V8, late, target=target)

    assert [one.deploy for one in found.judged] == [V8, V7]
