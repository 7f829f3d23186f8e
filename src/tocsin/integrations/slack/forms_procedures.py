"""The form in which a procedure is planned: nothing is done outside by it, the plan is shown in the thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.acts.looks import View
from tocsin.acts.procedures import deeds
from tocsin.acts.procedures.views import Offered
from tocsin.core.procedures.names import ROLL_BACK
from tocsin.errors import Conflict
from tocsin.integrations.slack.blocks import JSON, choice, field, section
from tocsin.integrations.slack.form import Company, Form, Sent
from tocsin.integrations.slack.lobby import Reply

GIVEN: Final = "given "
"""Sets what a procedure asks for apart from the form's own fields."""


def _plan(view: View, about: str, known: Company) -> list[JSON]:
    """`about` is the procedure; "" is a roll-back."""
    one = _offered(about or ROLL_BACK, known)
    targets = {name: name for name in one.targets}
    near = next((judged.target for judged in view.incident.verdicts if judged.is_near), "")
    likely = near if near in targets else one.targets[0]
    return [
        section(
            "Only planned: you see exactly what would be done, and nothing is done before it is approved."
        ),
        choice("target", "What?", targets, value=likely),
        *(
            field(f"{GIVEN}{it.name}", it.label, hint=it.help, optional=not it.must)
            for it in one.procedure.fields
        ),
        field("reason", "Why?", long=True, hint="It stands in the commit, and people read it."),
    ]


def _offered(procedure: str, known: Company) -> Offered:
    found = next((one for one in known.offered if one.procedure.id == procedure), None)
    if found is None:
        raise Conflict(f"Nothing is declared here for {procedure}: see TOCSIN_PROCEDURES")
    return found


async def _take(sent: Sent) -> Reply:
    given = {
        name.removeprefix(GIVEN): text
        for name, text in sent.values.items()
        if name.startswith(GIVEN) and text.strip()
    }
    incident, run = await deeds.plan(
        sent.house,
        sent.actor,
        sent.ref,
        sent.about or ROLL_BACK,
        sent["target"],
        reason=sent["reason"],
        inputs=given,
    )
    place = sent.house.places.run(incident.ref, run.id)
    return Reply(f"{run.id} of {incident.ref} is being planned; the plan comes into the thread. {place}")


FORMS_OF_PROCEDURES: Final[Mapping[str, Form]] = {
    "plan_procedure": Form("roll back", "Plan it", None, _take, _plan),
}
