"""The hand "command": runs what a target declares, and undoes or restarts a rollout with kubectl. A program is started once for a step, or not at all."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from tocsin.core.procedures.declared import NAMED, Declared, Target
from tocsin.core.procedures.hands import JSON, Context, Done, Evidence, Failed, Hand, Seen, Step
from tocsin.core.work import Later, Refused
from tocsin.integrations.command.argv import argv_of, environment_of, kubectl_of, must_be_allowed
from tocsin.integrations.command.running import LOST, Ended, Running
from tocsin.integrations.command.supervise import STOPPED, TOO_LONG
from tocsin.integrations.inputs import Ends, Inputs, fail, refuse
from tocsin.settings import Settings

PATIENCE: Final = 20.0
"""Seconds for which one try follows a program; the next one goes on where it left off."""
AGAIN: Final = timedelta(seconds=1)
LOOK_LIMIT: Final = timedelta(seconds=30)
WHY: Final = {
    LOST: "was started, and nobody knows how it ended: see what came of it",
    TOO_LONG: "did not end in its time, and was killed",
    STOPPED: "was stopped, and may have done a part",
}
REVISION: Final = "deployment.kubernetes.io/revision"
STRUCK: Final = "•••"


@dataclass(slots=True)
class CommandHand:
    """`folder` is where it is written down what was started here. `secrets` are struck out of whatever programs say."""

    folder: Path
    declared: Declared
    secrets: Mapping[str, str]
    name: str = "command"

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen | Later | Refused:
        looks = {"run": self._would_run, "rollout": self._rollout}
        if what not in looks:
            return Refused(f"command has no look {what!r}; it has {', '.join(looks)}")
        try:
            return await looks[what](Inputs(inputs, {}))
        except Ends as end:
            return end.of_look

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        steps = {
            "run": self._run,
            "rollout_undo": self._undo,
            "rollout_restart": self._restart,
            "rollout_status": self._status,
        }
        if step.does not in steps:
            return Refused(f"command can't do {step.does!r}; it can {', '.join(steps)}")
        try:
            return await steps[step.does](Inputs(step.inputs, context.seen), step, context)
        except Ends as end:
            return end.outcome

    async def aclose(self) -> None:
        """What runs goes on: its supervisor writes down how it ends."""

    # A command

    async def _would_run(self, inputs: Inputs) -> Seen:
        """Inputs: target, commit, version, run. What would be run; a program that is not there is a problem."""
        target = inputs.target(self.declared)
        argv = argv_of(target, _values(inputs, inputs.text("run")))
        must_be_allowed(self.declared, argv)
        problems = () if _found(argv[0]) else (f"there is no program {argv[0]} here",)
        return Seen(
            {"argv": list(argv), "time_limit_seconds": int(target.time_limit.total_seconds())}, problems
        )

    async def _run(self, inputs: Inputs, step: Step, context: Context) -> Done | Later:
        """Inputs: target, commit, version, argv (as it was shown and approved; optional)."""
        target = inputs.target(self.declared)
        values = _values(inputs, context.run)
        argv = argv_of(target, values)
        shown = inputs.texts("argv")
        if shown and shown != argv:
            fail("what is declared for this target has changed since it was planned: plan again")
        return await self._followed(target, argv, values, step, context)

    async def _followed(
        self, target: Target, argv: tuple[str, ...], values: Mapping[str, str], step: Step, context: Context
    ) -> Done | Later:
        must_be_allowed(self.declared, argv)
        running = Running(self.folder, f"{context.run}/{step.id}")
        if not running.was_begun:
            if context.attempt > 1:
                fail(
                    f"{argv[0]} may have been started by another node, which can't be asked any more:"
                    " see what came of it before anything else is done"
                )
            if await context.stopped():
                fail("somebody stopped it before it was started")
            environment = environment_of(target, os.environ, self.secrets, values)
            await running.start(argv, environment, target.time_limit)

        async def say(line: str) -> None:
            await context.say(self._struck(line))

        ended = await running.follow(PATIENCE, say, context.stopped)
        if ended is None:
            return Later(f"{argv[0]} is running", AGAIN)
        return self._told(argv, ended)

    def _told(self, argv: tuple[str, ...], ended: Ended) -> Done:
        words = self._struck(" ".join(argv))
        if ended.code != 0:
            fail(f"{argv[0]} {WHY.get(ended.why, ended.why) or f'ended with status {ended.code}'}", words)
        return Done((Evidence(words, "ended with status 0"),), {"code": 0}, f"ran {words}")

    # A rollout of Kubernetes

    async def _rollout(self, inputs: Inputs) -> Seen:
        """Inputs: target. Its revision, and whether it stands."""
        return Seen(_state_of(await self._shown(inputs.target(self.declared))))

    async def _undo(self, inputs: Inputs, step: Step, context: Context) -> Done | Later:
        """Inputs: target, revision (to which; without, the one before), seen_revision (as it was planned)."""
        target = inputs.target(self.declared)
        seen, revision = inputs.text("seen_revision"), inputs.text("revision")
        begun = Running(self.folder, f"{context.run}/{step.id}").was_begun
        now = _state_of(await self._shown(target))
        if not begun and context.attempt == 1 and seen and now["revision"] != seen:
            fail(f"{target.workload} is at revision {now['revision']}, not at {seen} as planned: plan again")
        to = (f"--to-revision={revision}",) if revision.isdecimal() else ()
        argv = kubectl_of(target, "rollout", "undo", target.workload, *to)
        done = await self._followed(target, argv, {"run": context.run}, step, context)
        if isinstance(done, Later):
            return done
        after = _state_of(await self._shown(target))
        return Done(
            (*done.evidence, Evidence(target.workload, f"revision {after['revision']}")), after, done.said
        )

    async def _restart(self, inputs: Inputs, step: Step, context: Context) -> Done | Later:
        """Inputs: target. Its pods are started anew, one after the other, as they are."""
        target = inputs.target(self.declared)
        argv = kubectl_of(target, "rollout", "restart", target.workload)
        return await self._followed(target, argv, {"run": context.run}, step, context)

    async def _status(self, inputs: Inputs, step: Step, context: Context) -> Done | Later:
        """Inputs: target. It watches until the rollout stands."""
        target = inputs.target(self.declared)
        state = _state_of(await self._shown(target))
        if state["stands"] is True:
            images = (
                ", ".join(str(one) for one in state["images"]) if isinstance(state["images"], list) else ""
            )
            evidence = Evidence(
                target.workload, f"all replicas are at revision {state['revision']}: {images}"
            )
            return Done((evidence,), state, f"{target.workload} stands")
        since = context.since or context.now
        if context.now - since > target.time_limit:
            fail(f"{target.workload} does not stand after {target.time_limit.total_seconds() / 60:g} min")
        return Later(f"{target.workload} is being rolled out", timedelta(seconds=5))

    async def _shown(self, target: Target) -> dict[str, Any]:
        argv = kubectl_of(target, "get", target.workload, "--output=json")
        must_be_allowed(self.declared, argv)
        environment = environment_of(target, os.environ, self.secrets, {})
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=environment,
                cwd="/",
            )
        except OSError as why:
            refuse(f"kubectl can't be started: {why.strerror}")
        try:
            out, err = await asyncio.wait_for(process.communicate(), LOOK_LIMIT.total_seconds())
        except TimeoutError:
            process.kill()
            await process.wait()
            raise Ends(Later("kubectl did not answer in time")) from None
        if process.returncode != 0:
            raise Ends(
                Later(f"kubectl can't say: {self._struck(err.decode(errors='replace'))[:300].strip()}")
            )
        found: dict[str, Any] = msgspec.json.decode(out)
        return found

    def _struck(self, text: str) -> str:
        for secret in self.secrets.values():
            text = text.replace(secret, STRUCK) if len(secret) > 3 else text
        return text


def _values(inputs: Inputs, run: str) -> dict[str, str]:
    return {"commit": inputs.text("commit"), "version": inputs.text("version"), "run": run}


def _found(program: str) -> bool:
    if "/" in program:
        return os.access(program, os.X_OK)
    return any(os.access(Path(folder) / program, os.X_OK) for folder in os.get_exec_path())


def _state_of(shown: Mapping[str, Any]) -> dict[str, JSON]:
    """What kubectl shows of a workload, as far as it matters."""
    about, spec, status = shown.get("metadata", {}), shown.get("spec", {}), shown.get("status", {})
    wanted = spec.get("replicas", 1)
    containers = spec.get("template", {}).get("spec", {}).get("containers", [])
    stands = (
        status.get("observedGeneration", 0) >= about.get("generation", 0)
        and status.get("updatedReplicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
        and status.get("replicas", wanted) == wanted
    )
    return {
        "revision": str(about.get("annotations", {}).get(REVISION, "")),
        "stands": stands,
        "images": [str(one.get("image", "")) for one in containers],
    }


def hands(settings: Settings, declared: Declared, secrets: Mapping[str, str]) -> list[Hand]:
    """The one hand, where programs may be started; none otherwise."""
    if not declared.programs:
        return []
    named = {name.removeprefix(NAMED) for one in declared.targets for name in one.variables}
    given = {name: value for name, value in secrets.items() if name in named}
    return [CommandHand(settings.data.absolute() / "commands", declared, given)]
