"""What the webhook could not bring while Tocsin was down: a look, again and again, at what has changed since the last one.

GitHub sends no delivery again by itself. What is found is given to those who take the webhook's events, in the same shape; whatever
came both ways counts once. Each part of a repository has a cursor of its own, so that a token that may not read one still reads the others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from tocsin.acts import inbox, looks
from tocsin.acts.builds_missing import record_head
from tocsin.acts.house import House
from tocsin.core.builds_missing import is_to_be_built
from tocsin.core.work import Refused
from tocsin.integrations.github.client import GitHubClient
from tocsin.integrations.github.door import Take
from tocsin.integrations.http import Failed
from tocsin.integrations.watching import look_since, watch

SOURCE: Final = "github"
LONGEST_RUN: Final = timedelta(days=1)
"""Runs are found by their beginning, and matter by their end."""

Event = tuple[str, dict[str, Any]]
Read = Callable[[House, str, datetime], Awaitable[list[Event]]]
More = Callable[[House], Iterable[tuple[str, str, Read]]]

log = structlog.get_logger(__name__)


class CatchUp:
    """`events` are those who take the webhook's events, by their names; `built` names the repositories whose builds count."""

    def __init__(
        self,
        client: GitHubClient,
        repositories: tuple[str, ...],
        built: tuple[str, ...],
        events: Mapping[str, Take],
        poll: timedelta,
        more: More = lambda house: (),
    ) -> None:
        """`more` are looks that only the house knows of."""
        self._more = more
        self._client = client
        self._events = events
        self._poll = poll
        issues: dict[str, Read] = {"issues": self._issues, "comments": self._comments}
        self._looks = [(one, part, read) for one in repositories for part, read in issues.items()]
        # Of owner/* nobody says which there are: the webhook alone brings the builds of those.
        named = [one for one in built if not one.endswith("/*")]
        self._looks += [
            look for one in named for look in ((one, "runs", self._runs), (one, "head", self._head))
        ]

    async def watch(self, house: House) -> None:
        """Look again and again until cancelled. Nothing that fails ends it; a limit of GitHub's is waited out."""
        await watch(house, "github", self.look, self._poll)

    async def look(self, house: House) -> None:
        """One look at everything. Raises Failed, once all was tried, where GitHub does not answer."""
        failed: Failed | None = None
        for repository, part, read in (*self._looks, *self._more(house)):
            try:
                await self._look_at(house, repository, part, read)
            except Failed as why:
                log.warning("github_part_not_looked", repository=repository, part=part, why=str(why))
                failed = failed or why
        if failed:
            raise failed

    async def _look_at(self, house: House, repository: str, part: str, read: Read) -> None:
        async def take(since: datetime) -> bool:
            return await self._take_all(house, await read(house, repository, since))

        await look_since(house, f"github/{repository.lower()}/{part}", take)

    async def _take_all(self, house: House, events: list[Event]) -> bool:
        """Take each, the oldest first; one that fails does not hold up the others. Whether all are dealt with."""
        complete = True
        for name, payload in events:
            try:
                await self._events[name](house, msgspec.json.encode(payload))
            except msgspec.ValidationError as why:
                log.warning("github_event_not_read", event_name=name, why=str(why))
            except Exception:
                log.exception("github_event_later", event_name=name)
                complete = False
        return complete

    async def _issues(self, house: House, repository: str, since: datetime) -> list[Event]:
        """Issues that were opened or labelled, and follow-ups that were closed."""
        found: list[Event] = []
        where = {"full_name": repository}
        for issue in await self._client.changed_issues(repository, since, house.clock.now()):
            event = {"issue": issue, "repository": where}
            place = f"{repository}#{issue['number']}"
            if issue["state"] == "closed":
                if await looks.follow_up_of_issue(house, repository, issue["number"]):
                    found.append(("issues", {**event, "action": "closed", "sender": issue.get("closed_by")}))
            # One that is older and was never heard of may bear its label since before there was a Tocsin.
            elif _at(issue["created_at"]) >= since or await inbox.was_heard(house, SOURCE, place):
                found.append(("issues", {**event, "action": "opened"}))
        return found

    async def _comments(self, house: House, repository: str, since: datetime) -> list[Event]:
        found: list[Event] = []
        issues: dict[int, dict[str, Any]] = {}
        now = house.clock.now()
        for comment in await self._client.new_comments(repository, since, now):
            key = f"comment/{comment['id']}"
            if await looks.event_was_seen(house, SOURCE, key) or await inbox.was_heard(house, SOURCE, key):
                continue
            number = int(str(comment["issue_url"]).rpartition("/")[2])
            try:
                if number not in issues:
                    issues[number] = await self._client.whole_issue(repository, number, now)
            except Failed as why:
                if not isinstance(why.outcome, Refused):
                    raise
                continue  # The issue is gone.
            event = {"issue": issues[number], "comment": comment, "repository": {"full_name": repository}}
            found.append(("issue_comment", {**event, "action": "created"}))
        return found

    async def _runs(self, house: House, repository: str, since: datetime) -> list[Event]:
        """Runs of the default branch that have ended, and those that go on: perhaps for too long."""
        now = house.clock.now()
        whole = await self._client.about(repository, now)
        runs = await self._client.ended_runs(repository, whole["default_branch"], since - LONGEST_RUN, now)
        ended = sorted(
            (run for run in runs if _at(run["updated_at"]) >= since), key=lambda run: str(run["updated_at"])
        )
        going_on = await self._client.runs_going_on(repository, whole["default_branch"], now)
        told = [*(("completed", run) for run in ended), *(("in_progress", run) for run in going_on)]
        return [
            ("workflow_run", {"action": action, "repository": whole, "workflow_run": run})
            for action, run in told
        ]

    async def _head(self, house: House, repository: str, since: datetime) -> list[Event]:
        """What is at the tip of the default branch: builds ought to come of it, unless it says that none shall."""
        now = house.clock.now()
        branch = (await self._client.about(repository, now))["default_branch"]
        try:
            tip = await self._client.tip_of(repository, branch, now)
        except Failed as why:
            if not isinstance(why.outcome, Refused):
                raise
            return []  # It has no commit yet.
        if is_to_be_built(tip.commit.message):
            await record_head(house, repository, branch, tip.sha)
        return []


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
