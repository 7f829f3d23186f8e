"""Deploys as they are told: what can't be one is refused by name, and the same one told in several ways is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tocsin.core.deploys.deploy import (
    DEPLOYMENT,
    FAILED,
    PUSH,
    RUNNING,
    SUCCEEDED,
    UNHEALTHY,
    Deploy,
    after,
    deploy_of,
    the_same,
)
from tocsin.errors import Invalid

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SHA = "1a2b3c4d5e6f70819293a4b5c6d7e8f901234567"
PUSHED = Deploy("push/1", "site", NOON, commit=SHA, repository="acme/deploy", status=RUNNING, source=PUSH)


def told(**what: Any) -> Deploy:
    return deploy_of(**{"id": "", "service": "site", "at": NOON, "now": NOON, "commit": SHA} | what)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("service", {"service": " "}),
        ("service", {"service": "the site"}),
        ("version", {"version": "", "commit": ""}),
        ("commit", {"commit": "main"}),
        ("commit", {"commit": "1a2b3c"}),
        ("at", {"at": NOON.replace(tzinfo=None)}),
        ("at", {"at": NOON + timedelta(hours=1)}),
        ("status", {"status": "great"}),
        ("repository", {"repository": "site"}),
        ("repository", {"repository": "https://bob:secret@git.acme.example/site"}),
        ("url", {"url": "javascript:alert(1)"}),
        ("title", {"title": "x" * 301}),
    ],
)
def test_what_can_be_no_deploy_is_refused_by_name(field: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        told(**wrong)

    assert refused.value.field == field


def test_services_words_for_an_outcome_are_understood() -> None:
    spelled = [told(status=word).status for word in ("success", "Failure", "in_progress", "unhealthy", "")]

    assert spelled == [SUCCEEDED, FAILED, RUNNING, UNHEALTHY, SUCCEEDED]


def test_a_deploy_that_is_under_way_is_not_live() -> None:
    assert told(status="running").live_at is None
    assert told().live_at == NOON


def test_a_github_deployment_of_the_newest_commit_is_the_push_that_was_known() -> None:
    deployment = replace(PUSHED, id="deployment/7", at=NOON + timedelta(minutes=3), source=DEPLOYMENT)

    assert the_same(deployment, [PUSHED]) == PUSHED


def test_a_push_of_long_ago_that_is_told_late_is_the_deployment_of_that_time() -> None:
    deployment = replace(PUSHED, id="deployment/7", at=NOON + timedelta(minutes=3), source=DEPLOYMENT)
    later = replace(PUSHED, id="deployment/8", commit="f" * 40, at=NOON + timedelta(hours=1))

    assert the_same(PUSHED, [later, deployment]) == deployment


def test_a_commit_that_comes_again_after_another_is_a_deploy_of_its_own() -> None:
    other = replace(PUSHED, id="push/2", commit="f" * 40, at=NOON + timedelta(hours=1))
    again = replace(PUSHED, id="deployment/7", at=NOON + timedelta(hours=2), source=DEPLOYMENT)

    assert the_same(again, [other, PUSHED]) is None


def test_that_it_began_told_after_its_end_does_not_reopen_it() -> None:
    ended = after(PUSHED, replace(PUSHED, status=SUCCEEDED, live_at=NOON + timedelta(minutes=3)))

    late = after(ended, PUSHED)

    assert (late.status, late.live_at) == (SUCCEEDED, NOON + timedelta(minutes=3))


def test_github_does_not_make_a_harmful_deploy_good_again() -> None:
    harmful = replace(PUSHED, status=UNHEALTHY)

    assert after(harmful, replace(PUSHED, status=SUCCEEDED, source=DEPLOYMENT)).status == UNHEALTHY
