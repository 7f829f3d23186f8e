"""Rolls a deploy branch back, and switches off what would roll it forward: one commit, whose tree is the good one's but for the freeze.

A range is never reverted: that stops at merges, takes back a freeze within the range, and gives another tree than was meant where the
good commit is no ancestor. The tree itself is restored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tocsin.core.procedures.commit_words import Why, freeze_message, restore_message
from tocsin.core.procedures.commits import FREEZES, RESTORES, RUN, Commit, short
from tocsin.core.procedures.freezes import NOTES
from tocsin.core.procedures.hands import JSON, Done, Evidence
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.ends import failed, refused
from tocsin.integrations.git.freezing import Frozen, all_frozen, files_of, is_off, reads_elsewhere
from tocsin.integrations.git.look_deploy import SHALLOW
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.reading import (
    FULL,
    commit_of,
    commits,
    head_of,
    is_ancestor,
    is_shallow,
    ours_in,
    resolve,
    tree_of,
)
from tocsin.integrations.git.writing import Signature, commit, differs_only_in, push, tree_with

MOST_NEWER = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit that is still to be made."""

    tree: str
    parent: str
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """What one step is to do, and in whose name."""

    asked: Asked
    why: Why
    who: Signature
    say: Callable[[str], Awaitable[None]]
    stopped: Callable[[], Awaitable[bool]]

    @property
    def branch(self) -> str:
        return self.asked.needed("branch")

    async def pushed(self, repo: Repo, draft: Draft, branch: str, expected: str) -> Commit:
        """Make the commit, set the branch from `expected` ("": it is new) to it, and fetch all of it again.

        Until it is pushed nothing is there outside: that is the last place to leave off when somebody presses stop.
        """
        new = await commit(repo, draft.tree, draft.parent, draft.message, self.who)
        title = draft.message.partition("\n")[0]
        await self.say(f"{short(new)} is made on top of {short(draft.parent)}: {title}")
        if await self.stopped():
            raise failed("it was stopped before anything was pushed")
        await push(repo, new, branch, expected)
        await self.say(f"{short(new)} is pushed to {branch} of {repo.remote.name}; all is read again")
        await repo.read_again()
        return await commit_of(repo, new)


async def restore(repo: Repo, job: Job) -> Done:
    """Inputs: branch, head (as the plan saw it), good (its full name), freezes.

    1. An earlier try is looked for by its trailer. 2. The head must be the one that was seen, and the good commit before it.
    3. The commit is made and pushed. 4. Everything is fetched again, and the branch's tree compared.
    """
    good = await _good(repo, job)
    found = await _ours(repo, job, RESTORES, good)
    if found is None:
        found = await _restored(repo, job, good)
    return await _verified(repo, job, found, good)


async def freeze(repo: Repo, job: Job) -> Done:
    """Inputs: branch, freezes. It goes on top of the branch as it is; what is off already needs no commit."""
    found = await _ours(repo, job, FREEZES, "")
    if found is None:
        head = await head_of(repo, job.branch)
        some = await _freezes(repo, job, head, "")
        names = [one.name for one in some if not one.is_off]
        if not names:
            return await _verified(repo, job, await commit_of(repo, head), "")
        tree = await tree_with(repo, head, files_of(some))
        message = freeze_message(job.why, job.branch, names)
        found = await job.pushed(repo, Draft(tree, head, message), job.branch, head)
    return await _verified(repo, job, found, "")


async def still_frozen(repo: Repo, job: Job) -> Done:
    """Inputs: branch, good ("" where nothing but a freeze was made), freezes, as they were given to the step before.

    Looks once more, and changes nothing: the run's commit is still the newest, its tree is the good one's, and each updater is off.
    """
    good = job.asked.text("good")
    found = await _ours(repo, job, RESTORES if good else FREEZES, good)
    if found is None:
        raise failed(
            f"there is no commit of {job.why.run} on {job.branch}: it was not rolled back, or was set back since"
        )
    return await _verified(repo, job, found, good)


