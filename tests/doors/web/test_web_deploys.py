"""The deploys on an incident's page: the verdict, the table, and the button that has Tocsin look again."""

from __future__ import annotations

from datetime import timedelta

import httpx2

from tocsin.acts.deploys import record_deploy
from tocsin.acts.house import House
from tocsin.acts.judging import judge
from tocsin.core.deploys.deploy import deploy_of
from tocsin.core.deploys.judging import ABILITY
from tocsin.core.procedures.declared import Declared, Target


async def told(house: House, version: str, ago: timedelta) -> None:
    now = house.clock.now()
    deploy = deploy_of(
        id=version, service="site", at=now - ago, now=now, version=version, title=f"<b>{version}</b>"
    )
    await record_deploy(house, deploy)


async def test_the_page_shows_the_verdict_and_has_it_looked_at_again(
    bob: httpx2.AsyncClient, ref: str, house: House
) -> None:
    house.declared = Declared((Target("site", "site", by="command", command=("deploy",)),))
    await told(house, "v7", timedelta(hours=26))
    await told(house, "v8", timedelta(minutes=4))
    await judge(house, ref)

    html = (await bob.get(f"/incidents/{ref}")).text
    again = await bob.post(f"/incidents/{ref}/judge", data={})

    assert "Whether site can be rolled back safely is not known, to v7" in html
    assert "<b>proposed:</b> it was live for 25 h until v8 replaced it" in html
    assert "&lt;b&gt;v8&lt;/b&gt;" in html
    assert again.status_code == 303


async def test_the_button_stands_where_targets_are_declared(bob: httpx2.AsyncClient, house: House) -> None:
    house.abilities |= {ABILITY}
    await bob.post("/report", data={"text": "sign-in is broken"})

    assert 'action="/incidents/INC-1/judge"' in (await bob.get("/incidents/INC-1")).text
