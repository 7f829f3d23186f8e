"""Everything that can't be, about on-call, is told by name: by the API, by a command, and by a file, in the same words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tocsin.acts import access
from tocsin.acts.house import House

Run = Callable[..., Awaitable[Any]]
SCHEDULE = """schedule: new
zone: Europe/Berlin
layers:
  - name: base
    rotations:
      - id: weekly
        first_handoff: 2026-03-02 09:00
        every: 1 week
        participants: [alice, bob]
"""
CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + b"BEGIN:VEVENT\r\nDTSTART:2026\r\n" * 380_000


def plan(zone: str = "Europe/Berlin", every: Any = "1 week", **more: Any) -> dict[str, Any]:
    turns = {
        "id": "weekly",
        "first_handoff": "2026-03-02 09:00",
        "every": every,
        "participants": ["alice", "bob"],
    }
    return {"zone": zone, "layers": [{"name": "base", "rotations": [{**turns, **more}]}]}


@dataclass(frozen=True)
class Place:
    """Where wrong things are sent: the API as an admin, the program, and a folder of files."""

    api: httpx2.AsyncClient
    run: Run
    folder: Path

    async def by_api(self, method: str, path: str, body: Any) -> str:
        sent = (
            {"content": body, "headers": {"Content-Type": "text/calendar"}}
            if isinstance(body, bytes)
            else {"json": body}
        )
        answer = await self.api.request(method, path, **sent)
        assert answer.status_code in (409, 422), answer.text
        return str(answer.json()["message"])

    async def by_command(self, *words: str) -> str:
        ended = await self.run(*words)
        assert ended.code in (1, 2), ended.out
        return str(ended.err)

    async def by_file(self, text: str) -> str:
        """Reviewed without a server first: where that takes it, the server has to say what is wrong."""
        (self.folder / "schedules").mkdir(exist_ok=True)
        file = self.folder / "schedules/new.yaml"
        file.write_text(text)
        ended = await self.run("apply", str(self.folder), "--yes")
        assert ended.code == 2, ended.out
        assert ended.err.startswith(f"{file}"), ended.err
        return str(ended.err)


@pytest.fixture
async def place(house: House, url: str, run: Run, tmp_path: Path) -> Any:
    key = await access.create_key(house, "admin", person="alice", rights=["respond"])
    robot = await access.create_key(house, "robot", rights=["admin"])

    async def program(*words: str) -> Any:
        return await run(*words, TOCSIN_URL=url, TOCSIN_API_KEY=robot)

    headers = {"Authorization": f"Bearer {robot}"}
    async with httpx2.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=60) as client:
        yield Place(client, program, tmp_path)
    assert key


@pytest.mark.parametrize(
    ("wrong", "every", "zone", "says"),
    [
        ("an unknown zone", "1 week", "Mars/Olympus", "zone is 'Mars/Olympus', no time zone; write one such as Europe/Berlin"),
        ("a turn of no weeks", "0 weeks", "UTC", "every is '0 weeks': a turn would never end"),
        ("a turn of no days", [], "UTC", "every names no day: a turn would never end"),
        ("a turn of ages", "9999 months", "UTC", "every is '9999 months': at most 24 months"),
    ],
)  # fmt: skip
async def test_a_plan_that_can_not_be(place: Place, wrong: str, every: Any, zone: str, says: str) -> None:
    text = SCHEDULE.replace("Europe/Berlin", zone).replace("1 week", str(every))

    by_api = await place.by_api("PUT", "/schedules/new", {"plan": plan(zone, every)})
    by_file = await place.by_file(text)
    by_command = await place.by_command(
        "oncall", "schedule", "save", str(place.folder / "schedules/new.yaml")
    )
    alone = await place.by_command("oncall", "shifts", str(place.folder / "schedules/new.yaml"))

    assert [says in told for told in (by_api, by_file, by_command, alone)] == [True] * 4, wrong


async def test_versions_that_would_overlap(place: Place) -> None:
    says = "Version 2 of new is to hold from 2026-03-09 09:00 UTC on"
    first = {"plan": plan(), "since": "2026-03-02T09:00:00Z"}
    assert (await place.api.put("/schedules/new", json=first)).status_code == 200
    later = {"plan": plan(every="2 weeks"), "since": "2026-03-09T09:00:00Z", "expected_version": 1}
    assert (await place.api.put("/schedules/new", json=later)).status_code == 200

    by_api = await place.by_api(
        "PUT", "/schedules/new", {"plan": plan(every="3 weeks"), "expected_version": 2}
    )
    by_file = await place.by_file(SCHEDULE.replace("1 week", "3 weeks"))
    by_command = await place.by_command(
        "oncall", "schedule", "save", str(place.folder / "schedules/new.yaml")
    )

    assert [says in told for told in (by_api, by_file, by_command)] == [True] * 3


async def test_a_broken_calendar_of_ten_megabytes(place: Place) -> None:
    file = place.folder / "broken.ics"
    file.write_bytes(CALENDAR)
    says = "The calendar has 10.6 MB; at most 2 MB are taken: export a shorter window"

    by_api = await place.by_api("PUT", "/calendars/odd", CALENDAR)
    by_command = await place.by_command("oncall", "calendar", "import", "odd", str(file))
    (place.folder / "calendars.yaml").write_bytes(CALENDAR)
    by_file = await place.by_command("apply", str(place.folder))

    assert [says in told for told in (by_api, by_command)] == [True] * 2, by_command
    assert "calendars.yaml has 10.6 MB, and at most 1 MB are taken" in by_file


async def test_a_broken_calendar_that_is_small_enough_to_be_read(place: Place) -> None:
    file = place.folder / "broken.ics"
    file.write_bytes(CALENDAR[:100_000])

    by_api = await place.by_api("PUT", "/calendars/odd", CALENDAR[:100_000])
    by_command = await place.by_command("oncall", "calendar", "import", "odd", str(file))

    assert ["The calendar" in told and "can't be read" in told for told in (by_api, by_command)] == [
        True
    ] * 2, by_api


async def test_what_ends_before_it_begins(place: Place) -> None:
    span = {"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T08:00:00Z"}
    says = "It ends (2026-03-03 08:00) before it begins (2026-03-03 09:00)"
    typed = ("--from", "2026-03-03T09:00Z", "--to", "2026-03-03T08:00Z")

    told = [
        await place.by_api(
            "POST", "/schedules/ops/overrides", {"change": "take", "people": ["alice"], **span}
        ),
        await place.by_api("POST", "/absences", {"person": "alice", **span}),
        await place.by_api("POST", "/cover-requests", {"schedule": "ops", "person": "bob", **span}),
        await place.by_command("oncall", "override", "add", "ops", "take", "alice", *typed),
        await place.by_command(
            "oncall", "absence", "add", "--person", "alice", *typed[:2], "--back", typed[3]
        ),
    ]
    by_file = await place.by_file(
        SCHEDULE.replace("        every:", "        until: 2026-03-01 09:00\n        every:")
    )

    assert [says in one for one in told] == [True] * 5, told
    assert "until is not after first_handoff: nobody would ever be on call" in by_file
