"""Plays a story: the town around a real Tocsin, which runs as a process of its own and is told nothing but addresses."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tocsin.demo.outcome import Found, differences, outcome, write
from tocsin.demo.stage import Stage
from tocsin.demo.stories import STORIES, Story
from tocsin.demo.teller import Teller
from tocsin.demo.trouble import FAULTS, trouble
from tocsin.errors import Invalid, NotFound

HEADLESS_SPEED, SHOWN_SPEED = 120.0, 60.0
INTERRUPTED = 130
"""The exit code of a command that was ended by Ctrl-C."""


def play(
    story: str,
    *,
    headless: bool,
    speed: float | None,
    json: Path | None,
    data: Path | None,
    port: int | None,
    kills: int,
    fault: str = "",
) -> int:
    """Play `story`; the exit code: 0 only if every duty stands as the story says. Without `headless` it stays up until Ctrl-C."""
    if story not in STORIES:
        raise NotFound(f"There is no story {story!r}; there are {', '.join(STORIES)}")
    if fault and fault not in FAULTS:
        raise NotFound(f"There is no fault {fault!r}; there are {', '.join(FAULTS)}")
    if speed is not None and speed <= 0:
        raise Invalid(
            f"--speed {speed:g} makes no time pass: write a number above 0, such as 120", field="speed"
        )
    if json and not json.parent.is_dir():
        raise Invalid(f"--json: there is no folder {json.parent} to write to", field="json")
    speed = speed or (HEADLESS_SPEED if headless else SHOWN_SPEED)
    folder = data or Path(tempfile.mkdtemp(prefix="tocsin-demo-"))
    if data is None:
        folder.chmod(0o755)  # As root, the database runs as another user, who has to get in.
    try:
        return asyncio.run(
            _until_signal(
                _play(
                    story,
                    folder,
                    headless=headless,
                    speed=speed,
                    json=json,
                    port=port,
                    kills=kills,
                    fault=fault,
                )
            )
        )
    finally:
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


async def _until_signal(playing: Coroutine[Any, Any, int]) -> int:
    """Play until it is over, or until Ctrl-C or SIGTERM: then everything that was started is ended first."""
    task = asyncio.ensure_future(playing)
    loop, asked = asyncio.get_running_loop(), False

    def end() -> None:
        """A second Ctrl-C does not cut the tidying up short."""
        nonlocal asked
        if not asked:
            asked = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    try:
        return await task
    except asyncio.CancelledError:
        return INTERRUPTED


async def _play(
    name: str,
    data: Path,
    *,
    headless: bool,
    speed: float,
    json: Path | None,
    port: int | None,
    kills: int,
    fault: str,
) -> int:
    story = STORIES[name]
    keeps, declares, pipeline = story.keeps_opsgenie, story.declares, story.pipeline
    async with Stage(
        data, speed=speed, port=port, keeps_opsgenie=keeps, declares=declares, pipeline=pipeline
    ) as stage:
        _greet(stage, story)
        async with trouble(stage, kills, fault):
            await story.run(stage)
            # What is said last may still be on its way, where a service fails: the card waits behind the words.
            await stage.quiet()
        found = await outcome(stage.http, stage.town)
        if json:
            write(json, found)
        wrong = differences(story.status, story.duties, found)
        _tell_end(stage.teller, found, wrong)
        if not headless:
            stage.teller.line(
                "\nThe clock runs as on the wall now. Report and drive incidents of your own; Ctrl-C ends it."
            )
            await asyncio.Event().wait()
        return 1 if wrong else 0


def _greet(stage: Stage, story: Story) -> None:
    say = stage.teller.line
    say(f"{story.title}: a story in the town, {stage.speed:.0f} times as fast as life.\n")
    say(f"  Tocsin        {stage.url}/sign-in/{stage.tickets.sign_in}   (signs you in as Alice, once)")
    say(f"  report        {stage.url}/report")
    say(f"  Slack         {stage.town.url}/slack")
    say(f"  X             {stage.town.url}/x")
    say(f"  GitHub        {stage.town.url}/github")
    say(f"  mail          {stage.town.url}/mail")
    say(f"  Google Docs   {stage.town.url}/google")
    if story.keeps_opsgenie:
        say(f"  Opsgenie      {stage.town.url}/opsgenie")
    if story.pipeline:
        say(f"  Buildkite     {stage.town.url}/buildkite")
    say(f"  the website   {stage.town.url}/site/")
    say(f"  make it fail  {stage.town.url}/faults\n")


def _tell_end(teller: Teller, found: Found, wrong: list[str]) -> None:
    for incident in found["incidents"]:
        teller.line(
            f"\n{incident['ref']} is {incident['status']}, after {incident['facts']} facts. Its duties:"
        )
        for duty in incident["duties"]:
            teller.line(
                f"  {duty['state']:<7} {duty['id']:<26} {duty['by'] or '':<8} {duty['evidence'] or ''}"
            )
    for line in wrong:
        teller.line(f"NOT AS THE STORY SAYS: {line}")
    if not wrong:
        teller.line("\nEvery duty stands as the story says.")
