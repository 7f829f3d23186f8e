"""Which commits of the source a deploy repository names: image tags, charts and the like hold a commit's name, whole or begun."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from tocsin.integrations.git.mirror import Repo

NAME: Final = re.compile(rb"(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z])")
MOST: Final = 5000
"""More names than this in one look are no image tags."""


async def names_between(repo: Repo, old: str, new: str) -> tuple[set[str], set[str]]:
    """What may be names of commits, in the lines that only the old tree has, and in those that only the new one has."""
    ran = await repo.git(
        *("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--unified=0", old, new)
    )
    gone, come = set[str](), set[str]()
    for line in ran.out.split(b"\n"):
        if line[:1] in (b"-", b"+") and line[:4] not in (b"--- ", b"+++ "):
            (gone if line[:1] == b"-" else come).update(_names(line))
    return gone - come, come - gone


async def names_in(repo: Repo, commit: str) -> set[str]:
    """What may be names of commits, anywhere in the tree."""
    # No `-w`: an underscore belongs to a word for git, and tags are made like 101_2026-03-01_1a2b3c4.
    begins = "(^|[^0-9A-Za-z])[0-9a-f]{7,}"
    ran = await repo.git(*("grep", "-I", "-h", "-o", "-E", begins, commit, "--"), may_end=(0, 1))
    return set(_names(ran.out))


async def commits_among(repo: Repo, names: Iterable[str]) -> set[str]:
    """Those that are commits of this repository, by their full names. The beginning of several is none."""
    some = sorted(names)[:MOST]
    asked = "".join(f"{one}^{{commit}}\n" for one in some).encode()
    ran = await repo.git("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked)
    answers = (line.split() for line in ran.out.decode().splitlines())
    return {words[0] for words in answers if len(words) == 2 and words[1] == "commit"}


async def newest(repo: Repo, some: Iterable[str]) -> str:
    """The one that comes after all others; "" where there is none, or no such one."""
    shas = sorted(some)
    if len(shas) < 2:
        return shas[0] if shas else ""
    ends = (await repo.git("merge-base", "--independent", *shas)).line.split()
    return ends[0] if len(ends) == 1 else ""


def _names(text: bytes) -> Iterable[str]:
    return (one.decode() for one in NAME.findall(text))
