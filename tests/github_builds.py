"""Builds as GitHub tells of them: signed deliveries of `workflow_run` and `check_suite`, in the shape of its own examples."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx2
from starlette.applications import Starlette

from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.integrations.github.builds import events_of
from tocsin.integrations.github.door import PATH, GitHubDoor

SECRET = "a secret between GitHub and us"
REPOSITORY = "acme/website"
JSON = dict[str, Any]


def sha_of(n: int) -> str:
    """The commit of the run of that number."""
    return hashlib.sha1(f"commit {n}".encode()).hexdigest()


@dataclass
class GitHub:
    """GitHub's side of the webhook: each build of acme/website takes a minute."""

    web: httpx2.AsyncClient
    clock: HandClock
    numbers: count[int] = field(default_factory=lambda: count(1))
    deliveries: count[int] = field(default_factory=lambda: count(1))

    async def run(self, conclusion: str | None = "failure", **changes: Any) -> JSON:
        """A run of the workflow CI on main has ended so; what Tocsin answers."""
        self.clock.advance(timedelta(minutes=1))
        return await self.deliver(
            "workflow_run", run_of(next(self.numbers), conclusion, self.clock.now(), **changes)
        )

    async def suite(self, conclusion: str = "failure", **changes: Any) -> JSON:
        """A check suite of another app has ended so."""
        self.clock.advance(timedelta(minutes=1))
        return await self.deliver(
            "check_suite", suite_of(next(self.numbers), conclusion, self.clock.now(), **changes)
        )

    async def deliver(self, event: str, payload: JSON, *, delivery: str = "", secret: str = SECRET) -> JSON:
        delivery = delivery or f"delivery-{next(self.deliveries)}"
        body = json.dumps(payload).encode()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        }
        response = await self.web.post(PATH, content=body, headers=headers)
        answer: JSON = response.json()
        return answer


def github_of(house: House, clock: HandClock, *watched: str) -> GitHub:
    """GitHub with a webhook that points at this house, which watches acme/website and those; close `web` in the end."""
    door = GitHubDoor(SECRET, events_of((REPOSITORY, *watched)))
    transport = httpx2.ASGITransport(Starlette(routes=door.routes(house)))
    return GitHub(httpx2.AsyncClient(base_url="https://tocsin.acme.example", transport=transport), clock)


def run_of(
    n: int,
    conclusion: str | None,
    at: datetime,
    *,
    author: str = "Alice",
    email: str = "alice@acme.example",
    message: str = "",
    branch: str | None = "main",
    event: str = "push",
    attempt: int = 1,
    workflow: str = "CI",
    workflow_id: int = 161,
    head_repository: str = REPOSITORY,
    action: str = "completed",
) -> JSON:
    """The payload of a `workflow_run` event."""
    run = {
        "id": 1_000_000 + workflow_id * 1000 + n,
        "name": workflow,
        "workflow_id": workflow_id,
        "run_number": n,
        "run_attempt": attempt,
        "event": event,
        "status": "completed",
        "conclusion": conclusion,
        "head_branch": branch,
        "head_sha": sha_of(n),
        "head_commit": _commit(n, author, email, message),
        "head_repository": {"full_name": head_repository},
        "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{workflow_id}{n}",
        "run_started_at": (at - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    workflow_ = {"id": workflow_id, "name": workflow, "path": ".github/workflows/ci.yml"}
    return {"action": action, "workflow_run": run, "workflow": workflow_, "repository": _repository()}


def suite_of(
    n: int,
    conclusion: str | None,
    at: datetime,
    *,
    app: str = "Buildkite",
    slug: str = "buildkite",
    branch: str | None = "main",
    repository: str = REPOSITORY,
) -> JSON:
    """The payload of a `check_suite` event."""
    suite = {
        "id": 5_000_000 + n,
        "head_branch": branch,
        "head_sha": sha_of(n),
        "head_commit": _commit(n, "Bob", "bob@acme.example", ""),
        "status": "completed",
        "conclusion": conclusion,
        "updated_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "app": {"id": 72, "name": app, "slug": slug},
    }
    return {"action": "completed", "check_suite": suite, "repository": _repository(repository)}


def _commit(n: int, author: str, email: str, message: str) -> JSON:
    said = message or f"Change {n}\n\nA longer story."
    return {"id": sha_of(n), "message": said, "author": {"name": author, "email": email}}


def _repository(name: str = REPOSITORY) -> JSON:
    return {"full_name": name, "html_url": f"https://github.com/{name}", "default_branch": "main"}
