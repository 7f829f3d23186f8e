-- name: version
SELECT version FROM roster_version

-- name: bump
-- Every node drops its copy of the roster.
UPDATE roster_version SET version = version + 1

-- name: people
SELECT handle, name, email, slack_id, rights FROM people ORDER BY handle

-- name: teams
SELECT name, members FROM teams ORDER BY name

-- name: rotations
SELECT name, team, zone, first_handoff, participants FROM rotations ORDER BY name

-- name: save_person
INSERT INTO people (handle, name, email, slack_id, rights, added_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (handle) DO UPDATE SET (name, email, slack_id, rights) = (EXCLUDED.name, EXCLUDED.email, EXCLUDED.slack_id, EXCLUDED.rights)

-- name: set_slack_id
UPDATE people SET slack_id = $2 WHERE handle = $1

-- name: delete_person
DELETE FROM people WHERE handle = $1

-- name: save_team
INSERT INTO teams (name, members) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET members = EXCLUDED.members

-- name: save_rotation
INSERT INTO rotations (name, team, zone, first_handoff, participants) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET (team, zone, first_handoff, participants)
     = (EXCLUDED.team, EXCLUDED.zone, EXCLUDED.first_handoff, EXCLUDED.participants)
