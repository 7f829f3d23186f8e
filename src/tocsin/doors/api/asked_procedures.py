"""What callers may send about procedures."""

from __future__ import annotations

from pydantic import Field

from tocsin.doors.api.asked import Asked, Line, Words


class PlanProcedure(Asked):
    """What to plan. Nothing is done outside by it."""

    procedure: Line = Field(description="Such as roll-back; `GET /procedures` lists them.")
    target: Line = Field(description="What it is done to, as the file of procedures calls it.")
    reason: Words = Field("", description="Why: it stands in commits, and people read it.")
    inputs: dict[str, Words] = Field(
        {}, description="What the procedure asks for; what is left out, Tocsin proposes."
    )


class ApproveRun(Asked):
    override: Words = Field(
        "", description="Why it is done although the plan was refused, where that is possible."
    )
    run: bool = Field(
        False, description="Have it carried out at once, where yours is the last yes that is wanted."
    )


class BecauseOf(Asked):
    reason: Words = Field("", description="Why.")
