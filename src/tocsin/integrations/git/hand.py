"""The hand "git": it reads histories, and makes commits on them. What it looks at and does is listed here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from tocsin.core.procedures.commit_words import Why
from tocsin.core.procedures.declared import Declared
from tocsin.core.procedures.hands import JSON, Context, Done, Failed, Hand, Seen, Step
from tocsin.core.work import Later, Refused
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.behind import look_behind, renewed
from tocsin.integrations.git.ends import Ends
from tocsin.integrations.git.look_between import look_between, look_deployed
from tocsin.integrations.git.look_deploy import look_deploy
from tocsin.integrations.git.look_files import look_files
from tocsin.integrations.git.look_pinned import look_pinned
from tocsin.integrations.git.look_range import look_range
from tocsin.integrations.git.look_revert import look_contains, look_reland, look_revert
from tocsin.integrations.git.mirror import Mirrors, Repo
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.remotes import Remotes, github_addresses
from tocsin.integrations.git.restore import Job, freeze, restore, still_frozen
from tocsin.integrations.git.revert import reland, revert
from tocsin.integrations.git.ships import ships
from tocsin.integrations.git.thaw import thaw
from tocsin.integrations.git.writing import Signature
from tocsin.integrations.inputs import made_before
from tocsin.settings import Settings

T = TypeVar("T")

Look = Callable[[Repo, Places, Asked], Awaitable[Seen]]
LOOKS: Final[Mapping[str, Look]] = {
    "deploy": look_deploy,
    "range": look_range,
    "revert": look_revert,
    "reland": look_reland,
    "contains": look_contains,
    "files": look_files,
}
"""Each looks into one repository. All take `repository` (or `remote`, where that is all that is declared) besides what each says itself."""
LOOKS_AT_TARGETS: Final[Mapping[str, Callable[[Places, Asked], Awaitable[Seen]]]] = {
    "between": look_between,
    "deployed": look_deployed,
    "behind": look_behind,
    "pinned": look_pinned,
}
"""Each looks into what belongs to a `target`: its deploy repository and its source."""
WATCHES: Final[Mapping[str, Callable[[Places, Asked, Context], Awaitable[Done | Later]]]] = {
    "ships": ships,
    "renewed": renewed,
}
"""Steps that look into a target's two repositories, and watch."""
STEPS: Final[Mapping[str, Callable[[Repo, Job], Awaitable[Done]]]] = {
    "restore": restore,
    "freeze": freeze,
    "still_frozen": still_frozen,
    "thaw": thaw,
    "revert": revert,
    "reland": reland,
}


@dataclass(slots=True)
class GitHand:
    """`author` is (name, address) of the commits that it makes."""

    places: Places
    author: tuple[str, str]
    name: str = "git"

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen | Later | Refused:
        asked = Asked(inputs)
        try:
            if what in LOOKS_AT_TARGETS:
                return await LOOKS_AT_TARGETS[what](self.places, asked)
            if what in LOOKS:
                return await self._use(asked, lambda repo: LOOKS[what](repo, self.places, asked))
            return Refused(f"git has no look {what!r}; it has {', '.join([*LOOKS, *LOOKS_AT_TARGETS])}")
        except Ends as end:
            return end.of_look

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        if step.does not in (*STEPS, *WATCHES):
            return Refused(f"git can't do {step.does!r}; it can {', '.join([*STEPS, *WATCHES])}")
        asked = Asked(step.inputs)
        if (pull := made_before(context.seen, asked.text("unless"))) is not None:
            return Done((pull,), {}, "not needed: the pull request is there already")
        who = Signature(*self.author, context.now)
        try:
            if step.does in WATCHES:
                return await WATCHES[step.does](self.places, asked, context)
            job = Job(asked, _why(asked, context), who, context.say, context.stopped)
            return await self._use(asked, lambda repo: STEPS[step.does](repo, job))
        except Ends as end:
            return end.outcome

    async def aclose(self) -> None:
        """It holds nothing open: each git ends with its work."""

    async def _use(self, asked: Asked, body: Callable[[Repo], Awaitable[T]]) -> T:
        return await self.places.use(asked.text("repository"), asked.text("remote"), body)


def hands(settings: Settings, declared: Declared, secrets: Mapping[str, str]) -> list[Hand]:
    """The one hand. It needs no more than the program `git`; which repositories it may touch is declared."""
    token = settings.github_token.get_secret_value() if settings.github_token else ""
    address, web = github_addresses(settings.github_base_url, settings.github_git_url) if token else ("", "")
    name, _, mail = settings.git_author.partition("<")
    folder = settings.git_folder or settings.data / "git"
    remotes = Remotes(address, web, token, secrets)
    return [GitHand(Places(Mirrors(folder.absolute()), remotes, declared), (name.strip(), mail.rstrip("> ")))]


def _why(asked: Asked, context: Context) -> Why:
    """What stands in the commit's message. A private incident says no more there than its number."""
    if asked.yes("private"):
        return Why(context.run, context.incident)
    return Why(
        context.run, context.incident, context.reason, context.url, context.asked_by, asked.texts("evidence")
    )
