"""Words the answers about on-call: what the acts give, as the API's shapes."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.acts.oncall import looks
from tocsin.acts.oncall.absences import Away
from tocsin.acts.oncall.cover import Cover, expires_at
from tocsin.acts.oncall.effect import Effect
from tocsin.acts.oncall.looks import Kept
from tocsin.acts.oncall.overrides import Made
from tocsin.acts.oncall.schedules import Saved
from tocsin.acts.oncall.shadows import Shadowed
from tocsin.core.oncall.model import BEGINNING, Because, Override, Shift
from tocsin.core.oncall.written import written_plan
from tocsin.core.people import Person
from tocsin.doors.api import told_on_call as told


def schedule(kept: Kept, problems: Mapping[str, str]) -> told.Schedule:
    one = kept.schedule
    return told.Schedule(
        id=one.id,
        name=one.name,
        team=one.team,
        slack_group=kept.slack_group,
        slack_channel=kept.slack_channel,
        slack_problem=problems.get(kept.id, ""),
        version=kept.version,
        since=one.versions[-1].since if one.versions else BEGINNING,
        ended_at=kept.ended_at,
        plan=written_plan(one.plan),
    )


def effect(found: Effect) -> told.Effect:
    return told.Effect.model_validate(found)


def saved(found: Saved, problems: Mapping[str, str]) -> told.Saved:
    return told.Saved(
        schedule=schedule(found.kept, problems),
        is_new=found.is_new,
        is_changed=found.is_changed,
        effect=effect(found.effect),
    )


def shift(id: str, one: Shift, people: Mapping[str, Person]) -> told.Shift:
    name = people[one.person].name if one.person in people else one.person
    return told.Shift(
        schedule=id, person=one.person, name=name, start=one.start, end=one.end, because=because(one.because)
    )


def because(why: Because) -> told.Because:
    return told.Because(
        layer=why.layer,
        rotation=why.rotation,
        turn=why.turn,
        turn_at=why.turn_at if why.turn_at != BEGINNING else None,
        event=why.event,
        override=why.override or None,
        instead_of=why.instead_of,
        stands_in_for=list(why.stands_in_for),
    )


def override(id: str, one: Override, version: int) -> told.Override:
    return told.Override(
        id=one.id,
        schedule=id,
        change=one.change.value,
        people=list(one.people),
        instead_of=one.instead_of,
        start=one.start,
        end=one.end,
        reason=one.reason,
        made_by=one.made_by,
        made_at=one.made_at,
        version=version,
    )


def override_made(made: Made) -> told.OverrideMade:
    return told.OverrideMade(
        override=override(made.schedule.id, made.override, made.version), effect=effect(made.effect)
    )


def shadow(found: Shadowed) -> told.Shadow:
    one = found.shadow
    return told.Shadow(
        id=one.id,
        schedule=found.schedule,
        person=one.person,
        of=one.of,
        start=one.start,
        end=one.end,
        made_by=found.made_by,
        version=found.version,
    )


def absence(found: Away) -> told.Absence:
    one = found.absence
    return told.Absence(
        id=one.id,
        person=one.person,
        start=one.start,
        end=one.end,
        reason=one.reason,
        made_by=found.made_by,
        version=found.version,
    )


def absence_made(found: Away) -> told.AbsenceMade:
    return told.AbsenceMade(absence=absence(found), effect=effect(found.effect))


def cover(found: Cover) -> told.Cover:
    row = found.row
    return told.Cover(
        id=row.id,
        schedule=row.schedule,
        person=row.person,
        asked=list(row.asked),
        start=row.start,
        end=row.end,
        reason=row.reason,
        state=found.state,
        taken_by=row.taken_by,
        overrides=list(row.overrides),
        part_of=row.part_of,
        made_by=row.made_by,
        made_at=row.made_at,
        expires_at=expires_at(row),
        version=row.version,
    )


def change(one: looks.Changed) -> told.Change:
    return told.Change.model_validate(one)
