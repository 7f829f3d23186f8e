"""The hand "github" at the town: acme/site with real git, a bad commit of bob's on main, and a branch that reverts it."""

from __future__ import annotations

from dataclasses import dataclass, field

from hand_steps import Procedure
from tocsin.core.procedures.declared import Declared, Source, Target
from tocsin.core.procedures.hands import JSON
from tocsin.integrations.github.hand import GitHubHand, hands
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.github import Protection, Repository
from tocsin.town.github.board import Issue, Pull

SITE, DEPLOY = "acme/site", "acme/deploy"
BRANCH = "tocsin/inc-7-p1"
SOURCE = Source(SITE, fallback_team="acme/stampers")


@dataclass
class World:
    town: Town
    site: Repository
    procedure: Procedure
    bad: str
    """The commit that is reverted."""
    head: str
    """The commit that reverts it, on `BRANCH`."""
    asked: dict[str, JSON] = field(default_factory=dict)

    @property
    def pull(self) -> Pull:
        """The newest pull request."""
        found = self.issue().pull
        assert found is not None
        return found

    def issue(self) -> Issue:
        return self.town.github.issues(SITE)[-1]

    def pulls(self) -> list[int]:
        return [one.number for one in self.town.github.issues(SITE) if one.pull]

    async def opened(self, **more: JSON) -> int:
        """The revert's pull request is open."""
        done = await self.procedure.do("github.pull_request", **self.reverting(**more))
        number = done.outputs["number"]
        assert isinstance(number, int)
        return number

    def reverting(self, **more: JSON) -> dict[str, JSON]:
        return {
            "repository": SITE,
            "branch": BRANCH,
            "base": "main",
            "title": 'Revert "Faster sign-in"',
            "what": [f"{self.bad[:7]} Faster sign-in"],
            "evidence": ["the sign-in check fails since 09:00"],
            "shas": [self.bad],
            "head_sha": self.head,
        } | more

    def merging(self, number: int, **more: JSON) -> dict[str, JSON]:
        return {"repository": SITE, "number": number, "head_sha": self.head} | more

    def protect(self, *contexts: str, **more: object) -> None:
        self.town.github.protect(SITE, "main", Protection(contexts=list(contexts), **more))  # type: ignore[arg-type]

    def check(self, name: str, conclusion: str | None = "success", sha: str = "") -> None:
        """A check ran at the head of the revert; None: it is still running."""
        repo = self.town.github.board.repo(SITE)
        assert repo is not None
        checks = self.town.github.code.checks
        run = checks.start(repo, sha or self.head, name, app="ci")
        checks.update(repo, run, "completed" if conclusion else "in_progress", conclusion)

    def is_merged(self) -> bool:
        return self.pull.merged_at is not None


async def world_of(town: Town, source: Source = SOURCE) -> World:
    for login in ("alice", "bob"):
        town.github.add_member(login)
    town.github.board.teams["stampers"] = ["alice"]
    site = await town.github.repository(SITE, {"sign_in.py": "slow\n"})
    bad = await site.commit("main", {"sign_in.py": "fast\n"}, author="bob", message="Faster sign-in")
    head = await site.commit(
        BRANCH, {"sign_in.py": "slow\n"}, author=town.github.login, message="Revert", start="main"
    )
    return World(town, site, Procedure(hand_of(town, source)), bad, head)


def hand_of(town: Town, source: Source = SOURCE) -> GitHubHand:
    target = Target("site", "site", repository=DEPLOY, branch="release", source=SITE)
    settings = read_settings(
        {
            "TOCSIN_GITHUB_TOKEN": town.github.token,
            "TOCSIN_GITHUB_REPOSITORY": "acme/website",
            "TOCSIN_GITHUB_BASE_URL": f"{town.url}/github",
        }
    )
    (hand,) = hands(settings, Declared((target,), (source,)), {})
    assert isinstance(hand, GitHubHand)
    return hand
