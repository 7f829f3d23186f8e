"""What the walks through a broken main branch begin with."""

from __future__ import annotations

from walk_steps import Walk

from github_builds import GitHub


async def broken(walk: Walk, github: GitHub) -> Walk:
    """Green once, then three times red: INC-1 is open."""
    for conclusion in ("success", "failure", "failure", "failure"):
        await github.run(conclusion)
    walk.ref = "INC-1"
    await walk.engine.run_due()
    return walk
