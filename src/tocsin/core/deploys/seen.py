"""What the git hand saw between two deploys, read from its answer. What is missing there is not known, and is not taken for none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.core.deploys.migrations import File, migrations_in
from tocsin.core.deploys.verdict import Between, Commit
from tocsin.core.procedures.hands import JSON


def between_seen(values: Mapping[str, JSON], patterns: tuple[str, ...]) -> Between:
    """`values` as the look `git.between` gives them: commits, files (of the source), configuration, in_all, merges, ancestor."""
    files = tuple(_files(values.get("files")))
    source_known = values.get("source_known") is not False
    return Between(
        commits=tuple(_commits(values.get("commits"))),
        in_all=_number(values.get("in_all")),
        migrations=migrations_in(files, patterns),
        configuration=tuple(str(one) for one in _list(values.get("configuration"))),
        merges=_number(values.get("merges")),
        is_ancestor=values.get("ancestor") is True,
        why_unknown=""
        if source_known
        else str(values.get("why_unknown") or "the source's commits are not known"),
    )


def _commits(told: JSON) -> Iterator[Commit]:
    for one in _list(told):
        if isinstance(one, dict):
            yield Commit(
                str(one.get("sha", "")),
                str(one.get("subject", "")),
                str(one.get("author", "")),
                _number(one.get("pull_request")),
            )


def _files(told: JSON) -> Iterator[File]:
    for one in _list(told):
        if isinstance(one, dict):
            text = one.get("text")
            yield File(
                str(one.get("path", "")),
                str(one.get("change", "added")),
                one.get("empty") is True,
                text if isinstance(text, str) else None,
            )


def _list(told: JSON) -> list[Any]:
    return told if isinstance(told, list) else []


def _number(told: JSON) -> int:
    return told if isinstance(told, int) and not isinstance(told, bool) else 0
