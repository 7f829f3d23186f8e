"""The town's deploys: whatever is on the deploy repository's branch, and green there, is what the website runs.

`site.json` on that branch names the image, `registry.acme.example/site:SHA`; SHA is a commit of the source repository. The website
breaks when that commit's tree has what breaks it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from tocsin.town.ci import checks_of
from tocsin.town.git.commit import Push
from tocsin.town.git.repository import Repository
from tocsin.town.github.actions import Dispatch
from tocsin.town.github.board import Board, Repo
from tocsin.town.github.code import Code
from tocsin.town.github.deployments import Deployment
from tocsin.town.ids import Now
from tocsin.town.site import Site
from tocsin.town.timers import NO_WAIT, Timers

FILE = "site.json"
IMAGE = "registry.acme.example/site"
BY = "acme-deployer[bot]"


@dataclass(frozen=True, slots=True)
class Breaks:
    """What breaks the website: a text in a file of the source."""

    file: str = "signin.py"
    contains: str = "BROKEN"


@dataclass(frozen=True, slots=True)
class Deployed:
    """One deploy: the commit of the deploy repository, and the source commit that the website ran then."""

    at: datetime
    commit: str
    version: str
    works: bool


@dataclass(slots=True)
class Watched:
    """What is deployed from where."""

    repo: Repo
    deploy: Repository
    branch: str
    source: Repository
    breaks: Breaks
    at: str = ""
    """The commit of the deploy repository that is deployed, or is being deployed."""


class Deployer:
    """Keeps the website at what the branch says."""

    def __init__(self, now: Now, board: Board, code: Code, site: Site, timers: Timers) -> None:
        self._now = now
        self._board = board
        self._code = code
        self._site = site
        self._timers = timers
        self._watched: Watched | None = None
        self.takes = NO_WAIT
        """How long a deploy takes."""
        self.history: list[Deployed] = []
        """Every deploy, oldest first."""
        code.reactions.append(self._pushed)
        code.checks.watchers.append(self._checked)
        code.actions.dispatched = self._dispatched

    async def watch(
        self,
        deploy: str = "acme/deploy",
        branch: str = "release",
        source: str = "acme/site",
        *,
        breaks: Breaks | None = None,
    ) -> None:
        """Deploy from there from now on, and deploy what is there now. Raises ValueError for a repository without git."""
        repo = self._board.repo(deploy)
        places = self._code.hosting.of(deploy), self._code.hosting.of(source)
        if repo is None or places[0] is None or places[1] is None:
            raise ValueError(f"{deploy} and {source} have to be made with town.github.repository first")
        self._watched = Watched(repo, places[0], branch, places[1], breaks or Breaks())
        await self._consider()

    async def _pushed(self, push: Push) -> None:
        watched = self._watched
        if watched and push.repository == watched.deploy.name and push.branch == watched.branch:
            await self._consider()

    def _checked(self, repo: Repo, sha: str) -> None:
        if self._watched is not None and repo is self._watched.repo:
            self._timers.after(NO_WAIT, self._consider)

    async def _consider(self) -> None:
        """Deploy the head of the branch if it is not deployed, and is green."""
        watched = self._watched
        head = await watched.deploy.head(watched.branch) if watched else None
        if (
            watched is None
            or head is None
            or head == watched.at
            or not await is_green(self._code, watched.deploy, head)
        ):
            return
        if head == watched.at:
            return
        watched.at = head
        made = self._code.deployments.create(watched.repo, head, watched.branch, BY)
        self._code.deployments.say(watched.repo, made, "in_progress", BY)
        self._timers.after(self.takes, lambda: self._deploy(watched, made))

    async def _deploy(self, watched: Watched, made: Deployment) -> None:
        version = await image_of(watched.deploy, made.sha)
        works = await self._works(watched, version)
        if works is None:
            why = f"{FILE} names no image of {watched.source.name}"
            self._code.deployments.say(watched.repo, made, "failure", BY, description=why)
            return
        if watched.at == made.sha:  # else a newer one came meanwhile
            self.history.append(Deployed(self._now(), made.sha, version, works))
            self._site.run(version, works)
        self._code.deployments.say(
            watched.repo, made, "success", BY, environment_url=f"{self._board.url}/site/"
        )

    async def _works(self, watched: Watched, version: str) -> bool | None:
        """Whether the website works at a version; None if there is no such version."""
        if not version or await watched.source.resolve(version) is None:
            return None
        text = await watched.source.text(version, watched.breaks.file)
        return watched.breaks.contains not in text

    async def _dispatched(self, order: Dispatch) -> None:
        """A workflow that is started by hand with a `version` puts that version live, past the branch."""
        version, watched = order.inputs.get("version", ""), self._watched
        works = await self._works(watched, version) if watched else None
        self._code.actions.start(order.repo, order.run, [])
        if watched is not None and works is not None:
            sha = await watched.source.resolve(version) or version
            self.history.append(Deployed(self._now(), order.run.commit.sha, sha, works))
            self._site.run(sha, works)
        self._code.actions.finish(order.repo, order.run, [], {})


async def is_green(code: Code, repository: Repository, sha: str) -> bool:
    """Whether all that a commit's own `ci.json` asks for is green at it."""
    repo = code.repo(repository.name)
    names = [check.name for check in await checks_of(repository, sha)]
    return all(code.checks.state(repo, sha, name) == "green" for name in names)


async def image_of(repository: Repository, ref: str) -> str:
    """The version that `site.json` names; "" if it names none."""
    try:
        return str(json.loads(await repository.text(ref, FILE))["image"]).removeprefix(f"{IMAGE}:")
    except (ValueError, KeyError, TypeError):
        return ""


def image(version: str) -> str:
    """The contents of `site.json` that put a version live."""
    return json.dumps({"image": f"{IMAGE}:{version}"}, indent=2) + "\n"
