"""Whether a target is rolled back still, as far as its incident knows. Pure."""

from __future__ import annotations

from tocsin.core.incident import Incident
from tocsin.core.procedures.names import ROLL_BACK
from tocsin.core.procedures.run import VERIFIED, Run


def last_roll_back(incident: Incident, target: str) -> Run | None:
    """The incident's last roll-back of it that has begun."""
    runs = [one for one in incident.runs if one.procedure == ROLL_BACK and one.target == target]
    return next((one for one in reversed(runs) if one.started_at), None)


def rolled_back_by(incident: Incident, target: str) -> Run | None:
    """The run by which it is rolled back; None where it is not, or something newer may be live by now."""
    run = last_roll_back(incident, target)
    if run is None or run.state != VERIFIED or _is_forward_again(incident, run):
        return None
    return run


def _is_forward_again(incident: Incident, run: Run) -> bool:
    """It is thawed again, or another deploy went out."""
    froze = any(one.done and one.done.outputs.get("frozen") for one in run.steps)
    if froze and not any(one.run == run.id for one in incident.freezes):
        return True
    judged = incident.verdict(run.target)
    live = judged.deploy(judged.live) if judged else None
    return bool(live and run.ended_at and live.at > run.ended_at)
