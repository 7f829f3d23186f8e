"""Locks a branch to a few, and gives back exactly the protection that it had. Nothing is written over what somebody else has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tocsin.core.procedures.hands import JSON, Done, Evidence, Seen
from tocsin.core.work import Refused
from tocsin.integrations.github.procedures.job import Job, Look
from tocsin.integrations.github.procedures.settings_of_branch import (
    RESTRICTIONS,
    Settings,
    differing,
    not_kept,
    restricted_to,
    settings_of,
    written,
)
from tocsin.integrations.http import Failed
from tocsin.integrations.inputs import fail, refuse

MAY_WRITE: Final = ("admin", "maintain", "write")


async def lockable(look: Look) -> Seen:
    """Inputs: branch, logins (of authors), team (a slug). All that a lock depends on; it forbids nothing itself."""
    branch, repo = look.inputs.needed("branch"), await look.client.repository(look.repository)
    owner = look.repository.partition("/")[0]
    members, others = await _sifted(look, owner)
    team = look.inputs.needed("team")
    values: dict[str, JSON] = {
        "organisation": repo.is_of_organisation,
        "admin": repo.permissions.get("admin"),
        "members": members,
        "others": others,
        "team": await look.client.has_team(owner, team),
        "us": await look.client.viewer(),
    }
    return Seen(values | await _shown(look, branch))


async def locked(look: Look) -> Seen:
    """Inputs: as `unlock_branch`. What somebody has changed since it was locked, by name."""
    now, before = await _now(look, may_be_gone=True), _before(look)
    if not now:
        return Seen({"changed": ["all of it is gone"]})
    return Seen({"changed": [] if now == before else [*differing(now, _ours(look))]})


async def keep_protection(job: Job) -> Done:
    """Inputs: branch, settings (as they were planned with). All of it as it is now, for whoever gives it back."""
    now, branch = await _now(job), job.inputs.needed("branch")
    if changed := differing(now, _before(job)):
        fail(f"what protects {branch} has changed since it was planned: {', '.join(changed)}")
    return Done((Evidence(f"protection of {branch}", "kept, all of it"),), {"settings": now})


async def lock_branch(job: Job) -> Done:
    """Inputs: branch, settings (from before), users, teams. Nobody else may push; all else is as before, or it is taken back."""
    branch, before, ours = job.inputs.needed("branch"), _before(job), _ours(job)
    now = await _now(job)
    if now != ours:
        if changed := differing(now, before):
            fail(f"what protects {branch} has changed since it was kept: {', '.join(changed)}")
        await job.must_go_on()
        await job.client.protect(job.repository, branch, written(ours))
        now = await _now(job)
    if changed := differing(now, ours):
        await _taken_back(job, before, changed)
    users, teams = [*job.inputs.texts("users")], [*job.inputs.texts("teams")]
    who = ", ".join([*users, *(f"team {one}" for one in teams)])
    evidence = (
        Evidence(f"may push to {branch}", f"{who}, read again"),
        Evidence(f"all else that protects {branch}", "as before, read again"),
    )
    outputs: dict[str, JSON] = {"locked": {"branch": branch, "users": [*users], "teams": [*teams]}}
    return Done(evidence, outputs, f"{branch} is locked to {who}")


async def unlock_branch(job: Job) -> Done:
    """Inputs: branch, settings (from before), users, teams. The restriction goes, and what is read then is what was before.

    What people changed meanwhile is undone by that; the plan says so.
    """
    branch, before = job.inputs.needed("branch"), _before(job)
    now, said = await _now(job, may_be_gone=True), f"{branch} was as before already"
    if now != before:
        await job.must_go_on()
        if now and not differing(now, before | {RESTRICTIONS: now[RESTRICTIONS]}):
            await job.client.unrestrict(job.repository, branch)
            now = await _now(job, may_be_gone=True)
        if now != before:
            await job.client.protect(job.repository, branch, written(before))
            now = await _now(job)
        said = f"{branch} is protected as it was before the lock"
    if changed := differing(now, before):
        fail(f"{branch} is not as it was before: {', '.join(changed)} differ still; mend that by hand")
    return Done((Evidence(f"protection of {branch}", "equal to what was kept, read again"),), {}, said)


async def _taken_back(job: Job, before: Settings, changed: list[str]) -> None:
    """GitHub did not do what it was asked: what was before is put back, and people are told."""
    branch, names = job.inputs.needed("branch"), ", ".join(changed)
    await job.client.protect(job.repository, branch, written(before))
    left = differing(await _now(job), before)
    stands = f"and {', '.join(left)} could not be put back" if left else "all is as it was before again"
    fail(f"GitHub did not lock {branch} as it was asked ({names} came out differently); {stands}")


async def _sifted(look: Look, owner: str) -> tuple[list[JSON], list[JSON]]:
    """The authors whom GitHub lets be named in a restriction, and all others."""
    members: list[JSON] = []
    others: list[JSON] = []
    for login in look.inputs.texts("logins"):
        access = None
        if await look.client.is_member(owner, login):
            access = await look.client.access(look.repository, login)
        if access and access.permission in MAY_WRITE:
            # As GitHub spells it: so it is read again.
            members.append(access.user.login if access.user else login)
        else:
            others.append(login)
    return members, others


async def _shown(look: Look, branch: str) -> dict[str, JSON]:
    about = await look.client.branch(look.repository, branch)
    if not about.protected:
        return {"protected": False}
    try:
        shown = await look.client.protection(look.repository, branch)
    except Failed as why:
        if not isinstance(why.outcome, Refused):
            raise
        return {"protected": True, "readable": False, "why": why.outcome.why}
    settings = settings_of(shown)
    return {
        "protected": True,
        "readable": True,
        "settings": settings,
        "restricted": _in_words(settings[RESTRICTIONS]),
        "cannot_keep": [*not_kept(shown)],
    }


def _in_words(who: Any) -> str:
    """Whom a restriction names already; "" where there is none."""
    if who is None:
        return ""
    named = [f"{kind} {one}" for kind, names in who.items() for one in names]
    return ", ".join(named) or "to nobody"


async def _now(look: Look, *, may_be_gone: bool = False) -> Settings:
    """The protection as it is now. Where it may be gone, none at all is {}."""
    try:
        shown: Mapping[str, Any] = await look.client.protection(look.repository, look.inputs.needed("branch"))
    except Failed as why:
        if may_be_gone and why.status == 404:
            return {}
        raise
    return settings_of(shown)


def _before(look: Look) -> Settings:
    found = look.inputs.value("settings")
    if not isinstance(found, dict) or RESTRICTIONS not in found:
        refuse("`settings` is no protection of a branch")
    return found


def _ours(look: Look) -> Settings:
    return restricted_to(_before(look), look.inputs.texts("users"), look.inputs.texts("teams"))
