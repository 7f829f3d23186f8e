"""Takes a freeze back, and nothing but the freeze: each file gets the very bytes that it had before, on top of the branch as it is now."""

from __future__ import annotations

from tocsin.core.procedures.commit_words import thaw_message
from tocsin.core.procedures.commits import FREEZES, RUN, THAWS, Commit, open_freezes, short
from tocsin.core.procedures.hands import JSON, Done, Evidence
from tocsin.integrations.git.ends import failed, refused
from tocsin.integrations.git.freezing import is_off
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.reading import commit_of, contents, head_of, is_ancestor, ours_in, resolve
from tocsin.integrations.git.restore import Draft, Job
from tocsin.integrations.git.writing import differs_only_in, tree_with


async def thaw(repo: Repo, job: Job) -> Done:
    """Inputs: branch, freeze (the commit that froze); freezes, if what they are is to be read again afterwards."""
    frozen = await _frozen(repo, job)
    paths = list(dict.fromkeys(one.partition(" ")[2] for one in frozen.trailers[FREEZES]))
    head = await head_of(repo, job.branch)
    for one in await ours_in(repo, head):
        if one.trailer(RUN) == job.why.run and frozen.sha in one.trailers.get(THAWS, []):
            return await _verified(repo, job, frozen, one, paths)
    files = await _files(repo, job, frozen, head, paths)
    if not files:
        return await _verified(repo, job, frozen, await commit_of(repo, head), paths)
    tree = await tree_with(repo, head, files)
    message = thaw_message(
        job.why, job.branch, frozen, list(files), await _undone_too(repo, frozen, head, files)
    )
    new = await job.pushed(repo, Draft(tree, head, message), job.branch, head)
    await differs_only_in(repo, head, new.sha, files)
    return await _verified(repo, job, frozen, new, paths)


async def _undone_too(repo: Repo, frozen: Commit, head: str, files: dict[str, bytes | None]) -> list[Commit]:
    """Later freezes of the same files, from the same contents: with this one they are over as well, and nothing is left to thaw there."""
    found = list[Commit]()
    for one in open_freezes(await ours_in(repo, head)):
        paths = {name.partition(" ")[2] for name in one.trailers[FREEZES]}
        if one.sha != frozen.sha and paths <= set(files):
            before = {path: await contents(repo, one.parents[0], path) for path in paths}
            found += [one] if all(files[path] == before[path] for path in paths) else []
    return found


async def _frozen(repo: Repo, job: Job) -> Commit:
    found = await commit_of(repo, await resolve(repo, job.asked.needed("freeze")))
    if not found.trailers.get(FREEZES):
        raise refused(f"{short(found.sha)} froze nothing")
    if not await is_ancestor(repo, found.sha, await head_of(repo, job.branch)):
        raise refused(f"{short(found.sha)} is not on {job.branch}")
    return found


async def _files(
    repo: Repo, job: Job, frozen: Commit, head: str, paths: list[str]
) -> dict[str, bytes | None]:
    """What the files were before, for those that are still as the freeze left them. One that somebody changed since is for people."""
    files: dict[str, bytes | None] = {}
    for path in paths:
        before = await contents(repo, frozen.parents[0], path)
        now = await contents(repo, head, path)
        if now == before:
            continue
        if now != await contents(repo, frozen.sha, path):
            raise refused(
                f"{path} was changed since {short(frozen.sha)} froze it: nothing was done."
                f" Thaw it by hand, and keep what was changed (before the freeze: {frozen.parents[0][:10]}:{path})"
            )
        files[path] = before
    return files


async def _verified(repo: Repo, job: Job, frozen: Commit, ours: Commit, paths: list[str]) -> Done:
    head = await head_of(repo, job.branch)
    evidence = [Evidence("commit", ours.sha, repo.remote.commit_url(ours.sha))]
    for path in paths:
        if await contents(repo, ours.sha, path) != await contents(repo, frozen.parents[0], path):
            raise failed(f"{path} is not as it was before the freeze")
        evidence.append(Evidence(path, f"as it was before {short(frozen.sha)}"))
    for updater in job.asked.updaters():
        if updater.path in paths and await is_off(repo, head, updater):
            raise failed(f"{updater.path} is still off in {short(head)}")
    outputs: dict[str, JSON] = {"sha": ours.sha, "freeze": frozen.sha, "thawed": list(paths)}
    return Done(tuple(evidence), outputs, said=f"{short(ours.sha)}: {ours.subject}")
