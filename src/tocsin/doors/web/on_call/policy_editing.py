"""The pages on which a policy is made and edited: each says before saving whom it would reach now, and who can't be."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from zoneinfo import available_timezones

from starlette.responses import Response

from tocsin.acts import policies, policies_saved
from tocsin.acts.oncall.by import by_visitor, must_keep
from tocsin.acts.people import everybody
from tocsin.acts.policies import KeptPolicy, PolicyChange
from tocsin.acts.policies_saved import SavedPolicy
from tocsin.core.escalation.differences import policy_differences
from tocsin.core.escalation.policy import PRIORITIES
from tocsin.core.escalation.written import Known
from tocsin.core.people import Roster
from tocsin.doors.errors import status_of
from tocsin.doors.web.alert_forms import targets
from tocsin.doors.web.local_time import clock_of
from tocsin.doors.web.on_call.asking import is_preview, version_in
from tocsin.doors.web.on_call.plan_form import Wrong
from tocsin.doors.web.on_call.policies import ladder_of
from tocsin.doors.web.on_call.policy_form import (
    PolicyForm,
    form_of,
    new_form,
    pressed,
    typed_in,
    wrong_of,
)
from tocsin.doors.web.visit import Visit
from tocsin.errors import Conflict, TocsinError

CONDITIONS = (
    ("not-acknowledged", "unless somebody acknowledged by then"),
    ("not-closed", "unless it is closed by then"),
)
ANSWERS = (("one", "one of those paged"), ("all", "all of them"))


async def new(visit: Visit) -> Response:
    known = await everybody(visit.house)
    team = next((name for name, members in known.teams.items() if visit.me.person in members), "")
    return await _page(visit, None, new_form(await _zone(visit), team))


async def edit(visit: Visit) -> Response:
    kept = await _kept(visit)
    known = await everybody(visit.house)
    must_keep(by_visitor(visit.me, "web"), known, kept.policy.team, f"the policy {kept.id}")
    return await _page(visit, kept, form_of(kept.policy, await _zone(visit)), version=kept.version)


async def make(visit: Visit) -> Response:
    return await _save(visit, None)


async def save(visit: Visit) -> Response:
    return await _save(visit, await _kept(visit))


async def _save(visit: Visit, kept: KeptPolicy | None) -> Response:
    """Do what the button says: change the form, preview, or save. Refused, the form comes again with what was typed."""
    typed, version = typed_in(visit.form), version_in(visit.form)
    changed = pressed(typed, visit.form.text("do"), await _zone(visit))
    if changed is not None:
        return await _page(visit, kept, changed, version=version)
    try:
        if kept is None:
            await _must_be_free(visit, typed.head["id"].strip())
        saved = await _saved(visit, typed, kept, version, preview=True)
        # What reaches nobody is shown first: whoever saves it all the same has seen it.
        is_shown = is_preview(visit) or visit.form.text("meant") != _meant(saved)
        if not is_shown:
            saved = await _saved(visit, typed, kept, version, preview=False)
    except TocsinError as why:
        # The newest version comes with what was typed and with what others did: to save it again is to decide.
        stale = why.field == "expected_version" and kept is not None and version is not None
        newest = kept.version if stale and kept else version
        others = await _meanwhile(visit, kept, version or 0) if stale and kept else ()
        return await _page(visit, kept, typed, version=newest, error=why, meanwhile=others)
    if is_shown:
        return await _page(visit, kept, typed, version=version, saved=saved)
    said = "is saved" if saved.is_changed else "is as it was"
    one = saved.shown.kept
    return visit.went_well(f"/on-call/policies/{one.id}", f"The policy {one.policy.name} {said}.")


async def _saved(
    visit: Visit, typed: PolicyForm, kept: KeptPolicy | None, version: int | None, *, preview: bool
) -> SavedPolicy:
    doc = typed.written() | ({"id": kept.id} if kept else {})
    # The handbook's own is at no version: whoever saves it makes it.
    expected = version if kept and kept.version else None
    by = by_visitor(visit.me, "web")
    return await policies_saved.save_policy(visit.house, by, doc, expected=expected, preview=preview)


def _meant(saved: SavedPolicy) -> str:
    """What the button sends with which somebody says that these steps may reach nobody; "" where all reach somebody."""
    warnings = "\n".join(saved.shown.warnings)
    return hashlib.sha256(warnings.encode()).hexdigest()[:16] if warnings else ""


async def _must_be_free(visit: Visit, id: str) -> None:
    """Conflict where a new policy would be another one's edit."""
    found = {one.id: one for one in await policies.all_policies(visit.house)}
    if id in found and found[id].version:
        raise Conflict(f"There is a policy {id} already: edit that one, or write another id", field="id")


async def _kept(visit: Visit) -> KeptPolicy:
    return (await policies.policy(visit.house, visit.name("id"))).kept


async def _zone(visit: Visit) -> str:
    known = await everybody(visit.house)
    return clock_of(known.people, visit.me.person, visit.house.clock.now()).zone


async def _meanwhile(visit: Visit, kept: KeptPolicy, seen: int) -> Sequence[PolicyChange]:
    return [one for one in await policies.changes(visit.house, kept.id, 20) if one.after_version > seen]


async def _page(
    visit: Visit,
    kept: KeptPolicy | None,
    policy: PolicyForm,
    *,
    version: int | None = None,
    error: TocsinError | None = None,
    saved: SavedPolicy | None = None,
    meanwhile: Sequence[PolicyChange] = (),
) -> Response:
    known = await everybody(visit.house)
    names = await policies.known_names(visit.house)
    now = visit.house.clock.now()
    return visit.page(
        "policy_edit.html",
        status=status_of(error) if error else 200,
        kept=kept,
        policy=policy,
        version=version,
        wrong=wrong_of(error) if error else Wrong(),
        meanwhile=meanwhile,
        saved=saved,
        ladder_lines=list(ladder_of(saved.shown)) if saved else [],
        usual=policies.USUAL,
        meant=_meant(saved) if saved else "",
        differences=policy_differences(kept.policy, saved.shown.kept.policy) if saved and kept else (),
        clock=clock_of(known.people, visit.me.person, now),
        roster=Roster(known.people, known.teams),
        names=_names(names, kept),
        teams=[*known.teams],
        zones=sorted(available_timezones()),
        priorities=PRIORITIES,
        conditions=CONDITIONS,
        answers=ANSWERS,
    )


def _names(known: Known, kept: KeptPolicy | None) -> list[str]:
    """Names to tap beside a field for whom a step reaches."""
    others = sorted(one for one in known.policies or () if kept is None or one != kept.id)
    return [*targets(known), *(f"policy:{one}" for one in others), "admins"]
