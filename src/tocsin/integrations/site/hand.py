"""The hand "site": watches the version that a site reports, and the signal that shows whether it is well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from tocsin.core.deploys.deploy import is_same_commit
from tocsin.core.procedures.declared import Declared, Target
from tocsin.core.procedures.hands import JSON, Context, Done, Evidence, Failed, Hand, Seen, Step
from tocsin.core.spans import span_text
from tocsin.core.work import Later, Refused
from tocsin.integrations.http import NO_ANSWER, Outside
from tocsin.integrations.http import Failed as CallFailed
from tocsin.integrations.inputs import Ends, Inputs, fail, refuse
from tocsin.settings import Settings

EVERY: Final = timedelta(seconds=10)
PATIENCE_MINUTES: Final = 30
STEADY_MINUTES: Final = 2
"""So long it has to be well without a break before it counts as recovered."""
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address said: whether it is well, and in words what it was."""

    is_well: bool
    words: str


@dataclass(slots=True)
class SiteHand:
    """`well_since` remembers for each step that watches since when all was well; a node that takes over begins anew."""

    outside: Outside
    declared: Declared
    well_since: dict[str, datetime] = field(default_factory=dict)
    name: str = "site"

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen | Later | Refused:
        looks = {"version": self._version_seen, "health": self._health_seen}
        if what not in looks:
            return Refused(f"site has no look {what!r}; it has {', '.join(looks)}")
        try:
            return await looks[what](Inputs(inputs, {}))
        except CallFailed as why:
            return why.outcome
        except Ends as end:
            return end.of_look

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        steps = {"version": self._version, "healthy": self._healthy}
        if step.does not in steps:
            return Refused(f"site can't do {step.does!r}; it can {', '.join(steps)}")
        try:
            return await steps[step.does](Inputs(step.inputs, context.seen), step, context)
        except Ends as end:
            return end.outcome

    async def aclose(self) -> None:
        await self.outside.aclose()

    async def _version_seen(self, inputs: Inputs) -> Seen:
        """Inputs: target. The version that it reports."""
        target = inputs.target(self.declared)
        return Seen({"version": await self._reported(target), "url": target.version_url})

    async def _health_seen(self, inputs: Inputs) -> Seen:
        """Inputs: target. Whether it is well at this moment."""
        target = inputs.target(self.declared)
        answer = await self._asked(target)
        return Seen({"well": answer.is_well, "says": answer.words, "url": target.health_url})

    async def _version(self, inputs: Inputs, step: Step, context: Context) -> Done | Later:
        """Inputs: target, versions (any of which is right: the version, the commit), limit_minutes. It watches until the site reports one."""
        target, wanted = inputs.target(self.declared), inputs.texts("versions")
        wanted += tuple(filter(None, (inputs.text("version"), inputs.text("commit"))))
        if not wanted:
            refuse("`versions` is missing")
        try:
            reported = await self._reported(target)
        except CallFailed as why:
            return _wait(inputs, context, f"{target.service} does not say its version: {why.outcome.why}")
        if any(reported == one or (len(one) >= 7 and is_same_commit(reported, one)) for one in wanted):
            evidence = Evidence(f"version that {target.service} reports", reported, target.version_url)
            return Done((evidence,), {"version": reported}, f"{target.service} runs {reported}")
        return _wait(inputs, context, f"{target.service} still runs {reported}, not {wanted[0]}")

    async def _healthy(self, inputs: Inputs, step: Step, context: Context) -> Done | Later:
        """Inputs: target, minutes (how long it is watched), steady_minutes (how long it must be well without a break)."""
        target = inputs.target(self.declared)
        watch = timedelta(minutes=inputs.number("minutes")) or target.watch
        steady = min(timedelta(minutes=inputs.number("steady_minutes", STEADY_MINUTES)), watch)
        answer = await self._asked(target)
        key, now = f"{context.run}/{step.id}", context.now
        if not answer.is_well:
            self.well_since.pop(key, None)
        since = self.well_since.setdefault(key, now) if answer.is_well else None
        if since is not None and now - since >= steady:
            del self.well_since[key]
            words = f"well for {span_text(steady)} without a break"
            evidence = Evidence(f"signal of {target.service}", f"recovered: {words}", target.health_url)
            return Done((evidence,), {"recovered": True}, f"recovered: {target.service} is {words}")
        if now - (context.since or now) >= watch + (steady if since else timedelta(0)):
            self.well_since.pop(key, None)
            fail(f"not recovered: {target.service} was watched for {span_text(watch)}: {answer.words}")
        return Later(f"{target.service}: {answer.words}", EVERY)

    async def _reported(self, target: Target) -> str:
        if not target.version_url:
            refuse(f"{target.id} declares no version_url")
        content = await self.outside.fetch("GET", target.version_url, now=_now())
        try:
            found: Any = msgspec.json.decode(content)
        except NO_ANSWER:
            # A site may say its version and no more.
            return content.decode("utf-8", "replace").strip()[:LONGEST]
        for name in target.version_field.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, str | int) or found == "":
            raise CallFailed(Later(f"{target.version_url} has no {target.version_field}"))
        return str(found)[:LONGEST]

    async def _asked(self, target: Target) -> Answer:
        if not target.health_url:
            refuse(f"{target.id} declares no health_url")
        try:
            await self.outside.fetch("GET", target.health_url, now=_now())
        except CallFailed as why:
            return Answer(False, why.outcome.why)
        return Answer(True, "it is well")


def _wait(inputs: Inputs, context: Context, why: str) -> Later:
    limit = timedelta(minutes=inputs.number("limit_minutes", PATIENCE_MINUTES))
    if context.now - (context.since or context.now) > limit:
        fail(f"gave up after {span_text(limit)}: {why}")
    return Later(why, EVERY)


def _now() -> datetime:
    """Only for limits that a service names as instants of the world's own clock."""
    return datetime.now(UTC)


def hands(settings: Settings, declared: Declared, secrets: Mapping[str, str]) -> list[Hand]:
    """The one hand, where a target says what to ask; none otherwise."""
    if not any(one.version_url or one.health_url for one in declared.targets):
        return []
    return [SiteHand(Outside("The site", ""), declared)]
