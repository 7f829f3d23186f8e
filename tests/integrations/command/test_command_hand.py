"""The hand "command" on real processes: what is run, with what, for how long, and never twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from hand_steps import Procedure
from tocsin.core.procedures.declared import KUBECTL, Declared, Target
from tocsin.core.procedures.hands import Done, Refused
from tocsin.core.work import Later
from tocsin.integrations.command.hand import STRUCK, CommandHand

SECRET = "s3cret-of-the-deploys"
PYTHON = sys.executable


def target(*words: str, seconds: float = 20, **more: object) -> Target:
    return Target(
        "site", "site", by="command", command=words, time_limit=timedelta(seconds=seconds), **more  # type: ignore[arg-type]
    )  # fmt: skip


def script(folder: Path, text: str) -> str:
    path = folder / "deploy.py"
    path.write_text(f"#!{PYTHON}\n{text}")
    path.chmod(0o755)
    return str(path)


def running(folder: Path, one: Target) -> Procedure:
    declared = Declared((one,), programs=(one.command[0] if one.command else "kubectl",))
    return Procedure(CommandHand(folder / "commands", declared, {"DEPLOY": SECRET}))


async def test_a_command_is_run_with_its_arguments_and_what_it_says_is_given_on(tmp_path: Path) -> None:
    program = script(
        tmp_path, "import sys; print('to', *sys.argv[1:], flush=True); print('done', file=sys.stderr)"
    )
    procedure = running(tmp_path, target(program, "--to={version}", "; rm -rf / #"))

    done = await procedure.do("command.run", target="site", version="v7")

    assert procedure.said == ["to --to=v7 ; rm -rf / #", "done"]
    assert done.evidence[0].value == "ended with status 0"


async def test_a_program_that_is_not_on_the_list_is_never_started(tmp_path: Path) -> None:
    one = target("/bin/true")
    procedure = Procedure(CommandHand(tmp_path, Declared((one,), programs=("/bin/false",)), {}))

    why = await procedure.no("command.run", target="site")

    assert why == "/bin/true is not on the list of programs that may be started"


async def test_the_environment_holds_only_what_is_named_and_secrets_are_struck_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTER", "one")
    monkeypatch.setenv("OTHER", "not named")
    program = script(
        tmp_path, "import os; print(sorted(os.environ)); print(os.environ['TOCSIN_SECRET_DEPLOY'])"
    )
    procedure = running(tmp_path, target(program, variables=("CLUSTER", "TOCSIN_SECRET_DEPLOY")))

    await procedure.do("command.run", target="site", version="v7")

    names = set(eval(procedure.said[0]))
    assert {"CLUSTER", "TOCSIN_RUN", "TOCSIN_VERSION", "TOCSIN_SECRET_DEPLOY"} <= names
    assert "OTHER" not in names
    assert procedure.said[1] == STRUCK


async def test_what_a_program_put_out_is_kept_on_no_disk_once_it_was_given_on(tmp_path: Path) -> None:
    """It may hold secrets; only what is struck out of is kept."""
    program = script(tmp_path, "import os; print('say', os.environ['TOCSIN_SECRET_DEPLOY'])")
    procedure = running(tmp_path, target(program, variables=("TOCSIN_SECRET_DEPLOY",)))

    await procedure.do("command.run", target="site", version="v7")
    again = await procedure.do("command.run", 2, target="site", version="v7")

    assert (procedure.said, again.outputs) == ([f"say {STRUCK}"], {"code": 0})
    kept = [one.read_text() for one in (tmp_path / "commands").rglob("output")]
    assert kept == [""]


async def test_a_command_that_fails_ends_the_run_with_its_status(tmp_path: Path) -> None:
    program = script(tmp_path, "raise SystemExit(3)")

    why = await running(tmp_path, target(program)).no("command.run", target="site")

    assert why == f"{program} ended with status 3"


async def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    procedure = running(tmp_path, target("/nowhere/deploy"))

    why = await procedure.no("command.run", target="site")
    seen = await procedure.hand.look("run", {"target": "site"})

    assert why == "/nowhere/deploy could not be started: No such file or directory"
    assert seen.problems == ("there is no program /nowhere/deploy here",)  # type: ignore[union-attr]


async def test_a_command_that_takes_too_long_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    program = script(
        tmp_path,
        f"import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(pid)!r}, 'w').write(str(child.pid)); time.sleep(60)",
    )

    why = await running(tmp_path, target(program, seconds=1)).no("command.run", target="site")

    assert why == f"{program} did not end in its time, and was killed"
    await _gone(int(pid.read_text()))


async def test_stop_ends_the_command_with_all_that_it_started(tmp_path: Path) -> None:
    program = script(tmp_path, "import time; print('begun', flush=True); time.sleep(60)")
    procedure = running(tmp_path, target(program))
    procedure.stop = lambda: procedure.said == ["begun"]

    why = await procedure.no("command.run", target="site")

    assert why == f"{program} was stopped, and may have done a part"


async def test_a_second_try_finds_what_the_first_one_started_and_runs_it_no_second_time(
    tmp_path: Path,
) -> None:
    done = tmp_path / "done"
    program = script(
        tmp_path,
        f"import time; print('begun', flush=True); time.sleep(1); open({str(done)!r}, 'a').write('x')",
    )
    procedure = running(tmp_path, target(program))
    first = asyncio.create_task(procedure.end("command.run", target="site"))
    while procedure.said != ["begun"]:
        await asyncio.sleep(0.02)
    first.cancel()  # As kill -9 would: the first try records nothing.

    second = await running(tmp_path, target(program)).do("command.run", 2, target="site")

    assert done.read_text() == "x"
    assert second.outputs == {"code": 0}


async def test_a_third_try_long_after_its_end_tells_the_same_and_repeats_no_output(tmp_path: Path) -> None:
    program = script(tmp_path, "print('once')")
    await running(tmp_path, target(program)).do("command.run", target="site")

    procedure = running(tmp_path, target(program))
    await procedure.do("command.run", 3, target="site")

    assert procedure.said == []


async def test_what_another_node_may_have_started_is_left_to_people(tmp_path: Path) -> None:
    why = await running(tmp_path, target("/bin/true")).no("command.run", 2, target="site")

    assert "may have been started by another node" in why


async def test_what_was_started_and_lost_is_left_to_people(tmp_path: Path) -> None:
    program = script(tmp_path, "import time; print('begun', flush=True); time.sleep(60)")
    procedure = running(tmp_path, target(program))
    first = asyncio.create_task(procedure.end("command.run", target="site"))
    while procedure.said != ["begun"]:
        await asyncio.sleep(0.02)
    first.cancel()
    (folder,) = (tmp_path / "commands").iterdir()
    supervisor = int((folder / "pid").read_text())
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    for pid in (supervisor, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    await _gone(supervisor)

    why = await running(tmp_path, target(program)).no("command.run", 2, target="site")

    assert "nobody knows how it ended" in why


@pytest.mark.parametrize("value", ["--force", "a b", "$(reboot)", ""])
async def test_a_value_that_could_be_taken_for_something_else_is_refused(tmp_path: Path, value: str) -> None:
    procedure = running(tmp_path, target("/bin/true", "{version}"))

    assert isinstance(await procedure.end("command.run", target="site", version=value), Refused)


async def test_a_declaration_that_changed_since_it_was_approved_is_refused(tmp_path: Path) -> None:
    procedure = running(tmp_path, target("/bin/true", "--now"))

    why = await procedure.no("command.run", target="site", argv=["/bin/true"])

    assert "has changed since it was planned" in why


async def test_a_long_command_is_followed_in_several_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.integrations.command.hand.PATIENCE", 0.2)
    program = script(tmp_path, "import time; print('begun', flush=True); time.sleep(0.6); print('over')")
    procedure = running(tmp_path, target(program))

    first = await procedure.end("command.run", target="site")
    outcome = first
    for attempt in range(2, 40):
        if isinstance(outcome, Done):
            break
        outcome = await procedure.end("command.run", attempt, target="site")

    assert isinstance(first, Later)
    assert isinstance(outcome, Done)
    assert procedure.said == ["begun", "over"]


# --- kubectl ----------------------------------------------------------------------------------------------------------------

CLUSTER = '''
import json, pathlib, sys
state = pathlib.Path({state!r})
now = json.loads(state.read_text()) if state.exists() else {{"revision": 8, "undone": 0}}
words = sys.argv[1:]
assert words[:4] == ["--context", "prod", "--namespace", "web"], words
if words[4:6] in (["rollout", "undo"], ["rollout", "restart"]):
    assert words[6] == "deployment/site", words
    now = {{"revision": now["revision"] + 1, "undone": now["undone"] + 1}}
    state.write_text(json.dumps(now))
    print("deployment.apps/site rolled back" if words[5] == "undo" else "deployment.apps/site restarted")
else:
    n = 3
    print(json.dumps({{
        "metadata": {{"generation": 2, "annotations": {{"deployment.kubernetes.io/revision": str(now["revision"])}}}},
        "spec": {{"replicas": n, "template": {{"spec": {{"containers": [{{"image": "site:v7"}}]}}}}}},
        "status": {{"observedGeneration": 2, "replicas": n, "updatedReplicas": n, "availableReplicas": n}},
    }}))
'''  # fmt: skip


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Procedure:
    """A program of that name that answers as kubectl does. It counts how often it undoes."""
    program = tmp_path / "kubectl"
    program.write_text(f"#!{PYTHON}\n" + CLUSTER.format(state=str(tmp_path / "state")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    one = Target(
        "site", "site", by=KUBECTL, workload="deployment/site", namespace="web", cluster="prod"
    )  # fmt: skip
    return running(tmp_path, one)


async def test_a_rollout_is_undone_once_and_watched_until_it_stands(kubectl: Procedure) -> None:
    seen = await kubectl.look("rollout", target="site")

    undone = await kubectl.do("command.rollout_undo", target="site", seen_revision="8")
    again = await kubectl.do("command.rollout_undo", 2, target="site", seen_revision="8")
    stands = await kubectl.do("command.rollout_status", target="site")

    assert seen["revision"] == "8"
    assert (undone.outputs["revision"], again.outputs["revision"]) == ("9", "9")
    assert stands.evidence[0].value == "all replicas are at revision 9: site:v7"


async def test_a_workload_is_restarted_once_and_watched_until_it_stands(kubectl: Procedure) -> None:
    restarted = await kubectl.do("command.rollout_restart", target="site")
    await kubectl.do("command.rollout_restart", 2, target="site")
    stands = await kubectl.do("command.rollout_status", target="site")

    assert restarted.said == "ran kubectl --context prod --namespace web rollout restart deployment/site"
    assert stands.evidence[0].value == "all replicas are at revision 9: site:v7"


async def test_a_rollout_that_moved_since_it_was_planned_is_not_undone(kubectl: Procedure) -> None:
    why = await kubectl.no("command.rollout_undo", target="site", seen_revision="7")

    assert why == "deployment/site is at revision 8, not at 7 as planned: plan again"


async def _gone(pid: int) -> None:
    """Wait until the process is no more (a zombie is none)."""
    for _ in range(250):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{pid} still lives")
