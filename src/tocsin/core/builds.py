"""Whether the main branch is broken, judged from the builds of one workflow. Pure: the acts load the builds and do what follows.

Red is a number of finished builds in a row that failed, counted from the newest. What says nothing about the code is passed over:
cancelled, skipped, and what the handbook ignores (a nightly run must not call anybody on a Sunday).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.core.handbook import BuildWatch
from tocsin.core.people import Person

PASSED, FAILED, TIMED_OUT, SKIPPED = "passed", "failed", "timed_out", "skipped"
UNFINISHED: Final = "unfinished"
"""Our own word for a build that has gone on for too long: a time-out, until its real end is known."""
OUTCOMES: Final = {
    "success": PASSED,
    "passed": PASSED,
    "failure": FAILED,
    "failed": FAILED,
    "error": FAILED,
    "startup_failure": FAILED,
    "timed_out": TIMED_OUT,
    "timedout": TIMED_OUT,
    UNFINISHED: TIMED_OUT,
}
"""What services call an outcome. Every other word (cancelled, canceled, neutral, stale, action_required) says nothing of the code."""
SAME_EVENT: Final = {"scheduled": "schedule", "cron": "schedule"}
NO_REPLY: Final = "users.noreply.github.com"


@dataclass(frozen=True, slots=True)
class Build:
    """One finished attempt of one run of a workflow, for one commit of the main branch; or one that has not finished for too long.

    `stream` tells workflows apart whatever they are called; `run` is the service's own id of the run, `attempt` is 1 and
    more with each repetition, and `number` orders the runs of a stream. `title` is the commit's first line.
    """

    repository: str
    branch: str
    stream: str
    workflow: str
    run: int
    attempt: int
    number: int
    sha: str
    author_login: str
    author_name: str
    author_email: str
    title: str
    event: str
    conclusion: str
    finished_at: datetime
    url: str

    @property
    def outcome(self) -> str:
        return OUTCOMES.get(_spelled(self.conclusion), SKIPPED)


@dataclass(frozen=True, slots=True)
class Red:
    """Broken. `series` are the failed builds in a row, the oldest first; `last_green` is the one before them, if we saw it."""

    series: tuple[Build, ...]
    suspects: tuple[Build, ...]
    last_green: Build | None

    @property
    def first(self) -> Build:
        return self.series[0]


@dataclass(frozen=True, slots=True)
class Green:
    """The newest build that says anything passed."""

    build: Build


@dataclass(frozen=True, slots=True)
class Unclear:
    """Neither: fewer failed in a row than it takes, or nothing was built."""

    failures: int


Verdict = Red | Green | Unclear


def verdict(builds: Iterable[Build], watch: BuildWatch, since: datetime | None = None) -> Verdict:
    """What these builds of one stream, in any order, say. Failures that ended up to `since` were dealt with already.

    The suspects are the oldest commits of the series, not the newest: the first of them is the likeliest to have broken it.
    """
    telling = list(_telling(builds, watch))
    if telling and telling[0].outcome == PASSED:
        return Green(telling[0])
    red = _failing(telling, watch, since)
    return red if len(red.series) >= watch.failures else Unclear(len(red.series))


def failing(builds: Iterable[Build], watch: BuildWatch, since: datetime | None = None) -> Red:
    """What failed in a row last, however few; the series is empty where nothing did."""
    return _failing(list(_telling(builds, watch)), watch, since)


def _failing(telling: list[Build], watch: BuildWatch, since: datetime | None) -> Red:
    green = next((build for build in telling if build.outcome == PASSED), None)
    failed = telling[: telling.index(green)] if green else telling
    series = tuple(build for build in reversed(failed) if since is None or build.finished_at > since)
    return Red(series, _oldest(series, watch.failures), green)


def _telling(builds: Iterable[Build], watch: BuildWatch) -> Iterator[Build]:
    """The newest attempt of each run that says something about the code, the newest run first."""
    ignored = {_event(event) for event in watch.ignores}
    last: dict[int, Build] = {}
    for build in builds:
        says_nothing = build.outcome == SKIPPED or (build.outcome == TIMED_OUT and not watch.counts_time_outs)
        if says_nothing or _event(build.event) in ignored:
            continue
        known = last.get(build.run)
        if known is None or build.attempt > known.attempt:
            last[build.run] = build
    yield from sorted(last.values(), key=lambda build: (build.number, build.run), reverse=True)


def _oldest(series: Sequence[Build], most: int) -> tuple[Build, ...]:
    """The builds of the first few commits: a commit that was built twice is named once."""
    by_commit: dict[str, Build] = {}
    for build in series:
        by_commit.setdefault(build.sha, build)
    return tuple(by_commit.values())[:most]


def author_of(build: Build, people: Collection[Person]) -> str:
    """The handle of the one of our people who wrote the commit, by GitHub login or e-mail address; "" where it can't be told."""
    login, email = build.author_login.lower(), build.author_email.lower()
    for person in people:
        if (login and person.github.lower() == login) or (email and person.email.lower() == email):
            return person.handle
    # A run tells no more of a commit than its author's name, which is theirs on GitHub where git was set up so.
    name = build.author_name.strip().lower()
    named = [one.handle for one in people if name and not login and one.github.lower() == name]
    return named[0] if len(named) == 1 else ""


def login_of(email: str) -> str:
    """The GitHub login that a private address of GitHub's tells (12345+login@users.noreply.github.com); "" for any other."""
    name, _, host = email.partition("@")
    return name.rpartition("+")[2] if host.lower() == NO_REPLY else ""


def title_of(red: Red) -> str:
    """What the incident is called."""
    return f"{red.first.branch} is broken: {red.first.workflow} {_failed(red)}"


def report_of(red: Red) -> str:
    """What is known, for whoever looks into it: the oldest failing commits, and when it was last green."""
    first, green = red.first, red.last_green
    lines = [f"{first.workflow} of {first.repository} {_failed(red)} on {first.branch}."]
    lines.append("The oldest failing commits, the likeliest first:")
    lines += [f"- {b.sha[:7]} “{b.title}” by {author_name(b)}: {b.url}{_note(b)}" for b in red.suspects]
    if green:
        at = green.finished_at.strftime("%Y-%m-%d %H:%M UTC")
        lines.append(f"It was last green at {green.sha[:7]}, {at}: {green.url}")
    else:
        lines.append("When it was last green is not known here.")
    lines.append("Run it again first if it may be a flake; else revert rather than search for long.")
    return "\n".join(lines)


def _note(build: Build) -> str:
    return " (it goes on for so long that it counts as failed)" if build.conclusion == UNFINISHED else ""


def _failed(red: Red) -> str:
    return "failed" if len(red.series) == 1 else f"failed {len(red.series)} times in a row"


def author_name(build: Build) -> str:
    """How the author is called."""
    login = f"@{build.author_login}" if build.author_login else ""
    if build.author_name and login:
        return f"{build.author_name} ({login})"
    return build.author_name or login or "somebody"


def _spelled(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")


def _event(word: str) -> str:
    spelled = _spelled(word)
    return SAME_EVENT.get(spelled, spelled)
