"""Reads the file that declares targets, sources and databases; everything wrong with it is told at once, with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any, Final

from tocsin.core.procedures.declared import (
    ARGO,
    BYS,
    COMMAND,
    FILE,
    GIT,
    KUBECTL,
    RENOVATE,
    REVIEWS,
    SHELLS,
    TOOLS,
    UPDATER_KINDS,
    WEBHOOK,
    WORKFLOW,
    Database,
    Declared,
    LockRule,
    Source,
    Target,
    Updater,
)
from tocsin.core.procedures.declared_reverts import automatic_revert
from tocsin.core.toml_reader import Problem, TomlReader
from tocsin.errors import Invalid

SETTING: Final = "TOCSIN_PROCEDURES"
REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+")
VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]*")
SPANS: Final = {
    "watch_minutes": ("watch", timedelta(minutes=1)),
    "max_age_days": ("max_age", timedelta(days=1)),
    "time_limit_seconds": ("time_limit", timedelta(seconds=1)),
    "backup_max_age_minutes": ("backup_max_age", timedelta(minutes=1)),
}
"""Keys that are numbers of something, by what they become."""
NEEDS: Final = {
    GIT: ("branch",),
    COMMAND: ("command",),
    KUBECTL: ("workload",),
    WORKFLOW: ("repository", "workflow"),
    WEBHOOK: ("url",),
}
"""What a target must say, by how it is rolled back."""


class BadProcedures(Invalid):
    """A file of procedures that can't be used, with all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        words = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{SETTING} can't be used:\n{words}", field=SETTING)


