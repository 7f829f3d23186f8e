"""Holds the pull requests by which something rolls forward by itself, and lets them go again.

What a pull request was like before stands in a comment under it, written first: a second try reads it there, and so does whoever
lets it go, days later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tocsin.core.procedures.hands import JSON, Done, Evidence, Seen
from tocsin.core.work import Refused
from tocsin.integrations.github.procedures.job import Job, Look, one_line
from tocsin.integrations.github.procedures.shapes import Pull
from tocsin.integrations.http import Failed
from tocsin.integrations.inputs import fail

LABEL: Final = "held-by-tocsin"
HELD: Final = re.compile(r"<!-- tocsin-held (\S+) auto=(\w*) draft=(yes|no) -->")
GONE: Final = "<!-- tocsin-let-go {run} -->"
DISABLE: Final = """
mutation($id: ID!) { disablePullRequestAutoMerge(input: {pullRequestId: $id}) { pullRequest { number } } }"""
ENABLE: Final = """
mutation($id: ID!, $method: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $method}) { pullRequest { number } }
}"""
DRAFT: Final = """
mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { number } } }"""
READY: Final = """
mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { number } } }"""


@dataclass(frozen=True, slots=True)
class Before:
    """How a pull request was before it was held: by which method it was to merge itself ("": not at all)."""

    run: str
    auto: str
    draft: bool


async def pending_pulls(look: Look) -> Seen:
    """Inputs: by (a login; "" for anybody's), base. The open pull requests, with what would merge them by itself."""
    pulls = await _pending(look)
    rows: list[JSON] = [
        {
            "number": one.number,
            "title": one_line(one.title),
            "url": one.html_url,
            "auto_merge": one.auto_merge is not None,
            "draft": one.draft,
            "held": _is_held(one),
            "head": one.head.sha,
            "branch": one.head.ref,
        }
        for one in pulls
    ]
    return Seen({"pulls": rows})


async def hold_pulls(job: Job) -> Done:
    """Inputs: by, base. Every pending pull request of the updater merges no more by itself, and not by hand without being made ready; where
    the repository has no drafts, without somebody who passes over the label.
    """
    held, ready = list[JSON](), set[int]()
    for pull in await _pending(job):
        await job.must_go_on()
        if why := await _hold(job, pull):
            ready.add(pull.number)
        held.append(pull.number)
        await job.context.say(
            f"#{pull.number} is held{f', and is no draft: {why}' if why else ''}: {pull.html_url}"
        )
    now = await _pending(job)
    left = [it for it in now if it.auto_merge is not None or not (it.draft or it.number in ready)]
    if left:
        fail("still pending: " + ", ".join(f"#{one.number}" for one in left))
    said = f"{len(held)} pull request{'' if len(held) == 1 else 's'} of {_whose(job)} held"
    return Done((Evidence(f"pull requests of {_whose(job)} that would merge", "0"),), {"held": held}, said)


async def release_pulls(job: Job) -> Done:
    """Inputs: by, base, held_by (the run that held them, or the incident; without, any), but_heads (commits: one whose head is among
    them is not let go). Those that are open are as they were before.
    """
    released: list[JSON] = []
    for pull in await _pending(job):
        if not _is_held(pull):
            continue
        before = await _before(job, pull)
        if before is None:
            fail(f"#{pull.number} bears {LABEL}, and nothing says how it was before: let it go by hand")
        if not _is_of(before.run, job.inputs.text("held_by")):
            continue
        if pull.head.sha in job.inputs.texts("but_heads"):
            fail(
                f"#{pull.number} is at {pull.head.sha[:7]} still, which lacks the fix: it stays held. See {pull.html_url}"
            )
        await job.must_go_on()
        await _release(job, pull, before)
        released.append(pull.number)
    left = [one.number for one in await _pending(job) if _is_held(one) and one.number in released]
    if left:
        fail("still held: " + ", ".join(f"#{one}" for one in left))
    numbers = ", ".join(f"#{one}" for one in released) or "none was held"
    return Done((Evidence("let go", numbers),), {"released": released}, f"let go: {numbers}")


async def _pending(look: Look) -> list[Pull]:
    by, base = look.inputs.text("by"), look.inputs.text("base")
    filters = {"state": "open"} | ({"base": base} if base else {})
    pulls = await look.client.pulls(look.repository, **filters)
    return [one for one in pulls if not by or (one.user and one.user.login.lower() == by.lower())]


async def _hold(job: Job, pull: Pull) -> str:
    """Why it can be no draft; "" where it is one."""
    if await _before(job, pull) is None:
        method = str((pull.auto_merge or {}).get("merge_method", "")).upper()
        mark = f"<!-- tocsin-held {job.context.run} auto={method} draft={'yes' if pull.draft else 'no'} -->"
        words = (
            f"Held for {job.context.incident}: while it lasts, nothing is to roll forward by itself."
            " It is made ready again when the updaters are thawed."
        )
        await job.client.comment(job.repository, pull.number, f"{words}\n\n{mark}")
    if pull.auto_merge is not None:
        await job.client.graphql(DISABLE, {"id": pull.node_id})
    if not _is_held(pull):
        await job.client.add_label(job.repository, pull.number, LABEL)
    return "" if pull.draft else await _draft(job, pull)


async def _draft(job: Job, pull: Pull) -> str:
    try:
        await job.client.graphql(DRAFT, {"id": pull.node_id})
    except Failed as why:
        if not isinstance(why.outcome, Refused):
            raise
        return why.says or why.outcome.why
    return ""


async def _release(job: Job, pull: Pull, before: Before) -> None:
    if pull.draft and not before.draft:
        await job.client.graphql(READY, {"id": pull.node_id})
    if before.auto and pull.auto_merge is None:
        await _merge_itself_again(job, pull, before.auto)
    await job.client.comment(
        job.repository, pull.number, f"It is not held any more.\n\n{GONE.format(run=before.run)}"
    )
    await job.client.drop_label(job.repository, pull.number, LABEL)


async def _merge_itself_again(job: Job, pull: Pull, method: str) -> None:
    try:
        await job.client.graphql(ENABLE, {"id": pull.node_id, "method": method})
    except Failed as why:
        if not isinstance(why.outcome, Refused):
            raise
        # Its checks may all be green by now: GitHub takes that for a reason to leave it to people.
        await job.context.say(f"#{pull.number} does not merge itself again: {why.says or why.outcome.why}")


async def _before(job: Job, pull: Pull) -> Before | None:
    """How it was, by the newest comment of ours that says so and was not followed by one that lets it go."""
    found, us = None, await job.client.viewer()
    for note in await job.client.comments(job.repository, pull.number):
        body = note.body or ""
        if note.user is None or note.user.login != us:
            continue
        if mark := HELD.search(body):
            found = Before(mark[1], mark[2], mark[3] == "yes")
        elif found and GONE.format(run=found.run) in body:
            found = None
    return found


def _is_of(run: str, held_by: str) -> bool:
    """Whether a run's hold is meant: by its own name, or by its incident's."""
    return not held_by or run == held_by or run.startswith(f"{held_by}/")


def _is_held(pull: Pull) -> bool:
    return any(one.name == LABEL for one in pull.labels)


def _whose(job: Job) -> str:
    return job.inputs.text("by") or "anybody"
