"""Many who tell of one thing: one incident, one page, and an answer for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from walk_steps import ALICE, Walk

from doubles import Mailbox
from tocsin.acts import inbox, incidents, looks
from tocsin.acts.inbox import Heard, hear
from tocsin.core import facts as f
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.intake import Message
from tocsin.core.joining import SAME, STORM

BROKEN = ("sign-in", "search", "exports", "invoices", "uploads", "billing", "webhooks")


async def said(walk: Walk, text: str, n: int) -> Heard:
    now, who = walk.clock.now(), f"@user{n}"
    message = Message(
        "x", text, who, now, answer_via="x", address=str(n), url=f"https://x.com/{n}", key=str(n)
    )
    heard = await hear(walk.house, message)
    await walk.engine.run_due()
    return heard


async def all_incidents(walk: Walk) -> list[Incident]:
    found = await looks.incidents(walk.house, TOCSIN)
    return [(await looks.case(walk.house, row.ref, TOCSIN)).incident for row in reversed(found)]


def whys(incident: Incident) -> list[str]:
    return [fact.what.why for fact in incident.facts if isinstance(fact.what, f.ReportReceived)]


async def test_thirty_who_say_that_it_is_down_are_one_incident_and_one_page_and_each_is_answered(
    walk: Walk, mailbox: Mailbox
) -> None:
    said_by = ("@acme is the site down?", "@acme down again", "@acme your website is not working!")
    for n in range(1, 31):
        await said(walk, said_by[n % 3], n)
        walk.clock.advance(timedelta(seconds=5))

    [incident] = await all_incidents(walk)
    assert len(incident.reports) == 30
    assert all(report.answered_at for report in incident.reports)
    assert sum(isinstance(fact.what, f.Paged) for fact in incident.facts) == 1
    assert whys(incident) == ["", *[SAME] * 29]


async def test_one_that_is_about_something_else_is_split_off(walk: Walk) -> None:
    for n in range(1, 8):
        await said(walk, f"@acme {BROKEN[n - 1]} broken", n)
    storm = (await all_incidents(walk))[-1]
    assert [len(one.reports) for one in await all_incidents(walk)] == [1, 1, 1, 1, 3]
    assert whys(storm) == ["", STORM, STORM]

    await incidents.split(walk.house, ALICE, storm.ref, storm.reports[-1].id)
    further = await said(walk, "@acme passwords are broken", 9)

    assert further.ref == storm.ref, "what was split off does not gather the storm"
    assert len(await all_incidents(walk)) == 6


async def test_after_the_span_and_after_the_end_it_is_another_incident(walk: Walk) -> None:
    await said(walk, "@acme search is down", 1)
    walk.clock.advance(timedelta(minutes=61))
    later = await said(walk, "@acme search is down", 2)
    await incidents.dismiss(walk.house, ALICE, later.ref, "a false alarm", "looked at the graphs")
    after = await said(walk, "@acme search is down", 3)

    assert (later.state, after.state) == ("opened", "opened")


async def test_nothing_joins_a_private_one(walk: Walk) -> None:
    await said(walk, "@acme hm, search?", 1)
    await inbox.open_message(walk.house, ALICE, 1, kind="security")

    heard = await said(walk, "@acme search is down", 2)

    assert (heard.state, heard.ref) == ("opened", "INC-2")


async def test_what_sounds_like_a_break_in_is_private_from_the_first_second_even_in_a_storm(
    walk: Walk,
) -> None:
    for n in range(1, 7):
        await said(walk, f"@acme {BROKEN[n - 1]} broken", n)

    first = await said(walk, "@acme search is broken, were you hacked?", 8)
    again = await said(walk, "@acme hacked? search is broken", 9)
    other = await said(walk, "@acme my tokens were leaked on a forum", 10)

    assert (first.state, again.state, other.state) == ("opened", "joined", "opened")
    assert again.ref == first.ref
    for ref in (first.ref, other.ref):
        incident = (await looks.case(walk.house, ref, TOCSIN)).incident
        assert (incident.kind, incident.private) == ("security", True)
    assert not any(
        fact.what.why == STORM for fact in incident.facts if isinstance(fact.what, f.ReportReceived)
    )


async def test_a_word_of_an_outage_never_joins_what_is_private(walk: Walk) -> None:
    hacked = await said(walk, "@acme search is broken: hacked", 1)
    down = await said(walk, "@acme search is broken", 2)

    assert (down.state, down.ref != hacked.ref) == ("opened", True)


async def test_a_handbook_without_joins_opens_one_for_each(walk: Walk) -> None:
    rules = tuple(replace(rule, joins=timedelta(0), storm=0) for rule in walk.house.handbook.intake)
    walk.house.handbook = replace(walk.house.handbook, intake=rules)

    await said(walk, "@acme search is down", 1)
    await said(walk, "@acme search is down", 2)

    assert len(await all_incidents(walk)) == 2
