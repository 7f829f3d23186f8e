"""Of several messages that ask one person for the same only the newest can be clicked; what nobody owes any more can't be at all."""

from __future__ import annotations

from datetime import timedelta

from slack_talk import BOB, clicks, direct
from slack_world import World

from tocsin.acts import incidents


async def test_who_is_paged_again_has_one_page_that_can_be_clicked(world: World) -> None:
    await world.declare()
    await world.pass_by(timedelta(minutes=31))

    pages = [
        one
        for one in direct(world, "alice")
        if "acknowledged it yet" in one.text or "Paged again" in one.text
    ]
    assert len(pages) > 1
    assert [bool(clicks(page)) for page in pages] == [False] * (len(pages) - 1) + [True]
    assert "Paged again at" in pages[0].text

    await incidents.own(world.house, BOB, "INC-1")
    await world.settle()
    assert not any(clicks(page) for page in direct(world, "alice"))


async def test_a_duty_that_another_kind_does_not_know_can_not_be_clicked_any_more(world: World) -> None:
    await world.declare(kind="security")
    await incidents.own(world.house, BOB, "INC-1")
    await world.pass_by(timedelta(minutes=40))
    assert any("step" in clicks(one) for one in direct(world, "bob"))

    await world.command("bob", "kind INC-1 service it was a stale cache")
    await world.settle()

    if (await world.incident()).kind == "service":
        assert not any("step" in clicks(one) for one in direct(world, "bob"))


async def test_an_empty_report_form_is_refused_at_its_field(world: World) -> None:
    await world.command("carol", "")
    await world.submit("carol")

    assert "Say what is broken" in world.view("carol").errors["title"]
