"""The pages that show escalation policies: all of them, and one with whom it would reach now and when; and the one that deletes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from starlette.responses import Response

from tocsin.acts import policies, policies_saved
from tocsin.acts.oncall.by import by_visitor
from tocsin.acts.people import Directory, everybody
from tocsin.acts.policies import DEFAULT, KeptPolicy, Shown
from tocsin.acts.rights import Visitor
from tocsin.core.escalation.explain import Line
from tocsin.core.escalation.policy import POLICY, PRIORITIES, SCHEDULE, Target
from tocsin.core.escalation.step_words import condition_words, when_words
from tocsin.core.people import Roster
from tocsin.core.spans import span_text
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import HIDDEN, Field, Sheet
from tocsin.doors.web.local_time import clock_of
from tocsin.doors.web.on_call.asking import version_in
from tocsin.doors.web.visit import Visit
from tocsin.errors import NotFound, TocsinError

PLACES: Final = {SCHEDULE: "/on-call/", POLICY: "/on-call/policies/"}
"""Where what a step names has a page of its own."""


async def show_all(visit: Visit) -> Response:
    """Every policy, with whom its first step reaches."""
    known = await everybody(visit.house)
    found = await policies.all_policies(visit.house)
    return visit.page(
        "policies.html",
        rows=[(one, list(steps_of(one))) for one in found],
        default=DEFAULT,
        may_make=may_make(visit.me, known),
    )


async def show(visit: Visit) -> Response:
    """One policy: what would follow if an alert of a priority began now, and what it says."""
    priority = visit.request.query_params.get("priority", policies.USUAL)
    shown = await policies.policy(visit.house, visit.name("id"), priority)
    known, kept = await everybody(visit.house), shown.kept
    now = visit.house.clock.now()
    return visit.page(
        "policy.html",
        kept=kept,
        steps=list(steps_of(kept)),
        ladder_lines=list(ladder_of(shown)),
        warnings=shown.warnings,
        priority=priority,
        priorities=PRIORITIES,
        ending=_ending(kept),
        changes=await policies.changes(visit.house, kept.id),
        clock=clock_of(known.people, visit.me.person, now),
        roster=Roster(known.people, known.teams),
        may_edit=may_edit(visit.me, known, kept),
        default=DEFAULT,
    )


async def ask_delete(visit: Visit) -> Response:
    return await _delete(visit)


async def delete(visit: Visit) -> Response:
    id, by = visit.name("id"), by_visitor(visit.me, "web")
    users = await policies_saved.users_of(visit.house, id)
    # Who was shown which policies name it says with the button that it may be taken out of them.
    force = {one.policy for one in users} <= set(visit.form.text("meant").split(","))
    try:
        await policies_saved.delete_policy(visit.house, by, id, expected=version_in(visit.form), force=force)
    except TocsinError as why:
        return await _delete(visit, why)
    return visit.went_well(
        "/on-call/policies", f"The policy {id} is deleted; alerts that have begun go on by it."
    )


async def _delete(visit: Visit, error: TocsinError | None = None) -> Response:
    kept = await saved_one(visit)
    note = "Alerts that have begun go on by it." + (
        " Those that name no policy go by the handbook from now on." if kept.id == DEFAULT else ""
    )
    users = await policies_saved.users_of(visit.house, kept.id)
    sheet = Sheet(
        "delete", f"Delete {kept.policy.name}", "Delete it all the same" if users else "Delete it",
        (Field("version", "Version", HIDDEN, str(kept.version)),), help=note, danger=True,
        wrong=error.message if error else "", meant=",".join(one.policy for one in users),
    )  # fmt: skip
    status = status_of(error) if error else 200
    return visit.page("policy_delete.html", status=status, sheet=sheet, kept=kept, users=users)


async def saved_one(visit: Visit) -> KeptPolicy:
    """The policy that the address names, where somebody has saved it. NotFound for the handbook's."""
    kept = (await policies.policy(visit.house, visit.name("id"))).kept
    if not kept.version:
        raise NotFound(f"Nobody has saved the policy {kept.id}: it is what the handbook says", field="policy")
    return kept


def may_make(me: Visitor, known: Directory) -> bool:
    return me.may("admin") or (me.may("respond") and any(me.person in one for one in known.teams.values()))


def may_edit(me: Visitor, known: Directory, kept: KeptPolicy) -> bool:
    """Whether the act would let them: the page offers nothing that it would refuse."""
    return me.may("admin") or (me.may("respond") and me.person in known.teams.get(kept.policy.team, ()))


def ladder_of(shown: Shown) -> Iterator[tuple[str, Line]]:
    """What would follow, each with how long after the start."""
    for line in shown.coming:
        yield (f"after {span_text(line.at - shown.at)}" if line.at > shown.at else "at once"), line


def steps_of(kept: KeptPolicy) -> Iterator[tuple[str, list[tuple[str, str]], list[str]]]:
    """Each step as it is written: when it comes, whom it names (with where that has a page), under which conditions."""
    for n, step in enumerate(kept.policy.steps, 1):
        targets = [(one.written, _page_of(one)) for one in step.to]
        yield when_words(step, n), targets, list(condition_words(step))


def _page_of(target: Target) -> str:
    return f"{PLACES[target.kind]}{target.name}" if target.kind in PLACES else ""


def _ending(kept: KeptPolicy) -> list[tuple[str, str]]:
    """What it says beside its steps."""
    one = kept.policy
    times = "not at all" if not one.repeat else "once" if one.repeat == 1 else f"{one.repeat} times"
    last = ", ".join(target.written for target in one.last_resort)
    return [
        (
            "Taken anew",
            f"{times}{f', {span_text(one.again_after)} after the last step' if one.repeat else ''}",
        ),
        ("Last resort", f"{last or 'the last step again'}, every {span_text(one.again_after)}"),
        ("Acknowledged by", "all who are paged" if one.acknowledged_by == "all" else "one who is paged"),
        ("An acknowledgement counts", span_text(one.forgotten_after) if one.forgotten_after else "for good"),
    ]
