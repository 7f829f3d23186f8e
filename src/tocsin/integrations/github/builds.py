"""The webhook's events about builds. GitHub tells of the same build twice, so one of the two is the truth:

- `workflow_run` for GitHub Actions: it says which workflow, which attempt, and what started it (a schedule does not count);
- `check_suite` for every other app (Buildkite, CircleCI and the like); that of GitHub Actions itself lumps all its workflows
  of a commit together, and is left.

Only builds of the default branch count, and only in the repositories that Tocsin was told to watch: one webhook of a whole organisation
brings those of every repository. A pull request from a fork's branch of the same name is none of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final, TypedDict

import msgspec

from tocsin.acts import builds
from tocsin.acts.house import House
from tocsin.core.builds import Build, login_of
from tocsin.integrations.built import SAID, At, Number, Small, Word, elsewhere, line

COMPLETED, GOES_ON = "completed", "in_progress"
ACTIONS: Final = "github-actions"
PULL_REQUESTS: Final = ("pull_request", "pull_request_target", "pull_request_review", "merge_group")


class _Author(msgspec.Struct, frozen=True):
    name: str | None = None
    email: str | None = None
    username: str | None = None


class _Commit(msgspec.Struct, frozen=True):
    message: str = ""
    author: _Author | None = None


class _Repository(msgspec.Struct, frozen=True):
    full_name: Word
    html_url: str = ""
    default_branch: str = ""


class _Run(msgspec.Struct, frozen=True):
    id: Number
    name: str | None
    workflow_id: Number
    run_number: Number
    event: Word
    head_branch: str | None
    head_sha: Word
    html_url: Word
    conclusion: Word | None
    updated_at: At
    run_attempt: Small = 1
    run_started_at: At | None = None
    head_commit: _Commit | None = None
    head_repository: _Repository | None = None


class _Workflow(msgspec.Struct, frozen=True):
    name: str


class _WorkflowRun(msgspec.Struct, frozen=True):
    action: str
    repository: _Repository
    workflow_run: _Run
    workflow: _Workflow | None = None


class _App(msgspec.Struct, frozen=True):
    id: Number
    name: str
    slug: str | None = None


class _Suite(msgspec.Struct, frozen=True):
    id: Number
    head_branch: str | None
    head_sha: Word
    conclusion: Word | None
    updated_at: At
    app: _App | None = None
    head_commit: _Commit | None = None


class _CheckSuite(msgspec.Struct, frozen=True):
    action: str
    repository: _Repository
    check_suite: _Suite


def events_of(watched: Collection[str]) -> dict[str, Callable[[House, bytes], Awaitable[dict[str, str]]]]:
    """Who takes which event; `watched` are the repositories whose builds count, as owner/name, or owner/* for all of an owner's."""
    known = frozenset(repository.casefold() for repository in watched)
    return {
        "workflow_run": partial(_workflow_run, known),
        "check_suite": partial(_check_suite, known),
    }


async def _workflow_run(watched: frozenset[str], house: House, body: bytes) -> dict[str, str]:
    told = msgspec.json.decode(body, type=_WorkflowRun)
    run, repository = told.workflow_run, told.repository
    if not _is_watched(watched, repository):
        return {"ignored": _not_ours(repository)}
    is_finished = told.action == COMPLETED and run.conclusion is not None
    goes_on = told.action == GOES_ON and run.conclusion is None
    at = run.updated_at if is_finished else run.run_started_at
    if at is None or not (is_finished or goes_on):
        return {"ignored": "This run has not finished"}
    if run.event in PULL_REQUESTS:
        return {"ignored": "This run is a pull request's, none of the main branch"}
    if run.head_repository and run.head_repository.full_name != repository.full_name:
        return {"ignored": f"This run is of the fork {run.head_repository.full_name}"}
    if not _is_main(run.head_branch, repository):
        return {"ignored": elsewhere(repository.default_branch, run.head_branch)}
    name = (told.workflow.name if told.workflow else run.name) or f"workflow {run.workflow_id}"
    build = Build(
        repository=repository.full_name,
        branch=repository.default_branch,
        stream=f"actions/{run.workflow_id}",
        workflow=line(name),
        run=run.id,
        attempt=run.run_attempt,
        number=run.run_number,
        sha=run.head_sha,
        **_told_of(run.head_commit),
        event=run.event,
        conclusion=run.conclusion or "",
        finished_at=at,
        url=run.html_url,
    )
    record = builds.record_build if is_finished else builds.record_unfinished
    return _answer(await record(house, build))


async def _check_suite(watched: frozenset[str], house: House, body: bytes) -> dict[str, str]:
    """A suite has no page of its own: the commit's checks are its link."""
    told = msgspec.json.decode(body, type=_CheckSuite)
    suite, repository, app = told.check_suite, told.repository, told.check_suite.app
    if not _is_watched(watched, repository):
        return {"ignored": _not_ours(repository)}
    if told.action != COMPLETED or suite.conclusion is None:
        return {"ignored": "This check suite has not finished"}
    if app is None:
        return {"ignored": "This check suite is of no app"}
    if app.slug == ACTIONS:
        return {"ignored": "GitHub Actions are told by workflow_run: tick that event as well"}
    if not _is_main(suite.head_branch, repository):
        return {"ignored": elsewhere(repository.default_branch, suite.head_branch)}
    build = Build(
        repository=repository.full_name,
        branch=repository.default_branch,
        stream=f"app/{app.id}",
        workflow=line(app.name),
        run=suite.id,
        attempt=1,
        number=suite.id,
        sha=suite.head_sha,
        **_told_of(suite.head_commit),
        event="check_suite",
        conclusion=suite.conclusion,
        finished_at=suite.updated_at,
        url=f"{repository.html_url}/commit/{suite.head_sha}/checks",
    )
    return _answer(await builds.record_build(house, build))


def _is_watched(watched: frozenset[str], repository: _Repository) -> bool:
    name = repository.full_name.casefold()
    return name in watched or f"{name.partition('/')[0]}/*" in watched


def _not_ours(repository: _Repository) -> str:
    return f"{repository.full_name} is none of the repositories whose builds Tocsin watches"


def _is_main(branch: str | None, repository: _Repository) -> bool:
    return branch is not None and branch == repository.default_branch


class _Told(TypedDict):
    author_login: str
    author_name: str
    author_email: str
    title: str


def _told_of(commit: _Commit | None) -> _Told:
    author = (commit.author if commit else None) or _Author()
    email = line(author.email or "")
    return {
        "author_login": line(author.username or "") or login_of(email),
        "author_name": line(author.name or ""),
        "author_email": email,
        "title": line(commit.message if commit else ""),
    }


def _answer(recorded: builds.Recorded) -> dict[str, str]:
    left = recorded.what in (builds.NOT_WATCHED, builds.GOES_ON)
    return {"ignored" if left else "ok": SAID[recorded.what]}
