"""Looks for the commit of a deploy repository that is meant by a name: its own, or the one by which a commit of the source was deployed.

Whoever tells of a deploy often knows only what was built. The last commit that still deployed that is the one: what the deploy branch
was told besides, while it was live, stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.core.procedures.commits import short
from tocsin.core.procedures.hands import Seen
from tocsin.core.work import Refused
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.ends import Ends, refused
from tocsin.integrations.git.look_between import target_of
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.reading import head_of, resolve
from tocsin.integrations.git.sources import commits_among, names_in, newest

MOST: Final = 50
"""So many times, at most, a commit of the source is looked for among what came and went."""
NAMED_BY: Final = 7
"""Image tags may hold no more than the beginning of a commit's name."""


async def look_pinned(places: Places, asked: Asked) -> Seen:
    """Inputs: target, commit. `sha` is a commit of the deploy repository, `source` the source's that it deploys ("": `commit` was its own)."""
    target, commit = target_of(places, asked), asked.needed("commit")
    if own := await places.use(target.repository, target.remote, lambda repo: _known(repo, commit)):
        return Seen({"sha": own, "source": ""})
    source = await places.use(target.source, "", lambda repo: _known(repo, commit)) if target.source else ""
    where = " or ".join(filter(None, (target.repository or target.remote, target.source)))
    if not source:
        raise refused(
            f"there is no commit {commit!r} in {where}: write 7 signs of its name or more, or a tag"
        )
    moments = await places.use(
        target.repository, target.remote, lambda repo: _moments(repo, target.branch, source)
    )
    sha = await places.use(target.source, "", lambda repo: _first(repo, moments, source))
    if not sha:
        raise refused(
            f"{short(source)} is a commit of {target.source}, and no commit of {target.branch} deploys it"
        )
    return Seen({"sha": sha, "source": source})


async def _known(repo: Repo, commit: str) -> str:
    try:
        return await resolve(repo, commit)
    except Ends as end:
        if isinstance(end.outcome, Refused):
            return ""
        raise


async def _moments(repo: Repo, branch: str, source: str) -> Mapping[str, set[str]]:
    """The commits around which that name came or went, the newest first, and all that each names."""
    head = await head_of(repo, branch)
    pattern = f"-G{source[:NAMED_BY]}"
    ran = await repo.git(
        "log", "--first-parent", "--format=%H %P", pattern, f"--max-count={MOST}", head, "--"
    )
    some = [head, *(sha for line in ran.line.splitlines() for sha in line.split()[:2])]
    return {sha: await names_in(repo, sha) for sha in dict.fromkeys(some)}


async def _first(repo: Repo, moments: Mapping[str, set[str]], source: str) -> str:
    for sha, names in moments.items():
        if await newest(repo, await commits_among(repo, names)) == source:
            return sha
    return ""
