"""Takes a commit back, or brings it back, on a branch of its own from the main branch as it is now. Merging it is for others."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.procedures.commit_words import reland_message, revert_message
from tocsin.core.procedures.commits import REVERTS, RUN, Commit, short, taken_back
from tocsin.core.procedures.hands import JSON, Done, Evidence
from tocsin.core.words import named
from tocsin.integrations.git.ends import failed, refused
from tocsin.integrations.git.look_range import MOST_AFTER
from tocsin.integrations.git.look_revert import found_commit
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.reading import (
    changes,
    commit_of,
    commits,
    head_of,
    is_ancestor,
    resolve,
)
from tocsin.integrations.git.restore import Draft, Job
from tocsin.integrations.git.reverting import parent_of, taken_away


@dataclass(frozen=True, slots=True)
class Order:
    """What is taken back: of a merge, the changes against `parent` (from 1; 0 where it is none). `message` is the new commit's."""

    one: Commit
    parent: int
    message: str


async def revert(repo: Repo, job: Job) -> Done:
    """Inputs: branch (the main one), commit, parent (of a merge: which is kept)."""
    one = await commit_of(repo, await resolve(repo, job.asked.needed("commit")))
    asked = job.asked.number("parent", 0, 99)
    if one.is_merge and not asked:
        kept = ", ".join(f"{n} is {short(sha)}" for n, sha in enumerate(one.parents, 1))
        raise refused(f"{short(one.sha)} is a merge: say which parent is kept ({kept})")
    parent = parent_of(one, asked)
    return await _made(repo, job, Order(one, parent, revert_message(job.why, one, parent)))


async def reland(repo: Repo, job: Job) -> Done:
    """Inputs: branch (the main one), revert (the commit on it that took something back), parent (where that is a merge)."""
    one = await commit_of(repo, await resolve(repo, job.asked.needed("revert")))
    if not one.is_revert:
        raise refused(f"{short(one.sha)} took nothing back: it is no revert")
    back = [await commit_of(repo, sha) for name in one.reverts if (sha := await found_commit(repo, name))]
    parent = parent_of(one, job.asked.number("parent", 0, 99))
    return await _made(repo, job, Order(one, parent, reland_message(job.why, back, one)))


def branch_for(run: str) -> str:
    """The branch of a run: tocsin/inc-7-p1."""
    return f"tocsin/{run.lower().replace('/', '-')}"


async def _made(repo: Repo, job: Job, order: Order) -> Done:
    """1. An earlier try is looked for: its branch, or what was merged of it. 2. It is worked out what the branch would hold.

    3. The new branch is pushed, if nobody has one of that name. 4. It is fetched again, and compared.
    """
    main = await head_of(repo, job.branch)
    name = branch_for(job.why.run)
    found = await _earlier(repo, job, order, name, main)
    if found is None:
        found = await _pushed(repo, job, order, name, main)
    return await _verified(repo, job, order, name, found)


async def _earlier(repo: Repo, job: Job, order: Order, name: str, main: str) -> Commit | None:
    there = await found_commit(repo, f"refs/heads/{name}")
    if there:
        tip = await commit_of(repo, there)
        if not _is_ours(tip, job, order):
            raise refused(f"there is a branch {name} already, and it is not of this run: nothing was pushed")
        return tip
    since = await commits(repo, f"{order.one.sha}..{main}", most=MOST_AFTER)
    return next((one for one in since if _is_ours(one, job, order)), None)


def _is_ours(one: Commit, job: Job, order: Order) -> bool:
    return one.trailer(RUN) == job.why.run and one.trailer(REVERTS) == order.one.sha


async def _pushed(repo: Repo, job: Job, order: Order, name: str, main: str) -> Commit:
    sha, branch = short(order.one.sha), job.branch
    if not await is_ancestor(repo, order.one.sha, main):
        raise refused(f"{sha} is not on {branch}: there is nothing to take back")
    since = await commits(repo, f"{order.one.sha}..{main}", most=MOST_AFTER)
    if by := taken_back([*since, order.one]).get(order.one.sha):
        raise refused(f"{sha} was taken back already, by {short(by)} on {branch}")
    taken = await taken_away(repo, order.one, order.parent, main)
    if taken.conflicts:
        raise failed(
            f"taking back {sha} conflicts with later changes on {branch}: nothing was pushed",
            *taken.conflicts,
        )
    if taken.changes_nothing:
        raise refused(f"nothing of {sha} is left on {branch}: taking it back changes nothing")
    return await job.pushed(repo, Draft(taken.tree, main, order.message), name, "")


async def _verified(repo: Repo, job: Job, order: Order, name: str, ours: Commit) -> Done:
    """What was fetched again holds what git works out once more for taking the commit back from its parent."""
    taken = await taken_away(repo, order.one, order.parent, ours.parents[0])
    files = await changes(repo, ours.parents[0], ours.sha)
    if await changes(repo, taken.tree, ours.sha, renames=False):
        raise failed(f"{short(ours.sha)} holds something else than taking back {short(order.one.sha)} gives")
    merged = await is_ancestor(repo, ours.sha, await head_of(repo, job.branch))
    title, _, body = order.message.partition("\n\n")
    outputs: dict[str, JSON] = {
        "branch": name,
        "sha": ours.sha,
        "base": ours.parents[0],
        "reverts": order.one.sha,
        "files": [str(one) for one in files],
        "title": title,
        "body": body,
        "merged": merged,
    }
    evidence = [
        Evidence("commit", ours.sha, repo.remote.commit_url(ours.sha)),
        Evidence(f"takes back {short(order.one.sha)}", named([str(one) for one in files], 5)),
    ]
    if order.one.is_revert:
        evidence.append(await _merging_again(repo, order.one, ours.parents[0]))
    return Done(tuple(evidence), outputs, said=f"{name}: {ours.subject}")


async def _merging_again(repo: Repo, revert: Commit, main: str) -> Evidence:
    back = [sha for name in revert.reverts if (sha := await found_commit(repo, name))]
    nothing = bool(back) and all([await is_ancestor(repo, sha, main) for sha in back])
    said = "does nothing: its commits are in the history already" if nothing else "is not what brings it back"
    return Evidence("merging the old branch again", said)
