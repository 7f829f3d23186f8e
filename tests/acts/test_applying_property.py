"""Whatever the schedules: exported, applied in an empty house and exported again they are the same bytes and the same shifts."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.acts.configuration.applying import apply
from tocsin.acts.configuration.documents import Documents, configuration
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.oncall.by import OPERATOR
from tocsin.clock import HandClock
from tocsin.doors.cli.folder import read_folder, write_folder

FIRST = datetime(2026, 2, 2, 9, 0)  # noqa: DTZ001 - local wall clock
PEOPLE = ("alice", "bob", "carol", "nobody", "team:ops_team")
one_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
every = st.one_of(
    st.builds("{} {}".format, st.integers(1, 24), st.sampled_from(["hours", "days", "weeks", "months"])),
    st.lists(st.sampled_from(["tue", "thu", "sat"]), max_size=3, unique=True).map(
        lambda days: ["mon", *days]
    ),
)
slot = st.one_of(
    st.sampled_from(PEOPLE), st.lists(st.sampled_from(PEOPLE), min_size=2, max_size=3, unique=True)
)
restrict = st.lists(
    st.sampled_from(["09:00-17:00", "Mon-Fri 21:00-06:00", "Fri 17:00 - Mon 09:00"]), max_size=2
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    layers = []
    for n in range(draw(st.integers(0, 3))):
        rotations = []
        for m in range(draw(st.integers(0, 2))):
            people = draw(st.lists(slot, min_size=1, max_size=4))
            first = FIRST - draw(st.integers(0, 8)) * timedelta(days=7)
            rotation = {
                "id": f"r{n}-{m}",
                "first_handoff": f"{first:%Y-%m-%d %H:%M}",
                "every": draw(every),
                "participants": people,
                "restrict": draw(restrict),
                "offset": draw(st.integers(0, len(people) - 1)),
            }
            if draw(st.booleans()):
                rotation["until"] = "2026-04-01 12:30:30"
            rotations.append(rotation)
        layers.append({"name": f"{n} {draw(one_text)}".strip(), "rotations": rotations})
    head = draw(
        st.fixed_dictionaries(
            {}, optional={"name": one_text, "team": st.just("ops_team"), "slack_channel": one_text}
        )
    )
    zone = draw(st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"]))
    return {**head, "zone": zone, "layers": layers}


async def emptied(house: House, pool: asyncpg.Pool) -> None:
    await pool.execute("TRUNCATE schedules, schedule_versions CASCADE")
    await pool.execute("UPDATE roster_version SET version = version + 1")
    house.directory = None


async def exported(house: House, folder: Path) -> dict[str, bytes]:
    _, found = await configuration(house, OPERATOR)
    write_folder(
        folder,
        {
            "people": found.people,
            "teams": found.teams,
            "calendars": found.calendars,
            "schedules": found.schedules,
        },
    )
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.yaml")}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(documents(), min_size=1, max_size=2), st.integers(0, 60))
async def test_files_are_the_same_bytes_and_shifts_after_a_way_through_an_empty_house(
    house: House, pool: asyncpg.Pool, clock: HandClock, docs: list[dict[str, Any]], days: int
) -> None:
    now = clock.now()
    await emptied(house, pool)
    await apply(house, OPERATOR, Documents(schedules={f"s{n}": doc for n, doc in enumerate(docs)}))
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        first = await exported(house, Path(one))
        window = now + timedelta(days=days), now + timedelta(days=days + 40)
        shifts = [await looks.shifts(house, f"s{n}", *window) for n in range(len(docs))]
        unchanged = await apply(house, OPERATOR, as_documents(Path(one)))
        await emptied(house, pool)

        await apply(house, OPERATOR, as_documents(Path(one)))

        assert unchanged.changes == ()
        assert await exported(house, Path(other)) == first
        assert [await looks.shifts(house, f"s{n}", *window) for n in range(len(docs))] == shifts


def as_documents(folder: Path) -> Documents:
    body = read_folder(folder).body
    return Documents(body["people"], body["teams"], body["calendars"], body["schedules"])
