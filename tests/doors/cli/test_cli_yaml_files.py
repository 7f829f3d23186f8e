"""Files under review: each thing has its line, what would hide something is refused, and what is written is read back the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tocsin.doors.cli.folder import read_folder, write_folder
from tocsin.doors.cli.yaml_files import read_page, written
from tocsin.errors import Invalid

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
scalars = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(
        ["", "yes", "null", "~", "1", "1.5", "2026-01-05", "09:00", "@bob", "* x", "a: b", "# c", "<<"]
    ),
    st.integers(-(10**9), 10**9),
    st.booleans(),
)
names = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), st.sampled_from(["yes", "1", "null", "<<"])
)
documents = st.dictionaries(
    names,
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=12),
    max_size=4,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", ":4: c is there twice, in line 3 as well"),
        ("a:\n\t- b\n", ":2: is no YAML: a tab stands where spaces have to"),
        (BOMB, ":2: *a is an alias: write out what it stands for"),
        ("a: &x {b: *x}\n", ":1: *x is an alias"),
        ("a: !!python/object:os.system x\n", ":1: tag:yaml.org,2002:python/object:os.system is a tag"),
        ("[" * 50, ":1: more than 20 things in each other"),
        ("a: 1\n---\na: 2\n", ":2: a second document begins here (---)"),
        ("? [a]\n: b\n", ":1: a name has to be a plain text"),
        ("a: b: c\n", ":1: is no YAML: mapping values are not allowed here"),
        ("a: 'x\n", ":2: is no YAML: found unexpected end of stream"),
        ("a: \x07\n", ":1: is no YAML: unacceptable character"),
        ("x" * 1_000_001, " has 1.0 MB, and at most 1 MB are taken"),
    ],
)
def test_what_would_hide_something_is_refused_by_its_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "ops.yaml"
    file.write_text(text)

    with pytest.raises(Invalid) as why:
        read_page(file)

    assert f"{file}{says}" in why.value.message


def test_a_file_that_is_no_text_or_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_bytes(b"name: \xff\xfe")

    with pytest.raises(Invalid, match="is not UTF-8"):
        read_page(tmp_path / "odd.yaml")
    with pytest.raises(Invalid, match="can't be read: No such file"):
        read_page(tmp_path / "none.yaml")
    with pytest.raises(Invalid, match="can't be read: Is a directory"):
        read_page(tmp_path)


def test_each_thing_has_its_line_and_what_is_not_there_that_of_what_is_around_it(tmp_path: Path) -> None:
    file = tmp_path / "ops.yaml"
    file.write_text(
        "zone: UTC\nlayers:\n  - name: base\n    rotations:\n      - id: a\n        participants: [x, y]\n"
    )

    page = read_page(file)

    places = (
        "zone",
        "layers[0].rotations[0].id",
        "layers[0].rotations[0].every",
        "layers[0].calendar",
        "odd",
    )
    assert [page.at(place).rpartition(":")[2] for place in places] == ["1", "5", "5", "3", "1"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents)
@example({"0": [["?0"]]})
@example({"0": [[{"0": "?0"}]]})
def test_what_is_written_is_read_back_the_same_and_written_again_the_same(
    tmp_path: Path, doc: dict[str, Any]
) -> None:
    file = tmp_path / "any.yaml"
    file.write_text(written(doc), "utf-8", newline="\n")

    read = read_page(file).doc

    assert (read or {}) == doc
    assert written(read or {}) == written(doc)


def test_a_schedule_keeps_its_file_whatever_that_is_called(tmp_path: Path) -> None:
    plan: dict[str, Any] = {"zone": "UTC", "layers": []}
    (tmp_path / "schedules").mkdir()
    (tmp_path / "schedules/ops.yaml").write_text("schedule: night\nzone: UTC\nlayers: []\n")
    house = {
        "people": {},
        "teams": {},
        "calendars": {},
        "schedules": {"night": plan, "ops": {**plan, "name": "Day"}},
    }

    changed, gone = write_folder(tmp_path, house)

    assert {file.name for file in changed} == {"people.yaml", "teams.yaml", "calendars.yaml", "ops-2.yaml"}
    assert gone == []
    assert read_folder(tmp_path).body == house
