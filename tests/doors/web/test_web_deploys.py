"""The deploys on an incident's page: the verdict, the table, and the button that has Tocsin look again."""

from __future__ import annotations

from datetime import timedelta

import httpx2

from tocsin.acts.deploys import record_deploy
from tocsin.acts.house import House
from tocsin.acts.judging import judge
from tocsin.acts.process import ENGINE, change
from tocsin.core import facts as f
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


async def test_of_one_that_was_rolled_back_it_is_not_said_that_it_can_be(
    bob: httpx2.AsyncClient, ref: str, house: House
) -> None:
    house.declared = Declared((Target("site", "site", by="command", command=("deploy",)),))
    await told(house, "v7", timedelta(hours=26))
    await told(house, "v8", timedelta(minutes=4))
    await judge(house, ref)
    step = f.PlannedStep("command", "command.run", "Deploy v7")
    await change(
        house,
        ref,
        ENGINE,
        lambda case: [
            f.ProcedureAsked("P1", "roll-back", "target", "site", "why"),
            f.ProcedurePlanned("P1", (step,), "safe"),
            f.ProcedureApproved("P1", ("bob",)),
            f.ProcedureStarted("P1"),
            f.StepDone("P1", "command", "ran deploy v7", (f.SeenOutside("site", "v7"),)),
            f.ProcedureVerified("P1", ()),
        ],
    )

    html = (await bob.get(f"/incidents/{ref}")).text

    assert "site is rolled back, by P1" in html
    assert "ran deploy v7" in html
    assert '<span class="tag met">rolled back</span>' in html


async def test_the_button_stands_where_targets_are_declared(bob: httpx2.AsyncClient, house: House) -> None:
    house.abilities |= {ABILITY}
    await bob.post("/report", data={"text": "sign-in is broken"})

    assert 'action="/incidents/INC-1/judge"' in (await bob.get("/incidents/INC-1")).text
