"""The file of procedures: what it may say, and how each mistake in it is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.core.procedures.declared import Database, LockRule, Source, Target, Updater
from tocsin.core.procedures.declared_text import declared_from
from tocsin.errors import Invalid

WHOLE = """
[commands]
programs = ["kubectl", "/usr/local/bin/deploy"]

[[target]]
id = "site"
service = "website"
by = "git"
repository = "acme/deploy"
branch = "release"
token_env = "DEPLOY"
source = "acme/site"
migrations = ["migrations/**"]
version_url = "https://site.example/healthz"
version_field = "build.version"
health_url = "https://site.example/healthz"
watch_minutes = 5
max_age_days = 7
checks = ["deploy"]
database = "main"
    [[target.updater]]
    kind = "renovate"
    path = "renovate.json"
    pull_requests_by = "renovate[bot]"
    [[target.updater]]
    kind = "file"
    path = "auto.yaml"
    match = "auto: on"
    replace = "auto: off"
    off = "auto: off"

[[target]]
id = "search"
by = "command"
command = ["/usr/local/bin/deploy", "search", "{version}"]
variables = ["HOME", "TOCSIN_SECRET_SEARCH"]
time_limit_seconds = 90

[[source]]
repository = "acme/site"
required_checks = ["ci"]
review = "needed"
fallback_team = "acme/stampers"
    [source.lock]
    automatic = true

