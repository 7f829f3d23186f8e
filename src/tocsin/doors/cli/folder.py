"""A folder of reviewed files: `people.yaml`, `teams.yaml`, `calendars.yaml`, `policies.yaml`, and one file for each schedule in `schedules/`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any

from tocsin.doors.cli.yaml_files import Page, read_page, written
from tocsin.errors import Invalid

KINDS = {"people": "person", "teams": "team", "calendars": "calendar", "policies": "policy"}
"""Files that hold all of their kind, and what one of these is called."""
SCHEDULES = "schedules"
ENDINGS = (".yaml", ".yml")
PLACE = re.compile(r"(?:layers|zone|name|team|slack_group|slack_channel)(?:\[\d+\]|\.\w+)*")
UNKNOWN = re.compile(r"(?:: )?unknown (\w+)")


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder says, as `POST /apply` takes it, and where each of it stands."""

    path: Path
    body: dict[str, Any]
    pages: Mapping[str, Page] = field(default_factory=dict)

    def told(self, place: str, message: str) -> str:
        """What is wrong at a place (`schedule.ops`, `people.bob.mail`), as `FILE:LINE: what`."""
        kind, _, rest = place.partition(".")
        several = {one: many for many, one in KINDS.items()}
        if kind in ("schedule", SCHEDULES):
            id = max(
                (one for one in self.body.get(SCHEDULES, {}) if f"{rest}.".startswith(f"{one}.")),
                default="",
                key=len,
            )
            page = self.pages.get(f"{SCHEDULES}/{id}")
            return f"{page.at(place_in(message))}: {message}" if page else f"{place}: {message}"
        page = self.pages.get(several.get(kind, kind))
        entry = re.sub(r"\.(\d+)$", r"[\1]", rest)
        return f"{page.at(entry)}: {message}" if page else f"{place}: {message}"


def read_folder(path: Path) -> Folder:
    """All files of the folder. Invalid, with each thing that is wrong and its line, where one can't be taken."""
    if not path.is_dir():
        raise Invalid(f"{path} is no folder: `tocsin export {path}` makes one", field="folder")
    pages: dict[str, Page] = {}
    body: dict[str, Any] = {}
    problems: list[str] = []
    for file in _files(path):
        try:
            page = read_page(file)
            if file.parent == path:
                pages[file.stem] = page
                body[file.stem] = _of_kind(page, file.stem)
            else:
                _add_schedule(page, pages, body.setdefault(SCHEDULES, {}))
        except Invalid as why:
            problems.append(why.message)
    if (path / SCHEDULES).is_dir():
        body.setdefault(SCHEDULES, {})
    if problems:
        raise Invalid("\n".join(problems), field="folder")
    if not body:
        raise Invalid(
            f"{path} holds none of {', '.join(f'{kind}.yaml' for kind in KINDS)}, and no folder {SCHEDULES}: nothing to apply",
            field="folder",
        )
    return Folder(path, body, pages)


def write_folder(path: Path, found: Mapping[str, Any]) -> tuple[list[Path], list[Path]]:
    """Write what the house says. The files that changed, and those of schedules that are no more, which stay.

    A file that says the same already stays as it is, with its comments.
    """
    pages = _there(path)
    changed: list[Path] = []
    for kind in KINDS:
        if kind in found:  # An older Tocsin knows of fewer.
            _write(pages.get(kind), path / f"{kind}.yaml", found[kind], changed)
    for id, doc in found[SCHEDULES].items():
        page = pages.get(f"{SCHEDULES}/{id}")
        _write(page, _free(path / SCHEDULES, id, pages), {"schedule": id, **doc}, changed)
    (path / SCHEDULES).mkdir(parents=True, exist_ok=True)
    gone = [
        name
        for name in pages
        if name.startswith(f"{SCHEDULES}/") and name.partition("/")[2] not in found[SCHEDULES]
    ]
    return changed, [pages[name].path for name in gone]


def _free(folder: Path, id: str, pages: Mapping[str, Page]) -> Path:
    """Where a schedule's file goes that has none yet: the one of its name may be another's."""
    taken = {page.path for page in pages.values()}
    files = (folder / f"{name}.yaml" for name in chain([id], (f"{id}-{n}" for n in count(2))))
    return next(file for file in files if file not in taken)


def place_in(message: str) -> str:
    """The place in a schedule's file that a message begins with; "" where it names none."""
    found = PLACE.match(message)
    place = found[0] if found else ""
    strange = UNKNOWN.match(message.removeprefix(place))
    return (f"{place}.{strange[1]}" if place else strange[1]) if strange else place


def _files(path: Path) -> Iterator[Path]:
    for file in sorted(
        [*path.iterdir(), *((path / SCHEDULES).iterdir() if (path / SCHEDULES).is_dir() else ())]
    ):
        if not file.is_file() or file.name.startswith("."):
            continue
        is_of_kind = file.parent == path and file.stem in KINDS
        if file.suffix in ENDINGS and (is_of_kind or file.parent != path):
            yield file
        elif file.suffix in (*ENDINGS, ".json"):
            raise Invalid(
                f"{file}: what is it? There are {', '.join(f'{kind}.yaml' for kind in KINDS)}, and {SCHEDULES}/ID.yaml",
                field="folder",
            )


def _of_kind(page: Page, kind: str) -> dict[str, Any]:
    what = "their members (or members and pager)" if kind == "teams" else "their fields"
    if not isinstance(page.doc if page.doc is not None else {}, Mapping):
        raise Invalid(f"{page.at('')}: write the names of {kind}, each with {what}", field=kind)
    doc = page.doc or {}
    wanted = (list, Mapping) if kind == "teams" else (Mapping,)
    found: dict[str, Any] = {}
    for name, value in doc.items():
        said = ([] if kind == "teams" else {}) if value is None else value
        if not isinstance(said, wanted):
            raise Invalid(f"{page.at(name)}: {name} is {said!r}: write {what}", field=kind)
        found[name] = said
    return found


def _add_schedule(page: Page, pages: dict[str, Page], schedules: dict[str, Any]) -> None:
    if not isinstance(page.doc, Mapping):
        raise Invalid(f"{page.at('')}: holds no schedule: write zone and layers", field="file")
    doc = dict(page.doc)
    id = str(doc.pop("schedule", None) or page.path.stem)
    # As `schedule show` prints it. What holds in a folder is its review, and the version of the plan that was shown.
    doc.pop("version", None)
    if "teams" in doc:
        raise Invalid(f"{page.at('teams')}: teams stand in teams.yaml, for all schedules", field="teams")
    if id in schedules:
        other = pages[f"{SCHEDULES}/{id}"].at("schedule")
        raise Invalid(
            f"{page.at('schedule')}: the schedule {id} is in {other} as well: keep one", field="schedule"
        )
    pages[f"{SCHEDULES}/{id}"] = page
    schedules[id] = doc


def _there(path: Path) -> dict[str, Page]:
    """The files that are there, as far as they can be read: what can't is written anew."""
    try:
        return dict(read_folder(path).pages)
    except Invalid:
        return {}


def _write(page: Page | None, usual: Path, doc: Mapping[str, Any], changed: list[Path]) -> None:
    path = page.path if page else usual
    if page and page.doc == doc:
        return
    text = written(doc)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: a half file would be a change that nobody made.
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(text, "utf-8", newline="\n")
    os.replace(draft, path)
    changed.append(path)
