"""The words of the commits that procedures make: what they do and why, and the trailers by which they are found again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from tocsin.core.procedures.commits import FREEZES, RESTORES, REVERTS, RUN, THAWS, Commit, short

LINE: Final = 72
REVERT: Final = 'Revert "'
REAPPLY: Final = 'Reapply "'
MOST_EVIDENCE: Final = 10
OURS: Final = "Tocsin-"
"""How our trailers begin."""


@dataclass(frozen=True, slots=True)
class Why:
    """For what a commit is made. `reason`, `url` and `evidence` are empty where others may not read them."""

    run: str
    incident: str
    reason: str = ""
    url: str = ""
    asked_by: str = ""
    evidence: tuple[str, ...] = ()


def restore_message(why: Why, branch: str, good: Commit, frozen: Sequence[str]) -> str:
    """`frozen` are the updaters that it switches off, each as "kind path"."""
    title = f"Roll back {branch} to {short(good.sha)} ({why.incident})"
    about = f"All files are as in {good.sha} ({good.subject})"
    apart = (
        f", but for {_and([one.partition(' ')[2] for one in frozen])}: nothing rolls forward by itself until that is thawed"
        if frozen
        else ""
    )
    trailers = [(RUN, why.run), (RESTORES, good.sha), *((FREEZES, one) for one in frozen)]
    return _message(title, [f"{about}{apart}.", *_why(why)], trailers)


def freeze_message(why: Why, branch: str, frozen: Sequence[str]) -> str:
    title = f"Freeze what rolls {branch} forward by itself ({why.incident})"
    paths = _and([one.partition(" ")[2] for one in frozen])
    trailers = [(RUN, why.run), *((FREEZES, one) for one in frozen)]
    return _message(title, [f"{paths} is off until it is thawed.", *_why(why)], trailers)


def thaw_message(
    why: Why, branch: str, freeze: Commit, paths: Sequence[str], more: Sequence[Commit] = ()
) -> str:
    """`more` are other freezes that are over by it."""
    title = f"Thaw what rolls {branch} forward by itself ({why.incident})"
    about = f"{_and(paths)} is again as it was before {freeze.sha}."
    thawed = [(THAWS, one.sha) for one in (freeze, *more)]
    return _message(title, [about, *_why(why)], [(RUN, why.run), *thawed])


def revert_message(why: Why, commit: Commit, parent: int) -> str:
    """`parent` is which parent of a merge is kept, from 1; 0 where it is no merge."""
    kept = f", reversing\nchanges made to {commit.parents[parent - 1]}" if parent else ""
    reland = (
        "To reland: revert this revert on the current main branch, together with what was wrong. Merging the"
        " old branch again does nothing, as its commits are in the history already."
    )
    said = [f"This reverts commit {commit.sha}{kept}.", *_why(why), reland]
    return _message(reverted_title(commit.subject), said, [(RUN, why.run), (REVERTS, commit.sha)])


def reland_message(why: Why, commits: Iterable[Commit], revert: Commit) -> str:
    """`commits` are those that the revert took back, as far as they are known."""
    known = "\n".join(f"It brings back {one.sha} ({one.subject})." for one in commits)
    said = [f"This reverts commit {revert.sha}.", *([known] if known else []), *_why(why)]
    return _message(reverted_title(revert.subject), said, [(RUN, why.run), (REVERTS, revert.sha)])


def reverted_title(subject: str) -> str:
    """As git itself names a revert, and the revert of one."""
    if subject.startswith(REVERT) and subject.endswith('"'):
        return REAPPLY + subject.removeprefix(REVERT)
    if subject.startswith(REAPPLY):
        return REVERT + subject.removeprefix(REAPPLY)
    return f'{REVERT}{subject}"'


def _why(why: Why) -> list[str]:
    parts = [f"Reason: {why.reason}"] if why.reason else []
    asked = f", asked for by {why.asked_by}" if why.asked_by else ""
    parts.append(f"Incident: {why.incident}{f' {why.url}' if why.url else ''}{asked}")
    if why.evidence:
        parts.append("\n".join(f"- {_one_line(one)}" for one in why.evidence[:MOST_EVIDENCE]))
    return parts


def _message(title: str, paragraphs: Sequence[str], trailers: Sequence[tuple[str, str]]) -> str:
    body = "\n\n".join(_filled(one) for one in paragraphs)
    ends = "\n".join(f"{name}: {_one_line(value)}" for name, value in trailers)
    return f"{_one_line(title)}\n\n{body}\n\n{ends}\n"


def _filled(paragraph: str) -> str:
    """Wrapped line by line; words are never broken, so that names and addresses stay whole.

    No line begins like a trailer of ours: what people, or other commits, say must not pass for one.
    """
    lines = [
        wrapped
        for line in paragraph.splitlines()
        for wrapped in wrap(line, LINE, break_long_words=False, break_on_hyphens=False) or [""]
    ]
    return "\n".join(f"  {line}" if line.startswith(OURS) else line for line in lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
