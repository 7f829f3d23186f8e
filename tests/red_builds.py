"""A main branch that is broken: once green, then red three times, by Alice."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from tocsin.acts.builds import record_build
from tocsin.acts.house import House
from tocsin.core.builds import Build


async def broken(house: House) -> str:
    """The incident that it opens."""
    recorded = [
        await record_build(house, _build(house, n, end))
        for n, end in enumerate(("success", *["failure"] * 3))
    ]
    return recorded[-1].ref


def _build(house: House, n: int, conclusion: str) -> Build:
    return Build(
        repository="acme/site",
        branch="main",
        stream="actions/161",
        workflow="CI",
        run=1000 + n,
        attempt=1,
        number=n,
        sha=hashlib.sha1(f"commit {n}".encode()).hexdigest(),
        author_login="",
        author_name="Alice",
        author_email="alice@acme.example",
        title=f"Change {n}",
        event="push",
        conclusion=conclusion,
        finished_at=house.clock.now() - timedelta(minutes=10 - n),
        url=f"https://github.com/acme/site/actions/runs/{n}",
    )
