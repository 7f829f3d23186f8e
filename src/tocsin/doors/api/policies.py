"""Escalation policies: whom an alert reaches, after how long, and what would happen if one began now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from tocsin.acts import policies, policies_saved
from tocsin.acts.oncall.by import by_visitor
from tocsin.acts.policies import KeptPolicy, Shown
from tocsin.core.escalation.written import written_policy
from tocsin.doors.api import asked_policies as asked
from tocsin.doors.api import told_policies as told
from tocsin.doors.api.asked import Line
from tocsin.doors.api.asked_on_call import Going
from tocsin.doors.api.caller import Reader, Responder
from tocsin.doors.api.told_alerts import AlertLine
from tocsin.doors.api.version import IfMatch, version_of

router = APIRouter(tags=["policies"])
Id = Annotated[Line, Path(description="Such as payments.")]
Priority = Annotated[Line, Query(description="Of the alert whose way is foretold: P1 to P5.")]


@router.get("/policies")
async def all_policies(caller: Reader) -> told.Policies:
    """Every escalation policy. `default` is that of alerts which name none: the handbook's, until somebody saves one."""
    return told.Policies(policies=[_told(one) for one in await policies.all_policies(caller.house)])


@router.get("/policies/{id}")
async def policy(id: Id, caller: Reader, response: Response, priority: Priority = "P3") -> told.ShownPolicy:
    """One policy, what would follow if an alert began now and nobody answered, and which steps reach nobody. `ETag` is its version."""
    found = await policies.policy(caller.house, id, priority)
    response.headers["ETag"] = f'"{found.kept.version}"'
    return _shown(found)


@router.put("/policies/{id}")
async def save_policy(
    id: Id, body: asked.SavePolicy, caller: Responder, if_match: IfMatch = None
) -> told.SavedPolicy:
    """Make a policy, or edit the one of that id; alerts that have begun keep what they were stamped with. `preview` says what it would do.

    For its team's members, and for admins; one of no team is for admins alone.
    """
    found = await policies_saved.save_policy(
        caller.house,
        by_visitor(caller.visitor, "api"),
        {**body.policy, "id": id},
        expected=version_of(body.expected_version, if_match),
        preview=body.preview,
    )
    shown = _shown(found.shown).model_dump()
    return told.SavedPolicy(**shown, is_new=found.is_new, is_changed=found.is_changed)


@router.delete("/policies/{id}", status_code=204)
async def delete_policy(
    id: Id, wanted: Annotated[Going, Query()], caller: Responder, if_match: IfMatch = None
) -> None:
    """Delete a policy; alerts that have begun go on by it. Refused, naming them, while other policies refer to it, without `force`."""
    expected = version_of(wanted.expected_version, if_match)
    by = by_visitor(caller.visitor, "api")
    await policies_saved.delete_policy(caller.house, by, id, expected=expected, force=wanted.force)


def _told(kept: KeptPolicy) -> told.Policy:
    one = kept.policy
    return told.Policy(
        id=one.id,
        name=one.name,
        team=one.team,
        version=kept.version,
        changed_by=kept.changed_by,
        changed_at=kept.changed_at,
        policy={name: value for name, value in written_policy(one).items() if name != "id"},
    )


def _shown(found: Shown) -> told.ShownPolicy:
    return told.ShownPolicy(
        **_told(found.kept).model_dump(),
        coming=[AlertLine(at=one.at, text=one.text, why=list(one.why)) for one in found.coming],
        warnings=list(found.warnings),
    )
