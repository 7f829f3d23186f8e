"""The hand "site" on a real server: the version that it reports, and whether it has recovered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from hand_steps import Procedure
from tocsin.core.procedures.declared import Declared, Target
from tocsin.integrations.http import Outside
from tocsin.integrations.site.hand import SiteHand

SITE = Target("site", "site", by="command", watch=timedelta(minutes=10))


@dataclass
class Site:
    """A site that answers what a test says."""

    procedure: Procedure
    status: int = 200
    body: str = '{"app": {"version": "v8"}}'

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = self.body.encode()
        writer.write(
            f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site(Procedure.__new__(Procedure))
    server = await asyncio.start_server(site.answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/healthz"
    target = replace(SITE, version_url=url, version_field="app.version", health_url=url)
    hand = SiteHand(Outside("The site", ""), Declared((target,)))
    site.procedure = Procedure(hand)
    yield site
    await hand.aclose()
    server.close()


async def test_the_version_is_watched_until_the_site_reports_it(site: Site) -> None:
    waits = await site.procedure.waits("site.version", target="site", version="v7")
    site.body = json.dumps({"app": {"version": "v7"}})

    done = await site.procedure.do("site.version", target="site", version="v7")

    assert waits == "site still runs v8, not v7"
    assert (done.evidence[0].value, done.outputs) == ("v7", {"version": "v7"})


async def test_a_commit_is_recognised_by_its_first_signs(site: Site) -> None:
    site.body = json.dumps({"app": {"version": "1a2b3c4"}})

    await site.procedure.do("site.version", target="site", commit="1a2b3c4d5e6f70819293")


async def test_a_site_that_never_reports_the_version_is_given_up(site: Site) -> None:
    site.procedure.after(minutes=31)

    why = await site.procedure.no("site.version", target="site", version="v7")

    assert why == "gave up after 30 min: site still runs v8, not v7"


async def test_it_has_recovered_when_it_was_well_for_a_while_without_a_break(site: Site) -> None:
    first = await site.procedure.waits("site.healthy", target="site")
    site.procedure.after(minutes=1)
    site.status = 503
    broken = await site.procedure.waits("site.healthy", target="site")
    site.status = 200
    site.procedure.after(minutes=1)
    well = await site.procedure.waits("site.healthy", target="site")
    site.procedure.after(minutes=2)

    done = await site.procedure.do("site.healthy", target="site")

    assert (first, well) == ("site: it is well", "site: it is well")
    assert "503" in broken
    assert (done.said, done.outputs) == (
        "recovered: site is well for 2 min without a break",
        {"recovered": True},
    )
    assert done.evidence[0].value == "recovered: well for 2 min without a break"


async def test_it_has_not_recovered_when_it_is_ill_to_the_end(site: Site) -> None:
    site.status = 503
    site.procedure.after(minutes=10)

    why = await site.procedure.no("site.healthy", target="site")

    assert why.startswith("not recovered: site was watched for 10 min: ")


async def test_a_site_without_an_address_is_refused(site: Site) -> None:
    site.procedure.hand = SiteHand(Outside("The site", ""), Declared((SITE,)))

    assert (
        await site.procedure.no("site.version", target="site", version="v7") == "site declares no version_url"
    )
    assert await site.procedure.no("site.healthy", target="site") == "site declares no health_url"
