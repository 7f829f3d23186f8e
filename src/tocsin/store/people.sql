-- name: version
SELECT version FROM roster_version

-- name: bump
-- Every node drops its copy of the roster.
UPDATE roster_version SET version = version + 1

-- name: people
SELECT handle, name, email, slack_id, rights, github, zone, hours, notices, quiet FROM people ORDER BY handle

-- name: teams
SELECT name, members, pager FROM teams ORDER BY name

-- name: save_person
INSERT INTO people (handle, name, email, slack_id, rights, added_at, github, zone, hours) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (handle) DO UPDATE SET (name, email, slack_id, rights, github, zone, hours)
     = (EXCLUDED.name, EXCLUDED.email, EXCLUDED.slack_id, EXCLUDED.rights, EXCLUDED.github, EXCLUDED.zone, EXCLUDED.hours)
RETURNING notices

-- name: on_call_outside
SELECT source, people FROM on_call_outside ORDER BY source LIMIT 1

-- name: save_on_call_outside
-- One schedule counts: that of the settings.
WITH gone AS (DELETE FROM on_call_outside WHERE source <> $1)
INSERT INTO on_call_outside (source, people, seen_at) VALUES ($1, $2, $3)
ON CONFLICT (source) DO UPDATE SET people = EXCLUDED.people, seen_at = EXCLUDED.seen_at
 WHERE on_call_outside.people IS DISTINCT FROM EXCLUDED.people
RETURNING true

-- name: forget_on_call_outside
WITH gone AS (DELETE FROM on_call_outside RETURNING 1) SELECT count(*) > 0 FROM gone

-- name: set_slack_id
UPDATE people SET slack_id = $2 WHERE handle = $1

-- name: set_notices
UPDATE people SET notices = $2 WHERE handle = $1

-- name: delete_person
DELETE FROM people WHERE handle = $1

-- name: save_team
INSERT INTO teams (name, members) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET members = EXCLUDED.members

-- name: set_pager
UPDATE teams SET pager = $2 WHERE name = $1

-- name: delete_team
DELETE FROM teams WHERE name = $1
