"""The configuration as files in the hands of an admin: exported, reviewed, applied; what is wrong is told by file and line."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tocsin.acts import access, people
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.doors.cli.applying import sent
from tocsin.doors.cli.folder import read_folder, write_folder
from tocsin.doors.cli.remote import get
from tocsin.errors import Invalid

Run = Callable[..., Awaitable[Any]]


@pytest.fixture
async def dora(house: House, run: Run, url: str) -> Run:
    """The program in the hands of Dora, an admin."""
    await people.save_person(house, "dora", name="Dora", rights=("admin",), email="dora@acme.example")
    key = await access.create_key(house, "dora", person="dora", rights=["admin"])

    async def in_her_hands(*words: str, stdin: str = "") -> Any:
        return await run(*words, stdin=stdin, TOCSIN_URL=url, TOCSIN_API_KEY=key)

    return in_her_hands


@pytest.fixture
async def folder(dora: Run, tmp_path: Path) -> Path:
    """What was exported."""
    ended = await dora("export", str(tmp_path / "oncall"))
    assert ended.code == 0, ended.err
    return tmp_path / "oncall"


@dataclass(frozen=True)
class Home:
    """A house, and the folder of its files."""

    house: House
    folder: Path


@pytest.fixture
async def home(house: House, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """For calls within this process."""
    monkeypatch.setenv("TOCSIN_URL", url)
    monkeypatch.setenv("TOCSIN_API_KEY", await access.create_key(house, "admin", rights=["admin"]))
    await asyncio.to_thread(lambda: write_folder(tmp_path, get("/configuration")))
    return Home(house, tmp_path)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


async def turns(house: House) -> list[str]:
    plan = (await looks.schedule(house, "ops"))[1].schedule.plan
    return [one.written[0] for one in plan.layers[0].rotations[0].participants]


async def test_what_was_exported_is_in_files_that_read_well_and_changes_nothing(
    dora: Run, folder: Path
) -> None:
    applied = await dora("apply", str(folder))
    again = await dora("export", str(folder))

    assert (folder / "schedules/ops.yaml").read_text() == (
        "schedule: ops\nteam: ops_team\nzone: UTC\nlayers:\n  - name: weekly\n    rotations:\n      - id: weekly\n"
        "        first_handoff: 2026-03-02 09:00\n        every: 1 week\n        participants:\n          - bob\n          - alice\n"
    )
    assert (folder / "teams.yaml").read_text() == "ops_team:\n  - alice\n  - bob\n"
    assert "bob:\n  name: Bob\n  email: bob@acme.example\n" in (folder / "people.yaml").read_text()
    assert (applied.code, applied.out) == (0, "All is as the files say already.\n")
    assert again.out == f"{folder} says all that already.\n"


async def test_the_plan_is_shown_and_done_only_when_it_is_meant(
    dora: Run, folder: Path, house: House
) -> None:
    change(folder / "schedules/ops.yaml", "- alice\n", "- carol\n")

    refused = await dora("apply", str(folder), stdin="n\n")
    before = await turns(house)
    done = await dora("apply", str(folder), stdin="y\n")

    assert (refused.code, before) == (1, ["bob", "alice"])
    assert refused.err.endswith("Nothing was changed\n")
    assert "~ schedule ops\n    rotation weekly: participants: bob, alice is now bob, carol\n" in done.out
    assert "  + carol: Mon 2026-03-09 09:00 to Mon 2026-03-16 09:00 in ops\n" in done.out
    assert (done.code, await turns(house)) == (0, ["bob", "carol"])


async def test_a_dry_run_is_for_reviews_and_its_plan_is_what_is_done(
    dora: Run, folder: Path, house: House
) -> None:
    change(folder / "schedules/ops.yaml", "- alice\n", "- nobody\n")

    dry = await dora("apply", str(folder), "--dry-run", "--json")
    plan = json.loads(dry.out)
    gap = await dora("apply", str(folder), "--dry-run", "--no-gaps")
    drift = await dora("apply", str(folder), "--dry-run", "--no-changes")
    other = await dora("apply", str(folder), "--yes", "--plan", "1-0123456789")
    done = await dora("apply", str(folder), "--yes", "--plan", plan["plan_id"], "--json")

    assert (dry.code, gap.code, drift.code, other.code) == (0, 1, 1, 1)
    assert plan["effect"]["opens"][0]["start"] == "2026-03-09T09:00:00Z"
    assert "NOBODY IS ON CALL THEN" in gap.out
    assert "This is not the plan that was reviewed" in other.err
    assert json.loads(done.out)["is_applied"] is True
    assert await turns(house) == ["bob", "nobody"]


async def test_only_prune_deletes(dora: Run, folder: Path, house: House) -> None:
    (folder / "schedules/ops.yaml").unlink()

    left = await dora("apply", str(folder))
    gone = await dora("apply", str(folder), "--prune", "--yes")
    stale = await dora("export", str(folder))

    assert "In no file, and left as they are: schedule ops" in left.out
    assert "- schedule ops\n" in gone.out
    assert (await looks.schedules(house))[1] == []
    assert (gone.code, stale.code) == (0, 0)


async def test_an_export_keeps_comments_and_names_files_of_what_is_no_more(dora: Run, folder: Path) -> None:
    ops = folder / "schedules/ops.yaml"
    ops.write_text(f"# ask Alice first\n{ops.read_text()}")
    (folder / "schedules/old.yaml").write_text("zone: UTC\n")

    told = await dora("export", str(folder))
    pruned = await dora("export", str(folder), "--prune")

    assert ops.read_text().startswith("# ask Alice first\n")
    assert f"{folder}/schedules/old.yaml is of no schedule any more" in told.out
    assert "deleted" in pruned.out
    assert not (folder / "schedules/old.yaml").exists()


WRONG = [
    ("schedules/ops.yaml", "every: 1 week", "every: 0 weeks", "ops.yaml:9: layers[0].rotations[0].every is '0 weeks': a turn would never end"),
    ("schedules/ops.yaml", "zone: UTC", "zone: Mars/Olympus", "ops.yaml:3: zone is 'Mars/Olympus', no time zone"),
    ("schedules/ops.yaml", "- alice", "- zoe", "ops.yaml:12: layers[0].rotations[0].participants[1]: nobody is called zoe"),
    ("schedules/ops.yaml", "- alice", "- team:none", "ops.yaml:12: layers[0].rotations[0].participants[1]: there is no team none"),
    ("schedules/ops.yaml", "every:", "evry:", "ops.yaml:9: layers[0].rotations[0]: unknown evry"),
    ("schedules/ops.yaml", "zone: UTC", "zone: UTC\nzone: UTC", "ops.yaml:4: zone is there twice, in line 3 as well"),
    ("schedules/ops.yaml", "  - name: weekly", "\t- name: weekly", "ops.yaml:5: is no YAML: a tab stands where spaces have to"),
    ("schedules/ops.yaml", "team: ops_team", "team: &a ops_team\nname: *a", "ops.yaml:3: *a is an alias: write out what it stands for"),
    ("schedules/ops.yaml", "zone: UTC", "zone: UTC\nteams: {a: [bob]}", "ops.yaml:4: teams stand in teams.yaml"),
    ("schedules/ops.yaml", "schedule: ops", "schedule: Öps", "ops.yaml:1: 'Öps' is no id for a schedule"),
    ("people.yaml", "name: Bob", "nme: Bob", "people.yaml:6: people.bob.nme is unknown here; known are: name, email, slack_id"),
    ("people.yaml", "bob@acme.example", "alice@acme.example", "people.yaml:5: alice@acme.example is alice's address already"),
    ("teams.yaml", "- alice", "- zoe", "teams.yaml:1: Nobody is called zoe"),
    ("teams.yaml", "- alice", "- [zoe]", "teams.yaml:2: teams.ops_team.0 has to be a text"),
    ("calendars.yaml", "{}", "c: {kind: odd}", "calendars.yaml:1: calendars.c.kind"),
    ("policies.yaml", "{}", "p: {steps: []}", "policies.yaml:1: steps is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "says"), WRONG, ids=[one[3][:40] for one in WRONG])
async def test_a_wrong_file_changes_nothing_and_is_told_by_its_line(
    home: Home, name: str, old: str, new: str, says: str
) -> None:
    change(home.folder / name, old, new)
    change(home.folder / "people.yaml", "name: Carol", "name: Caroline")

    # Within this process, since a table of processes would take minutes.
    with pytest.raises(Invalid) as why:
        await asyncio.to_thread(lambda: sent(read_folder(home.folder), {}))

    assert says in why.value.message
    assert (await people.everybody(home.house)).people["carol"].name == "Carol"


async def test_a_folder_that_can_not_be_is_told_why(run: Run, tmp_path: Path) -> None:
    missing = await run("apply", str(tmp_path / "none"))
    empty = await run("apply", str(tmp_path))
    (tmp_path / "schedules").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"schedules/{name}.yaml").write_text("schedule: same\nzone: UTC\n")
    twice = await run("apply", str(tmp_path))
    (tmp_path / "schedules/a.yaml").write_text("# " + "x" * 10_000_000)
    began = time.monotonic()
    large = await run("apply", str(tmp_path))
    took = time.monotonic() - began
    (tmp_path / "odd.yaml").write_text("a: 1")
    odd = await run("apply", str(tmp_path))

    assert {one.code for one in (missing, empty, twice, large, odd)} == {2}
    assert "is no folder: `tocsin export" in missing.err
    assert "holds none of people.yaml, teams.yaml, calendars.yaml" in empty.err
    assert "schedules/b.yaml:1: the schedule same is in" in twice.err
    assert "a.yaml has 10.0 MB, and at most 1 MB are taken" in large.err
    assert took < 10
    assert "odd.yaml: what is it?" in odd.err


async def test_a_schedule_of_the_folder_is_evaluated_with_its_teams_and_without_a_server(
    run: Run, folder: Path
) -> None:
    change(folder / "schedules/ops.yaml", "- alice\n", "- team:ops_team\n")

    ended = await run(
        "oncall", "shifts", str(folder / "schedules/ops.yaml"),
        "--from", "2026-03-09T09:00Z", "--to", "2026-03-16T09:00Z", "--json",
    )  # fmt: skip

    assert [one["person"] for one in json.loads(ended.out)["shifts"]] == ["alice", "bob"]