[[database]]
id = "main"
dsn_env = "MAIN_DSN"
repository = "acme/site"
path = "migrations/frontend"
restart = "site"
backup_command = ["kubectl", "get", "backup"]
backup_max_age_minutes = 30
"""


def test_reads_targets_sources_and_databases():
    declared = declared_from(WHOLE)

    site, search = declared.targets
    assert site == Target(
        id="site",
        service="website",
        repository="acme/deploy",
        branch="release",
        token_env="DEPLOY",
        source="acme/site",
        migrations=("migrations/**",),
        version_url="https://site.example/healthz",
        version_field="build.version",
        health_url="https://site.example/healthz",
        watch=timedelta(minutes=5),
        max_age=timedelta(days=7),
        checks=("deploy",),
        database="main",
        updaters=(
            Updater("renovate", "renovate.json", pull_requests_by="renovate[bot]"),
            Updater("file", "auto.yaml", match="auto: on", replace="auto: off", off="auto: off"),
        ),
    )
    assert (search.service, search.command[-1], search.time_limit) == (
        "search",
        "{version}",
        timedelta(seconds=90),
    )
    assert declared.sources == (
        Source(
            "acme/site",
            required_checks=("ci",),
            review="needed",
            fallback_team="acme/stampers",
            lock=LockRule(automatic=True),
        ),
    )
    assert declared.database("main") == Database(
        "main",
        "MAIN_DSN",
        repository="acme/site",
        path="migrations/frontend",
        restart="site",
        backup_command=("kubectl", "get", "backup"),
        backup_max_age=timedelta(minutes=30),
    )


def test_names_the_secrets_that_it_needs():
    assert declared_from(WHOLE).secret_names() == {"DEPLOY", "SEARCH", "MAIN_DSN"}


def test_nothing_declared_is_fine():
    assert declared_from("").targets == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[target", "it is no TOML"),
        ("[[tagret]]", 'line 1: tagret: this key is not known. Did you mean "target"?'),
        ("[[target]]\nrepository='a/b'", "line 1: target.id: it is missing"),
        ("[[target]]\nid='site'", "target.repository: it is missing. Add `repository` or `remote`"),
        ("[[target]]\nid='a b'\nrepository='a/b'", "line 2: target.id: 'a b' is no id"),
        ("[[target]]\nid='x'\nrepository='site'", "'site' is not a repository (owner/name)"),
        ("[[target]]\nid='x'\nrepository='a/b'\nby='magic'", "line 4: target.by: 'magic' is not known"),
        ("[[target]]\nid='x'\nrepository='a/b'\nbranhc='x'", 'Did you mean "branch"?'),
        ("[[target]]\nid='x'\nby='command'", "target.command: a target by command needs it"),
        ("[[target]]\nid='x'\nby='kubectl'\nworkload='deployment/x'", "'kubectl' may not be started"),
        ("[[target]]\nid='x'\nby='webhook'", "target.url: a target by webhook needs it"),
        ("[[target]]\nid='x'\nby='workflow'\nrepository='a/b'", "target.workflow: a target by workflow"),
        ("[[target]]\nid='x'\nby='command'\ncommand=['rm']", "'rm' may not be started. Add it to `programs`"),
        ("[[target]]\nid='x'\nrepository='a/b'\ntoken_env='ghp_abc'", "this is no name of a secret"),
        ("[[target]]\nid='x'\nremote='https://me:word@x/y'", "no password may stand in it"),
        ("[[target]]\nid='x'\nrepository='a/b'\nhealth_url='site'", "it is no address"),
        ("[[target]]\nid='x'\nrepository='a/b'\nwatch_minutes=0", "0 is no number above 0"),
        ("[[target]]\nid='x'\nrepository='a/b'\nwatch_minutes=true", "True is no number above 0"),
        ("[[target]]\nid='x'\nrepository='a/b'\ndatabase='y'", "there is no database 'y'"),
        ("[[target]]\nid='x'\nrepository='a/b'\nworkflow_inputs=1", "it is not a table of texts"),
        ("[[target]]\nid='x'\nrepository='a/b'\nupdater=1", "Write `[[target.updater]]` above each"),
        (
            "[[target]]\nid='x'\nrepository='a/b'\n[[target.updater]]\nkind='cron'",
            "'cron' is no kind of updater",
        ),
        ("[[target]]\nid='x'\nrepository='a/b'\n[[target.updater]]\nkind='argo'", "kind argo needs path"),
        (
            "[[target]]\nid='x'\nrepository='a/b'\n[[target.updater]]\nkind='argo'\npath='x'\npaht='y'",
            "paht is not known",
        ),
        (
            "[[target]]\nid='x'\nrepository='a/b'\n[[target.updater]]\nkind='file'\npath='x'\noff='('\nmatch='a'",
            "'(' is no pattern",
        ),
        (
            "[[target]]\nid='x'\nrepository='a/b'\n[[target]]\nid='x'\nrepository='a/b'",
            "'x' is taken by an earlier target",
        ),
        ("[[source]]\nrepository='a/b'\n[[source]]\nrepository='a/b'", "'a/b' is declared twice"),
        ("[[source]]\nrepository='a/b'\nreview='no'", "source.review: 'no' is not known"),
        ("[[source]]\nrepository='a/b'\n[source.lock]\nautomtic=true", "is not what can be said of a lock"),
        ("[[source]]\nrepository='a/b'\n[source.lock]\nautomatic=1", "is not what can be said of a lock"),
        ("[[source]]\nrepository='a/b'\n[source.lock]\nautomatic=true", "a lock needs a fallback_team"),
        ("[[database]]\nid='x'", "database.dsn_env: it is missing"),
        ("[[database]]\nid='x'\ndsn_env='X'\ntool='sql'", "database.tool: 'sql' is not known"),
        ("[[database]]\nid='x'\ndsn_env='X'\nrestart='y'", "there is no target 'y'"),
    ],
)
def test_says_what_is_wrong_and_where(text, words):
    with pytest.raises(Invalid) as refused:
        declared_from(text)

    assert words in refused.value.message


def test_tells_everything_that_is_wrong_at_once():
    with pytest.raises(Invalid) as refused:
        declared_from("[[target]]\nid='x'\n[[source]]\n[[database]]\nid='y'")

    assert refused.value.message.count("it is missing") == 3


def test_the_file_that_the_howto_shows_can_be_used():
    howto = Path(__file__).resolve().parents[3] / "docs/howto/procedures.md"

    shown = howto.read_text("utf-8").partition("```toml\n")[2].partition("```")[0]

    assert [one.id for one in declared_from(shown).targets] == ["site", "search", "mail"]


@pytest.mark.parametrize("program", ["sh", "/bin/bash", "/usr/bin/env"])
def test_a_shell_may_not_be_the_command(program: str) -> None:
    text = f"""
[commands]
programs = ["{program}"]

[[target]]
id = "mail"
by = "command"
command = ["{program}", "-c", "deploy {{version}}"]
"""
    with pytest.raises(Invalid, match="is a shell: no command goes through one"):
        declared_from(text)
