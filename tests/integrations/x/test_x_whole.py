"""From a mention on X to the answer under it, through acts, rows and the engine."""

from __future__ import annotations

from doubles import Mailbox
from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.core.facts import TOCSIN
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.x import XLink
from tocsin.town import Town


async def test_who_mentions_us_on_x_is_answered_there_at_once(
    house: House, link: XLink, town: Town, mailbox: Mailbox
) -> None:
    assert link.reach is not None
    engine = Engine(
        house, Reaches([link.reach, *(mailbox.under(name) for name in ("slack", "email", "github"))])
    )
    post = town.x.post("@jane", "@acme sign-in is broken")

    await link.door.look(house)
    await engine.run_due()

    [reply] = town.x.replies_to(post.id)
    [report] = (await looks.case(house, "INC-1", TOCSIN)).incident.reports
    assert reply.text.startswith("@jane Thanks for telling us.")
    assert report.answer_url == reply.url
    assert mailbox.people() == ["bob"]


async def test_our_own_answer_is_no_mention_at_the_next_look(
    house: House, link: XLink, town: Town, mailbox: Mailbox
) -> None:
    assert link.reach is not None
    engine = Engine(house, Reaches([link.reach, mailbox.under("slack")]))
    town.x.post("@jane", "@acme sign-in is broken")

    await link.door.look(house)
    await engine.run_due()
    await link.door.look(house)

    assert len(await looks.incidents(house, TOCSIN)) == 1
