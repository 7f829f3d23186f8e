"""The stories, played whole: a Tocsin process of its own, the town around it, and a clock that runs fast."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest


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


def duties(found: Any) -> dict[str, tuple[str, str]]:
    return {duty["id"]: (duty["state"], duty["by"]) for duty in found["incidents"][0]["duties"]}


def said(found: Any) -> Counter[str]:
    """Everything that stands in the town but the mail (which has no way to recognise a second copy), without ids and times."""
    slack, town = found["town"]["slack"], found["town"]
    texts = [
        message["text"]
        for place in (*slack["channels"].values(), *slack["dms"].values())
        for message in place
    ]
    texts += [post["text"] for post in town["x"]["posts"]]
    texts += [
        f"{issue['title']} {issue['state']} {len(issue['comments'])}" for issue in town["github"]["issues"]
    ]
    return Counter(re.sub(r"https?://\S+|\d+", "#", text) for text in texts)


@pytest.fixture(scope="module")
def sign_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Any]:
    return play(tmp_path_factory.mktemp("story"), "--speed", "600")


def test_the_seeds_story_ends_with_every_duty_as_it_says(sign_in: tuple[Any, Any]) -> None:
    done, found = sign_in

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every duty stands as the story says." in done.stdout
    assert found["incidents"][0]["status"] == "closed"
    assert {"slack", "x", "github", "mail"} <= set(found["town"])
    assert [issue["state"] for issue in found["town"]["github"]["issues"]] == ["closed"]


def test_a_false_alarm_is_dismissed_told_and_not_logged(tmp_path: Path) -> None:
    done, found = play(tmp_path, "--story", "false-alarm", "--speed", "600")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ops-log" not in duties(found)


def test_killed_in_the_middle_of_the_story_it_ends_in_the_same_ledger_and_says_nothing_twice(
    sign_in: tuple[Any, Any], tmp_path: Path
) -> None:
    done, found = play(tmp_path, "--speed", "200", "--kills", "4")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("kill -9") == 4
    assert duties(found) == duties(sign_in[1])
    assert said(found) == said(sign_in[1])


def test_an_unknown_story_is_refused_by_name(tmp_path: Path) -> None:
    done, _ = play(tmp_path, "--story", "nonsense")

    assert done.returncode != 0
    assert "There is no story 'nonsense'; there are sign-in, false-alarm" in done.stderr
