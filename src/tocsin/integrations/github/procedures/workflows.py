"""GitHub's workflows: switched off and on again, read anew each time; and started, each run once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.core.procedures.hands import JSON, Done, Evidence, Seen
from tocsin.core.work import Later
from tocsin.integrations.github.procedures.green import GOOD_ENDS
from tocsin.integrations.github.procedures.job import Job, Look, later
from tocsin.integrations.github.procedures.shapes import Run
from tocsin.integrations.inputs import fail

ON: Final = "active"
OFF: Final = "disabled_manually"
SKEW: Final = timedelta(seconds=30)
PATIENCE_MINUTES: Final = 60
SHOWS_WITHIN: Final = timedelta(minutes=1)
"""After so long, what an earlier try has started would show."""
GIVEN_UP: Final = timedelta(minutes=5)


async def workflow_state(look: Look) -> Seen:
    """Inputs: workflow (its file's name)."""
    found = await look.client.workflow(look.repository, look.inputs.needed("workflow"))
    return Seen({"name": found.name, "state": found.state, "on": found.state == ON, "url": found.html_url})


async def workflow_off(job: Job) -> Done:
    """Inputs: workflow. It is off when GitHub says so, whoever switched it off."""
    return await _switched(job, on=False)


async def workflow_on(job: Job) -> Done:
    """Inputs: workflow."""
    return await _switched(job, on=True)


async def _switched(job: Job, *, on: bool) -> Done:
    file = job.inputs.needed("workflow")
    before = await job.client.workflow(job.repository, file)
    if (before.state == ON) != on:
        await job.must_go_on()
        await job.client.switch_workflow(job.repository, file, on=on)
    now = await job.client.workflow(job.repository, file)
    if (now.state == ON) != on:
        raise later(f"{file} still shows as {now.state}")
    was: dict[str, JSON] = {"was": before.state, "state": now.state}
    evidence = Evidence(f"workflow {file}", f"{now.state}, read again", now.html_url)
    return Done((evidence,), was, f"{file} is {'on' if on else 'off'}")


async def dispatch(job: Job) -> Done | Later:
    """Inputs: workflow, ref, inputs ({name: text}), limit_minutes. Starts it once, and waits until it has ended."""
    file = job.inputs.needed("workflow")
    run = await _ours(job, file)
    if run is None:
        return await _started(job, file)
    if run.status != "completed":
        return job.wait(f"{file} runs: {run.html_url}", PATIENCE_MINUTES)
    if run.conclusion not in GOOD_ENDS:
        fail(f"{file} ended as {run.conclusion}", run.html_url)
    evidence = Evidence(f"workflow {file}", str(run.conclusion), run.html_url)
    return Done((evidence,), {"run_id": run.id, "url": run.html_url}, f"{file} ran: {run.html_url}")


async def _started(job: Job, file: str) -> Later:
    """Start it, but for where an earlier try may have done so: then its run shows soon."""
    key, now = f"{job.context.run}/{file}", job.context.now
    waits = Later(f"{file} was started, and its run does not show yet", timedelta(seconds=5))
    may_be_coming = job.context.attempt > 1 and now - job.since < SHOWS_WITHIN
    if key in job.started:
        if now - job.started[key] > GIVEN_UP:
            fail(f"{file} was started, and no run of it shows: see at GitHub what came of it")
        return waits
    if may_be_coming:
        return waits
    await job.must_go_on()
    await job.client.dispatch(
        job.repository, file, job.inputs.text("ref", "main"), job.inputs.table("inputs")
    )
    job.started[key] = now
    return waits


async def _ours(job: Job, file: str) -> Run | None:
    """The run that this step has started. GitHub says of none which call it comes from: so it is the first since the step began, of our
    own account where one is."""
    began = job.since - SKEW
    runs = await job.client.dispatched_runs(job.repository, file)
    since = [one for one in runs if one.created_at >= began]
    us = await job.client.viewer()
    ours = [one for one in since if one.actor and one.actor.login == us]
    return min(ours or since, key=lambda one: one.created_at, default=None)
