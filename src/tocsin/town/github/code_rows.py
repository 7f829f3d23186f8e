"""What GitHub's pages show of code, and do with it: branches with their checks, and pull requests."""

from __future__ import annotations

from tocsin.town.github.board import Issue, Repo
from tocsin.town.github.code import Code
from tocsin.town.github.door import Problem
from tocsin.town.github.pull_shapes import Size
from tocsin.town.github.pulls import pull_of

Row = dict[str, object]


class CodeRows:
    """Everything that needs thought, so that the template only shows."""

    def __init__(self, code: Code, login: str) -> None:
        self._code = code
        self._login = login

    async def branches(self, repo: Repo) -> list[Row]:
        """None for a repository without git."""
        repository = self._code.hosting.of(repo)
        refs = await repository.refs() if repository else {}
        return [
            {
                "name": name,
                "commit": await self._code.hosting.commit(repo, sha),
                "protected": self._code.protections.of(repo, name) is not None,
                "checks": self._checks(repo, sha),
            }
            for name, sha in refs.items()
        ]

    async def pull(self, repo: Repo, issue: Issue) -> Row:
        """How a pull request stands, in words."""
        pull = pull_of(issue)
        known = self._code.hosting.of(repo) is not None
        size = await self._code.merging.size(repo, issue, self._login) if known else Size()
        state = "merged" if pull.merged_at else issue.state if issue.state == "closed" else size.state
        asked = [*pull.reviewers, *(f"team {slug}" for slug in pull.teams)]
        return {
            "from": pull.branch,
            "into": pull.base,
            "sha": pull.sha,
            "state": state,
            "merge": pull.merge_sha,
            "merged_by": pull.merged_by,
            "auto": pull.auto_merge,
            "reviews": [(review.user, review.state.replace("_", " ")) for review in pull.reviews],
            "asked": asked,
            "checks": self._checks(repo, pull.sha),
        }

    async def do(self, repo: Repo, issue: Issue, user: str, do: str) -> str:
        """Approve, merge or close it as somebody; gives why it cannot be done, or ""."""
        pulls, merging = self._code.pulls, self._code.merging
        try:
            if do == "approve":
                pulls.review(repo, issue, user, "APPROVE", "")
                await merging.try_auto(repo, pull_of(issue).sha)
            elif do == "merge":
                await merging.merge(repo, issue, user, sha=pull_of(issue).sha)
            elif do == "close" and issue.state == "open":
                pulls.close(repo, issue, user)
        except Problem as why:
            return str(why.body.get("errors", [why])[0])
        return ""

    def _checks(self, repo: Repo, sha: str) -> list[tuple[str, str]]:
        """Each check at a commit and how it ended, or what it is doing."""
        checks = self._code.checks
        runs = [(run.name, run.conclusion or run.status) for run in checks.runs(repo, sha)]
        return runs + [(status.context, status.state) for status in checks.statuses(repo, sha)]
