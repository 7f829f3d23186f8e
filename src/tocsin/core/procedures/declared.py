"""What may be rolled back, reverted and repaired here: the targets, sources and databases that the operators declare in a file.

No secret stands in it: it names the variables that hold them, `token_env = "DEPLOY"` being TOCSIN_SECRET_DEPLOY (or TOCSIN_SECRET_DEPLOY_FILE).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from tocsin.core.procedures.declared_reverts import OFF, AutomaticRevert

GIT, COMMAND, KUBECTL, WORKFLOW, WEBHOOK = BYS = "git", "command", "kubectl", "workflow", "webhook"
"""How a target is rolled back."""
RENOVATE, ARGO, ACTION, FILE = UPDATER_KINDS = "renovate", "argo", "workflow", "file"
"""What rolls a target forward by itself."""
WANTED, NEEDED = REVIEWS = "wanted", "needed"
TOOLS: Final = ("golang-migrate", "alembic", "django", "flyway")
NAMED: Final = "TOCSIN_SECRET_"
"""How the variables begin that hold the secrets which the file names."""
SHELLS: Final = frozenset(
    {"sh", "bash", "dash", "ash", "zsh", "ksh", "csh", "tcsh", "fish", "busybox", "env", "xargs"}
)
"""Programs that would start another one, of what stands in their arguments."""


@dataclass(frozen=True, slots=True)
class Updater:
    """What rolls a target forward by itself. It is frozen along with a roll-back, and thawed later.

    `path` is its file in `repository` ("": the target's) on `branch`. Of kind `file`, what the pattern `match` finds there is replaced
    by `replace` (or the whole becomes `contents`); it is off when the pattern `off` is found. `workflow` is a GitHub workflow's file name.
    `pull_requests_by` is the account whose pending pull requests are held.
    """

    kind: str
    path: str = ""
    repository: str = ""
    branch: str = ""
    pull_requests_by: str = ""
    workflow: str = ""
    match: str = ""
    replace: str = ""
    contents: str = ""
    off: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that is deployed, and can be rolled back. `service` is what incidents, deploys and signals call it.

    `by` says how: by a commit in the deploy repository (`git`), a command with arguments, `kubectl`, a GitHub workflow, or a webhook.
    `repository` is owner/name on the linked GitHub; `remote` any address that git takes instead. `source` is the repository whose
    commits it deploys, `migrations` the paths there whose change is a migration. `checks` must be green on the roll-back's commit.
    `command` may hold {commit}, {version}, {run}; `variables` names the variables that it gets, all others are kept from it.
    """

    id: str
    service: str
    by: str = GIT
    repository: str = ""
    remote: str = ""
    branch: str = "main"
    token_env: str = ""
    source: str = ""
    migrations: tuple[str, ...] = ()
    environment: str = ""
    checks: tuple[str, ...] = ()
    version_url: str = ""
    version_field: str = "version"
    health_url: str = ""
    watch: timedelta = timedelta(minutes=10)
    max_age: timedelta = timedelta(days=14)
    command: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    time_limit: timedelta = timedelta(minutes=10)
    workload: str = ""
    namespace: str = ""
    cluster: str = ""
    workflow: str = ""
    ref: str = ""
    workflow_inputs: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    secret_env: str = ""
    database: str = ""
    updaters: tuple[Updater, ...] = ()


@dataclass(frozen=True, slots=True)
class LockRule:
    """Whether Tocsin locks the branch by itself while it is broken, and unlocks it when it is green again."""

    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A repository whose commits can be reverted. `required_checks` come on top of those that GitHub says are required.

    `review` is `wanted` (asked for, not waited for) or `needed`; `fallback_team` (owner/team) is asked where the author can't be found.
    """

    repository: str
    branch: str = "main"
    remote: str = ""
    token_env: str = ""
    required_checks: tuple[str, ...] = ()
    review: str = WANTED
    fallback_team: str = ""
    lock: LockRule = LockRule()
    automatic_revert: AutomaticRevert = OFF


@dataclass(frozen=True, slots=True)
class Database:
    """A database whose schema can be looked at and repaired. `dsn_env` names the secret that is its address.

    `repository` and `path` are where its migrations lie; with `multi_statement` the migrator sends each statement of a file by itself
    (golang-migrate's x-multi-statement), else the whole file, which PostgreSQL does in one transaction. `restart` is the target that starts its service again. A backup is known by
    the time that `backup_url` gives in `backup_field`, or that `backup_command` prints; it is fresh for `backup_max_age`.
    """

    id: str
    dsn_env: str
    service: str = ""
    tool: str = TOOLS[0]
    table: str = "schema_migrations"
    schema: str = "public"
    repository: str = ""
    remote: str = ""
    branch: str = "main"
    token_env: str = ""
    path: str = ""
    multi_statement: bool = False
    restart: str = ""
    backup_url: str = ""
    backup_field: str = "finished_at"
    backup_command: tuple[str, ...] = ()
    backup_max_age: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Declared:
    """All of the file. `programs` are those that commands may start, as they are written in `command`."""

    targets: tuple[Target, ...] = ()
    sources: tuple[Source, ...] = ()
    databases: tuple[Database, ...] = ()
    programs: tuple[str, ...] = ()

    def target(self, id: str) -> Target | None:
        return next((one for one in self.targets if one.id == id), None)

    def source(self, repository: str) -> Source | None:
        return next((one for one in self.sources if one.repository == repository), None)

    def database(self, id: str) -> Database | None:
        return next((one for one in self.databases if one.id == id), None)

    def secret_names(self) -> frozenset[str]:
        """The names of all secrets that it needs, as they follow TOCSIN_SECRET_."""
        return frozenset(name for name in self._named() if name)

    def _named(self) -> Iterator[str]:
        for target in self.targets:
            yield from (target.token_env, target.secret_env)
            yield from (one.removeprefix(NAMED) for one in target.variables if one.startswith(NAMED))
        yield from (one.token_env for one in self.sources)
        for database in self.databases:
            yield from (database.dsn_env, database.token_env)


NOTHING: Final = Declared()
