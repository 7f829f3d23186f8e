"""Who is in the stories: a visitor gets in, whenever they do."""

from __future__ import annotations

from datetime import timedelta

from tocsin.acts import access
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.demo.cast import CAST, hire


async def test_the_link_signs_in_after_a_story_of_several_days(
    house: House, dsn: str, clock: HandClock
) -> None:
    ids = {member.handle: f"UDEMO{n:04}" for n, member in enumerate(CAST)}
    tickets = await hire(dsn, clock, ids)

    clock.advance(timedelta(days=7))
    visitor = await access.visitor_of_session(house, await access.sign_in(house, tickets.sign_in))

    assert visitor is not None
    assert visitor.person == "alice"
