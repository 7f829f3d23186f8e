"""A company whose main branch breaks, with a Tocsin that may revert by itself: the town's real git, CI and pull requests, and its webhooks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from procedure_walk import Killed, settings_for
from starlette.applications import Starlette

from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.core.procedures.declared import Declared, Source, Target
from tocsin.core.procedures.declared_reverts import AutomaticRevert
from tocsin.core.procedures.run import Run
from tocsin.core.work import Desk, Outcome, Reach, Work
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.engine.reverting import Reverting
from tocsin.integrations import hands_of
from tocsin.integrations.github.builds import events_of
from tocsin.integrations.github.client import GitHubClient
from tocsin.integrations.github.door import PATH, GitHubDoor
from tocsin.integrations.github.reach import GitHubReach
from tocsin.integrations.http import Outside
from tocsin.town import Town
from tocsin.town.deploys import image
from tocsin.town.git.repository import Repository
from tocsin.town.github import Protection
from tocsin.town.serving import served
from walks.walk_steps import Walk, under_handbook

SITE = "acme/site"
DEPLOY = "acme/deploy"
DEPLOYED = Target("site", "site", repository=DEPLOY, branch="release", source=SITE)
SECRET = "between the town and us"
GOOD, BAD = "def sign_in(): ...\n", "def sign_in(): BROKEN\n"
MAY: AutomaticRevert = AutomaticRevert(enabled=True, merges=True)
ASKED = 'id = "revert"\napprove = ["owner", "on-call", "team:ops_team"]\n'
"""As the handbook is shipped: a person says yes to a revert."""


def ci(**check: object) -> str:
    wrong = {"file": "signin.py", "contains": "BROKEN"}
    return json.dumps({"checks": [{"name": "test", "fails_if": wrong, **check}]})


@dataclass
class Dying:
    """A reach whose process dies once after each thing that it does, before anybody hears of it."""

    reach: Reach
    died: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.reach.name

    @property
    def does(self) -> frozenset[str]:
        return self.reach.does

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        outcome = await self.reach.carry_out(work, desk, attempt)
        if work.key not in self.died:
            self.died.add(work.key)
            raise Killed
        return outcome


@dataclass
class Alone:
    """`reaches` are those of an engine, which may die: then another one goes on."""

    walk: Walk
    town: Town
    site: Repository
    reaches: list[Reach]

    def declare(self, rule: AutomaticRevert, *targets: Target) -> None:
        """What the operators' file says."""
        self.walk.house.declared = Declared(targets, (Source(SITE, automatic_revert=rule),))

    async def push(self, *changes: str, author: str = "alice") -> str:
        """A commit on main for each file, built at once; the last one's sha."""
        sha = ""
        for name in changes:
            files = {"signin.py": BAD} if name == "bad" else {name: f"{name} {self.walk.clock.now()}\n"}
            sha = await self.site.commit("main", files, author=author, message=f"Change {name}")
            await self.town.settled()
        return sha

    async def deploys(self, sha: str) -> None:
        """The website runs that commit."""
        deploy = await self.town.github.repository(DEPLOY)
        await deploy.commit("release", {"site.json": image(sha)}, author="alice", message="Deploy it")

    async def breaks(self) -> str:
        """Green, then Bob's bad commit, and two by others on top of it: three red builds are an incident."""
        await self.push("begin")
        bad = await self.push("bad", author="bob")
        await self.push("docs", "colours")
        self.walk.ref = self.walk.ref or "INC-1"
        return bad

    async def goes_on(self, rounds: int = 16) -> Incident:
        """Until nothing more comes of it by itself; an engine that dies is followed by another one."""
        before = -1
        for _ in range(rounds):
            try:
                await self.walk.engine.run_due()
                await self.town.settled()
                await self.walk.wait(1.1)
            except Killed:
                self.walk.engine = engine_of(self)
                continue
            incident = await self.walk.incident()
            if len(incident.facts) == before and not any(run.is_under_way for run in incident.runs):
                return incident
            before = len(incident.facts)
        raise AssertionError(f"it goes on and on: {incident.runs}")

    async def until(self, kind: str, many: int = 1) -> None:
        """Until so many facts of that kind stand in the timeline."""
        for _ in range(12):
            if (await self.walk.kinds()).count(kind) >= many:
                return
            await self.walk.wait(0.2)
            await self.town.settled()
        raise AssertionError(f"no {kind}: {await self.walk.kinds()}")

    async def judged(self) -> f.RevertJudged:
        some = [one.what for one in (await self.walk.incident()).facts]
        return next(one for one in some if isinstance(one, f.RevertJudged))

    async def run(self) -> Run:
        return (await self.walk.incident()).runs[-1]

    async def thread(self) -> str:
        return "\n".join(sent.text for sent in self.walk.mailbox.sent if sent.does == "thread.say")

    @property
    def pulls(self) -> int:
        return len([one for one in self.town.github.issues(SITE) if one.pull])


def engine_of(alone: Alone) -> Engine:
    box = alone.walk.mailbox
    return Engine(
        alone.walk.house, Reaches([*alone.reaches, *(box.under(name) for name in ("slack", "email"))])
    )


@asynccontextmanager
async def alone_in(
    town: Town, walk: Walk, folder: Path, rule: AutomaticRevert = MAY, *, asks: bool = False
) -> AsyncIterator[Alone]:
    """The company, whose GitHub tells this house of everything. `asks`: by the handbook a person says yes."""
    walk = await under_handbook(walk, folder, ASKED, ASKED + ("" if asks else "automatic = true\n"))
    site = await town.github.repository(SITE, {"signin.py": GOOD, "ci.json": ci()})
    for login in ("alice", "bob"):
        town.github.add_member(login)
    town.github.protect(SITE, "main", Protection(contexts=["test"]))
    await town.settled()
    settings = settings_for(town, SITE, str(folder))
    outside = Outside(
        "GitHub", f"{town.url}/github", headers={"Authorization": f"Bearer {town.github.token}"}
    )
    reach = GitHubReach(GitHubClient(outside, SITE))
    alone = Alone(walk, town, site, [reach, Reverting(walk.house)])
    walk.engine = engine_of(alone)
    alone.declare(replace(rule))
    # The hands know of the website from the start, whatever a test declares.
    walk.house.hands = hands_of(settings, Declared((DEPLOYED,), (Source(SITE),)), ("git", "github"))
    async with _webhook(walk, town):
        yield alone
    for hand in walk.house.hands.values():
        await hand.aclose()
    await outside.aclose()


@asynccontextmanager
async def _webhook(walk: Walk, town: Town) -> AsyncIterator[None]:
    app = Starlette(routes=GitHubDoor(SECRET, events_of((SITE,))).routes(walk.house))
    async with served(app) as url:
        town.github.point_webhook_at(f"{url}{PATH}", SECRET)
        yield
