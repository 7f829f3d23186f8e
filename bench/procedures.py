"""How long it takes to see what a roll-back or a revert would do, in repositories of 10,000 commits.

    .venv/bin/python bench/procedures.py [--quick] [--json FILE]

Both repositories are real ones that `git fast-import` makes: a deploy repository whose every commit sets an image tag, and a source of
500 files with a merge in ten commits and a migration in a hundred. The candidate lies half-way back, so that all that is told of a range is told of 5,000
commits. Each figure is the median of three times (the first look, which clones, is taken once); `plan` is what a plan of a roll-back asks
together: the branch with its candidate and freeze, and what lies between the two deploys. `--quick` has 1,000 commits.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from incidents import Row, folder, table

from tocsin.core.procedures.declared import Declared, Source, Target
from tocsin.core.procedures.hands import JSON, Context, Done, Seen, Step
from tocsin.integrations.git.hand import GitHand
from tocsin.integrations.git.mirror import Mirrors
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.remotes import Remotes

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FREEZES: JSON = [{"kind": "renovate", "path": "renovate.json"}]
RENOVATE = '{\n  "extends": ["config:recommended"]\n}\n'
FILES = 500


def source_stream(many: int) -> str:
    """Commits on main, each with one file; each tenth is a merge of a branch of one commit, each hundredth has a migration."""
    parts = [_commit("main", 1, 0, [(f"src/f{n}.py", f"line {n}\n" * 40) for n in range(FILES)], [])]
    for n in range(2, many + 1):
        path, text = f"src/f{n % FILES}.py", f"line {n}\n" * 40
        files = [(f"migrations/{n}_x.up.sql", f"ALTER TABLE t ADD c{n} int;\n")] if n % 100 == 0 else []
        if n % 10 == 9:
            parts.append(_commit("side", n, n, [(path, text)], [n - 1]))
        elif n % 10 == 0:
            parts.append(
                _commit("main", n, n, [(f"src/f{(n - 1) % FILES}.py", text), *files], [n - 2, n - 1])
            )
        else:
            parts.append(_commit("main", n, n, [(path, text), *files], [n - 1]))
    return "".join(parts)


def deploy_stream(shas: list[str]) -> str:
    parts = [
        _commit("release", 1, 0, [("renovate.json", RENOVATE), ("site.yaml", f"image: site:{shas[0]}\n")], [])
    ]
    for n in range(2, len(shas) + 1):
        tag = f"image: site:{n}_2026-03-02_{shas[n - 1][:12]}\n"
        parts.append(_commit("release", n, n, [("site.yaml", tag)], [n - 1]))
    return "".join(parts)


def _commit(branch: str, mark: int, at: int, files: list[tuple[str, str]], parents: list[int]) -> str:
    who = f"Alice <alice@acme.example> {1_700_000_000 + at * 60} +0000"
    message = f"Change {mark} (#{mark})\n"
    lines = [
        f"commit refs/heads/{branch}\nmark :{mark}\nauthor {who}\ncommitter {who}\ndata {len(message)}\n{message}"
    ]
    lines += [f"{'merge' if n else 'from'} :{parent}\n" for n, parent in enumerate(parents)]
    lines += [f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files]
    return "".join([*lines, "\n"])


def made(path: Path, branch: str, stream: str) -> list[str]:
    """A bare repository with these commits: their names in the order of their marks."""
    path.mkdir(parents=True)
    git(path, "init", "-q", "--bare", "-b", branch, ".")
    git(path, "fast-import", "--quiet", f"--export-marks={path}/marks", stdin=stream.encode())
    git(path, "repack", "-q", "-a", "-d")
    marks = [line.split() for line in (path / "marks").read_text().splitlines()]
    return [sha for _, sha in sorted((int(mark[1:]), sha) for mark, sha in marks)]


def git(path: Path, *arguments: str, stdin: bytes = b"") -> str:
    kept = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    ran = subprocess.run(
        ["git", *arguments], cwd=path, input=stdin, capture_output=True, check=True, env=kept
    )
    return ran.stdout.decode().strip()


class Bench:
    """Two repositories, and a hand on them."""

    def __init__(self, place: Path, many: int) -> None:
        deploy, site = place / "deploy.git", place / "site.git"
        self.many = many
        self.site = [sha for sha in made(site, "main", source_stream(many)) if sha]
        self.deploys = made(deploy, "release", deploy_stream(self.site))
        target = Target(
            *("site", "site"),
            repository="acme/deploy",
            remote=str(deploy),
            branch="release",
            source="acme/site",
            migrations=("migrations/**",),
        )
        declared = Declared((target,), (Source("acme/site", "main", remote=str(site)),))
        places = Places(Mirrors(place / "copies"), Remotes(), declared)
        self.hand = GitHand(places, ("Tocsin", "tocsin@localhost"))

    async def look(self, what: str, **inputs: JSON) -> Seen:
        seen = await self.hand.look(what, inputs)
        if not isinstance(seen, Seen):
            raise RuntimeError(seen.why)
        return seen

    async def deploy(self) -> Seen:
        good = self.deploys[self.many // 2]
        return await self.look(
            "deploy", repository="acme/deploy", branch="release", candidate=good, freezes=FREEZES
        )

    async def between(self) -> Seen:
        good, live = self.deploys[self.many // 2], self.deploys[-1]
        return await self.look("between", target="site", good=good, live=live, good_repository="acme/deploy")

    async def plan(self) -> None:
        await self.deploy()
        await self.between()

    async def suspects(self) -> Seen:
        since: dict[str, JSON] = {"from": self.site[-101], "commits": 200}
        return await self.look("range", repository="acme/site", branch="main", **since)

    async def old_suspects(self) -> Seen:
        since: dict[str, JSON] = {"from": self.site[self.many // 2], "commits": 200}
        return await self.look("range", repository="acme/site", branch="main", **since)

    async def revert(self) -> Seen:
        return await self.look(
            "revert", repository="acme/site", branch="main", commit=self.site[-self.many // 10 + 2]
        )

    async def contains(self) -> Seen:
        return await self.look(
            "contains", repository="acme/site", commit=self.site[9], candidate=self.site[-1]
        )

    async def restore(self) -> None:
        inputs: dict[str, JSON] = {
            "repository": "acme/deploy",
            "branch": "release",
            "head": self.deploys[-1],
            "good": self.deploys[self.many // 2],
            "freezes": FREEZES,
        }
        end = await self.hand.do(Step("restore", "git.restore", "", inputs), _context())
        if not isinstance(end, Done):
            raise RuntimeError(end.why)


def _context() -> Context:
    async def say(line: str) -> None:
        """Nobody reads along."""

    async def stopped() -> bool:
        return False

    return Context("INC-1/P1", "INC-1", "", "a benchmark", "", NOW, {}, say, stopped)


async def measured(many: int, place: Path) -> list[Row]:
    bench = Bench(place, many)
    looks: list[tuple[str, Callable[[], Awaitable[object]], int, str]] = [
        ("the first plan, with both clones", bench.plan, 1, "seconds"),
        ("a plan of a roll-back", bench.plan, 3, "< 5 s"),
        ("  the branch, a candidate half-way back, its freeze", bench.deploy, 3, ""),
        ("  what lies between the two deploys", bench.between, 3, ""),
        ("the suspects of 100 commits", bench.suspects, 3, "< 5 s"),
        ("the newest 200 suspects of half of all", bench.old_suspects, 3, "< 5 s"),
        ("what a revert would give", bench.revert, 3, "< 5 s"),
        ("whether a candidate holds a fix", bench.contains, 3, "< 5 s"),
        ("the roll-back itself, pushed and read again", bench.restore, 1, "< 5 s"),
    ]
    return [
        Row(f"{what} ({many:,} commits)", {"s": await _seconds(look, times)}, goal)
        for what, look, times, goal in looks
    ]


async def _seconds(look: Callable[[], Awaitable[object]], times: int) -> float:
    took = list[float]()
    for _ in range(times):
        begin = time.perf_counter()
        await look()
        took.append(time.perf_counter() - begin)
    return round(statistics.median(took), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 commits")
    parser.add_argument("--json", type=Path, help="write the same figures to this file")
    chosen = parser.parse_args()
    with folder() as place:
        rows = asyncio.run(measured(1000 if chosen.quick else 10_000, place))
    print(table(rows), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
