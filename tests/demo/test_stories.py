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
    """Every line that stands in the town but the mail (which has no way to recognise a second copy), without ids and times.

    Lines, since words that waited while Tocsin was down may go out as one message.
    """
    slack, town = found["town"]["slack"], found["town"]
    texts = [
        message["text"]
        for place in (*slack["channels"].values(), *slack["dms"].values())
        for message in place
        if message["user"] == "tocsin"  # People say it again where nobody answered.
    ]
    texts += [post["text"] for post in town["x"]["posts"]]
    texts += [
        f"{issue['title']} {issue['state']} {len(issue['comments'])}" for issue in town["github"]["issues"]
    ]
    # Where days go by in seconds, what was said at once may be late by the story's clock.
    lines = [line for text in texts for line in text.split("\n") if line]
    return Counter(re.sub(r"^late, from [\d:]+ UTC: |https?://\S+|\d+", _same, line) for line in lines)


def _same(found: re.Match[str]) -> str:
    return "" if found[0].startswith("late") else "#"


@pytest.fixture(scope="module")
def sign_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Any]:
    return play(tmp_path_factory.mktemp("story"), "--speed", "600")


def test_the_seeds_story_ends_with_every_duty_as_it_says(sign_in: tuple[Any, Any]) -> None:
    done, found = sign_in

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every duty stands as the story says." in done.stdout
    assert found["incidents"][0]["status"] == "closed"
    town = found["town"]
    assert {"slack", "x", "github", "mail", "google_docs", "opsgenie"} <= set(town)
    assert [issue["state"] for issue in town["github"]["issues"]] == ["closed", "closed"]
    assert [len(document["entries"]) for document in town["google_docs"]] == [1]
    assert "Resolved: It works again" in town["github"]["issues"][0]["body"]


def test_a_false_alarm_is_dismissed_told_and_not_logged(tmp_path: Path) -> None:
    done, found = play(tmp_path, "--story", "false-alarm", "--speed", "600")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ops-log" not in duties(found)


def test_of_a_security_incident_no_word_stands_where_others_read(tmp_path: Path) -> None:
    done, found = play(tmp_path, "--story", "security", "--speed", "600")

    assert done.returncode == 0, done.stdout + done.stderr
    town = found["town"]
    assert town["slack"]["channels"]["incidents"] == []
    assert "nvoices" not in json.dumps([town["x"], town["github"], town["google_docs"], town["opsgenie"]])


def test_a_customers_instance_is_paged_by_opsgenie_and_answered_by_mail(tmp_path: Path) -> None:
    done, found = play(tmp_path, "--story", "customer-instance", "--speed", "600")

    assert done.returncode == 0, done.stdout + done.stderr
    [alert] = found["town"]["opsgenie"]["alerts"]
    assert (alert["status"], alert["acknowledged_by"]) == ("closed", "bob@acme.example")
    to_dana = [mail for mail in found["town"]["mail"] if mail["recipients"] == ["dana@bigcorp.example"]]
    assert len(to_dana) == 2
    assert found["town"]["x"]["posts"] == []


def test_a_broken_build_names_the_oldest_suspect(tmp_path: Path) -> None:
    done, found = play(tmp_path, "--story", "broken-build", "--speed", "600")

    assert done.returncode == 0, done.stdout + done.stderr
    assert [one["kind"] for one in found["incidents"]] == ["broken-build"]
    assert any("search: ask the index twice" in text for text in said(found))


@pytest.mark.parametrize("fault", ["lost_answer", "503"])
def test_with_services_that_fail_nothing_is_lost_and_nothing_doubled(fault: str, tmp_path: Path) -> None:
    """One short story; `bench/trouble.py` plays them all, with every fault."""
    quiet, calm = play(tmp_path, "--story", "false-alarm", "--speed", "600")
    done, found = play(tmp_path, "--story", "false-alarm", "--speed", "300", "--fault", fault)

    assert (quiet.returncode, done.returncode) == (0, 0), done.stdout + done.stderr
    assert duties(found) == duties(calm)
    heard = {text: n for text, n in said(found).items() if not text.startswith("*Not out yet")}
    assert heard == said(calm)


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
    assert "There is no story 'nonsense'; there are sign-in, false-alarm, security" in done.stderr
