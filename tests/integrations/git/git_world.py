"""A hand on repositories that a test made: the deploy repository `acme/deploy` and the source repository `acme/site`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from git_histories import Origin

from tocsin.core.procedures.declared import Declared, Source, Target
from tocsin.core.procedures.hands import JSON, Context, Done, Failed, Seen, Step
from tocsin.core.work import Later, Refused
from tocsin.integrations.git.hand import GitHand
from tocsin.integrations.git.mirror import Mirrors
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.remotes import Remotes

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Inputs = Mapping[str, JSON]
RENOVATE = '{\n  "extends": ["config:recommended"],\n  "automerge": true\n}\n'
FREEZE: JSON = [{"kind": "renovate", "path": "renovate.json"}]


@dataclass
class World:
    folder: Path
    hand: GitHand
    deploy: Origin
    site: Origin
    said: list[str]

    async def look(self, what: str, repository: str = "acme/deploy", **inputs: JSON) -> Seen:
        found = await self.hand.look(what, {"repository": repository, **inputs})
        assert isinstance(found, Seen), found
        return found

    async def look_refused(self, what: str, repository: str = "acme/deploy", **inputs: JSON) -> str:
        found = await self.hand.look(what, {"repository": repository, **inputs})
        assert isinstance(found, Refused), found
        return found.why

    async def do(
        self, what: str, repository: str = "acme/deploy", run: str = "INC-7/P1", **inputs: JSON
    ) -> Done:
        found = await self.end(what, repository, run, **inputs)
        assert isinstance(found, Done), found
        return found

    async def no(
        self, what: str, repository: str = "acme/deploy", run: str = "INC-7/P1", **inputs: JSON
    ) -> str:
        """Why the step is refused."""
        found = await self.end(what, repository, run, **inputs)
        assert isinstance(found, Refused), found
        return found.why

    async def end(
        self, what: str, repository: str = "acme/deploy", run: str = "INC-7/P1", **inputs: JSON
    ) -> Done | Later | Failed | Refused:
        step = Step(what, f"git.{what}", what, {"repository": repository, **inputs})
        return await self.hand.do(step, context_for(run, self.said))

    async def roll_back(self, good: str, run: str = "INC-7/P1", **inputs: JSON) -> Done:
        """From the head as it is now, as a plan that was just made would."""
        head = self.deploy.tip()
        return await self.do("restore", run=run, branch="release", head=head, good=good, **inputs)


def world_in(folder: Path) -> World:
    deploy, site = (
        Origin(folder / "outside/acme/deploy.git"),
        Origin(folder / "outside/acme/site.git", "main"),
    )
    return World(folder, hand_on(folder, deploy.folder, site.folder), deploy, site, [])


def hand_on(folder: Path, deploy: Path, site: Path) -> GitHand:
    declared = Declared(
        targets=(
            Target(
                "site",
                "site",
                repository="acme/deploy",
                remote=str(deploy),
                branch="release",
                source="acme/site",
                migrations=("migrations/**",),
            ),
        ),
        sources=(Source("acme/site", "main", remote=str(site)),),
    )
    return GitHand(Places(Mirrors(folder / "copies"), Remotes(), declared), ("Tocsin", "tocsin@acme.example"))


def context_for(run: str, said: list[str] | None = None, *, stop: bool = False) -> Context:
    lines = [] if said is None else said

    async def say(line: str) -> None:
        lines.append(line)

    async def stopped() -> bool:
        return stop

    return Context(
        run=run,
        incident=run.partition("/")[0],
        url=f"https://tocsin.acme.example/incidents/{run.partition('/')[0]}",
        reason="Sign-in fails since 10:20",
        asked_by="Alice",
        now=NOW,
        seen={},
        say=say,
        stopped=stopped,
    )


def hook(origin: Origin, name: str, script: str) -> None:
    (origin.folder / "hooks").mkdir(exist_ok=True)
    path = origin.folder / "hooks" / name
    path.write_text(script)
    path.chmod(0o755)
