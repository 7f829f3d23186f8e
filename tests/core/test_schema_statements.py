"""SQL told apart into statements: quotes, comments, transactions, and what only PostgreSQL knows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.schema.files import folder
from tocsin.core.schema.lexer import Unreadable
from tocsin.core.schema.migrators import lock_keys
from tocsin.core.schema.statements import split

PIECES = (
    "SELECT 1",
    "SELECT 'a;b' || 'it''s;' || E'\\';' || U&'x;'",
    'CREATE TABLE "a;b" ("c""; d" int)',
    "DO $$ BEGIN PERFORM ';'; END $$",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $b$ SELECT $$;$$::text; $b$",
    "CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
    "CREATE RULE r AS ON INSERT TO t DO INSTEAD (DELETE FROM a; DELETE FROM b)",
    "SELECT /* a ; /* nested; */ ; */ 1",
    "SELECT 1 -- no; end",
    "COPY t FROM STDIN;\n1\t;\n\\.",
    "SELECT a[1:2], $1, 'x'::text",
)


@pytest.mark.parametrize("one", PIECES)
def test_a_semicolon_within_a_statement_does_not_end_it(one: str) -> None:
    assert [found.text for found in split(f"{one}\n;\nSELECT 2;")][-2:] == [split(one)[0].text, "SELECT 2"]
    assert len(split(one)) == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PIECES[:8]), max_size=6))
def test_as_many_statements_come_out_as_went_in(some: list[str]) -> None:
    found = split("".join(f"{one};\n\n" for one in some))

    assert [one.number for one in found] == list(range(1, len(some) + 1))
    assert [one.text for one in found] == [split(one)[0].text for one in some]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab1 ;'\"$-/*\\().\nEe", max_size=30))
def test_any_text_is_told_apart_or_said_to_be_unreadable(text: str) -> None:
    try:
        found = split(text)
    except Unreadable:
        return
    assert all(one.text in text for one in found)


def test_a_file_is_one_transaction_up_to_its_own_commit() -> None:
    whole = split("SELECT 1; SELECT 2")
    explicit = split("BEGIN; SELECT 1; SELECT 2; COMMIT; SELECT 3; SELECT 4")
    one_by_one = split("SELECT 1; BEGIN; SELECT 2; SELECT 3; COMMIT; SELECT 4", one_by_one=True)

    assert [one.block for one in whole] == [1, 1]
    assert [one.block for one in explicit] == [1, 1, 2, 2]
    assert [one.block for one in one_by_one] == [1, 2, 2, 3]


def test_what_the_file_rolls_back_is_not_kept() -> None:
    assert [one.kept for one in split("BEGIN; SELECT 1; ROLLBACK; SELECT 2")] == [False, True]


ALONE = (
    ("CREATE INDEX CONCURRENTLY a ON t (x)", True),
    ("DROP INDEX CONCURRENTLY a", True),
    ("REINDEX INDEX CONCURRENTLY a", True),
    ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", True),
    ("REFRESH MATERIALIZED VIEW CONCURRENTLY m", False),
    ("VACUUM t", True),
    ("ALTER SYSTEM SET work_mem = '1MB'", True),
    ("CREATE DATABASE x", True),
    ("ALTER TYPE mood ADD VALUE 'x'", False),
    ("CREATE INDEX a ON t (x)", False),
)


@pytest.mark.parametrize(("text", "alone"), ALONE)
def test_knows_what_can_not_run_in_a_transaction(text: str, alone: bool) -> None:
    assert split(text)[0].runs_alone is alone


UNREADABLE = (
    ("SELECT 1;\nSELECT 'a", "line 2: a quoted text begins here and has no end"),
    ('SELECT "a', "a quoted name"),
    ("/* a /* b */", "a comment"),
    ("DO $x$ BEGIN", "a dollar-quoted text"),
    ("\\i other.sql", "a command of psql"),
    ("COPY t FROM STDIN;\n1", "the data of COPY"),
    ("BEGIN; SAVEPOINT a; COMMIT", "savepoints are not followed"),
)


@pytest.mark.parametrize(("text", "why"), UNREADABLE)
def test_what_can_not_be_told_apart_says_where_and_why(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        split(text)


def test_files_are_read_as_golang_migrate_reads_their_names() -> None:
    found = folder(
        {"10_b.down.sql": "", "1_a.up.sql": "", "10_b.up.sql": "", "x.sql": "", "9_c.sql": "", "README": ""}
    )

    assert [(one.version, one.up, one.down) for one in found.migrations] == [
        (1, "1_a.up.sql", ""),
        (10, "10_b.up.sql", "10_b.down.sql"),
    ]
    assert len(found.warnings) == 2
    assert (found.before(10), found.before(1), found.after(10)) == (1, -1, None)


def test_the_locks_are_those_of_golang_migrate_in_all_its_versions() -> None:
    keys = lock_keys("database_name", "schema_name_1", "schema_migrations")

    # From golang-migrate's own database/util_test.go: without a schema, and with one, before and after it turned the names round.
    assert keys >= {1764327054, 3244152297, 2453313553}
    assert len(keys) == 10
