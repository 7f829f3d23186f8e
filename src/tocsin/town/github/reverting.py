"""GitHub's own revert of a pull request: a branch with one commit, and a pull request of it."""

from __future__ import annotations

from tocsin.town.git.repository import Conflict
from tocsin.town.github.board import Issue, Repo
from tocsin.town.github.door import Problem
from tocsin.town.github.pulls import Pulls, pull_of

SORRY = (
    "Sorry, this pull request couldn't be reverted automatically. It may have already been reverted, "
    "or the content may have changed since it was merged."
)


async def revert(
    pulls: Pulls, repo: Repo, issue: Issue, by: str, *, title: str | None, body: str | None, draft: bool
) -> Issue:
    """The pull request that reverts another one. Raises Problem for one that was not merged, or that meets conflicts."""
    pull, repository = pull_of(issue), pulls.git(repo)
    if pull.merge_sha is None:
        raise Problem(422, "Pull request must be merged before it can be reverted.")
    base = await repository.head(pull.base)
    merged = await repository.commit_at(pull.merge_sha)
    if base is None or merged is None:
        raise Problem(422, SORRY)
    try:
        tree = await repository.reverted_tree(base, merged.sha)
    except Conflict:
        raise Problem(422, SORRY) from None
    now = await repository.commit_at(base)
    if now is not None and now.tree == tree:
        raise Problem(422, SORRY)
    words = f'Revert "{merged.title}"\n\nThis reverts commit {merged.sha}.'
    made = await repository.commit_tree(tree, [base], by, words)
    branch, taken = f"revert-{issue.number}-{pull.branch}", await repository.refs()
    name = next(one for n in range(len(taken) + 1) if (one := f"{branch}-{n}" if n else branch) not in taken)
    await repository.move(name, made, by)
    return await pulls.open(
        repo,
        by,
        title or f'Revert "{issue.title}"',
        head=name,
        base=pull.base,
        body=body if body is not None else f"Reverts {repo.full_name}#{issue.number}",
        draft=draft,
    )
