"""A run of a roll-back, fact by fact, in an incident that has nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.acts.building import handbook_text
from tocsin.core import facts as f
from tocsin.core.facts import Fact, What
from tocsin.core.folding import fold
from tocsin.core.handbook_text import read_handbook
from tocsin.core.incident import Incident
from tocsin.core.message_parts import Message, Scene
from tocsin.core.places import Places
from tocsin.core.procedures.run_message import planned_fact, run_message

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BOOK = read_handbook(handbook_text(None))
DECLARED = f.Declared("INC-1", "Sign-in fails", "service", "high", "h")
SEEN = (f.SeenOutside("commit", "1a2b3c4"),)


def asked(procedure: str = "roll-back", of: str = "target", target: str = "site") -> f.ProcedureAsked:
    return f.ProcedureAsked("P1", procedure, of, target, "it fails")


def planned(*steps: str, **plan: tuple[str, ...]) -> f.ProcedurePlanned:
    made = tuple(f.PlannedStep(one, f"fake.{one}", one.capitalize()) for one in steps)
    return f.ProcedurePlanned("P1", made, "refused" if "refusals" in plan else "safe", **plan)


def agreed(person: str = "alice", override: str = "") -> f.ProcedureAgreed:
    return f.ProcedureAgreed("P1", person, override)


def approved(*people: str) -> f.ProcedureApproved:
    return f.ProcedureApproved("P1", people or ("alice",))


def done(step: str, **outputs: list[str]) -> f.StepDone:
    return f.StepDone("P1", step, f"did {step}", SEEN, outputs)


START = f.ProcedureStarted("P1")


def incident_of(*told: What, by: str = "alice") -> Incident:
    """Each fact a minute after the one before, the first of them at 09:01."""
    return fold(
        [
            Fact(n, BEGIN + timedelta(minutes=n - 1), by, "web", what)
            for n, what in enumerate((DECLARED, *told), 1)
        ]
    )


def message_of(*told: What) -> Message:
    """The message of P1 after these facts."""
    incident = incident_of(*told)
    run, fact = incident.run("P1"), planned_fact(incident, "P1")
    assert run
    assert fact
    return run_message(Scene(fact, incident, BOOK, Places("http://x"), {}), run)
