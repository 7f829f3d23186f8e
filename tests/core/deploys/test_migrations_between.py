"""The migrations between two commits: which can be taken back, and on which older code may not run."""

from __future__ import annotations

import pytest

from tocsin.core.deploys.migrations import CHANGED, REMOVED, File, breaks_of, migrations_in

UP, DOWN = "migrations/0007_names.up.sql", "migrations/0007_names.down.sql"
PATTERNS = ("migrations/**",)


def reversible(*files: File) -> list[bool]:
    return [one.is_reversible for one in migrations_in(files, PATTERNS)]


def test_a_migration_with_a_down_counterpart_can_be_taken_back() -> None:
    assert reversible(File(UP), File(DOWN)) == [True]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ((File(UP),), "there is none"),
        ((File(UP), File(DOWN, is_empty=True)), "it is empty"),
        ((File(UP), File(DOWN, change=REMOVED)), "it was removed"),
        ((File("migrations/0007_names.py"),), "the tool has no .down. files"),
    ],
)
def test_a_migration_without_a_down_counterpart_can_not(files: tuple[File, ...], why: str) -> None:
    assert reversible(*files) == [False], why


def test_other_files_are_no_migrations() -> None:
    assert migrations_in([File("src/migrations.py"), File("README.md")], PATTERNS) == ()


def test_a_migration_that_was_changed_later_is_told_apart() -> None:
    (migration,) = migrations_in([File(UP, change=CHANGED), File(DOWN)], PATTERNS)

    assert migration.is_changed


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE users;",
        "ALTER TABLE users DROP COLUMN name;",
        "ALTER TABLE users DROP name;",
        "ALTER TABLE users RENAME COLUMN name TO full_name;",
        "ALTER TABLE users ALTER COLUMN id TYPE bigint;",
        "ALTER TABLE users ALTER name SET NOT NULL;",
        "ALTER TABLE users ADD COLUMN name text NOT NULL;",
        "ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0);",
        "CREATE UNIQUE INDEX i ON users (name);",
        "DELETE FROM users WHERE id < 7;",
    ],
)
def test_what_older_code_may_not_run_on_is_found(statement: str) -> None:
    assert breaks_of(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);",
        "ALTER TABLE users ADD COLUMN name text;",
        "ALTER TABLE users ADD COLUMN seen boolean NOT NULL DEFAULT false;",
        "CREATE INDEX CONCURRENTLY i ON users (name);",
        "-- drop table users\nSELECT 1;",
        "COMMENT ON TABLE users IS 'never drop table users';",
        "ALTER TABLE users DROP CONSTRAINT c;",
        "ALTER TABLE users ALTER name DROP NOT NULL;",
        "ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID;",
    ],
)
def test_what_only_adds_harms_no_older_code(statement: str) -> None:
    assert breaks_of(statement) == ()
