"""Walks: an organisation adds a kind, severities, a duty, a step and texts of its own in its handbook, without code."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from walk_steps import ALICE, BOB, JANE, Walk, letter, under_handbook

from tocsin.acts import incidents
from tocsin.acts.building import handbook_text

OWN: Final = """
[[kind]]
id = "partner"
title = "Partner feed"
example = "A partner's feed is late or wrong."
public = false
texts = { answer = "answer_partner", told_resolved = "partner_is_well" }

[[severity]]
id = "all-partners"
title = "All partners"
severe = true
kinds = ["partner"]

[[severity]]
id = "one-partner"
title = "One partner"
severe = false
kinds = ["partner"]

[[step]]
id = "feed"
title = "The feed"
kinds = ["partner"]
fields = ["Partner", "Feed"]

[[duty]]
id = "name-feed"
section = "owning"
title = "Say which partner's feed it is"
text = "Say whose feed it is, and which."
arises = ["owned"]
kinds = ["partner"]
owes = "owner"
within = { all-partners = "5m", one-partner = "20m" }
discharged_by = ["step:feed"]
ends_with = ["dismissed"]
late = [{ after = "0m", do = "remind" }]

"""
TEXTS: Final = """
answer_partner = "The feed's people have {ref} in their hands."
partner_is_well = "Your feed flows again. {public}"
"""
SPANS: Final = 'S4 = "1d" }'


async def under_own_handbook(walk: Walk, folder: Path) -> Walk:
    """The shipped handbook with what was added; the updates of the shipped one have a span for each severity."""
    text = handbook_text(None).replace(SPANS, 'S4 = "1d", all-partners = "15m", one-partner = "2h" }')
    text = text.replace("\n[texts]\n", f"{OWN}\n[texts]{TEXTS}")
    return await under_handbook(walk, folder, handbook_text(None), text)


async def partners(walk: Walk, folder: Path, severity: str = "") -> Walk:
    """Joe's report of a partner's feed, under a handbook that knows of such."""
    walk = await under_own_handbook(walk, folder)
    declared = await incidents.declare(
        walk.house, JANE, letter("feed late"), kind="partner", severity=severity
    )
    walk.ref = declared.ref
    await walk.engine.run_due()
    return walk


async def test_a_kind_of_ones_own_starts_with_its_worst_severity_and_its_reporter_reads_its_own_words(
    walk: Walk, tmp_path: Path
) -> None:
    walk = await partners(walk, tmp_path)

    [answer] = walk.mailbox.take("answer")
    assert answer.text == f"The feed's people have {walk.ref} in their hands."
    assert (await walk.incident()).severity == "all-partners"

    await walk.owned()
    await incidents.resolve(walk.house, ALICE, walk.ref, "restarted it", "rows flow", rolled_back=False)
    await walk.engine.run_due()
    [told] = walk.mailbox.take("tell")
    assert told.text == "Your feed flows again. It works again as expected."


async def test_other_kinds_keep_the_handbooks_words(walk: Walk, tmp_path: Path) -> None:
    walk = await under_own_handbook(walk, tmp_path)
    await walk.begin(letter())

    [answer] = walk.mailbox.take("answer")
    assert answer.text.startswith("Thanks for telling us.")
    await walk.owned()
    assert "name-feed" not in await walk.duties()


async def test_a_duty_of_ones_own_is_due_as_its_severity_says_chased_and_met_by_ones_own_step(
    walk: Walk, tmp_path: Path
) -> None:
    walk = await partners(walk, tmp_path, "one-partner")
    await walk.owned()
    await incidents.change_severity(walk.house, BOB, walk.ref, "all-partners", "others wrote too")

    await walk.wait(5)
    assert await walk.chases("name-feed") == [(5.0, "remind", ("alice",))]

    await incidents.take_step(walk.house, ALICE, walk.ref, "feed", {"Partner": "Initech", "Feed": "prices"})
    assert (await walk.duty("name-feed")).state == "met"
