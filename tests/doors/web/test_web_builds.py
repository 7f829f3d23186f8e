"""The builds on an incident's page: which commits may have broken the branch, before all that one can do."""

from __future__ import annotations

import httpx2

from tocsin.acts.house import House
from tocsin.acts.process import ENGINE, change
from tocsin.core import facts as f

SUSPECTS = (
    f.Suspect("a" * 40, "<b>Faster</b> sign-in", "Bob", "https://github.com/acme/site/commit/aaaa", "bob"),
    f.Suspect("b" * 40, "Plans", "Mallory", "javascript:alert(1)"),
)
RED = f.BuildRed("acme/site", "main", "CI", 3, SUSPECTS, "c" * 40, "https://github.com/acme/site/commit/cccc")


async def shown(bob: httpx2.AsyncClient, house: House, ref: str, *whats: f.What) -> str:
    await change(house, ref, ENGINE, lambda case: list(whats))
    return (await bob.get(f"/incidents/{ref}")).text


async def test_the_suspects_stand_above_what_one_can_do(
    bob: httpx2.AsyncClient, ref: str, house: House
) -> None:
    html = await shown(bob, house, ref, RED)

    assert html.index('id="builds"') < html.index('id="do"')
    assert "failed 3 times in a row on main" in html
    assert '<a href="https://github.com/acme/site/commit/aaaa" rel="noopener noreferrer">' in html
    assert "&lt;b&gt;Faster&lt;/b&gt; sign-in" in html
    assert "javascript:" not in html[html.index('id="builds"') : html.index('id="do"')]
    assert ">ccccccc</a>" in html


async def test_what_does_not_count_as_broken_and_what_passed_is_said(
    bob: httpx2.AsyncClient, ref: str, house: House
) -> None:
    few = f.BuildRed("acme/site", "main", "CI", 1, SUSPECTS[:1], broken=False)
    green = f.BuildGreen("acme/site", "main", "e2e", "d" * 40, "https://github.com/acme/site/actions/runs/1")

    html = await shown(bob, house, ref, few, green)

    assert "too few in a row to count as broken" in html
    assert "<b>CI</b> failed on main" in html
    assert "<b>e2e</b> passed on main" in html
    assert '<span class="tag met">green</span>' in html
