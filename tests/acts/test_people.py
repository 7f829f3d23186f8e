"""Who there is: each mistake is refused by name, and every node sees a change at once."""

from __future__ import annotations

import asyncpg
import pytest

from tocsin.acts import looks, people
from tocsin.acts.building import make_house
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.oncall.named import people_in
from tocsin.errors import Invalid


@pytest.mark.parametrize(
    ("handle", "given", "words"),
    [
        ("Zoë", {}, "'zoë' is no handle"),
        ("", {}, "'' is no handle"),
        ("tocsin", {}, "tocsin is the program's own name"),
        ("zoe", {"email": "zoe"}, "'zoe' is no e-mail address"),
        ("zoe", {"email": "BOB@acme.example"}, "BOB@acme.example is bob's address already"),
        ("zoe", {"slack_id": "UBOB00001"}, "The Slack id UBOB00001 is bob's already"),
        ("zoe", {"rights": ("fly",)}, "'fly' is no right"),
        ("zoe", {"name": "z" * 101}, "name has 101 characters; at most 100"),
    ],
)
async def test_a_person_who_makes_no_sense_is_refused_by_name(
    house: House, handle: str, given: dict[str, str], words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        await people.save_person(house, handle, **given)  # type: ignore[arg-type]


async def test_a_person_is_kept_clean(house: House) -> None:
    zoe = await people.save_person(
        house, " @Zoe ", name="\x00", email=" zoe@acme.example\x00", slack_id="U\x001"
    )

    assert (zoe.handle, zoe.name, zoe.email, zoe.slack_id) == ("zoe", "zoe", "zoe@acme.example", "U1")


async def test_another_node_sees_a_change_of_the_roster_at_once(
    house: House, pool: asyncpg.Pool, clock: HandClock
) -> None:
    other = await make_house(pool, clock)
    assert "zoe" not in (await looks.roster(other)).people

    await people.save_person(house, "zoe")
    await people.save_team(house, "ops_team", ["zoe", "zoe"])

    roster = await looks.roster(other)
    assert roster.reached_by(("team:ops_team",)) == ("zoe",)


async def test_whoever_is_removed_is_in_no_team_and_no_schedule_any_more(house: House) -> None:
    await people.remove_person(house, "bob")

    known = await people.everybody(house)

    assert known.teams["ops_team"] == ("alice",)
    assert people_in(known.schedules[0].plan) == ("alice",)


async def test_somebody_in_slack_is_known_by_their_address_and_from_then_on_by_their_id(house: House) -> None:
    carol = await people.by_slack(house, "UCAROL", "Carol@ACME.example")

    assert carol is not None
    assert carol.handle == "carol"
    assert (await people.by_slack(house, "UCAROL")) == carol
    assert await people.by_slack(house, "UEVE", "carol@acme.example") is None, "another id with her address"
