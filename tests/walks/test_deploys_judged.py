"""Walks: an incident opens, and whether the deploy can be rolled back is ready, in the timeline, the thread, the page and the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from walk_steps import ALICE, BOB, MINUTE, Walk

from doubles import Mailbox
from procedure_doubles import FakeHand, FakeProcedure
from tocsin.acts import incidents, judging
from tocsin.acts.deploys import deploys, record_deploy
from tocsin.acts.house import House
from tocsin.acts.procedures import deeds
from tocsin.core import facts as f
from tocsin.core.deploys.deploy import deploy_of
from tocsin.core.deploys.judging import ABILITY
from tocsin.core.procedures.declared import Declared, Target
from tocsin.core.procedures.hands import JSON, Done, Failed, Seen, Step
from tocsin.core.work import Later, Refused
from tocsin.engine.judging import Judging
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.errors import Conflict, Invalid, NotFound

GOOD, BAD = "a" * 40, "b" * 40
SITE = Target("site", "site", repository="acme/deploy", branch="release", migrations=("migrations/**",))
COMMITS: JSON = [{"sha": BAD, "subject": "Faster sign-in", "author": "Bob"}]


@dataclass
class Repositories:
    """Stands for the git hand: what its next looks see, the last again and again."""

    sees: list[Seen | Later | Refused] = field(default_factory=list)
    asked: list[Mapping[str, JSON]] = field(default_factory=list)
    name: str = "git"

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen | Later | Refused:
        self.asked.append(inputs)
        return self.sees.pop(0) if len(self.sees) > 1 else self.sees[0]

    async def do(self, step: Step, context: object) -> Done | Later | Failed | Refused:
        raise AssertionError("a verdict does nothing outside")

    async def aclose(self) -> None: ...


@pytest.fixture
def repositories(house: House) -> Repositories:
    hand = Repositories([Seen({"ancestor": True, "commits": COMMITS, "in_all": 1})])
    house.declared, house.hands = Declared((SITE,)), {"git": hand}
    house.abilities |= {ABILITY}
    return hand


@pytest.fixture
def engine(house: House, mailbox: Mailbox, repositories: Repositories) -> Engine:
    links = [mailbox.under(name) for name in ("slack", "x", "email", "github")]
    engine = Engine(house, Reaches([Judging(house), *links]))
    house.wake = engine.wake
    return engine


async def tell(walk: Walk, version: str, commit: str, ago: timedelta, status: str = "succeeded") -> None:
    now = walk.clock.now()
    await record_deploy(
        walk.house,
        deploy_of(
            id=version,
            service="site",
            at=now - ago,
            now=now,
            version=version,
            commit=commit,
            repository="acme/deploy",
            status=status,
        ),
    )


async def verdicts(walk: Walk) -> list[f.RevertibilityJudged]:
    await walk.engine.run_due()
    return [x.what for x in (await walk.incident()).facts if isinstance(x.what, f.RevertibilityJudged)]


async def test_the_verdict_is_there_when_the_incident_opens(walk: Walk, repositories: Repositories) -> None:
    await tell(walk, "v7", GOOD, timedelta(hours=26))
    await tell(walk, "v8", BAD, 4 * MINUTE)

    await walk.begin()

    (judged,) = await verdicts(walk)
    assert (judged.verdict, judged.good, judged.suspect, judged.in_all) == ("safe", "v7", "v8", 1)
    (said,) = [one.text for one in walk.mailbox.sent if "can be rolled back" in one.text]
    assert "*site can be rolled back* to v7" in said
    assert (repositories.asked[0]["good"], repositories.asked[0]["live"]) == (GOOD, BAD)


async def test_of_a_service_that_was_not_deployed_lately_the_thread_hears_nothing(walk: Walk) -> None:
    await tell(walk, "v7", GOOD, timedelta(days=9))
    await tell(walk, "v8", BAD, timedelta(days=3))

    await walk.begin()

    assert len(await verdicts(walk)) == 1
    assert not [one for one in walk.mailbox.sent if "rolled back" in one.text and "v7" in one.text]


async def test_a_deploy_that_becomes_known_later_is_judged_and_the_same_verdict_is_told_once(
    walk: Walk,
) -> None:
    await tell(walk, "v7", GOOD, timedelta(hours=26))
    await walk.begin()
    first = await verdicts(walk)

    await tell(walk, "v8", BAD, 4 * MINUTE)
    await tell(walk, "v8", BAD, 4 * MINUTE)

    assert [one.verdict for one in first] == ["not-revertible"]
    assert [one.good for one in await verdicts(walk)] == ["", "v7"]


async def test_a_repository_that_can_not_be_reached_is_said_and_looked_at_again(
    walk: Walk, repositories: Repositories
) -> None:
    repositories.sees.insert(0, Later("GitHub can't be reached"))
    await tell(walk, "v7", GOOD, timedelta(hours=26))
    await tell(walk, "v8", BAD, 4 * MINUTE)
    await walk.begin()

    assert [one.verdict for one in await verdicts(walk)] == ["unknown"]
    walk.clock.advance(timedelta(seconds=10))
    assert [one.verdict for one in await verdicts(walk)] == ["unknown", "safe"]


async def test_whoever_asks_again_does_not_wait_for_a_look_that_failed(
    walk: Walk, repositories: Repositories
) -> None:
    repositories.sees[:0] = [Later("GitHub can't be reached", timedelta(hours=1))]
    await tell(walk, "v7", GOOD, timedelta(hours=26))
    await tell(walk, "v8", BAD, 4 * MINUTE)
    await walk.begin()
    before = [one.verdict for one in await verdicts(walk)]

    await judging.ask_verdict(walk.house, ALICE, walk.ref)

    assert before == ["unknown"]
    assert [one.verdict for one in await verdicts(walk)] == ["unknown", "safe"]


async def test_a_deploy_that_was_rolled_back_is_not_gone_back_to_later(walk: Walk) -> None:
    await tell(walk, "v7", GOOD, timedelta(hours=26))
    await tell(walk, "v8", BAD, 4 * MINUTE)
    await walk.begin()
    await walk.owned()
    await walk.engine.run_due()
    said = len([one for one in walk.mailbox.sent if "be rolled back" in one.text])

    await incidents.answer_rollback(walk.house, BOB, walk.ref, rolled_back=True, text="to v7")

    await walk.engine.run_due()
    assert [row.deploy.status for row in await deploys(walk.house, "site")] == ["rolled-back", "succeeded"]
    assert len([one for one in walk.mailbox.sent if "be rolled back" in one.text]) == said == 1


async def test_while_it_is_rolled_back_the_deploy_of_that_is_no_news_in_the_thread(
    walk: Walk, repositories: Repositories
) -> None:
    hand = FakeHand(answers={"watch": [Later("the pipeline runs", timedelta(hours=1))]})
    walk.house.hands = {"git": repositories, "fake": hand}
    walk.house.procedures = {"roll-back": FakeProcedure()}
    await tell(walk, "v7", GOOD, timedelta(hours=26))
    await tell(walk, "v8", BAD, 4 * MINUTE)
    await walk.begin()
    await walk.owned()
    await walk.engine.run_due()
    await deeds.plan(walk.house, ALICE, walk.ref, "roll-back", "site", reason="it fails")
    await walk.engine.run_due()
    await deeds.approve(walk.house, ALICE, walk.ref, "P1", runs=True)
    await walk.engine.run_due()

    walk.clock.advance(2 * MINUTE)
    await tell(walk, "v9", "c" * 40, timedelta(0))

    assert "v9 went out since it began: it is taken back too" in (await verdicts(walk))[-1].warnings
    assert len([one for one in walk.mailbox.sent if "can be rolled back" in one.text]) == 1


async def test_a_dirty_schema_and_the_age_of_the_backup_are_asked_of_the_database(
    walk: Walk, repositories: Repositories
) -> None:
    backup = walk.clock.now() - timedelta(hours=2)
    schema = Repositories([Seen({"dirty": True, "backup_at": backup.isoformat()})], name="schema")
    walk.house.hands = {"git": repositories, "schema": schema}
    walk.house.declared = Declared((replace(SITE, database="site"),))
    await tell(walk, "v7", GOOD, timedelta(hours=26))
    await tell(walk, "v8", BAD, 4 * MINUTE)

    await walk.begin()

    (judged,) = await verdicts(walk)
    assert (judged.verdict, schema.asked) == ("after-schema", [{"database": "site"}])
    assert "more than 1 h old" in judged.warnings[0]


async def test_an_earlier_first_symptom_that_somebody_knows_of_is_judged_by(walk: Walk) -> None:
    await tell(walk, "v6", "c" * 40, timedelta(hours=90))
    await tell(walk, "v7", GOOD, timedelta(hours=26))
    await tell(walk, "v8", BAD, 20 * MINUTE)
    await walk.begin()

    await judging.ask_verdict(walk.house, ALICE, walk.ref, walk.clock.now() - timedelta(hours=1))

    assert [one.suspect for one in await verdicts(walk)][-1] == "v7"


async def test_a_verdict_on_what_is_still_to_come_is_refused(walk: Walk) -> None:
    await walk.begin()

    with pytest.raises(Invalid, match="still to come"):
        await judging.ask_verdict(walk.house, ALICE, walk.ref, walk.clock.now() + timedelta(hours=1))


async def test_a_verdict_where_no_target_is_declared_is_refused(walk: Walk) -> None:
    walk.house.declared = Declared()
    await walk.begin()

    with pytest.raises(Conflict, match="No target is declared"):
        await judging.ask_verdict(walk.house, ALICE, walk.ref)


async def test_a_verdict_in_an_incident_that_there_is_not_is_refused(walk: Walk) -> None:
    with pytest.raises(NotFound):
        await judging.ask_verdict(walk.house, ALICE, "INC-99")
