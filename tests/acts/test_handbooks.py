"""The handbook over time: which one is in force, who brought it, how well it is kept, and what another would have made of it."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from doubles import EVERYTHING, Mailbox
from tocsin.acts import handbooks, incidents, looks
from tocsin.acts.building import handbook_text, make_house
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.facts import TOCSIN
from tocsin.core.handbook_text import read_handbook
from tocsin.core.score import Kept
from tocsin.core.toml_reader import BadHandbook
from tocsin.engine.loop import Engine
from tocsin.errors import Conflict, Invalid, NotFound
from tocsin.store import handbooks as rows
from tocsin.store.migrate import MIGRATIONS
from walks.walk_steps import ALICE, JANE, MINUTE, Walk, engine_of, letter, tweet

SHIPPED = handbook_text(None)
PATIENT = SHIPPED.replace('within = "10m"', 'within = "2h"')
SHIPPED_HASH = read_handbook(SHIPPED).hash


def edited(version: str) -> str:
    return SHIPPED.replace('version = "1"', f'version = "{version}"', 1)


@pytest.fixture
async def other(pool: asyncpg.Pool, house: House, clock: HandClock) -> House:
    """Another node on the same database."""
    return await make_house(pool, clock, abilities=EVERYTHING)


async def in_force_for_a_new_incident(house: House, n: int = 1) -> str:
    ref = (await incidents.declare(house, JANE, tweet(n=f"new{n}"))).ref
    return (await looks.case(house, ref, TOCSIN)).handbook.version


async def test_the_shipped_handbook_is_in_force_until_somebody_saves_one(house: House) -> None:
    found = await handbooks.history(house)

    assert [(one.origin, one.author, one.hash) for one in found.versions] == [
        ("shipped", "tocsin", SHIPPED_HASH)
    ]
    assert found.in_force == found.versions[0].number
    assert await handbooks.text_in_force(house) == SHIPPED


async def test_a_saved_handbook_is_for_new_incidents_and_open_ones_keep_theirs(
    house: House, clock: HandClock
) -> None:
    old = (await incidents.declare(house, JANE, tweet())).ref
    clock.advance(MINUTE)

    saved = await handbooks.new_version(house, edited("2"), "alice", "updates were too rare")

    assert await in_force_for_a_new_incident(house) == "2"
    assert (await looks.case(house, old, TOCSIN)).handbook.version == "1"
    found = await handbooks.history(house)
    first = found.versions[0]
    assert (first.author, first.reason, first.in_force_since) == (
        "alice",
        "updates were too rare",
        clock.now(),
    )
    assert [(one.version, one.open_incidents) for one in found.versions] == [("2", 1), ("1", 1)]
    assert found.in_force == first.number == saved.number


async def test_an_incident_that_keeps_an_older_handbook_goes_on_under_it(house: House) -> None:
    old = (await incidents.declare(house, JANE, tweet())).ref
    await handbooks.new_version(house, edited("2").replace('"10m"', '"11m"'), "alice", "slower")

    incident = await incidents.own(house, ALICE, old)

    assert incident.handbook == SHIPPED_HASH


async def test_another_node_comes_to_it_with_its_next_incident(house: House, other: House) -> None:
    await handbooks.new_version(house, edited("2"), "alice", "why")

    assert other.handbook.version == "1"
    assert await in_force_for_a_new_incident(other) == "2"
    assert other.handbook.version == "2"


async def test_another_node_comes_to_it_within_seconds_when_nothing_happens(
    house: House, other: House, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The engine's real pause: a test has no three seconds to wait.
    monkeypatch.setattr("tocsin.engine.loop.SWEEP_SECONDS", 0.02)
    engine = engine_of(other, mailbox)
    running = asyncio.create_task(engine.run())
    await handbooks.new_version(house, edited("2"), "alice", "why")

    try:
        async with asyncio.timeout(10):
            while other.handbook.version != "2":
                await asyncio.sleep(0.02)
    finally:
        engine.stop()
        await running


async def test_a_node_that_starts_later_takes_the_newest(
    house: House, pool: asyncpg.Pool, clock: HandClock
) -> None:
    await handbooks.new_version(house, edited("2"), "alice", "why")
    await handbooks.new_version(house, edited("3"), "bob", "why not")

    later = await make_house(pool, clock)

    assert later.handbook.version == "3"
    assert (await handbooks.history(later)).in_force == later.handbook_number


async def test_an_earlier_text_comes_into_force_again_as_a_version_of_its_own(house: House) -> None:
    for version, author in (("2", "alice"), ("3", "bob"), ("2", "carol")):
        await handbooks.new_version(house, edited(version), author, f"by {author}")

    found = await handbooks.history(house)

    assert [(one.version, one.author) for one in found.versions] == [
        ("2", "carol"),
        ("3", "bob"),
        ("2", "alice"),
        ("1", "tocsin"),
    ]
    assert house.handbook.version == "2"
    assert found.in_force == found.versions[0].number


async def test_a_file_rules_over_what_is_saved_and_is_remembered_once(
    house: House, pool: asyncpg.Pool, clock: HandClock, tmp_path: Path
) -> None:
    await handbooks.new_version(house, edited("2"), "alice", "why")
    (tmp_path / "mine.toml").write_text(edited("9"), "utf-8")

    ruled = await make_house(pool, clock, handbook=tmp_path / "mine.toml")
    await make_house(pool, clock, handbook=tmp_path / "mine.toml")
    await handbooks.new_version(house, edited("3"), "alice", "why")

    assert await in_force_for_a_new_incident(ruled) == "9"
    assert await in_force_for_a_new_incident(house, 2) == "3"
    found = await handbooks.history(ruled)
    assert [(one.origin, one.author) for one in found.versions if one.version == "9"] == [("file", "file")]
    assert next(one for one in found.versions if one.number == found.in_force).version == "9"


async def test_where_a_file_rules_saving_is_refused(
    pool: asyncpg.Pool, clock: HandClock, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(edited("9"), "utf-8")
    ruled = await make_house(pool, clock, handbook=tmp_path / "mine.toml")

    with pytest.raises(Conflict, match="TOCSIN_HANDBOOK"):
        await handbooks.new_version(ruled, edited("2"), "alice", "why")


@pytest.mark.parametrize(
    ("text", "reason", "error", "field"),
    [
        (edited("2"), "  ", Invalid, "reason"),
        (SHIPPED, "why", Conflict, "text"),
        ("not = toml =", "why", BadHandbook, "text"),
        ('[handbook]\nname = "x"', "why", BadHandbook, "text"),
        (edited("\ud800"), "why", Invalid, "text"),
        (edited("2\0"), "why", BadHandbook, "text"),
        ("", "why", BadHandbook, "text"),
    ],
    ids=[
        "no reason",
        "nothing differs",
        "no TOML",
        "parts are missing",
        "a lone surrogate",
        "a NUL",
        "nothing",
    ],
)
async def test_what_can_not_be_saved_is_refused_by_name_and_changes_nothing(
    house: House, text: str, reason: str, error: type[Invalid], field: str
) -> None:
    with pytest.raises(error) as refused:
        await handbooks.new_version(house, text, "alice", reason)

    assert refused.value.field == field
    assert (house.handbook.hash, len((await handbooks.history(house)).versions)) == (SHIPPED_HASH, 1)


async def test_of_two_who_save_the_same_at_once_one_is_told(house: House, other: House) -> None:
    ended = await asyncio.gather(
        handbooks.new_version(house, edited("2"), "alice", "why"),
        handbooks.new_version(other, edited("2"), "bob", "why"),
        return_exceptions=True,
    )

    assert [type(one) for one in ended].count(Conflict) == 1
    assert (house.handbook.version, other.handbook.version) == ("2", "2")


async def test_a_saved_handbook_that_this_release_can_not_read_stops_nobody(
    house: House, pool: asyncpg.Pool, clock: HandClock
) -> None:
    await handbooks.new_version(house, edited("2"), "alice", "why")
    await pool.execute("UPDATE handbooks SET text = text || '\n[new_table]\n' WHERE version = '2'")
    await pool.execute("INSERT INTO handbook_versions (handbook_hash, origin, author, reason, in_force_since)"
                       " SELECT hash, 'saved', 'dora', 'newer', now() FROM handbooks WHERE version = '2'")  # fmt: skip

    later = await make_house(pool, clock)

    assert later.handbook.version == "1"
    assert await in_force_for_a_new_incident(later) == "1"
    assert await in_force_for_a_new_incident(house, 2) == "2"
    await handbooks.new_version(later, edited("3"), "alice", "one that all can read")
    assert await in_force_for_a_new_incident(house, 3) == "3"


async def test_the_text_of_any_version_can_be_had(house: House) -> None:
    saved = await handbooks.new_version(house, edited("2"), "alice", "why")

    assert await handbooks.text_of_version(house, saved.number) == edited("2")
    for number in (0, -1, 99, 2**80):
        with pytest.raises(NotFound):
            await handbooks.text_of_version(house, number)


async def test_a_declaration_under_the_newest_handbook_asks_for_nothing_more(
    house: House, pool: asyncpg.Pool
) -> None:
    """The number of the handbook comes along with those of the incident and the report."""
    asked: list[str] = []
    async with pool.acquire() as conn:
        number = await rows.saved_number(conn)
        conn.add_query_logger(lambda query: asked.append(query.query))
        await handbooks.keep_up(house, conn, number)

    assert asked == []


async def test_the_migration_keeps_what_is_there_and_older_code_still_writes(dsn: str) -> None:
    conn = await asyncpg.connect(dsn)
    await conn.execute("DROP TABLE handbook_versions; DROP INDEX duties_fell_due; TRUNCATE handbooks CASCADE")
    old = "INSERT INTO handbooks (hash, name, version, text, added_at) VALUES ($1, 'mine', '1', 't', $2)"
    await conn.execute(old, "h1", datetime(2026, 1, 1, tzinfo=UTC))

    await conn.execute((MIGRATIONS / "0002_handbook_versions.sql").read_text("utf-8"))
    await conn.execute(old, "h2", datetime(2026, 1, 2, tzinfo=UTC))

    assert [(one.hash, one.origin, one.in_force_since.day) for one in await rows.versions(conn)] == [
        ("h1", "earlier", 1)
    ]
    await conn.close()


# --- the score and the trial ------------------------------------------------------------------------------------------------


@pytest.fixture
async def several(house: House, engine: Engine, clock: HandClock, mailbox: Mailbox) -> list[str]:
    """Three incidents an hour apart: one led well, one owned after 25 minutes, one that nobody looks at."""
    well = await Walk(house, engine, clock, mailbox).begin(tweet(n="1"))
    await well.steered()
    await well.wait(5)
    await well.resolved()
    await well.wait(55)
    slow = await Walk(house, engine, clock, mailbox).begin(tweet(n="2"))
    await slow.wait(25)
    await slow.owned()
    await slow.wait(35)
    silent = await Walk(house, engine, clock, mailbox).begin(letter())
    await silent.wait(60)
    return [well.ref, slow.ref, silent.ref]


async def test_the_score_of_the_store_agrees_with_its_ledgers(house: House, several: list[str]) -> None:
    found = await handbooks.score(house, viewer=TOCSIN)

    ledgers = [(await looks.case(house, ref, TOCSIN)).ledger for ref in several]
    due = [duty for duty in itertools.chain(*ledgers) if duty.due_at < house.clock.now()]
    assert (found.incidents, found.total.kept.due) == (3, len(due))
    assert found.total.kept.met == sum(duty.state == "met" for duty in due)
    assert found.total.kept.late == sum(duty.state == "late" for duty in due) > 0
    assert {team.name for team in found.teams} == {"ops_team"}
    assert found.total.silence is not None
    assert found.total.silence.ref == several[1]


@pytest.mark.parametrize("chunk", [1, 2, 3])
async def test_it_does_not_matter_how_many_incidents_are_read_at_once(
    house: House, several: list[str], monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    whole = (
        await handbooks.score(house, viewer=TOCSIN),
        await handbooks.try_file(house, edited("2"), viewer=TOCSIN),
    )
    # A test can't make as many incidents as are read at once.
    monkeypatch.setattr(handbooks, "CHUNK", chunk)

    assert (
        await handbooks.score(house, viewer=TOCSIN),
        await handbooks.try_file(house, edited("2"), viewer=TOCSIN),
    ) == whole


async def test_a_window_takes_only_what_fell_into_it(
    house: House, several: list[str], clock: HandClock
) -> None:
    now = clock.now()

    first = await handbooks.score(house, now - timedelta(hours=3), now - timedelta(hours=2), viewer=TOCSIN)
    rest = await handbooks.score(house, now - timedelta(hours=2), now, viewer=TOCSIN)
    whole = await handbooks.score(house, now - timedelta(hours=3), now, viewer=TOCSIN)

    assert first.total.kept.due + rest.total.kept.due == whole.total.kept.due
    assert first.total.waits.reports + rest.total.waits.reports == whole.total.waits.reports == 3
    assert (
        await handbooks.score(house, now - timedelta(days=9), now - timedelta(days=8), viewer=TOCSIN)
    ).incidents == 0


async def test_a_report_that_was_split_off_has_waited_since_it_came(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox
) -> None:
    walk = await Walk(house, engine, clock, mailbox).begin(tweet(n="1"))
    joined = await incidents.declare(house, JANE, tweet("search is down", n="2"), joins=walk.ref)
    clock.advance(7 * MINUTE)
    apart = await incidents.split(house, ALICE, walk.ref, joined.report)
    await engine.run_due()

    found = await handbooks.score(house, end=clock.now() + MINUTE, viewer=TOCSIN)

    assert apart.ref != walk.ref
    assert found.total.waits.reports == 2
    assert found.total.waits.worst == 7 * MINUTE


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC), "start"),
        (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC), "start"),
        (datetime(1, 1, 1, tzinfo=UTC), None, "start"),
        (None, datetime(9999, 12, 31, tzinfo=UTC), "end"),
    ],
)
async def test_a_window_that_can_not_be_is_refused_by_name(
    house: House, start: datetime | None, end: datetime | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await handbooks.score(house, start, end, viewer=TOCSIN)

    assert refused.value.field == field


async def test_a_trial_tells_what_a_more_patient_handbook_would_have_made_of_the_store(
    house: House, several: list[str]
) -> None:
    same = await handbooks.try_file(house, edited("2"), viewer=TOCSIN)
    patient = await handbooks.try_file(house, PATIENT, viewer=TOCSIN)

    assert (same.incidents, same.changed, same.was) == (3, (), same.would)
    assert patient.would["late"] + patient.would["overdue"] < patient.was["late"] + patient.was["overdue"]
    assert house.handbook.hash == SHIPPED_HASH


async def test_a_trial_takes_only_incidents_since_then(
    house: House, several: list[str], clock: HandClock
) -> None:
    assert (
        await handbooks.try_file(house, edited("2"), since=clock.now() - 90 * MINUTE, viewer=TOCSIN)
    ).incidents == 1


async def test_a_trial_of_a_bad_handbook_names_every_problem(house: House) -> None:
    with pytest.raises(BadHandbook) as refused:
        await handbooks.try_file(house, '[handbook]\ncolour = "red"', viewer=TOCSIN)

    assert refused.value.field == "text"
    assert len(refused.value.problems) > 3


async def test_the_counts_from_the_rows_agree_with_the_score(house: House, several: list[str]) -> None:
    counts = await handbooks.duty_counts(house)

    found = await handbooks.score(house, viewer=TOCSIN)
    by_rule: dict[str, dict[str, int]] = {}
    for count in counts:
        by_rule.setdefault(count.rule, {})[count.outcome] = count.many
    assert {duty.rule: {name: many for name in ("met", "late", "missed", "waived", "overdue") if (many := getattr(duty.kept, name))}
            for duty in found.duties} == by_rule  # fmt: skip
    assert sum(count.many for count in counts) == found.total.kept.due
    assert found.total.kept != Kept()


async def test_a_private_incident_counts_only_for_its_members(house: House, clock: HandClock) -> None:
    open_to_all = await incidents.declare(house, ALICE, tweet())
    private = await incidents.declare(house, ALICE, letter(), kind="security")
    clock.advance(30 * MINUTE)

    told = {
        who: (
            (await handbooks.score(house, viewer=who)).incidents,
            [one.ref for one in (await handbooks.try_file(house, PATIENT, viewer=who)).changed],
        )
        for who in ("alice", "carol", "", TOCSIN)
    }

    both = (2, [private.ref, open_to_all.ref])
    assert told == {"alice": both, "carol": (1, [open_to_all.ref]), "": (1, [open_to_all.ref]), TOCSIN: both}
    assert {count.many for count in await handbooks.duty_counts(house)} == {1}
    assert [one.open_incidents for one in (await handbooks.history(house)).versions] == [1]
