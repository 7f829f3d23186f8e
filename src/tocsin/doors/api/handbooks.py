"""The handbook over time: its versions, how well it is kept, and what another one would have made of the incidents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import PlainTextResponse

from tocsin.acts import handbooks
from tocsin.core.score_text import score_csv, score_json, trial_json
from tocsin.doors.api import asked
from tocsin.doors.api import told_handbook as told
from tocsin.doors.api.caller import Admin, Reader, Responder
from tocsin.doors.api.looking import Csv

router = APIRouter(tags=["handbook"])


class Toml(PlainTextResponse):
    media_type = "application/toml"


@router.get("/handbook/score")
async def handbook_score(wanted: Annotated[asked.ScoreWindow, Query()], caller: Reader) -> told.Score:
    """How well the handbook was kept: per duty, kind and team, the longest silence, and how long reporters waited.

    Private incidents count only for their members."""
    found = await handbooks.score(caller.house, wanted.start, wanted.end, viewer=caller.visitor.person)
    return told.Score.model_validate(score_json(found))


@router.get("/handbook/score.csv", response_class=Csv)
async def handbook_score_csv(wanted: Annotated[asked.ScoreWindow, Query()], caller: Reader) -> Csv:
    """The score as a table to count with."""
    return Csv(
        score_csv(await handbooks.score(caller.house, wanted.start, wanted.end, viewer=caller.visitor.person))
    )


@router.post("/handbook/try")
async def try_handbook(body: asked.TryHandbook, caller: Responder) -> told.Trials:
    """Replay the incidents under another handbook: which duties would have been met, late or missed. Changes nothing."""
    found = await handbooks.try_file(caller.house, body.text, since=body.since, viewer=caller.visitor.person)
    return told.Trials.model_validate(trial_json(found))


@router.get("/handbook/versions")
async def handbook_versions(caller: Reader) -> told.Versions:
    """Every version of the handbook, the newest first."""
    found = await handbooks.history(caller.house)
    return told.Versions(
        versions=[
            _version(version, is_in_force=version.number == found.in_force) for version in found.versions
        ]
    )


@router.get("/handbook/versions/{number}", response_class=Toml)
async def handbook_version(number: Annotated[int, Path()], caller: Reader) -> Toml:
    """A version's TOML, to be edited."""
    return Toml(await handbooks.text_of_version(caller.house, number))


@router.put("/handbook")
async def save_handbook(body: asked.SaveHandbook, caller: Admin) -> told.Version:
    """Have new incidents go by this handbook from now on. The incidents that are there keep theirs."""
    saved = await handbooks.new_version(caller.house, body.text, caller.actor.by, body.reason)
    return _version(saved, is_in_force=True)


def _version(version: handbooks.Version, *, is_in_force: bool) -> told.Version:
    return told.Version(
        number=version.number,
        hash=version.hash,
        name=version.name,
        version=version.version,
        origin=version.origin,
        author=version.author,
        reason=version.reason,
        in_force_since=version.in_force_since,
        open_incidents=version.open_incidents,
        is_in_force=is_in_force,
    )
