"""Pull requests to a deploy branch that would deploy something without a fix: an updater opened them before the fix was there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.core.procedures.commits import short
from tocsin.core.procedures.declared import Target
from tocsin.core.procedures.hands import JSON, Context, Done, Evidence, Seen
from tocsin.core.work import Later
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.look_between import target_of
from tocsin.integrations.git.look_revert import found_commit, look_contains
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.reading import head_of
from tocsin.integrations.git.ships import waits
from tocsin.integrations.git.sources import commits_among, names_between, newest

Names = Mapping[str, set[str]]
GONE: Final = "is gone"


async def look_behind(places: Places, asked: Asked) -> Seen:
    """Inputs: target, fix, heads (the newest commits of pull requests). Those that bring a commit of the source which lacks the fix."""
    target, heads = target_of(places, asked), asked.texts("heads")
    return Seen({"behind": [*await _behind(places, target, asked.needed("fix"), heads)]})


async def renewed(places: Places, asked: Asked, context: Context) -> Done | Later:
    """Inputs: target, fix, branch (of a pull request), limit_minutes. It watches until the branch brings the fix, or is gone."""
    target, branch, fix = target_of(places, asked), asked.needed("branch"), asked.needed("fix")

    async def tip(repo: Repo) -> str:
        return await found_commit(repo, f"refs/heads/{branch}")

    head = await places.use(target.repository, target.remote, tip)
    if not head:
        return Done((Evidence(branch, GONE),), {"head": ""}, f"{branch} {GONE}")
    if await _behind(places, target, fix, (head,)):
        return await waits(asked, context, f"{branch} is at {short(head)} still, without {short(fix)}")
    said = f"{short(head)} brings nothing without {short(fix)}"
    return Done((Evidence(branch, said),), {"head": head}, f"{branch}: {said}")


async def _behind(places: Places, target: Target, fix: str, heads: tuple[str, ...]) -> list[str]:
    brought = await places.use(target.repository, target.remote, lambda repo: _brought(repo, target, heads))

    async def judged(repo: Repo) -> list[str]:
        return [head for head, names in brought.items() if await _lacks(repo, places, fix, names)]

    return await places.use(target.source, "", judged)


async def _brought(repo: Repo, target: Target, heads: tuple[str, ...]) -> Names:
    """What may be names of the source's commits in the lines that each adds to the branch. A head that is not there adds nothing."""
    onto, found = await head_of(repo, target.branch), dict[str, set[str]]()
    for head in heads:
        if not await found_commit(repo, head):
            continue
        ran = await repo.git("merge-base", onto, head, may_end=(0, 1))
        if ran.line:
            found[head] = (await names_between(repo, ran.line, head))[1]
    return found


async def _lacks(repo: Repo, places: Places, fix: str, names: set[str]) -> bool:
    some = await commits_among(repo, names)
    if not some:
        return False
    last = await newest(repo, some)
    inside: dict[str, JSON] = {"commit": fix, "candidate": last}
    return not last or (await look_contains(repo, places, Asked(inside))).values["contains"] is not True
