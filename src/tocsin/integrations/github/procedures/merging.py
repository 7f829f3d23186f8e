"""Merges a pull request as soon as the required checks are green at exactly the commit that was looked at, and never otherwise.

1. Is it merged already, closed, or has its head moved? 2. How do the checks stand at that commit? 3. Is a review needed? 4. Merge,
naming the commit; what GitHub answers is looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from tocsin.core.procedures.declared import NEEDED
from tocsin.core.procedures.hands import JSON, Done, Evidence
from tocsin.core.work import Later
from tocsin.integrations.github.procedures.green import (
    GREEN,
    MISSING,
    PENDING,
    RED,
    Checks,
    checks_at,
    in_words,
)
from tocsin.integrations.github.procedures.job import Job, later
from tocsin.integrations.github.procedures.protection import Asks, asks_of
from tocsin.integrations.github.procedures.shapes import Pull
from tocsin.integrations.http import Failed
from tocsin.integrations.inputs import fail, refuse

PATIENCE_MINUTES: Final = 120
AUTO_MERGE: Final = """
mutation($id: ID!, $oid: GitObjectID!, $method: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, expectedHeadOid: $oid, mergeMethod: $method}) {
    pullRequest { number }
  }
}"""
CONFLICT: Final = "dirty"
APPROVED: Final = "APPROVED"
VERDICTS: Final = (APPROVED, "CHANGES_REQUESTED", "DISMISSED")


@dataclass(frozen=True, slots=True)
class Standing:
    """A pull request as it stands: its checks at the commit that was looked at, and who has approved that."""

    pull: Pull
    checks: Checks
    asks: Asks
    approved_by: tuple[str, ...]


async def merge_on_green(job: Job) -> Done | Later:
    """Inputs: number, head_sha, checks (required besides GitHub's and the file's), method, message (of the commit that squashing makes), auto,
    limit_minutes, without_checks (why).
    """
    number, sha = job.inputs.needed_number("number"), job.inputs.needed("head_sha")
    pull = await job.client.pull(job.repository, number)
    if not pull.is_merged:
        _must_be_whole(pull, sha)
    standing = await _standing(job, pull, sha)
    if pull.is_merged:
        return await _found_merged(job, standing, sha)
    if (wait := _not_yet(job, standing, sha)) is not None:
        await _leave_to_github(job, standing, sha)
        return wait
    await job.must_go_on()
    return await _merge(job, standing, sha)


def _must_be_whole(pull: Pull, sha: str) -> None:
    if pull.state != "open":
        fail(f"#{pull.number} was closed and not merged")
    if pull.head.sha != sha:
        fail(
            f"#{pull.number} has moved from {sha[:7]} to {pull.head.sha[:7]}: nobody has looked at that. Plan again"
        )
    if pull.mergeable is False and pull.mergeable_state == CONFLICT:
        fail(f"#{pull.number} conflicts with {pull.base.ref}: revert it by hand on the current branch")


async def _standing(job: Job, pull: Pull, sha: str) -> Standing:
    asks = await asks_of(job, pull.base.ref)
    required = tuple(dict.fromkeys((*asks.required, *job.declared_checks, *job.inputs.texts("checks"))))
    runs = await job.client.check_runs(job.repository, sha)
    checks = checks_at(runs, await job.client.statuses(job.repository, sha), required)
    reviews = await job.client.reviews(job.repository, pull.number)
    # Somebody's last word counts; a mere comment takes none back.
    words = {one.user.login: one.state for one in reviews if one.user and one.state in VERDICTS}
    return Standing(pull, checks, asks, tuple(who for who, said in words.items() if said == APPROVED))


def _not_yet(job: Job, standing: Standing, sha: str) -> Later | None:
    """Why it may not be merged now; a red check ends it."""
    checks, at = standing.checks, sha[:7]
    if red := checks.in_state(RED):
        fail(f"not merged: red at {at}: {in_words(red)}", *(one.url for one in red if one.url))
    if waiting := checks.in_state(PENDING, MISSING):
        return job.wait(f"not merged: not green yet at {at}: {in_words(waiting)}", PATIENCE_MINUTES)
    if checks.state == MISSING and not job.inputs.text("without_checks"):
        refuse(
            f"not merged: no check is required for {standing.pull.base.ref}, and none ran at {at}:"
            " declare required_checks, or say why it needs none"
        )
    if job.review == NEEDED and not standing.approved_by:
        return job.wait("not merged: it needs a review, and nobody has approved it yet", PATIENCE_MINUTES)
    return None


async def _leave_to_github(job: Job, standing: Standing, sha: str) -> None:
    """Where it is wished for, GitHub merges by itself. Only where it requires a check: otherwise it would not wait."""
    pull = standing.pull
    if not job.inputs.yes("auto") or pull.auto_merge is not None:
        return
    if not standing.asks.required:
        refuse(f"auto-merge would not wait: GitHub requires no check for {pull.base.ref}")
    method = (await _methods(job, standing.asks))[0].upper()
    try:
        await job.client.graphql(AUTO_MERGE, {"id": pull.node_id, "oid": sha, "method": method})
    except Failed as why:
        # It is of no use for one that can be merged at once, or where it is switched off: then we merge ourselves.
        await job.context.say(f"GitHub does not merge it by itself: {why.says or why.outcome.why}")


async def _methods(job: Job, asks: Asks) -> tuple[str, ...]:
    """How it may be merged, the wished one first."""
    wished = job.inputs.text("method")
    methods = (await job.client.repository(job.repository)).methods
    allowed = tuple(one for one in methods if one in asks.methods)
    if wished and wished not in allowed:
        refuse(f"{job.repository} does not merge by {wished}: it takes {', '.join(allowed)}")
    return (wished,) if wished else allowed or ("merge",)


async def _merge(job: Job, standing: Standing, sha: str) -> Done | Later:
    method = (await _methods(job, standing.asks))[0]
    try:
        # One commit of several has no words of its own: by ours, git and people still see what it takes back.
        message = job.inputs.text("message") if method == "squash" else ""
        await job.client.merge(job.repository, standing.pull.number, sha, method, message)
    except Failed as why:
        if why.status not in (405, 409):
            raise
        return await _looked_again(job, standing, sha, why)
    pull = await job.client.pull(job.repository, standing.pull.number)
    if not pull.is_merged:
        raise later(f"GitHub has taken the merge of #{pull.number}, and does not show it yet")
    return _merged(job, replace(standing, pull=pull), sha, "")


async def _looked_again(job: Job, standing: Standing, sha: str, why: Failed) -> Done | Later:
    """GitHub would not merge: it is merged already, its head moved, it conflicts, or it lacks something that may come."""
    pull = await job.client.pull(job.repository, standing.pull.number)
    if pull.is_merged:
        return await _found_merged(job, replace(standing, pull=pull), sha)
    _must_be_whole(pull, sha)
    if pull.draft:
        fail(f"#{pull.number} is a draft: GitHub does not merge it")
    return job.wait(
        f"GitHub does not merge #{pull.number} yet: {why.says or why.outcome.why}", PATIENCE_MINUTES
    )


async def _found_merged(job: Job, standing: Standing, sha: str) -> Done | Later:
    """It was merged before: by an earlier try of ours, by GitHub itself, or by somebody, who may have waited for nothing."""
    pull, checks = standing.pull, standing.checks
    by = pull.merged_by.login if pull.merged_by else ""
    other = by if by != await job.client.viewer() else ""
    who, at = f"#{pull.number} was merged by {by or 'somebody'}", sha[:7]
    if red := checks.in_state(RED):
        fail(f"{who}, though red at {at}: {in_words(red)}", *(one.url for one in red if one.url))
    if waiting := checks.in_state(PENDING, MISSING):
        return job.wait(f"{who}, and is not green yet at {at}: {in_words(waiting)}", PATIENCE_MINUTES)
    return _merged(job, standing, sha, other)


def _merged(job: Job, standing: Standing, sha: str, by_other: str) -> Done:
    """It is merged. Said is what was so at that commit, and whether somebody had looked at it: without that, it is an exception."""
    pull, made = standing.pull, standing.pull.merge_commit_sha or ""
    if pull.head.sha != sha:
        fail(
            f"#{pull.number} was merged by others at {pull.head.sha[:7]}, not at {sha[:7]}, which was looked at"
        )
    green = in_words(standing.checks.in_state(GREEN)) or "none is required"
    by = ", ".join(standing.approved_by)
    evidence = (
        Evidence(
            "merged", f"#{pull.number} as {made[:7]}{f' by {by_other}' if by_other else ''}", pull.html_url
        ),
        Evidence(f"checks at {sha[:7]}", green),
        Evidence("review", f"approved by {by}" if by else "nobody: an exception"),
    )
    outputs: dict[str, JSON] = {
        "number": pull.number,
        "url": pull.html_url,
        "merged_sha": made,
        "commit": made,
        "head_sha": sha,
        "approved_by": list(standing.approved_by),
        "without_review": not standing.approved_by,
    }
    if not by:
        outputs["exception"] = _exception(job, standing, by_other)
    return Done(evidence, outputs, f"#{pull.number} was merged into {pull.base.ref} as {made[:7]}")


def _exception(job: Job, standing: Standing, by_other: str) -> dict[str, JSON]:
    """What whoever looks at it afterwards has to know of a merge without a review. `by_other` is the account that merged it, if not ours."""
    pull, context = standing.pull, job.context
    asked = [one.login for one in pull.requested_reviewers] + [one.slug for one in pull.requested_teams]
    found: dict[str, JSON] = {
        "repository": job.repository,
        "pull_request": pull.number,
        "url": pull.html_url,
        "by": context.asked_by,
        "why": context.reason,
        "asked": list(asked),
    }
    return found | ({"merged_by": by_other} if by_other else {})
