"""Which commits may have done it: those of the bad deploy, or those since the last green build. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tocsin.core import facts as f
from tocsin.core.procedures.commits import short
from tocsin.core.procedures.hands import JSON, Seen
from tocsin.core.procedures.plan import Question

SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Span:
    """Between which commits of the source it was brought in: `since` is not among them, `until` ("": the branch's head) is."""

    since: str
    until: str = ""


def span_of(question: Question, deployed: Mapping[str, JSON] | None = None) -> Span | None:
    """Where to look for suspects: what the bad deploy brought, as the look `git.between` saw it (`deployed`), else what came since the last
    green build. None where neither is known.
    """
    if deployed and deployed.get("source_good") and deployed.get("source_live"):
        return Span(str(deployed["source_good"]), str(deployed["source_live"]))
    for build in question.incident.builds:
        if isinstance(build, f.BuildRed) and build.repository == question.target and build.last_green:
            return Span(build.last_green)
    return None


def named_suspects(question: Question) -> tuple[str, ...]:
    """The commits that the incident's own builds name, the likeliest first."""
    return tuple(
        suspect.sha
        for build in question.incident.builds
        if isinstance(build, f.BuildRed) and build.repository == question.target
        for suspect in build.suspects
    )


def suspects_in(seen: Seen | None) -> list[dict[str, Any]]:
    """The commits of a look `git.range`, but for those that were taken back, and for merges."""
    some = seen.rows("commits") if seen else []
    return [one for one in some if not one.get("reverted_by") and not one.get("merge")]


def told(suspects: Sequence[Mapping[str, Any]], logins: Mapping[str, str]) -> Iterator[str]:
    """Each suspect in a line: what it is, whose, by which pull request, and which files it changes."""
    for one in suspects[:SHOWN]:
        sha = str(one.get("sha", ""))
        who = logins.get(sha) or str(one.get("author", "")) or "somebody"
        pull = f", #{one['pull_request']}" if one.get("pull_request") else ""
        paths = [str(it.get("path", "")) for it in one.get("files", ()) if isinstance(it, dict)]
        files = f": {', '.join(paths[:3])}{' …' if len(paths) > 3 else ''}" if paths else ""
        yield f"suspect {short(sha)} “{one.get('subject', '')}” by {who}{pull}{files}"
    if (more := len(suspects) - SHOWN) > 0:
        yield f"and {more} more"


def logins_of(seen: Seen | None) -> dict[str, str]:
    """The accounts of authors, by commit, as the look `github.suspects` found them."""
    rows = seen.rows("suspects") if seen else []
    return {str(one.get("sha")): str(one.get("login") or "") for one in rows}
