"""Pull requests that revert: opened from a branch that git made, or by GitHub's own revert; the author is asked to look, without waiting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tocsin.core.procedures.hands import JSON, Done, Evidence
from tocsin.core.work import Refused
from tocsin.integrations.github.procedures.job import Job
from tocsin.integrations.github.procedures.shapes import Pull
from tocsin.integrations.github.procedures.suspects import login_of
from tocsin.integrations.github.procedures.words import body_of_revert
from tocsin.integrations.http import Failed
from tocsin.integrations.inputs import fail, made_before, refuse

REVERT: Final = """
mutation($id: ID!, $title: String!, $body: String!) {
  revertPullRequest(input: {pullRequestId: $id, title: $title, body: $body, draft: false}) {
    revertPullRequest { number }
  }
}"""


async def pull_request(job: Job) -> Done:
    """Inputs: branch, base, title, what (lines), evidence, shas (of the reverted commits), people ({e-mail: login}), head_sha, ask_team
    (the team that is declared is asked besides the authors), notes (paragraphs of the description).
    """
    inputs = job.inputs
    unless = inputs.text("unless")
    if (made := made_before(job.context.seen, unless)) is not None:
        before = job.context.seen[unless]
        return Done((made,), before, "not needed: GitHub has made the pull request itself")
    branch, base = inputs.needed("branch"), inputs.needed("base")
    pull = await _of_branch(job, branch, base)
    if pull is None:
        await job.must_go_on()
        pull = await _open(job, branch, base, inputs.needed("title"))
    _must_be_at(pull, inputs.text("head_sha"))
    return await _done(job, pull, "opened")


async def revert_pull_request(job: Job) -> Done:
    """Inputs: number (of the pull request to revert), title, evidence, people; fallback_branch and base, where git has made a branch.

    Without a fallback it leaves made = false where GitHub refuses, and git's own steps go on (`unless` names this step there).
    """
    inputs = job.inputs
    number = inputs.needed_number("number")
    reverted = await job.client.pull(job.repository, number)
    if not reverted.is_merged:
        refuse(f"#{number} was never merged: there is nothing to revert")
    pull = await _marked(job)
    if pull is None:
        await job.must_go_on()
        try:
            pull = await _reverted(job, reverted)
        except Failed as why:
            if not isinstance(why.outcome, Refused):
                raise
            return await _without_github(job, reverted, why.says or why.outcome.why)
    return await _done(job, pull, f"GitHub's own revert of #{number}", shas=[reverted.merge_commit_sha or ""])


async def _of_branch(job: Job, branch: str, base: str) -> Pull | None:
    owner = job.repository.partition("/")[0]
    found = await job.client.pulls(job.repository, head=f"{owner}:{branch}", base=base, state="all")
    ours = [one for one in found if job.marker in (one.body or "")]
    if found and not ours:
        fail(f"{branch} has a pull request already that is not ours: {found[0].html_url}")
    return ours[0] if ours else None


async def _open(job: Job, branch: str, base: str, title: str) -> Pull:
    inputs = job.inputs
    body = body_of_revert(
        job.context,
        base=base,
        what=inputs.texts("what"),
        evidence=inputs.texts("evidence"),
        marker=job.marker,
        is_private=inputs.yes("private"),
        notes=inputs.texts("notes"),
    )
    return await job.client.open_pull(job.repository, title, body, branch, base)


async def _marked(job: Job) -> Pull | None:
    """The one that this run has made already, among the newest."""
    found = await job.client.pulls(job.repository, state="all", sort="created", direction="desc")
    return next((one for one in found if job.marker in (one.body or "")), None)


async def _reverted(job: Job, reverted: Pull) -> Pull:
    body = body_of_revert(
        job.context,
        base=reverted.base.ref,
        what=[f"#{reverted.number} {reverted.title}"],
        evidence=job.inputs.texts("evidence"),
        marker=job.marker,
        is_private=job.inputs.yes("private"),
    )
    words = {"id": reverted.node_id, "title": _title(job, reverted), "body": body}
    answer = await job.client.graphql(REVERT, words)
    number = answer["revertPullRequest"]["revertPullRequest"]["number"]
    return await job.client.pull(job.repository, int(number))


def _title(job: Job, reverted: Pull) -> str:
    return job.inputs.text("title") or f'Revert "{reverted.title}"'


async def _without_github(job: Job, reverted: Pull, why: str) -> Done:
    if job.inputs.text("fallback_branch"):
        branch, base = job.inputs.text("fallback_branch"), job.inputs.text("base") or reverted.base.ref
        pull = await _of_branch(job, branch, base) or await _open(job, branch, base, _title(job, reverted))
        return await _done(job, pull, f"from git's own branch, since GitHub would not revert: {why}")
    refused = Evidence("GitHub's own revert", f"refused: {why}", reverted.html_url)
    return Done((refused,), {"made": False, "why": why}, f"GitHub would not revert it: {why}")


def _must_be_at(pull: Pull, sha: str) -> None:
    if sha and pull.head.sha != sha:
        fail(f"#{pull.number} is at {pull.head.sha[:7]}, not at {sha[:7]} as it was pushed: plan again")


async def _done(job: Job, pull: Pull, how: str, shas: Sequence[str] = ()) -> Done:
    asked, notes = await _ask_to_review(job, pull, [*job.inputs.texts("shas"), *filter(None, shas)])
    evidence = (
        Evidence("pull request", f"#{pull.number} {pull.title}", pull.html_url),
        Evidence("review asked of", ", ".join(asked) or "nobody: " + "; ".join(notes or ["no author known"])),
    )
    outputs: dict[str, JSON] = {
        "made": True,
        "number": pull.number,
        "url": pull.html_url,
        "head_sha": pull.head.sha,
        "branch": pull.head.ref,
        "base": pull.base.ref,
        "reviewers": list(asked),
    }
    return Done(evidence, outputs, f"#{pull.number} {how}: {pull.html_url}")


async def _ask_to_review(job: Job, pull: Pull, shas: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ask the authors, else the team that is declared; whom it was asked of, and why not of others. It holds up nothing."""
    logins = [one for sha in shas if (one := await login_of(job, sha))]
    wanted = list(dict.fromkeys([*job.inputs.texts("reviewers"), *logins]))
    asked = [one.login for one in pull.requested_reviewers] + [one.slug for one in pull.requested_teams]
    notes: list[str] = []
    for login in wanted:
        if login not in asked and await _asked(job, pull, notes, login=login):
            asked.append(login)
    team = (job.inputs.text("fallback_team") or job.team).rpartition("/")[2]
    if (
        team
        and team not in asked
        and (not asked or job.inputs.yes("ask_team"))
        and await _asked(job, pull, notes, team=team)
    ):
        asked.append(team)
    return asked, notes


async def _asked(job: Job, pull: Pull, notes: list[str], *, login: str = "", team: str = "") -> bool:
    logins, teams = [login] if login else [], [team] if team else []
    try:
        await job.client.request_review(job.repository, pull.number, logins=logins, teams=teams)
    except Failed as why:
        if not isinstance(why.outcome, Refused):
            raise
        notes.append(f"{login or team}: {why.says or why.outcome.why}")
        return False
    return True
