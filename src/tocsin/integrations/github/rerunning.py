"""Has a build run again: a workflow run's failed jobs, or the check suite of another app. Looked at first, so that it is once.

https://docs.github.com/rest/actions/workflow-runs and /rest/checks/suites
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tocsin.core.facts_reruns import BuildRerunAsked
from tocsin.core.reruns import SUITES
from tocsin.core.work import Delivered, Desk, Outcome, Refused, Work
from tocsin.integrations.github.client import GitHubClient
from tocsin.integrations.http import Failed

WITHOUT_FAILED_JOBS: Final = "startup_failure"
"""A run that could not start has no jobs of which some failed: all of it is run again."""


async def run_again(client: GitHubClient, work: Work, desk: Desk) -> Outcome:
    asked = next((one.asked for one in desk.incident.reruns if one.id == work.payload["rerun"]), None)
    if asked is None:
        return Refused("there is no such build")
    if asked.stream.startswith(SUITES):
        return await _suite(client, asked, desk.now)
    return await _run(client, asked, desk.now)


async def _run(client: GitHubClient, asked: BuildRerunAsked, now: datetime) -> Outcome:
    run = await client.run(asked.repository, asked.build, now)
    if run.run_attempt <= asked.attempt:
        failed_only = run.conclusion != WITHOUT_FAILED_JOBS
        try:
            await client.run_again(asked.repository, asked.build, now, failed_only=failed_only)
        except Failed:
            # Somebody was quicker, or an answer was lost: then it runs, and that is all that is wanted.
            if (await client.run(asked.repository, asked.build, now)).run_attempt <= asked.attempt:
                raise
    return Delivered({"url": run.html_url})


async def _suite(client: GitHubClient, asked: BuildRerunAsked, now: datetime) -> Outcome:
    suite = await client.suite(asked.repository, asked.build, now)
    if suite.status == "completed" and suite.updated_at <= asked.failed_at:
        await client.suite_again(asked.repository, asked.build, now)
    return Delivered({"url": asked.url})
