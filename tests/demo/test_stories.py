"""The stories, played whole: a Tocsin process of its own, the town around it, and a clock that runs fast."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tocsin.demo.compare import ledger, said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def play(folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], Any]:
    """Play a story to its end; the finished command, and what it wrote."""
    found = folder / "found.json"
    command = [
        sys.executable, "-m", "tocsin", "demo", "--headless", "--json", str(found), "--port", str(free_port()), *arguments,
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment)
    return done, json.loads(found.read_text()) if found.exists() else None


Played = tuple[subprocess.CompletedProcess[str], Any]


def duties(found: Any) -> dict[str, tuple[str, str]]:
    return {duty["id"]: (duty["state"], duty["by"]) for duty in found["incidents"][0]["duties"]}


def issues_of(found: Any, repo: str) -> list[Any]:
    return [one for one in found["town"]["github"]["issues"] if one["repo"] == repo]


@pytest.fixture(scope="session")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Played]:
    """A story as it plays without trouble, played once for all test processes of this run."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    return lambda story: _played_once(place / f"quiet-{story}", story)


def _played_once(folder: Path, story: str) -> Played:
    folder.mkdir(exist_ok=True)
    end = folder / "end.json"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not end.exists():
            done, found = play(folder, "--story", story, "--speed", "600")
            whole = [done.args, done.returncode, done.stdout, done.stderr]
            end.write_text(json.dumps({"done": whole, "found": found}))
    kept = json.loads(end.read_text())
    return subprocess.CompletedProcess(*kept["done"]), kept["found"]


def test_the_seeds_story_ends_with_every_duty_as_it_says(quiet: Callable[[str], Played]) -> None:
    done, found = quiet("sign-in")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every duty stands as the story says." in done.stdout
    assert found["incidents"][0]["status"] == "closed"
    town = found["town"]
    assert {"slack", "x", "github", "mail", "google_docs", "opsgenie"} <= set(town)
    assert [issue["state"] for issue in issues_of(found, "acme/website")] == ["closed", "closed"]
    assert [len(document["entries"]) for document in town["google_docs"]] == [1]
    assert "Resolved: It works again" in issues_of(found, "acme/website")[0]["body"]
    bad, revert = issues_of(found, "acme/site")
    assert revert["pull_request"]["reviewers"] == [bad["user"]] == ["carol-at-acme"]
    live = [f"Update acme/site to {one['pull_request']['merged_as'][:7]}" for one in (bad, revert)]
    assert [one["title"] for one in issues_of(found, "acme/deploy")] == live


def test_a_false_alarm_is_dismissed_told_and_not_logged(quiet: Callable[[str], Played]) -> None:
    done, found = quiet("false-alarm")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ops-log" not in duties(found)


def test_of_a_security_incident_no_word_stands_where_others_read(quiet: Callable[[str], Played]) -> None:
    done, found = quiet("security")

    assert done.returncode == 0, done.stdout + done.stderr
    town = found["town"]
    assert town["slack"]["channels"]["incidents"] == []
    assert "nvoices" not in json.dumps([town["x"], town["github"], town["google_docs"], town["opsgenie"]])


def test_a_customers_instance_is_paged_by_opsgenie_and_answered_by_mail(
    quiet: Callable[[str], Played],
) -> None:
    done, found = quiet("customer-instance")

    assert done.returncode == 0, done.stdout + done.stderr
    [alert] = found["town"]["opsgenie"]["alerts"]
    assert (alert["status"], alert["acknowledged_by"]) == ("closed", "bob@acme.example")
    to_dana = [mail for mail in found["town"]["mail"] if mail["recipients"] == ["dana@bigcorp.example"]]
    assert len(to_dana) == 2
    assert found["town"]["x"]["posts"] == []


def test_a_broken_build_names_the_oldest_suspect_and_locks_main_until_it_is_green(
    quiet: Callable[[str], Played],
) -> None:
    done, found = quiet("broken-build")

    assert done.returncode == 0, done.stdout + done.stderr
    assert [one["kind"] for one in found["incidents"]] == ["broken-build"]
    told = list(said(found))
    assert any("search: ask the index twice" in text for text in told)
    assert any("it goes on for so long that it counts as failed" in text for text in told)
    locked = "main of acme/website is about to be locked: only alice-at-acme, bob-at-acme, carol-at-acme, the team acme/stampers"
    assert sum(locked in text for text in told) == 1
    assert any("main of acme/website is unlocked: protected as it was before" in text for text in told)
    built = [one["state"] for one in found["town"]["buildkite"]]
    assert built == ["passed", "failed", "passed", "failed", "failed", "failed", "passed"]


def test_a_dirty_schema_is_repaired_by_two_peoples_consent(quiet: Callable[[str], Played]) -> None:
    done, _ = quiet("dirty-schema")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Planned: Drop the invalid index users_email" in done.stdout
    assert "the frontend started: it is well" in done.stdout


def test_a_bad_deploy_is_rolled_back_and_frozen_until_its_commit_is_reverted(
    quiet: Callable[[str], Played],
) -> None:
    done, found = quiet("roll-back")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Planned: One commit on release" in done.stdout
    assert "Renovate is frozen, and rolls nothing forward" in done.stdout
    site, deploy = (issues_of(found, name) for name in ("acme/site", "acme/deploy"))
    revert = next(one for one in site if one["user"] == "tocsin[bot]")
    assert revert["pull_request"]["reviewers"] == ["carol-at-acme"]
    shipped = [site[0]["pull_request"]["merged_as"][:7], revert["pull_request"]["merged_as"][:7]]
    assert [one["title"] for one in deploy] == [f"Update acme/site to {sha}" for sha in shipped]


def test_a_bad_commit_is_reverted_before_it_is_deployed_and_its_return_prepared(
    quiet: Callable[[str], Played],
) -> None:
    done, found = quiet("revert")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "the bad commit was never live" in done.stdout
    _, revert, reland = issues_of(found, "acme/site")
    [update] = issues_of(found, "acme/deploy")
    assert update["title"] == f"Update acme/site to {revert['pull_request']['merged_as'][:7]}"
    assert (reland["state"], reland["pull_request"]["merged_as"]) == ("open", None)
    assert "the cache was empty at the start" in reland["body"]


@pytest.mark.parametrize("fault", ["lost_answer", "503"])
def test_with_services_that_fail_nothing_is_lost_and_nothing_doubled(
    fault: str, quiet: Callable[[str], Played], tmp_path: Path
) -> None:
    """One short story; `bench/trouble.py` plays them all, with every fault."""
    untroubled, calm = quiet("false-alarm")
    done, found = play(tmp_path, "--story", "false-alarm", "--speed", "300", "--fault", fault)

    assert (untroubled.returncode, done.returncode) == (0, 0), done.stdout + done.stderr
    assert ledger(found) == ledger(calm)
    assert said(found) == said(calm)


def test_killed_in_the_middle_of_the_story_it_ends_in_the_same_ledger_and_says_nothing_twice(
    quiet: Callable[[str], Played], tmp_path: Path
) -> None:
    _, calm = quiet("sign-in")
    done, found = play(tmp_path, "--speed", "400", "--kills", "4")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("kill -9") == 4
    assert ledger(found) == ledger(calm)
    assert said(found) == said(calm)


def test_an_unknown_story_is_refused_by_name(tmp_path: Path) -> None:
    done, _ = play(tmp_path, "--story", "nonsense")

    assert done.returncode != 0
    assert "There is no story 'nonsense'; there are sign-in, false-alarm, security" in done.stderr
