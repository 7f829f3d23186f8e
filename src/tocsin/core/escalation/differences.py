"""What an edit of a policy changes, in words: each a sentence's part for a reviewer, never the whole policy again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from tocsin.core.escalation.policy import Policy
from tocsin.core.escalation.written import FIELDS, OF_STEP, written_policy
from tocsin.core.oncall.differences import field_differences, said

BESIDE = tuple(name for name in FIELDS if name not in ("id", "steps"))


def policy_differences(before: Policy, after: Policy) -> list[str]:
    """What is different between two versions of a policy; steps are told apart by their place."""
    old, new = written_policy(before), written_policy(after)
    return [*field_differences(old, new, BESIDE), *_steps(old["steps"], new["steps"])]


def _steps(before: list[Mapping[str, Any]], after: list[Mapping[str, Any]]) -> Iterator[str]:
    for n, (old, new) in enumerate(zip_longest(before, after), 1):
        if new is None:
            yield f"step {n} goes"
        elif old is None:
            yield f"step {n} is new: {said(new['to'])}"
        else:
            yield from (f"step {n}: {one}" for one in field_differences(old, new, OF_STEP))
