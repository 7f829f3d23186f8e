"""The questions that are put to a database's catalogue and to its statistics. Each reads, and nothing else."""

from __future__ import annotations

from typing import Final

_OURS: Final = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
RELATIONS: Final = f"""
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relrowsecurity AS secured
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ANY($1::text[]) AND {_OURS}
"""  # noqa: S608 - nothing but our own words is put together
COLUMNS: Final = f"""
SELECT n.nspname AS schema, c.relname AS name, a.attname AS part, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS not_null, CASE WHEN a.atthasdef THEN '?' ELSE '' END AS value
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relname = ANY($1::text[]) AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {_OURS}
"""  # noqa: S608
DEFAULTS: Final = f"""
SELECT n.nspname AS schema, c.relname AS name, a.attname AS part, pg_get_expr(d.adbin, d.adrelid) AS value
  FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
 WHERE c.relname = ANY($1::text[]) AND {_OURS}
"""  # noqa: S608
"""The only question that waits for a lock on the tables themselves."""
CONSTRAINTS: Final = f"""
SELECT n.nspname AS schema, c.relname AS name, k.conname AS part, k.contype::text AS kind, k.convalidated AS validated
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ANY($1::text[]) AND {_OURS}
"""  # noqa: S608
INDEXES: Final = f"""
SELECT n.nspname AS schema, c.relname AS name, t.relname AS on_table, i.indisvalid AND i.indisready AS valid,
       i.indisunique AS is_unique, p.pid IS NOT NULL AS building,
       ARRAY(SELECT coalesce(a.attname::text, '')
               FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
               LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
              WHERE k.place <= i.indnkeyatts ORDER BY k.place) AS columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class t ON t.oid = i.indrelid LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = c.oid
 WHERE (c.relname = ANY($1::text[]) OR NOT i.indisvalid) AND {_OURS}
"""  # noqa: S608
TYPES: Final = f"""
SELECT n.nspname AS schema, t.typname AS name, t.typtype::text AS kind,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typname = ANY($1::text[]) AND {_OURS}
"""  # noqa: S608
FUNCTIONS: Final = f"""
SELECT n.nspname AS schema, p.proname AS name, p.prosrc AS text
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.proname = ANY($1::text[]) AND {_OURS}
"""  # noqa: S608
TRIGGERS: Final = f"""
SELECT n.nspname AS schema, c.relname AS name, t.tgname AS part, 'trigger' AS kind
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ANY($1::text[]) AND NOT t.tgisinternal AND {_OURS}
UNION ALL
SELECT n.nspname, c.relname, p.polname, 'policy'
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ANY($1::text[]) AND {_OURS}
"""  # noqa: S608
COMMENTS: Final = f"""
SELECT n.nspname AS schema, c.relname AS name, coalesce(a.attname, '') AS part, d.description AS text
  FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
 WHERE c.relname = ANY($1::text[]) AND {_OURS}
"""  # noqa: S608
AROUND: Final = """
SELECT current_database() AS database, current_schemas(false) AS path, current_user AS role,
       ARRAY(SELECT extname::text FROM pg_extension) AS extensions, ARRAY(SELECT nspname::text FROM pg_namespace) AS schemas,
       pg_is_in_recovery() AS is_copy, current_setting('server_version_num')::int AS server
"""

TABLE: Final = """
SELECT c.oid, ARRAY(SELECT a.attname::text FROM pg_attribute a
                     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns,
       has_table_privilege(c.oid, 'SELECT') AS readable
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')
"""
OTHER_TABLES: Final = f"""
SELECT n.nspname || '.' || c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND {_OURS}
   AND (c.relname LIKE '%schema\\_migrations' OR c.relname IN
        ('alembic_version', 'django_migrations', 'flyway_schema_history', 'goose_db_version', '_sqlx_migrations'))
 ORDER BY 1 LIMIT 10
"""  # noqa: S608

OTHERS: Final = """
SELECT a.pid, coalesce(a.usename, '') AS role, a.application_name AS program, coalesce(host(a.client_addr), 'local') AS host,
       coalesce(a.state, '') AS state, a.backend_type AS type, coalesce(a.wait_event_type, '') = 'Lock' AS waits,
       extract(epoch FROM clock_timestamp() - a.query_start)::int AS query_seconds,
       extract(epoch FROM clock_timestamp() - a.xact_start)::int AS open_seconds,
       left(a.query, 1000) AS query, pg_blocking_pids(a.pid) AS blocked_by
  FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
 ORDER BY a.query_start NULLS LAST LIMIT 500
"""
ADVISORY: Final = """
SELECT l.pid, l.granted, (l.classid::bigint << 32) | l.objid::bigint AS key
  FROM pg_locks l
 WHERE l.locktype = 'advisory' AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
HOLDERS: Final = """
SELECT l.pid, string_agg(DISTINCT c.relname || ' (' || l.mode || ')', ', ') AS locks
  FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
 WHERE l.granted AND c.relname = ANY($1::text[]) AND l.pid <> pg_backend_pid()
   AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
 GROUP BY l.pid
"""
BUILDS: Final = """
SELECT p.pid, p.relid::regclass::text AS on_table, coalesce(p.index_relid::regclass::text, '') AS name, p.phase,
       CASE WHEN p.blocks_total > 0 THEN (100 * p.blocks_done / p.blocks_total)::int ELSE 0 END AS percent
  FROM pg_stat_progress_create_index p WHERE p.datname = current_database()
"""
SEES_ALL: Final = "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"
"""Whether our role sees what other roles run."""
