"""`tocsin handbook …` on the database itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tocsin.acts import incidents
from tocsin.acts.building import handbook_text
from tocsin.acts.house import House
from tocsin.core.score_text import COLUMNS
from walks.walk_steps import JANE, tweet

Run = Callable[..., Awaitable[Any]]
SHIPPED = handbook_text(None)


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """The shipped handbook as version 2, with two hours where it asks for ten minutes."""
    file = tmp_path / "second.toml"
    text = SHIPPED.replace('version = "1"', 'version = "2"', 1).replace('within = "10m"', 'within = "2h"')
    file.write_text(text, "utf-8")
    return file


async def test_a_handbook_is_saved_listed_and_printed(run: Run, house: House, dsn: str, second: Path) -> None:
    saved = await run(
        "handbook", "save", str(second), "--reason", "calmer", "--by", "Alice", DATABASE_URL=dsn
    )
    assert (saved.code, saved.err) == (0, "")
    assert saved.out.startswith("Version 2 is in force for new incidents: default, version 2, ")

    listed = (await run("handbook", "history", DATABASE_URL=dsn)).out.splitlines()
    assert listed[1].startswith("2* ")
    assert listed[1].split()[-3:] == ["alice", "0", "calmer"]
    assert max(map(len, listed)) <= 80
    told = json.loads((await run("handbook", "history", "--json", DATABASE_URL=dsn)).out)
    assert [(one["version"], one["author"], one["is_in_force"]) for one in told] == [
        ("2", "alice", True),
        ("1", "tocsin", False),
    ]
    assert (await run("handbook", "text", DATABASE_URL=dsn)).out == second.read_text("utf-8")
    assert (await run("handbook", "text", "1", DATABASE_URL=dsn)).out == SHIPPED

    declared = await incidents.declare(house, JANE, tweet())
    assert (house.handbook.version, declared.is_new) == ("2", True)


async def test_a_handbook_is_tried(run: Run, house: House, dsn: str, second: Path) -> None:
    ref = (await incidents.declare(house, JANE, tweet())).ref

    text = await run("handbook", "try", str(second), DATABASE_URL=dsn)
    told = json.loads((await run("handbook", "try", str(second), "--json", DATABASE_URL=dsn)).out)
    none = await run("handbook", "try", str(second), "--since", "2026-03-03", DATABASE_URL=dsn)

    assert text.out.startswith("1 incident under default, version 2")
    assert max(map(len, text.out.splitlines())) <= 80
    assert told["incidents"] == 1
    assert none.out.startswith("0 incidents under default, version 2: there is nothing to try it on.")
    assert ref == "INC-1"


async def test_the_score_is_printed_as_text_json_and_csv(run: Run, house: House, dsn: str) -> None:
    await incidents.declare(house, JANE, tweet())
    window = ("--from", "2026-03-01", "--to", "2026-04-01T00:00")

    text = (await run("handbook", "score", *window, DATABASE_URL=dsn)).out
    told = json.loads((await run("handbook", "score", *window, "--format", "json", DATABASE_URL=dsn)).out)
    table = list(
        csv.reader(
            io.StringIO((await run("handbook", "score", *window, "--format", "csv", DATABASE_URL=dsn)).out)
        )
    )

    assert text.startswith("The handbook's score from 2026-03-01 00:00 to 2026-04-01 00:00 UTC\n1 incident\n")
    assert max(map(len, text.splitlines())) <= 80
    assert told["incidents"] == 1
    assert tuple(table[0]) == COLUMNS


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("score", "--from", "tomorrow"), 2, "--from is 'tomorrow', which is no day"),
        (("score", "--format", "xml"), 2, "'xml' is no format of the score"),
        (("score", "--from", "2026-03-02", "--to", "2026-03-01"), 2, "not before the end"),
        (("score", "--from", "0001-01-01"), 2, "the year 1"),
        (("try", "{second}", "--since", "??"), 2, "--since is '??'"),
        (("try", "/nowhere.toml"), 2, "/nowhere.toml can't be read"),
        (("save", "{second}"), 2, "--reason"),
        (("save", "{second}", "--reason", " "), 2, "reason is missing"),
        (("save", "{second}", "--reason", "why", "--by", "zoe"), 1, "Nobody is called zoe"),
        (("text", "99"), 1, "There is no version 99"),
    ],
)
async def test_what_can_not_be_taken_is_refused_by_name(
    run: Run, house: House, dsn: str, second: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    ended = await run("handbook", *(word.format(second=second) for word in words), DATABASE_URL=dsn)

    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err


@pytest.mark.parametrize("command", ["try", "save"])
async def test_a_bad_handbook_is_told_with_its_lines_and_changes_nothing(
    run: Run, house: House, dsn: str, tmp_path: Path, command: str
) -> None:
    (tmp_path / "bad.toml").write_text('[handbook]\nname = "mine"\nversion = 5\n')
    more = ("--reason", "why") if command == "save" else ()

    ended = await run("handbook", command, str(tmp_path / "bad.toml"), *more, DATABASE_URL=dsn)

    assert ended.code == 1
    assert f"{tmp_path}/bad.toml:3: " in ended.err
    assert await house.pool.fetchval("SELECT count(*) FROM handbook_versions") == 1


async def test_where_a_file_is_in_force_saving_is_refused(
    run: Run, house: House, dsn: str, second: Path
) -> None:
    ended = await run(
        "handbook", "save", str(second), "--reason", "why", DATABASE_URL=dsn, TOCSIN_HANDBOOK=str(second)
    )

    assert ended.code == 1
    assert "TOCSIN_HANDBOOK names the handbook's file" in ended.err
