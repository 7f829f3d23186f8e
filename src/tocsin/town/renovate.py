"""The town's Renovate: it keeps the image in the deploy repository at the newest green commit of the source, and merges that by itself
if its configuration says so. Hence a rollback without a freeze is rolled forward again."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass

from tocsin.town.deploys import FILE, image, image_of, is_green
from tocsin.town.git.commit import Push
from tocsin.town.git.repository import Repository
from tocsin.town.github.board import AutoMerge, Board, Issue, Repo
from tocsin.town.github.code import Code
from tocsin.town.github.door import Problem
from tocsin.town.github.pulls import pull_of
from tocsin.town.timers import NO_WAIT, Timers
from tocsin.town.wire import JSON

LOGIN = "renovate[bot]"
BRANCH = "renovate/site-image"
FILES = ("renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json", ".github/renovate.json")
STOP_LABEL = "stop-updating"
"""Renovate leaves a pull request with this label alone."""
TEXT = r'"(?:\\.|[^"\\])*"'
TOKEN = re.compile(rf"({TEXT})|('(?:\\.|[^'\\])*')|//[^\n]*|/\*.*?\*/|([A-Za-z_$][\w$]*)(?=\s*:)", re.DOTALL)
LAST_COMMA = re.compile(rf"({TEXT})|,(?=\s*[}}\]])")


@dataclass(slots=True)
class Watched:
    """What is kept up to date with what."""

    repo: Repo
    deploy: Repository
    branch: str
    source: Repository
    main: str


class Renovate:
    """Looks whenever something moved that it watches."""

    def __init__(self, board: Board, code: Code, timers: Timers) -> None:
        self._board = board
        self._code = code
        self._timers = timers
        self._watched: Watched | None = None
        self._looking = asyncio.Lock()
        self.waits = NO_WAIT
        """How long Renovate takes until it looks. What it has opened itself it sees at once."""
        code.reactions.append(self._pushed)
        code.checks.watchers.append(self._checked)

    async def watch(
        self,
        deploy: str = "acme/deploy",
        branch: str = "release",
        source: str = "acme/site",
        *,
        main: str = "main",
    ) -> None:
        """Keep the deploy branch up to date from now on."""
        places = self._code.hosting.of(deploy), self._code.hosting.of(source)
        if places[0] is None or places[1] is None:
            raise ValueError(f"{deploy} and {source} have to be made with town.github.repository first")
        self._watched = Watched(self._code.repo(deploy), places[0], branch, places[1], main)
        await self.look()

    async def _pushed(self, push: Push) -> None:
        watched = self._watched
        if watched is None or push.branch == BRANCH:
            return
        if (push.repository, push.branch) in {
            (watched.deploy.name, watched.branch),
            (watched.source.name, watched.main),
        }:
            self._timers.after(self.waits, self.look)

    def _checked(self, repo: Repo, sha: str) -> None:
        watched = self._watched
        if watched is not None and repo.full_name in (watched.deploy.name, watched.source.name):
            self._timers.after(self.waits if repo is not watched.repo else NO_WAIT, self.look)

    async def look(self) -> None:
        """One run: bring the pull request up to date, and merge it if that is wanted and it may be."""
        watched = self._watched
        if watched is None:
            return
        async with self._looking:
            head = await watched.deploy.head(watched.branch)
            config = await _config(watched.deploy, head) if head else None
            if head is None or config is None or config.get("enabled") is False:
                return
            issue = await self._bring_up_to_date(watched, head)
            if issue is not None and merges_itself(config):
                await self._merge(watched, issue)

    async def _bring_up_to_date(self, watched: Watched, head: str) -> Issue | None:
        newest = await self._newest(watched)
        current = await image_of(watched.deploy, head)
        issue = next(iter(self._mine(watched.repo, "open")), None)
        if issue is not None and STOP_LABEL in [label.name for label in issue.labels]:
            return None
        if not newest or newest == current:
            if issue is not None:
                closed: dict[str, str | None] = {"title": f"{issue.title} - autoclosed", "state": "closed"}
                self._code.pulls.edit(watched.repo, issue, LOGIN, closed)
            return None
        title = f"Update {watched.source.name} to {newest[:7]}"
        if issue is None and self._was_turned_down(watched.repo, title):
            return None
        await self._write(watched, head, newest, title)
        if issue is None:
            return await self._code.pulls.open(
                watched.repo,
                LOGIN,
                title,
                head=BRANCH,
                base=watched.branch,
                body=f"The newest commit is {newest}.",
            )
        if issue.title != title:
            self._code.pulls.edit(watched.repo, issue, LOGIN, {"title": title})
        return issue

    async def _write(self, watched: Watched, head: str, newest: str, title: str) -> None:
        """The branch is one commit on the head of the deploy branch; it is made anew when either moved."""
        tip = await watched.deploy.commit_at(f"refs/heads/{BRANCH}")
        if tip is not None and tip.parent == head and await image_of(watched.deploy, tip.sha) == newest:
            return
        tree = await watched.deploy.tree_with(head, {FILE: image(newest)})
        made = await watched.deploy.commit_tree(tree, [head], LOGIN, title)
        await watched.deploy.move(BRANCH, made, LOGIN)
        # The pull request follows its branch in the background; whoever merges has to see the new head.
        for issue in self._mine(watched.repo, "open"):
            pull_of(issue).sha = made

    async def _newest(self, watched: Watched) -> str:
        """The newest commit of the source's main branch whose image was built, which is when its CI was green."""
        for commit in await watched.source.log(watched.main, limit=20):
            if await is_green(self._code, watched.source, commit.sha):
                return commit.sha
        return ""

    async def _merge(self, watched: Watched, issue: Issue) -> None:
        pull = pull_of(issue)
        if pull.draft or pull.auto_merge is not None or issue.state == "closed":
            return
        try:
            await self._code.merging.enable_auto(watched.repo, issue, AutoMerge(LOGIN, "squash"))
        except Problem:
            if await is_green(self._code, watched.deploy, pull.sha):
                await self._merge_now(watched, issue)

    async def _merge_now(self, watched: Watched, issue: Issue) -> None:
        try:
            await self._code.merging.merge(
                watched.repo, issue, LOGIN, method="squash", sha=pull_of(issue).sha
            )
        except Problem:
            return  # GitHub refuses it: Renovate comes again when something moves.

    def _was_turned_down(self, repo: Repo, title: str) -> bool:
        """Somebody closed such a pull request without merging it: Renovate then does not ask again."""
        return any(
            one.title == title and pull_of(one).merged_at is None for one in self._mine(repo, "closed")
        )

    def _mine(self, repo: Repo, state: str) -> list[Issue]:
        return [one for one in self._code.pulls.of(repo, state) if one.user == LOGIN]


def merges_itself(config: JSON) -> bool:
    """Whether anything in a configuration lets updates merge by themselves."""
    rules = [config, *(rule for rule in config.get("packageRules") or [] if rule.get("enabled") is not False)]
    return any(_automerge(rule) for rule in rules)


def _automerge(rule: JSON) -> bool:
    presets = [str(preset) for preset in rule.get("extends") or []]
    return bool(rule.get("automerge", any("automerge" in preset for preset in presets)))


async def _config(repository: Repository, ref: str) -> JSON | None:
    """Renovate's configuration; None if there is none, or none that it understands: then it does nothing."""
    files = await repository.files(ref)
    path = next((path for path in FILES if path in files), None)
    if path is None:
        return None
    try:
        read = json.loads(plain_json(await repository.text(ref, path)))
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def plain_json(text: str) -> str:
    """JSON5 as JSON: no comments, no commas at the end, names and texts in double quotes."""

    def plain(found: re.Match[str]) -> str:
        double, single, name = found.groups()
        if double:
            return str(double)
        if single:
            return json.dumps(str(single)[1:-1].replace("\\'", "'"))
        return json.dumps(name) if name else ""

    return LAST_COMMA.sub(lambda found: found[1] or "", TOKEN.sub(plain, text))
