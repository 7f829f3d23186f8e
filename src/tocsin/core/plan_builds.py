"""Which works follow from a build that is run again: to have it run, and to judge whether its commit is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tocsin.core import facts as f
from tocsin.core import work as w
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident
from tocsin.core.procedures.auto_revert import is_our_revert
from tocsin.core.reruns import RED
from tocsin.core.work import Work

REVERTS: Final = "reverts"
"""The `via` of whoever judges them, within Tocsin itself."""


def for_builds(incident: Incident, fact: Fact) -> Iterator[Work]:
    match fact.what:
        case f.BuildRerunAsked(rerun=id, via=via):
            name = f"{incident.ref}/rerun/{id}"
            yield Work(w.BUILD_RERUN, name, name, via=via, payload={"rerun": id})
        case f.BuildRerunEnded(rerun=id, outcome=outcome) if outcome == RED:
            if any(one.id == id and one.asked.automatic for one in incident.reruns):
                yield _judge(incident, fact, rerun=id)
        case f.ProcedurePlanned(run=id) if (planned := incident.run(id)) and is_our_revert(planned):
            yield _judge(incident, fact, run=id)
        case f.BuildGreen(repository=repository, sha=sha):
            for run in incident.runs:
                if is_our_revert(run) and run.target == repository and run.is_under_way:
                    yield _judge(incident, fact, green=run.id, sha=sha)
        case _:
            return


def _judge(incident: Incident, fact: Fact, **about: str) -> Work:
    lane, what = f"{incident.ref}/revert", next(iter(about.values()))
    return Work(w.REVERT_JUDGE, lane, f"{lane}/{fact.n}/{what}", via=REVERTS, payload=about)
