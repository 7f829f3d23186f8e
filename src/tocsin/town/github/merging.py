"""Whether a pull request may be merged, in GitHub's words why not, and how it merges: by a person, or by itself."""

from __future__ import annotations

import contextlib

from tocsin.town.git.program import GitError
from tocsin.town.git.repository import Conflict, Repository
from tocsin.town.github.board import AutoMerge, Board, Issue, Pull, Repo
from tocsin.town.github.checks import Checks
from tocsin.town.github.door import Problem
from tocsin.town.github.protection import RULES, Protections
from tocsin.town.github.pull_shapes import Size
from tocsin.town.github.pulls import Pulls, pull_of

NAMES = {"merge": "Merge commits", "squash": "Squash merges", "rebase": "Rebase merges"}


class Merging:
    """Merges the pull requests of one board."""

    def __init__(self, board: Board, pulls: Pulls, checks: Checks, protections: Protections) -> None:
        self._board = board
        self._pulls = pulls
        self._checks = checks
        self._protections = protections
        self._trees: dict[tuple[str, str], str | None] = {}

    async def size(self, repo: Repo, issue: Issue, by: str) -> Size:
        """How large a pull request is, and whether `by` could merge it now."""
        repository, pull = self._pulls.git(repo), pull_of(issue)
        below = await repository.head(pull.base)
        if pull.merged_at is not None or below is None:
            return Size()
        fork = await repository.merge_base(below, pull.sha) or below
        changes = await repository.changes(fork, pull.sha)
        commits = await repository.log(pull.sha, f"^{below}")
        mergeable = await self._tree(repository, below, pull.sha) is not None
        state = await self._state(repo, repository, issue, by, below, mergeable)
        added, removed = sum(one.added for one in changes), sum(one.removed for one in changes)
        return Size(len(commits), len(changes), added, removed, mergeable, state)

    async def _state(
        self, repo: Repo, repository: Repository, issue: Issue, by: str, below: str, mergeable: bool
    ) -> str:
        pull = pull_of(issue)
        if pull.draft:
            return "draft"
        if not mergeable:
            return "dirty"
        if await self._is_behind(repo, repository, pull, below):
            return "behind"
        if self._protections.why_no_merge(repo, pull.base, by, pull.sha, pull.approvals):
            return "blocked"
        states = {one.state for one in self._checks.statuses(repo, pull.sha)} - {"success"}
        red = any(not run.green for run in self._checks.runs(repo, pull.sha))
        return "unstable" if red or states else "clean"

    async def _is_behind(self, repo: Repo, repository: Repository, pull: Pull, below: str) -> bool:
        rule = self._protections.of(repo, pull.base)
        strict = rule is not None and rule.contexts is not None and rule.strict
        ruled = self._protections.rulesets.of(repo, pull.base)
        strict = strict or any(bool(one.contexts) and one.strict for one in ruled)
        return strict and not await repository.contains(pull.sha, below)

    async def merge(
        self,
        repo: Repo,
        issue: Issue,
        by: str,
        *,
        method: str = "merge",
        sha: str | None = None,
        title: str = "",
        message: str = "",
    ) -> str:
        """Merge now; gives the commit. Raises Problem 405 for what may not be merged, 409 for a head that has moved."""
        repository, pull = self._pulls.git(repo), pull_of(issue)
        if sha is not None and sha != pull.sha:
            raise Problem(409, "Head branch was modified. Review and try the merge again.")
        if method not in repo.methods:
            raise Problem(405, f"{NAMES.get(method, method)} are not allowed on this repository.")
        ruled = self._protections.rulesets.of(repo, pull.base, by)
        if any(method not in one.allowed for one in ruled):
            raise Problem(405, f"{RULES}{NAMES[method]} are not allowed on this branch.")
        below = await repository.head(pull.base)
        why = await self._why_not(repo, repository, issue, by, below)
        if why or below is None:
            raise Problem(405, why)
        tree = await self._tree(repository, below, pull.sha)
        assert tree is not None
        subject, text = _words(repo, issue, pull, method)
        words = f"{title or subject}\n\n{message or text}".rstrip()
        parents = [below, pull.sha] if method == "merge" else [below]
        made = await repository.commit_tree(tree, parents, by, words)
        try:
            await repository.move(pull.base, made, by, below)
        except GitError:
            raise Problem(405, "Base branch was modified. Review and try the merge again.") from None
        self._pulls.merged(repo, issue, by, made)
        return made

    async def _why_not(
        self, repo: Repo, repository: Repository, issue: Issue, by: str, below: str | None
    ) -> str:
        pull = pull_of(issue)
        if issue.state == "closed" or below is None:
            return "Pull Request is not mergeable"
        if pull.draft:
            return "Pull Request is still a draft"
        if await self._tree(repository, below, pull.sha) is None:
            return "Pull Request is not mergeable"
        if await self._is_behind(repo, repository, pull, below):
            return "Head branch is out of date. Review and try the merge again."
        found = self._protections.why_no_merge(repo, pull.base, by, pull.sha, pull.approvals)
        return found[0] if found else ""

    async def _tree(self, repository: Repository, ours: str, theirs: str) -> str | None:
        """The tree of both; None where they conflict. It is always the same, so it is kept."""
        if (ours, theirs) not in self._trees:
            try:
                self._trees[ours, theirs] = await repository.merged_tree(ours, theirs)
            except Conflict:
                self._trees[ours, theirs] = None
        return self._trees[ours, theirs]

    # Merging by itself

    async def enable_auto(self, repo: Repo, issue: Issue, auto: AutoMerge) -> None:
        """Raises Problem in the words of GitHub's GraphQL."""
        pull = pull_of(issue)
        if not repo.allow_auto_merge:
            raise Problem(422, "Pull request Auto merge is not allowed for this repository")
        if auto.method not in repo.methods:
            raise Problem(
                422, f"Merge method {NAMES[auto.method].lower()} are not allowed on this repository"
            )
        ruled = self._protections.rulesets.of(repo, pull.base)
        if self._protections.of(repo, pull.base) is None and not ruled:
            raise Problem(422, "Pull request Protected branch rules not configured for this branch")
        state = (await self.size(repo, issue, auto.by)).state
        if issue.state == "closed" or state in ("clean", "unstable", "dirty", "draft"):
            raise Problem(422, f"Pull request Pull request is in {state} status")
        pull.auto_merge = auto
        self._pulls.tell("auto_merge_enabled", repo, issue, auto.by, reason="")

    def disable_auto(self, repo: Repo, issue: Issue, by: str) -> None:
        pull = pull_of(issue)
        if pull.auto_merge is None:
            raise Problem(422, "Can't disable auto-merge for this pull request.")
        pull.auto_merge = None
        self._pulls.tell("auto_merge_disabled", repo, issue, by, reason="")

    async def try_auto(self, repo: Repo, sha: str) -> None:
        """Something about a commit changed: whatever waits for it and may be merged now is merged."""
        for issue in self._pulls.of(repo, "open"):
            pull = pull_of(issue)
            auto = pull.auto_merge
            if auto is None or pull.sha != sha:
                continue
            if (await self.size(repo, issue, auto.by)).state not in ("clean", "unstable"):
                continue
            words = {"title": auto.title, "message": auto.message}
            with contextlib.suppress(
                Problem
            ):  # Another one was faster, or the base has moved: it goes on waiting.
                await self.merge(repo, issue, auto.by, method=auto.method, **words)


def _words(repo: Repo, issue: Issue, pull: Pull, method: str) -> tuple[str, str]:
    if method == "squash":
        return f"{issue.title} (#{issue.number})", issue.body or ""
    return f"Merge pull request #{issue.number} from {repo.owner}/{pull.branch}", issue.title
