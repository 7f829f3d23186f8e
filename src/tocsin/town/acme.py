"""Acme's code as it is on a good day: a source repository, a deploy repository, CI, deploys and Renovate, and a website that works.

For stories and tests: whatever they break, they break by commits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

from tocsin.town.deploys import image
from tocsin.town.git.repository import Files, Repository
from tocsin.town.github import Protection
from tocsin.town.timers import NO_WAIT
from tocsin.town.town import Town

SITE, DEPLOY = "acme/site", "acme/deploy"
CHECK = "test"
GOOD = 'def sign_in(person, sessions):\n    """Let somebody in."""\n    return sessions.open(person)\n'
BAD = "def sign_in(person, sessions):\n    return sessions.cached(person)  # BROKEN: the cache knows nobody yet\n"
WORKFLOW = """\
name: Deploy
on:
  workflow_dispatch:
    inputs:
      version:
        description: the commit of acme/site that goes live
        required: true
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy.sh "${{ inputs.version }}"
"""
RENOVATE = {
    "$schema": "https://docs.renovatebot.com/renovate-schema.json",
    "packageRules": [{"groupName": "Acme Docker images", "extends": ["default:automergeDigest"]}],
}
USERS = "CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL UNIQUE);\n"


@dataclass(frozen=True, slots=True)
class Acme:
    """Both repositories, and the version that was good."""

    town: Town
    site: Repository
    deploy: Repository
    good: str

    async def change(
        self, title: str, files: Files, *, author: str = "bob", branch: str = "", method: str = "squash"
    ) -> str:
        """A pull request that is merged as soon as its checks are done; gives the commit on main. Renovate and the deploys follow."""
        name = branch or title.lower().replace(" ", "-")
        await self.site.commit(name, files, author=author, message=title, start="main")
        issue = await self.town.github.pull_request(author, SITE, title, branch=name)
        await self.town.settled()
        made = await self.town.github.merge_pull(author, SITE, issue.number, method)
        await self.town.settled()
        return made

    async def break_signin(self, author: str = "bob") -> str:
        """The change after which nobody can sign in. Its tests are green."""
        return await self.change("Speed up sign-in", {"signin.py": BAD}, author=author)


async def build(town: Town, *, takes: timedelta = NO_WAIT, waits: timedelta = NO_WAIT) -> Acme:
    """Make it all, at once. From then on a build and a deploy each take `takes`, and Renovate looks `waits` after something
    moved. Main is merged into only where the check is green, and pull requests may merge by themselves."""
    site = await town.github.repository(SITE)
    deploy = await town.github.repository(DEPLOY, default_branch="release")
    await site.commit("main", _begin(), author="alice", message="Begin")
    await site.commit(
        "main", {"pricing.py": "PLANS = (1, 5, 25)\n"}, author="carol", message="Show our plans"
    )
    good = await site.commit("main", _migration(), author="bob", message="Keep users")
    await deploy.commit("release", _deploy(good), author="alice", message="Deploy the first version")
    await town.settled()
    await town.deploys.watch(DEPLOY, "release", SITE)
    await town.renovate.watch(DEPLOY, "release", SITE)
    await town.settled()
    for name in (SITE, DEPLOY):
        town.github.code.repo(name).allow_auto_merge = True
    town.github.protect(SITE, "main", Protection(contexts=[CHECK]))
    town.ci.takes, town.deploys.takes, town.renovate.waits = takes, takes, waits
    return Acme(town, site, deploy, good)


def _begin() -> Files:
    return {"signin.py": GOOD, "ci.json": _checks(), ".github/workflows/ci.yml": "name: CI\non: [push]\n"}


def _checks() -> str:
    rule = {"name": CHECK, "fails_if": {"file": "signin.py", "contains": "SyntaxError"}}
    return json.dumps({"checks": [rule]}, indent=2) + "\n"


def _migration() -> Files:
    start = "migrations/1001_users"
    return {f"{start}.up.sql": USERS, f"{start}.down.sql": "DROP TABLE users;\n"}


def _deploy(version: str) -> Files:
    return {
        "site.json": image(version),
        "renovate.json": json.dumps(RENOVATE, indent=2) + "\n",
        "ci.json": _checks(),
        ".github/workflows/deploy.yml": WORKFLOW,
    }
