-- name: save
-- The runs of an incident as they are now.
INSERT INTO procedure_runs (incident_id, run, procedure, target, state, asked_at, started_at, ended_at)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[])
ON CONFLICT (incident_id, run) DO UPDATE SET (state, started_at, ended_at) = (EXCLUDED.state, EXCLUDED.started_at, EXCLUDED.ended_at)

-- name: delete
DELETE FROM procedure_runs WHERE incident_id = $1

-- name: holder
-- Which run holds this target now, and whether its incident may be known to $2.
SELECT i.ref, r.run, (NOT i.private OR $2 = ANY(i.members)) AS may_know
  FROM procedure_runs r JOIN incidents i ON i.id = r.incident_id WHERE r.target = $1 AND r.state = 'running'

-- name: stop_is_asked
-- Whether somebody pressed stop since the run was last set going.
SELECT EXISTS (
    SELECT FROM facts f WHERE f.incident_id = $1 AND f.kind = 'procedure_stop_asked' AND f.data->>'run' = $2
       AND f.n > (SELECT coalesce(max(n), 0) FROM facts
                   WHERE incident_id = $1 AND kind IN ('procedure_started', 'procedure_resumed') AND data->>'run' = $2))

-- name: extend
-- A step goes on: its lease is made longer. Nothing where another node has taken it over.
UPDATE works SET due_at = $3 WHERE id = $1 AND attempts = $2 AND state = 'running' RETURNING true

-- name: is_ours
-- Whether this attempt still holds the step.
SELECT EXISTS (SELECT FROM works WHERE id = $1 AND attempts = $2 AND state = 'running')

-- name: hurry_lane
-- Somebody pressed stop, or asks again: what waits for its next try is looked at now.
UPDATE works SET due_at = $2 WHERE lane = $1 AND state = 'planned' AND due_at > $2

-- name: lately
-- Runs over all incidents that $1 may know of, those under way first, then the newest.
SELECT i.ref, r.run, r.procedure, r.target, r.state, r.asked_at, r.started_at, r.ended_at
  FROM procedure_runs r JOIN incidents i ON i.id = r.incident_id
 WHERE (NOT i.private OR $1 = ANY(i.members) OR $1 = 'tocsin') ORDER BY r.state <> 'running', r.asked_at DESC LIMIT $2
