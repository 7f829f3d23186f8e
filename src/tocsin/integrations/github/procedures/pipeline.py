"""Watches what becomes of one commit: its checks, and its deployment to an environment."""

from __future__ import annotations

from typing import Final

from tocsin.core.procedures.hands import JSON, Done, Evidence, Seen
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
from tocsin.integrations.github.procedures.job import Job, Look
from tocsin.integrations.github.procedures.shapes import Deployment, DeploymentStatus
from tocsin.integrations.inputs import fail

PATIENCE_MINUTES: Final = 60
LIVE: Final = ("success", "inactive")
BAD: Final = ("failure", "error")


async def checks(look: Look) -> Seen:
    """Inputs: sha, checks (without: all that are reported). How they stand."""
    found = await _checks(look, look.inputs.needed("sha"))
    rows: list[JSON] = [
        {"name": one.name, "state": one.state, "says": one.says, "url": one.url} for one in found.checks
    ]
    return Seen({"state": found.state, "checks": rows})


async def pipeline(job: Job) -> Done | Later:
    """Inputs: sha, checks, environment (to which it must be deployed), limit_minutes."""
    sha = job.inputs.needed("sha")
    found = await _checks(job, sha)
    if red := found.in_state(RED):
        fail(f"red at {sha[:7]}: {in_words(red)}", *(one.url for one in red if one.url))
    if found.state == PENDING:
        return job.wait(f"not green yet: {in_words(found.in_state(PENDING, MISSING))}", PATIENCE_MINUTES)
    environment = job.inputs.text("environment")
    if found.state == MISSING and not environment:
        return job.wait(f"no check has reported at {sha[:7]} yet", PATIENCE_MINUTES)
    evidence = [Evidence(f"check {one.name}", one.says, one.url) for one in found.in_state(GREEN)]
    if environment:
        live = await _deployed(job, sha, environment)
        if isinstance(live, Later):
            return live
        evidence.append(live)
    return Done(tuple(evidence), {"sha": sha}, f"{sha[:7]} is through the pipeline")


async def _checks(look: Look, sha: str) -> Checks:
    runs = await look.client.check_runs(look.repository, sha)
    statuses = await look.client.statuses(look.repository, sha)
    return checks_at(runs, statuses, look.inputs.texts("checks"))


async def _deployed(job: Job, sha: str, environment: str) -> Evidence | Later:
    found = await job.client.deployments(job.repository, sha=sha, environment=environment)
    if not found:
        return job.wait(f"{sha[:7]} is not deployed to {environment} yet", PATIENCE_MINUTES)
    newest = max(found, key=lambda one: (one.created_at, one.id))
    status = await _status(job, newest)
    state = status.state if status else "begun"
    url = (status.log_url or status.target_url or "") if status else ""
    if state in BAD:
        fail(f"the deployment of {sha[:7]} to {environment} ended as {state}", *([url] if url else []))
    if state not in LIVE:
        return job.wait(f"the deployment of {sha[:7]} to {environment} is {state}", PATIENCE_MINUTES)
    return Evidence(f"deployment to {environment}", state, url)


async def _status(job: Job, deployment: Deployment) -> DeploymentStatus | None:
    statuses = await job.client.deployment_statuses(job.repository, deployment.id)
    return max(statuses, key=lambda one: one.created_at, default=None)
