"""`tocsin policy …`, as somebody types it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Awaitable[Any]]
PAY = """\
policy: pay
team: ops_team
steps:
  - to:
      - schedule:ops
  - to:
      - team:ops_team
    after: 5m
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pay.yaml"
    path.write_text(PAY)
    return path


async def test_a_policy_is_saved_listed_shown_and_deleted(alice: Run, file: Path) -> None:
    saved = await alice("policy", "save", str(file))
    listed = await alice("policy", "list")
    shown = await alice("policy", "show", "pay")
    deleted = await alice("policy", "delete", "pay")

    assert saved.out.splitlines() == [
        "pay is made, at version 1.",
        "If an alert began now, and nobody answered:",
        "  Mon 2026-03-02 09:00  Step 1: Bob",
        "  Mon 2026-03-02 09:05  Step 2: Alice, Bob",
        "  Mon 2026-03-02 09:15  The last resort, every 10 min until somebody acknowledges: Alice, Bob",
    ]
    assert listed.out.splitlines()[2].split() == ["pay", "ops_team", "1", "2", "pay"]
    assert shown.out == PAY.replace("pay\n", "pay\nversion: 1\n", 1)
    assert deleted.out == "pay is gone; alerts that have begun go on by it.\n"


async def test_what_is_shown_can_be_saved_again(alice: Run, file: Path) -> None:
    await alice("policy", "save", str(file))
    file.write_text((await alice("policy", "show", "pay")).out)

    assert (await alice("policy", "save", str(file))).out.startswith("pay is as it was, at version 1.")


async def test_a_file_that_was_shown_before_somebody_saved_is_refused(alice: Run, file: Path) -> None:
    await alice("policy", "save", str(file))
    file.write_text(PAY + "repeat: 1\nversion: 1\n")
    await alice("policy", "save", str(file))
    file.write_text(PAY + "repeat: 2\nversion: 1\n")
    ended = await alice("policy", "save", str(file))

    assert ended.code == 1
    assert "The policy pay is at version 2, and you saw 1" in ended.err


async def test_a_preview_saves_nothing(alice: Run, file: Path) -> None:
    ended = await alice("policy", "save", str(file), "--preview")

    assert ended.out.startswith("Nothing is saved yet.\nIf an alert began now")
    assert "pay" not in (await alice("policy", "list")).out


async def test_a_step_that_reaches_nobody_now_is_said_beside_the_output(alice: Run, file: Path) -> None:
    file.write_text(PAY.replace("schedule:ops", "admins"))
    ended = await alice("policy", "save", str(file))

    assert ended.err == "Step 1 reaches nobody now: admins is nobody at the moment\n"
    assert ended.code == 0


async def test_so_is_a_place_where_nothing_arrives_and_files_that_are_applied_say_it_too(
    alice: Run, file: Path
) -> None:
    file.write_text(PAY.replace("- schedule:ops", "- schedule:ops\n      - channel:#pay"))
    dead = "channel:#pay hears nothing: channel is not set up: link Slack as docs/howto/slack.md says"
    saved = await alice("policy", "save", str(file), "--preview")
    file.rename(file.parent / "policies.yaml").write_text("pay: {steps: [{to: [on-call, channel:#pay]}]}")
    applied = await alice("apply", str(file.parent), "--dry-run")

    assert saved.err == f"{dead}\n"
    assert f"! {dead}" in applied.out.splitlines(), applied.err


async def test_what_is_wrong_is_told_with_its_file_and_line(alice: Run, file: Path) -> None:
    file.write_text(PAY.replace("5m", "soon"))
    ended = await alice("policy", "save", str(file))

    assert ended.code == 2
    assert ended.err.startswith(f"{file}:8: steps[1].after is 'soon': write a span such as 30s")


async def test_a_policy_that_nobody_has_saved_cannot_be_deleted(alice: Run) -> None:
    ended = await alice("policy", "delete", "default")

    assert (ended.code, ended.err) == (1, "There is no policy default that anybody has saved\n")


async def test_a_file_is_explained_without_a_server(run: Run, file: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer.yaml"
    outer.write_text(
        "steps:\n  - to: person:carol\n    priorities: [P1]\n  - to: policy:pay\n    after: 10m\n"
    )
    mild = await run("policy", "explain", str(outer), str(file))
    severe = await run("policy", "explain", str(outer), str(file), "--priority", "p1")

    assert mild.out.splitlines()[:3] == [
        "An alert of P3 by outer that nobody answers:",
        "  after     0 s  Step 1 is passed over (it is for P1 only, and this is P3)",
        "  after     0 s  Step 2 (by the policy pay): schedule:ops",
    ]
    assert severe.out.splitlines()[1:] == [
        "  after     0 s  Step 1: person:carol",
        "  after  10 min  Step 2 (by the policy pay): schedule:ops",
        "  after  15 min  Step 3 (by the policy pay): team:ops_team",
        "  after  25 min  The last resort, every 10 min until somebody acknowledges: team:ops_team",
    ]


async def test_a_file_with_webhooks_is_told_what_only_a_server_can_say_of_them(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "pay.yaml"
    urls = ["webhook:https://hooks.example/a", "webhook:http://10.0.0.1/b"]
    file.write_text(f"steps:\n  - to: [on-call, {urls[0]}]\nlast_resort: [{urls[1]}]\n")
    said = (await run("policy", "explain", str(file))).out.splitlines()

    needs = "hears something only where TOCSIN_WEBHOOK_SECRETS is set, with which such calls are signed"
    assert said[:4] == [
        f"{urls[0]} {needs}",
        f"{urls[1]} {needs}",
        f"{urls[1]} leads into your own network: saving it is refused",
        "An alert of P3 by pay that nobody answers:",
    ]


async def test_a_file_that_refers_to_one_that_is_not_named_says_so(run: Run, tmp_path: Path) -> None:
    outer = tmp_path / "outer.yaml"
    outer.write_text("steps:\n  - to: policy:pay\n")
    ended = await run("policy", "explain", str(outer))

    assert ended.code == 2
    assert ended.err == f"{outer}:1: There is no policy pay; there are: outer\n"


async def test_explain_says_which_priorities_there_are(run: Run, file: Path) -> None:
    ended = await run("policy", "explain", str(file), "--priority", "high")

    assert ended.err == "There is no priority high; there are P1, P2, P3, P4, P5\n"
