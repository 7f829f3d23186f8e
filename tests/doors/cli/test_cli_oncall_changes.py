"""Who is on call, changed from the command line: times by the person's clock, what it does is said first, a gap is asked about."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tocsin.acts import access, people
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.schedules import Head, save_schedule
from tocsin.acts.reading import Answer, CantRead

Run = Callable[..., Awaitable[Any]]
MARCH = (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


@pytest.fixture
async def alice(house: House, url: str, run: Run) -> Run:
    """Alice, who lives in Berlin, where it is Monday 2 March, 10:00."""
    await people.save_person(house, "alice", name="Alice", email="alice@acme.example", zone="Europe/Berlin")
    return await hands(house, url, run, "alice")


async def hands(house: House, url: str, run: Run, person: str) -> Run:
    key = await access.create_key(house, f"{person}-2", person=person)

    async def theirs(*words: str, stdin: str = "") -> Any:
        return await run("oncall", *words, stdin=stdin, TOCSIN_URL=url, TOCSIN_API_KEY=key)

    return theirs


async def test_an_override_is_made_in_the_persons_time_listed_and_cancelled(alice: Run) -> None:
    made = await alice(
        "override", "add", "ops", "take", "--from", "tomorrow 9:00", "--for", "2h", "--reason", "a demo"
    )
    listed = await alice("override", "list", "ops")
    cancelled = await alice("override", "cancel", "1", "--json")
    again = await alice("override", "cancel", "1")

    assert made.out.splitlines() == [
        "Shifts that move (Europe/Berlin):",
        "  + alice: Tue 2026-03-03 09:00 to Tue 2026-03-03 11:00 in ops",
        "  - bob: Tue 2026-03-03 09:00 to Tue 2026-03-03 11:00 in ops",
        "Override 1: alice instead of anybody: a demo",
    ]
    assert "1   Tue 2026-03-03 09:00 to Tue 2026-03-03 11:00  alice" in listed.out
    assert (cancelled.code, json.loads(cancelled.out)["override"]["version"]) == (0, 2)
    assert (again.code, "has ended already" in again.err) == (1, True)


async def test_what_opens_a_gap_is_shown_and_asked_about(alice: Run, house: House) -> None:
    words = ("override", "add", "ops", "take", "nobody", "--for", "2h")

    no = await alice(*words, stdin="n\n")
    yes = await alice(*words, "--yes")

    assert (
        "NOBODY IS ON CALL THEN (Europe/Berlin):\n  ops: Mon 2026-03-02 10:00 to Mon 2026-03-02 12:00"
        in no.out
    )
    assert (no.code, no.err.endswith("Nothing was changed\n")) == (1, True)
    assert (yes.code, "Override 1: nobody instead of anybody" in yes.out) == (0, True)
    assert len((await looks.schedule(house, "ops"))[1].schedule.overrides) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "tomorrow 9:00", "--to", "tomorrow 8:00"), "It ends (2026-03-03 07:00) before it begins (2026-03-03 08:00)"),
        (("--from", "now"), "Say when it ends: --to 'fri 17:00', or --for 2h"),
        (("--for", "soon"), "'soon' is no span: write 90m, 2h or 1d"),
        (("--to", "someday"), "'someday' is no time: write now, 2h, 18:00"),
    ],
)  # fmt: skip
async def test_a_span_that_can_not_be_is_told_by_name(alice: Run, words: tuple[str, ...], says: str) -> None:
    ended = await alice("override", "add", "ops", "take", *words)

    assert (ended.code, says in ended.err) == (2, True), ended.err


async def test_absences_are_whole_days_or_times(alice: Run) -> None:
    days = await alice(
        "absence", "add", "--from", "2026-03-09", "--back", "2026-03-12", "--reason", "skiing", "--yes"
    )
    times = await alice("absence", "add", "--from", "tomorrow 9:00", "--back", "4h")
    listed = await alice("absence", "list", "--json")
    cancelled = await alice("absence", "cancel", "1")

    assert "Absence 1: alice, 2026-03-09, back 2026-03-12" in days.out
    assert "+ bob: Mon 2026-03-09 10:00 to Thu 2026-03-12 01:00 in ops" in days.out
    assert "Absence 2: alice, Tue 2026-03-03 09:00 to Tue 2026-03-03 13:00" in times.out
    assert [one["reason"] for one in json.loads(listed.out)["absences"]] == ["", "skiing"]
    assert "The absence 1 is over" in cancelled.out


async def test_cover_is_asked_for_taken_in_part_and_withdrawn(
    alice: Run, house: House, url: str, run: Run
) -> None:
    bob = await hands(house, url, run, "bob")

    asked = await bob(
        "cover", "ask", "ops", "--from", "2026-03-03 09:00", "--for", "4h", "--reason", "dentist"
    )
    taken = await alice("cover", "take", "1", "--to", "tomorrow 12:00")
    listed = await alice("cover", "list", "--person", "bob")
    withdrawn = await bob("cover", "withdraw", "1")

    assert "Request 1: alice can take Tue 2026-03-03 09:00 to Tue 2026-03-03 13:00 (UTC)." in asked.out
    assert (
        "You are on call in ops instead of bob, Tue 2026-03-03 10:00 to Tue 2026-03-03 12:00 (Europe/Berlin)"
        in taken.out
    )
    assert "taken by alice" in listed.out
    assert (withdrawn.code, "it stays bob's shift" in withdrawn.out) == (0, True)


async def test_shadows_hours_and_explanations(alice: Run) -> None:
    made = await alice("shadow", "add", "ops", "--of", "bob", "--for", "1d")
    listed = await alice("shadow", "list", "ops")
    ended = await alice("shadow", "cancel", "1")
    hours = await alice("hours", "--from", "2026-03-02 10:00", "--to", "2d")
    table = await alice("hours", "--from", "2026-03-02 10:00", "--to", "2d", "--csv")
    why = await alice("explain", "ops", "--at", "mon 10:00")

    assert "Shadow shift 1: alice, Mon 2026-03-02 10:00 to Tue 2026-03-03 10:00 (Europe/Berlin)" in made.out
    assert "alice  bob" in listed.out
    assert "The shadow shift 1 is over" in ended.out
    assert "bob     48.0   16.0" in hours.out
    assert table.out.startswith("person,")
    assert "Alice" in why.out


async def test_why_slack_does_not_show_who_is_on_call_is_said_beside_the_file(
    alice: Run, tmp_path: Path
) -> None:
    file = tmp_path / "ops.yaml"
    file.write_text((await alice("schedule", "show", "ops")).out + "slack_group: '@ops-oncall'\n")
    await alice("schedule", "save", str(file))
    shown = await alice("schedule", "show", "ops")

    assert "slack_group: '@ops-oncall'" in shown.out
    assert "Slack does not show" not in shown.out
    assert "Slack does not show who is on call: Slack is not connected" in shown.err


async def test_a_file_that_was_shown_before_somebody_else_saved_is_refused_and_says_who_was_first(
    alice: Run, house: House, tmp_path: Path
) -> None:
    file, theirs = tmp_path / "ops.yaml", tmp_path / "theirs.yaml"
    shown = (await alice("schedule", "show", "ops")).out
    file.write_text(shown.replace("- alice", "- carol"))
    theirs.write_text(shown.replace("every: 1 week", "every: 2 weeks") + "# mine\n")
    first = await alice("schedule", "save", str(theirs))
    stale = await alice("schedule", "save", str(file), "--yes")
    meant = await alice("schedule", "save", str(file), "--yes", "--expect", "2")
    file.write_text(file.read_text().replace("version: 3", "version: newest"))
    wrong = await alice("schedule", "save", str(file))
    theirs.write_text(theirs.read_text().replace("version: 2\n", ""))
    unversioned = await alice("schedule", "save", str(theirs), "--yes")

    assert "version: 1\n" in shown
    assert "at version 2" in first.out
    assert stale.code != 0
    assert "ops is at version 2, and you saw 1: alice changed the schedule ops" in stale.err
    assert "at version 3" in meant.out
    assert "ops.yaml:2: version is 'newest'" in wrong.err
    assert "at version 4" in unversioned.out
    assert "# mine" in theirs.read_text()


async def test_a_schedule_is_shown_edited_saved_and_deleted(alice: Run, tmp_path: Path) -> None:
    shown = await alice("schedule", "show", "ops")
    file = tmp_path / "ops.yaml"
    file.write_text(shown.out.replace("- alice", "- carol"))
    saved = await alice("schedule", "save", str(file))
    stale = await alice("schedule", "save", str(file), "--expect", "1")
    kept = file.read_text()
    same = await alice("schedule", "save", str(file))
    file.write_text(kept.replace("every: 1 week", "every: 0 weeks"))
    wrong = await alice("schedule", "save", str(file))
    history = await alice("schedule", "history", "ops")
    gaps = await alice("schedule", "gaps", "ops", "--fail")
    refused = await alice("schedule", "delete", "ops", stdin="n\n")
    deleted = await alice("schedule", "delete", "ops", "--yes")
    listed = await alice("schedule", "list")
    gone = await alice("schedule", "show", "ops")

    assert "ops was deleted at 2026-03-02T" in gone.err
    assert "+ carol: Mon 2026-03-09 10:00 to Mon 2026-03-16 10:00 in ops" in saved.out
    assert "ops is saved, at version 2." in saved.out
    assert (stale.code, "you saw 1: alice changed the schedule ops" in stale.err) == (1, True)
    assert same.out == "ops is as it was, at version 2.\n"
    assert (wrong.code, f"{file}:10: layers[0].rotations[0].every is '0 weeks'" in wrong.err) == (2, True)
    assert "alice changed the schedule ops (api)\n    moved: alice, carol" in history.out
    assert (gaps.code, gaps.out) == (0, "There is no gap.\n")
    assert (refused.code, "NOBODY IS ON CALL THEN" in refused.out) == (1, True)
    assert "ops is gone; its past stays." in deleted.out
    assert listed.out == "There is no schedule yet.\n"


async def test_a_calendar_is_imported_read_again_linked_and_forgotten(alice: Run, tmp_path: Path) -> None:
    file = tmp_path / "off.ics"
    file.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Feast\r\n"
        "DTSTART;VALUE=DATE:20260310\r\nDTEND;VALUE=DATE:20260311\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    words = ("calendar", "import", "off", str(file), "--kind", "days-off", "--who", "alice")

    made = await alice(*words)
    again = await alice(*words, "--json")
    listed = await alice("calendar", "list")
    link = await alice("calendar", "link", "person", "alice")
    unlinked = await alice("calendar", "unlink", "person", "alice")
    gone = await alice("calendar", "delete", "off")

    assert "+ bob: Tue 2026-03-10" in made.out
    assert "off has 1 events." in made.out
    assert json.loads(again.out)["calendar"]["version"] == 2
    assert "off       days-off  1" in listed.out
    assert link.out.strip().endswith(".ics")
    assert (unlinked.code, gone.out) == (0, "off is forgotten.\n")


async def test_a_calendar_that_is_not_there_is_not_deleted(alice: Run) -> None:
    gone = await alice("calendar", "delete", "nope")

    assert (gone.code, "There is no calendar nope" in gone.err) == (1, True)


async def test_a_calendar_that_would_open_a_gap_is_read_only_where_it_is_meant(
    house: House, alice: Run
) -> None:
    event = "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Alice\r\nDTSTART;VALUE=DATE:20260310\r\nDTEND;VALUE=DATE:20260312\r\nEND:VEVENT\r\n"
    said = [f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}END:VCALENDAR\r\n"]

    async def reads(url: str, etag: str, last_modified: str) -> Answer:
        return Answer(said[0].encode())

    house.read_address = reads
    await alice("calendar", "subscribe", "rota", "https://cal.example/rota.ics")
    plan = {"zone": "UTC", "layers": [{"name": "rota", "calendar": "rota"}]}
    await save_schedule(house, OPERATOR, "rota", plan, head=Head(team="ops_team"))
    said[0] = said[0].replace(event, event.replace("20260312", "20260311"))

    refused = await alice("calendar", "fetch", "rota")
    before = await looks.shifts(house, "rota", *MARCH)
    done = await alice("calendar", "fetch", "rota", "--yes")
    after = await looks.shifts(house, "rota", *MARCH)

    assert (refused.code, "NOBODY IS ON CALL THEN" in refused.out) == (1, True)
    assert [one.end.day for one in before] == [12]
    assert (done.code, [one.end.day for one in after]) == (0, [11])


async def test_a_calendar_is_read_from_its_address_now_and_at_will(house: House, alice: Run) -> None:
    said = [
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Alice\r\n"
        "DTSTART;VALUE=DATE:20260310\r\nDTEND;VALUE=DATE:20260311\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ]

    async def reads(url: str, etag: str, last_modified: str) -> Answer:
        if not said:
            raise CantRead("its address answers 404", passes=False)
        return Answer(said[0].encode())

    house.read_address = reads
    made = await alice("calendar", "subscribe", "rota", "https://cal.example/secret/rota.ics")
    wrong = await alice("calendar", "subscribe", "other", "ftp://cal.example/rota.ics")
    fetched = await alice("calendar", "fetch", "rota")
    said.clear()
    failed = await alice("calendar", "fetch", "rota")
    listed = await alice("calendar", "list")

    assert (made.code, "rota has 1 events." in made.out) == (0, True)
    assert (wrong.code, "write one that begins with https://" in wrong.err) == (2, True)
    assert (fetched.code, "rota has 1 events." in fetched.out) == (0, True)
    assert (failed.code, "its address answers 404" in failed.err) == (2, True)
    assert "its address answers 404" in listed.out
    assert "secret" not in listed.out
