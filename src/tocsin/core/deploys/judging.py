"""The verdict as a fact of an incident, made of what is known and what was seen; and when there is one to be made."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tocsin.core.deploys.nearby import Judged, Nearby
from tocsin.core.deploys.verdict import Between, Schema, judge
from tocsin.core.facts_deploys import CarriedCommit, CarriedMigration, NearDeploy, RevertibilityJudged
from tocsin.core.incident import Incident
from tocsin.core.procedures.declared import Target
from tocsin.core.work import JUDGE, Work

SHOWN_COMMITS: Final = 20
SHOWN_FILES: Final = 20
ABILITY: Final = "deploys"
"""A house in which targets are declared."""


def first_symptom(incident: Incident) -> datetime:
    """The earliest that is known of it: when it was opened, or somebody's word that it began before."""
    told = [one.began_at for one in incident.verdicts]
    return min([incident.started_at, *(report.received_at for report in incident.reports), *told])


def judged_fact(
    target: Target, near: Nearby, between: Between, schema: Schema, symptom_at: datetime, now: datetime
) -> RevertibilityJudged:
    """What is told of one target."""
    found = judge(target, near, between, schema, symptom_at, now)
    return RevertibilityJudged(
        target=target.id,
        service=target.service,
        began_at=symptom_at,
        verdict=found.verdict,
        reasons=found.reasons,
        warnings=found.warnings,
        deploys=tuple(_near(one) for one in near.judged),
        live=near.live.id,
        suspect=near.suspect.id if near.suspect else "",
        good=near.good.id if near.good else "",
        is_near=near.is_near,
        commits=tuple(
            CarriedCommit(c.sha, c.title, c.author, c.pull_request) for c in between.commits[:SHOWN_COMMITS]
        ),
        in_all=max(between.in_all, len(between.commits)),
        migrations=tuple(
            CarriedMigration(m.path, m.is_reversible, m.breaks or ()) for m in between.migrations
        ),
        configuration=between.configuration[:SHOWN_FILES],
    )


def judging(ref: str, why: str, began_at: datetime | None = None, taken_back: str | None = None) -> Work:
    """The work of judging anew, for the reason `why`, which is never the same twice.

    `taken_back` is the target of which the suspected deploy was taken back ("": nobody said which).
    """
    payload = {"began_at": began_at.isoformat()} if began_at else {}
    payload |= {"taken_back": taken_back} if taken_back is not None else {}
    return Work(JUDGE, judging_lane(ref), f"{ref}/judge/{why}", via=ABILITY, payload=payload)


def judging_lane(ref: str) -> str:
    """Where the works of judging an incident's targets wait."""
    return f"{ref}/judge"


def taken_back(incident: Incident, target: str) -> NearDeploy | None:
    """The deploy of which one learns by the roll-back that it did harm; None where that can't be told."""
    near = [one for one in incident.verdicts if one.is_near and one.suspect and target in ("", one.target)]
    return near[0].deploy(near[0].suspect) if len(near) == 1 else None


def _near(one: Judged) -> NearDeploy:
    d = one.deploy
    return NearDeploy(d.id, d.name, d.commit, d.at, d.status, one.words, d.url, d.title)
