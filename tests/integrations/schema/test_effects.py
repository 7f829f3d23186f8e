"""What a statement leaves behind, told from PostgreSQL's catalogue: not done before it ran, done after."""

from __future__ import annotations

from schema_world import World
from tocsin.core.schema.judging import State
from tocsin.core.schema.lexer import Kind, tokens
from tocsin.core.schema.script import Judged, judged_alone
from tocsin.integrations.schema import catalogue

BEFORE = """
CREATE TABLE t (id int PRIMARY KEY, a text, b varchar(10) DEFAULT 'x', c int NOT NULL, CONSTRAINT t_c CHECK (c > 0));
CREATE TABLE o (id int PRIMARY KEY); CREATE INDEX t_a ON t (a); CREATE TYPE mood AS ENUM ('sad'); CREATE SEQUENCE s;
CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); CREATE POLICY p ON t;
ALTER TABLE t ADD CONSTRAINT t_fk FOREIGN KEY (c) REFERENCES o NOT VALID; COMMENT ON TABLE t IS 'tea';
CREATE SCHEMA other; CREATE TABLE "Odd; name" ("Col" int)
"""
TOLD = (
    "CREATE TABLE n (id serial, x text, CONSTRAINT n_x CHECK (x <> ''), UNIQUE (x), PRIMARY KEY (id))",
    "CREATE TABLE IF NOT EXISTS other.n (id uuid DEFAULT gen_random_uuid() NOT NULL, at timestamptz)",
    "CREATE UNLOGGED TABLE n AS SELECT 1 AS x",
    "CREATE TABLE n (LIKE t INCLUDING ALL)",
    "ALTER TABLE t ADD COLUMN IF NOT EXISTS d bigint NOT NULL DEFAULT 0",
    "ALTER TABLE ONLY public.t ADD d varchar(20)",
    "ALTER TABLE t ADD d numeric(10,2), ADD e timestamp(3) with time zone, ADD f text[], ADD g char",
    "ALTER TABLE t ADD d double precision, DROP COLUMN a CASCADE",
    "ALTER TABLE t ADD d mood",
    "ALTER TABLE t DROP IF EXISTS a CASCADE",
    "ALTER TABLE t ALTER a SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN c DROP NOT NULL",
    "ALTER TABLE t ALTER a SET DEFAULT 'it''s'",
    "ALTER TABLE t ALTER c SET DEFAULT 5",
    "ALTER TABLE t ALTER b DROP DEFAULT",
    "ALTER TABLE t ALTER c TYPE bigint USING c::bigint",
    "ALTER TABLE t ALTER b SET DATA TYPE varchar(40)",
    "ALTER TABLE t ADD CONSTRAINT t_u UNIQUE (a)",
    "ALTER TABLE t ADD UNIQUE (a)",
    "ALTER TABLE t DROP CONSTRAINT t_c",
    "ALTER TABLE t VALIDATE CONSTRAINT t_fk",
    "ALTER TABLE t RENAME COLUMN a TO aa",
    "ALTER TABLE t RENAME a TO aa",
    "ALTER TABLE t RENAME CONSTRAINT t_c TO t_cc",
    "ALTER TABLE o RENAME TO oo",
    "ALTER TABLE o SET SCHEMA other",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    'ALTER TABLE "Odd; name" ADD COLUMN "Two; names" int',
    "DROP TABLE IF EXISTS o CASCADE",
    "CREATE UNIQUE INDEX n ON t USING btree (a, lower(b) DESC) WHERE a <> ';'",
    "CREATE INDEX IF NOT EXISTS n ON other_t (a)".replace("other_t", "public.t"),
    "DROP INDEX t_a",
    "ALTER INDEX t_a RENAME TO t_aa",
    "CREATE TYPE n AS ENUM ('x', 'y')",
    "CREATE TYPE n AS (x int)",
    "ALTER TYPE mood ADD VALUE 'glad' AFTER 'sad'",
    "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
    "ALTER TYPE mood RENAME TO moods",
    "DROP TYPE mood",
    "CREATE DOMAIN n AS int CHECK (value > 0)",
    "CREATE SEQUENCE IF NOT EXISTS n",
    "DROP SEQUENCE s",
    "CREATE VIEW n AS SELECT 1 AS x; ",
    "CREATE MATERIALIZED VIEW n AS SELECT 1 AS x",
    "DROP VIEW v",
    "DROP MATERIALIZED VIEW m",
    "CREATE FUNCTION n(x int DEFAULT 1) RETURNS int LANGUAGE sql AS $b$ SELECT ';'::text; SELECT 1 $b$",
    "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN OLD; END$$",
    "DROP FUNCTION f() CASCADE",
    "CREATE TRIGGER n AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()",
    "DROP TRIGGER tr ON t",
    "CREATE POLICY n ON t FOR SELECT USING (true)",
    "DROP POLICY p ON t",
    "CREATE SCHEMA n",
    "COMMENT ON TABLE t IS 'two; teas'",
    "COMMENT ON COLUMN public.t.a IS 'a''s'",
    "COMMENT ON TABLE t IS NULL",
)
UNVERIFIED = (
    ("UPDATE t SET a = 'x'", "rows"),
    ("INSERT INTO o VALUES (1)", "rows"),
    ("DO $$BEGIN PERFORM 1; END$$", "rows"),
    ("SELECT setval('s', 5)", "rows"),
    ("ALTER TABLE t ALTER a SET DEFAULT lower('X')", "default"),
    ("CREATE OR REPLACE VIEW v AS SELECT a FROM t", "text"),
    ("CREATE INDEX ON t (c)", "not known here"),
    ("ALTER TABLE t REPLICA IDENTITY FULL", "not known here"),
    ("CREATE RULE r AS ON INSERT TO o DO INSTEAD (SELECT 1; SELECT 2)", "not known here"),
    ("GRANT SELECT ON t TO public", "not compared"),
)


async def judged_now(world: World, statement: str) -> Judged:
    names = {one.text for one in tokens(statement + " f t") if one.kind in (Kind.WORD, Kind.QUOTED)}
    return judged_alone(statement, await catalogue.read(world.conn, names))


async def test_what_a_statement_leaves_is_not_there_before_it_ran_and_there_after(world: World) -> None:
    await world.conn.execute("DROP SCHEMA IF EXISTS other CASCADE")
    wrong = []

    for statement in TOLD:
        step = world.conn.transaction()
        await step.start()
        await world.conn.execute(BEFORE)
        before = (await judged_now(world, statement)).state
        await world.conn.execute(statement)
        after = await judged_now(world, statement)
        await step.rollback()
        if (before, after.state) != (State.NOT_DONE, State.DONE):
            wrong.append(f"{statement}: {before}, then {after.state} ({after.why})")

    assert wrong == []


async def test_what_the_catalogue_cannot_tell_is_unverified_and_says_why(world: World) -> None:
    await world.conn.execute("DROP SCHEMA IF EXISTS other CASCADE")
    found = {}

    for statement, _ in UNVERIFIED:
        step = world.conn.transaction()
        await step.start()
        await world.conn.execute(BEFORE)
        await world.conn.execute(statement)
        found[statement] = await judged_now(world, statement)
        await step.rollback()

    assert {one.state for one in found.values()} == {State.UNKNOWN}
    assert [statement for statement, why in UNVERIFIED if why not in found[statement].why] == []