async def _good(repo: Repo, job: Job) -> str:
    good = job.asked.needed("good")
    if not FULL.fullmatch(good):
        raise refused(f"{good!r} is not the full name of a commit: plan again")
    return await resolve(repo, good)


async def _ours(repo: Repo, job: Job, trailer: str, value: str) -> Commit | None:
    """The commit of this run that is on the branch already; None where there is none."""
    head = await head_of(repo, job.branch)
    for one in await ours_in(repo, head):
        if one.trailer(RUN) == job.why.run and one.trailer(trailer) and value in ("", one.trailer(trailer)):
            return one
    return None


async def _restored(repo: Repo, job: Job, good: str) -> Commit:
    head = await head_of(repo, job.branch)
    if head != job.asked.needed("head"):
        raise refused(
            f"{job.branch} has moved since the plan, to {short(head)}: nothing was done. Plan again"
        )
    if await is_shallow(repo):
        raise refused(f"{repo.remote.name} {SHALLOW}")
    if not await is_ancestor(repo, good, head):
        raise refused(f"{short(good)} was never on {job.branch}: it is no ancestor of {short(head)}")
    some = await _freezes(repo, job, head, good)
    tree = await tree_with(repo, good, files_of(some))
    if tree == await tree_of(repo, head):
        raise refused(f"there is nothing to restore: {job.branch} has the files of {short(good)} already")
    names = [one.name for one in some if not one.is_off]
    message = restore_message(job.why, job.branch, await commit_of(repo, good), names)
    return await job.pushed(repo, Draft(tree, head, message), job.branch, head)


async def _freezes(repo: Repo, job: Job, head: str, good: str) -> list[Frozen]:
    updaters = job.asked.updaters()
    if elsewhere := await reads_elsewhere(repo, job.branch, updaters):
        raise refused(elsewhere)
    return await all_frozen(repo, updaters, head, good)


async def _verified(repo: Repo, job: Job, ours: Commit, good: str) -> Done:
    """What was fetched again shows it: our commit is the newest, its tree is the good one's, and each updater is off."""
    head = await head_of(repo, job.branch)
    if head != ours.sha:
        newer = await commits(repo, f"{ours.sha}..{head}", most=MOST_NEWER)
        lines = [f"{short(one.sha)} by {one.author}: {one.subject}" for one in newer]
        raise failed(f"{short(ours.sha)} is on {job.branch}, but newer commits follow it", *lines)
    updaters = job.asked.updaters()
    paths = {one.path: one.kind for one in updaters}
    if good:
        await differs_only_in(repo, good, ours.sha, paths)
    for one in updaters:
        if not await is_off(repo, head, one):
            raise failed(f"{one.path} is not off in {short(head)}")
    evidence = [Evidence("commit", ours.sha, repo.remote.commit_url(ours.sha))]
    if good:
        evidence.append(Evidence(f"files of {job.branch}", _equals(good, list(paths))))
    notes = {one.path: f". {NOTES[one.kind]}" for one in updaters if one.kind in NOTES}
    off = "off, read again after the push"
    evidence += [Evidence(one.path, f"{off}{notes.get(one.path, '')}") for one in updaters]
    outputs = await _outputs(repo, job, ours, good, list(paths))
    return Done(tuple(evidence), outputs, said=f"{short(ours.sha)}: {ours.subject}")


async def _outputs(repo: Repo, job: Job, ours: Commit, good: str, paths: Sequence[str]) -> dict[str, JSON]:
    # Where all was off already, the newest commit is somebody else's, and so is what it may have frozen.
    is_ours = ours.trailer(RUN) == job.why.run
    return {
        "sha": ours.sha,
        "parent": ours.parents[0] if ours.parents else "",
        "tree": await tree_of(repo, ours.sha),
        "good": good,
        "frozen": [*ours.trailers.get(FREEZES, [])] if is_ours else [],
        "off": list(paths),
        "url": repo.remote.commit_url(ours.sha),
    }


def _equals(good: str, paths: Sequence[str]) -> str:
    apart = f" but for {', '.join(paths)}" if paths else ""
    return f"equal {short(good)}{apart}"