def declared_from(text: str) -> Declared:
    """What the text declares. BadProcedures, with every problem at once."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise Invalid(f"{SETTING} can't be used: it is no TOML: {why}", field=SETTING) from why
    reader = TomlReader(text, data)
    reader.only_keys(data, {"target", "source", "database", "commands"}, "", 0)
    declared = Declared(
        targets=tuple(_target(reader, i, row) for i, row in enumerate(reader.rows("target"))),
        sources=tuple(_source(reader, i, row) for i, row in enumerate(reader.rows("source"))),
        databases=tuple(_database(reader, i, row) for i, row in enumerate(reader.rows("database"))),
        programs=_programs(reader, data),
    )
    _together(reader, declared)
    if reader.problems:
        raise BadProcedures(reader.problems)
    return declared


def _programs(reader: TomlReader, data: Mapping[str, Any]) -> tuple[str, ...]:
    if "commands" not in data:
        return ()
    table = reader.table("commands")
    reader.only_keys(table, {"programs"}, "commands", 0)
    return reader.words("commands", 0, table, "programs")


def _target(reader: TomlReader, i: int, row: Mapping[str, Any]) -> Target:
    at = _Row(reader, "target", i, row)
    at.only(Target, also={"updater"}, but={"updaters"})
    id, by = reader.id("target", i, row), reader.one_of("target", i, row, "by", BYS, GIT)
    for key in NEEDS[by]:
        if not row.get(key) and not (key == "branch" and "branch" not in row):
            reader.wrong("target", i, key, f"a target by {by} needs it", f"Add `{key}`.")
    if by == GIT and not (row.get("repository") or row.get("remote")):
        reader.wrong("target", i, "repository", "it is missing", "Add `repository` or `remote`.")
    return Target(
        id=id,
        service=at.text("service") or id,
        by=by,
        branch=at.text("branch") or "main",
        repository=at.repository("repository"),
        source=at.repository("source"),
        migrations=at.words("migrations"),
        checks=at.words("checks"),
        version_field=at.text("version_field") or "version",
        version_url=at.url("version_url"),
        health_url=at.url("health_url"),
        url=at.url("url"),
        token_env=at.variable("token_env"),
        secret_env=at.variable("secret_env"),
        command=at.words("command"),
        variables=at.words("variables"),
        workflow_inputs=at.texts("workflow_inputs"),
        updaters=_updaters(at),
        **at.spans("watch_minutes", "max_age_days", "time_limit_seconds"),
        remote=at.remote(),
        **at.plain("environment", "workload", "namespace", "cluster", "workflow", "ref", "database"),
    )


def _updaters(at: _Row) -> tuple[Updater, ...]:
    rows = at.row.get("updater", [])
    if not isinstance(rows, list) or not all(isinstance(one, Mapping) for one in rows):
        at.wrong("updater", "it is not a list of tables", "Write `[[target.updater]]` above each.")
        return ()
    return tuple(_updater(at, n, row) for n, row in enumerate(rows))


def _updater(at: _Row, n: int, row: Mapping[str, Any]) -> Updater:
    known = {one.name for one in fields(Updater)}
    for key in sorted(set(row) - known):
        at.wrong(
            "updater", f"{key} is not known in updater {n + 1}", f"Known are {', '.join(sorted(known))}."
        )
    values = {key: row[key] for key in known & set(row) if isinstance(row[key], str)}
    for key in sorted((known & set(row)) - set(values)):
        at.wrong("updater", f"{key} of updater {n + 1} is not a text", f'Write `{key} = "…"`.')
    kind = values.get("kind", "")
    if kind not in UPDATER_KINDS:
        at.wrong("updater", f"{kind!r} is no kind of updater", f"Write one of {', '.join(UPDATER_KINDS)}.")
    one = Updater(**{"kind": kind, **values})
    lacks = {
        RENOVATE: not one.path and "path",
        ARGO: not one.path and "path",
        FILE: (not one.path and "path") or (not one.off and "off") or _way(one),
        WORKFLOW: not one.workflow and "workflow",
    }.get(kind)
    if lacks:
        at.wrong("updater", f"an updater of kind {kind} needs {lacks}", f"Add `{lacks}` to updater {n + 1}.")
    for pattern in (one.match, one.off):
        if problem := _no_pattern(pattern):
            at.wrong("updater", f"{pattern!r} is no pattern: {problem}", "Write a regular expression.")
    return one


def _way(one: Updater) -> str:
    return "" if one.match or one.contents else "match and replace, or contents"


def _no_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as why:
        return str(why)
    return ""


def _source(reader: TomlReader, i: int, row: Mapping[str, Any]) -> Source:
    at = _Row(reader, "source", i, row)
    at.only(Source)
    reader.text("source", i, row, "repository")
    return Source(
        repository=at.repository("repository"),
        branch=at.text("branch") or "main",
        remote=at.remote(),
        token_env=at.variable("token_env"),
        required_checks=at.words("required_checks"),
        review=reader.one_of("source", i, row, "review", REVIEWS, REVIEWS[0]),
        fallback_team=at.repository("fallback_team", "a team (owner/team)"),
        lock=_lock(at),
        automatic_revert=automatic_revert(reader, i, row),
    )


def _lock(at: _Row) -> LockRule:
    row = at.row.get("lock", {})
    if (
        not isinstance(row, Mapping)
        or set(row) - {"automatic"}
        or not isinstance(row.get("automatic", False), bool)
    ):
        what = f"{row!r} is not what can be said of a lock"
        at.wrong("lock", what, "Write `[source.lock]`, and under it `automatic = true` or false.")
        return LockRule()
    rule = LockRule(row.get("automatic", False))
    if rule.automatic and not at.text("fallback_team"):
        what = "a lock needs a fallback_team: while the authors are away nobody could mend the branch"
        at.wrong("lock", what, 'Add `fallback_team = "owner/team"` to the source.')
    return rule


def _database(reader: TomlReader, i: int, row: Mapping[str, Any]) -> Database:
    at = _Row(reader, "database", i, row)
    at.only(Database)
    id = reader.id("database", i, row)
    reader.text("database", i, row, "dsn_env")
    return Database(
        id=id,
        dsn_env=at.variable("dsn_env"),
        multi_statement=reader.flag("database", i, row, "multi_statement", False),
        tool=reader.one_of("database", i, row, "tool", TOOLS, TOOLS[0]),
        table=at.text("table") or "schema_migrations",
        schema=at.text("schema") or "public",
        branch=at.text("branch") or "main",
        repository=at.repository("repository"),
        token_env=at.variable("token_env"),
        backup_url=at.url("backup_url"),
        backup_field=at.text("backup_field") or "finished_at",
        backup_command=at.words("backup_command"),
        **at.spans("backup_max_age_minutes"),
        remote=at.remote(),
        **at.plain("service", "path", "restart"),
    )


def _together(reader: TomlReader, declared: Declared) -> None:
    """What holds between the parts."""
    reader.unique("target", [one.id for one in declared.targets])
    reader.unique("database", [one.id for one in declared.databases])
    named = [one.repository for one in declared.sources]
    for i, repository in enumerate(named):
        if repository and repository in named[:i]:
            reader.wrong("source", i, "repository", f"{repository!r} is declared twice", "Keep one.")
    for i, target in enumerate(declared.targets):
        _no_shell(reader, "target", i, "command", target.command)
        if target.command and target.command[0] not in declared.programs:
            _not_allowed(reader, "target", i, "command", target.command[0])
        if target.by == KUBECTL and "kubectl" not in declared.programs:
            _not_allowed(reader, "target", i, "by", "kubectl")
        if target.database and not declared.database(target.database):
            reader.wrong("target", i, "database", f"there is no database {target.database!r}", "Declare it.")
    for i, one in enumerate(declared.databases):
        _no_shell(reader, "database", i, "backup_command", one.backup_command)
        if one.restart and not declared.target(one.restart):
            reader.wrong("database", i, "restart", f"there is no target {one.restart!r}", "Declare it.")
        if one.backup_command and one.backup_command[0] not in declared.programs:
            _not_allowed(reader, "database", i, "backup_command", one.backup_command[0])


def _no_shell(reader: TomlReader, table: str, i: int, key: str, command: tuple[str, ...]) -> None:
    if (program := "".join(command[:1]).rpartition("/")[2]) in SHELLS:
        reader.wrong(
            table,
            i,
            key,
            f"{program} is a shell: no command goes through one",
            "Write a script, and name it.",
        )


def _not_allowed(reader: TomlReader, table: str, i: int, key: str, program: str) -> None:
    reader.wrong(
        table,
        i,
        key,
        f"{program!r} may not be started",
        "Add it to `programs` under `[commands]`, if it may.",
    )


class _Row:
    """One row of a table, read key by key. All keys may be left out."""

    def __init__(self, reader: TomlReader, table: str, i: int, row: Mapping[str, Any]) -> None:
        self.reader, self.table, self.i, self.row = reader, table, i, row

    def wrong(self, key: str, what: str, instead: str) -> None:
        self.reader.wrong(self.table, self.i, key, what, instead)

    def only(self, type: type, also: set[str] = frozenset(), but: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        names = {one.name for one in fields(type)} - set(but)
        spans = {key: name for key, (name, _) in SPANS.items() if name in names}
        self.reader.only_keys(
            self.row, (names - set(spans.values())) | set(spans) | set(also), self.table, self.i
        )

    def text(self, key: str) -> str:
        return self.reader.text(self.table, self.i, self.row, key, needed=False)

    def plain(self, *keys: str) -> dict[str, Any]:
        return {key: self.text(key) for key in keys}

    def words(self, key: str) -> tuple[str, ...]:
        return self.reader.words(self.table, self.i, self.row, key, needed=False)

    def texts(self, key: str) -> dict[str, str]:
        value = self.row.get(key, {})
        if isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values()):
            return dict(value)
        self.wrong(key, "it is not a table of texts", f'Write `{key} = {{ name = "value" }}`.')
        return {}

    def repository(self, key: str, what: str = "a repository (owner/name)") -> str:
        value = self.text(key)
        if value and not REPOSITORY.fullmatch(value):
            self.wrong(key, f"{value!r} is not {what}", 'Write it as "acme/site".')
        return value

    def variable(self, key: str) -> str:
        value = self.text(key)
        if value and not VARIABLE.fullmatch(value):
            self.wrong(
                key,
                "this is no name of a secret (and no secret may stand here)",
                f'Write `{key} = "DEPLOY"` and set TOCSIN_SECRET_DEPLOY.',
            )
        return value

    def remote(self) -> str:
        value = self.text("remote")
        if re.match(r"[a-z]+://[^/@]*:[^/@]*@", value) or value.startswith("-"):
            self.wrong("remote", "no password may stand in it", 'Give it by `token_env = "NAME"`.')
            return ""
        return value

    def url(self, key: str) -> str:
        value = self.text(key)
        if value and not re.match(r"https?://[^\s@/]+(/\S*)?$", value):
            self.wrong(
                key, "it is no address without a password", "Write one that begins with https:// or http://."
            )
        return value

    def spans(self, *keys: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in keys:
            value = self.row.get(key)
            if value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 100_000:
                self.wrong(key, f"{value!r} is no number above 0", f"Write `{key} = 10`.")
                continue
            name, unit = SPANS[key]
            found[name] = value * unit
        return found
