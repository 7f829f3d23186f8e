"""The hand `schema`: looks at a declared database, and carries out one step of its repair at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tocsin.clock import SystemClock
from tocsin.core.procedures.declared import Database, Declared
from tocsin.core.procedures.hands import JSON, Context, Done, Failed, Hand, Seen, Step
from tocsin.core.schema.examining import Asked
from tocsin.core.schema.version_table import GOLANG
from tocsin.core.work import Later, Refused
from tocsin.integrations.schema import backups, doctor, others, statements, table
from tocsin.integrations.schema.connecting import Ends, Place, looking
from tocsin.settings import Settings

Outcome = Done | Later | Failed | Refused
DOES: Final[Mapping[str, Callable[[Place, Step, Context], Awaitable[Done | Failed | Later]]]] = {
    "statement": statements.statement,
    "flag": statements.flag,
    "down": statements.down,
}


@dataclass(slots=True)
class SchemaHand:
    """Everything about databases. `git` is the hand that gives the files of their migrations, once there is one."""

    declared: Declared
    secrets: Mapping[str, str]
    git: Hand | None = None
    name: str = "schema"

    def meet(self, hands: Mapping[str, Hand]) -> None:
        """The files of migrations are looked at by the hand of git."""
        self.git = hands.get("git")

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen | Later | Refused:
        """`doctor` looks at the database `database`. `to` is the version that a way down should lead to; `said` what people found out.

        `version` is what golang-migrate's row says, and no more: somebody waits for it.
        """
        try:
            if what not in ("doctor", "version"):
                return Refused(f"there is no look schema.{what}")
            place = self._place(inputs)
            if what == "version":
                async with looking(place) as (conn, _):
                    row = await table.row(conn, place)
                return Seen(
                    {"version": row.version, "dirty": row.dirty}, (row.problem,) if row.problem else ()
                )
            return await self._doctor(place, inputs)
        except Ends as end:
            return end.outcome

    async def do(self, step: Step, context: Context) -> Outcome:
        try:
            if step.does not in DOES:
                return Refused(f"there is no step {step.hand}")
            place = self._place(step.inputs)
            if place.declared.tool != GOLANG:
                return Refused(f"only {GOLANG} is repaired here: {place.name} is {place.declared.tool}'s")
            return await DOES[step.does](place, step, context)
        except Ends as end:
            return end.outcome

    async def aclose(self) -> None:
        """It holds nothing open: each look and each step has a connection of its own."""

    def _place(self, inputs: Mapping[str, JSON]) -> Place:
        id = str(inputs.get("database", ""))
        found = self.declared.database(id)
        if found is None:
            known = ", ".join(one.id for one in self.declared.databases) or "none"
            raise Ends(Refused(f"there is no database {id!r} in TOCSIN_PROCEDURES (declared: {known})"))
        return Place(found, self.secrets[found.dsn_env])

    async def _doctor(self, place: Place, inputs: Mapping[str, JSON]) -> Seen:
        files, commit = await self._files(place.declared)
        at, amiss = await backups.backed_up_at(place.declared)
        to = inputs.get("to")
        asked = Asked(
            database=place.declared.id,
            schema=place.declared.schema,
            table=place.declared.table,
            commit=commit,
            backup_at=at.isoformat() if at else "",
            to=to if isinstance(to, int) else None,
            said=_said(inputs.get("said")),
        )
        look = doctor.doctor if place.declared.tool == GOLANG else others.standing
        found = await look(place, files, asked)
        values = found.as_json()
        if amiss:
            values["warnings"] = [*found.warnings, amiss]
        return Seen(values | {"seen_at": SystemClock().now().isoformat()}, found.problems)

    async def _files(self, database: Database) -> tuple[dict[str, str], str]:
        """The files of the migrations as they lie in git now, and the commit."""
        if self.git is None:
            raise Ends(Refused(f"the migrations of {database.id} can't be read: there is no hand for git"))
        where: dict[str, JSON] = {
            name: getattr(database, name) for name in ("repository", "remote", "branch", "token_env", "path")
        }
        seen = await self.git.look("files", where)
        if not isinstance(seen, Seen):
            raise Ends(seen)
        if seen.problems:
            raise Ends(Refused(f"the migrations of {database.id} can't be read: {seen.problems[0]}"))
        files: Any = seen.values["files"]
        return dict(files), str(seen.values.get("commit", ""))


def hands(settings: Settings, declared: Declared, secrets: Mapping[str, str]) -> list[Hand]:
    """The hand, where any database is declared."""
    if not declared.databases:
        return []
    return [SchemaHand(declared, secrets)]


def _said(given: JSON) -> dict[tuple[int, str, int], bool]:
    rows: Any = given or []
    return {(one["version"], one["way"], one["number"]): one["done"] for one in rows}
