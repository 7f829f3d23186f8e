-- name: take_numbers
-- The number of a new incident and of its first report, and which versions of the roster and the handbook are in force: one round trip.
SELECT nextval('incident_numbers') AS incident, nextval('report_numbers') AS report,
       (SELECT version FROM roster_version) AS roster,
       (SELECT coalesce(max(number), 0) FROM handbook_versions WHERE origin = 'saved') AS handbook

-- name: by_report_key
-- The incident and the report that this event of a source has made already, if it has.
SELECT i.ref, r.id, r.token FROM reports r JOIN incidents i ON i.id = r.incident_id WHERE r.source = $1 AND r.key = $2

-- name: recent_open
-- Titles to compare a new report with: that of a broken build ($1) with those of others, any other with the rest.
SELECT ref, title FROM incidents WHERE status = 'open' AND NOT private
   AND $1 = EXISTS (SELECT 1 FROM facts f WHERE f.incident_id = incidents.id AND f.kind = 'build_red')
 ORDER BY id DESC LIMIT 30

-- name: open_with_alert
-- The open incidents that have an alert in the pager $1: all, or that of the id $2. It may be one of before they were opened again.
SELECT id FROM incidents WHERE status = 'open'
   AND EXISTS (SELECT 1 FROM facts f WHERE f.incident_id = incidents.id AND f.kind = 'alert_created'
                  AND f.data->>'via' = $1 AND ($2 = '' OR f.data->>'alert' = $2))
 ORDER BY id

-- name: lock
-- An incident's head, locked until the transaction ends: whoever changes it comes one after the other.
SELECT id, ref, facts, last_hash FROM incidents WHERE ref = $1 FOR UPDATE

-- name: find
SELECT id, ref, facts, last_hash FROM incidents WHERE ref = $1

-- name: claim_to_wake
-- One incident whose time has come, locked; those that another node holds are left out.
SELECT id, ref, facts, last_hash FROM incidents WHERE wake_at <= $1
 ORDER BY wake_at LIMIT 1 FOR UPDATE SKIP LOCKED

-- name: next_wake
-- When the next timer runs out: an incident's, or that of a message which waits in the inbox.
SELECT least((SELECT min(wake_at) FROM incidents WHERE wake_at IS NOT NULL),
             (SELECT min(due_at) FROM messages WHERE state = 'waiting'))

-- name: push_wake
-- An incident that can't be worked on is looked at again later, so that it can't stop the rest.
UPDATE incidents SET wake_at = $2 WHERE ref = $1

-- name: insert
INSERT INTO incidents (id, ref, title, kind, severity, status, owner, handbook_hash, started_at, ended_at, closed_at,
                       next_update_at, next_due_at, thread_channel, thread_message, facts, last_hash, wake_at, private, members)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)

-- name: update
UPDATE incidents SET (title, kind, severity, status, owner, ended_at, closed_at, next_update_at, next_due_at,
                      thread_channel, thread_message, facts, last_hash, wake_at, private, members)
     = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
 WHERE id = $1

-- name: facts
SELECT n, at, kind, by, door, data FROM facts WHERE incident_id = $1 ORDER BY n

-- name: facts_of_many
SELECT incident_id, n, at, kind, by, door, data FROM facts WHERE incident_id = ANY($1) ORDER BY incident_id, n

-- name: facts_with_hashes
SELECT n, at, kind, by, door, data, hash FROM facts WHERE incident_id = $1 ORDER BY n

-- name: append
INSERT INTO facts (incident_id, n, at, kind, by, door, data, hash)
SELECT $1, * FROM unnest($2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::text[])

-- name: insert_report
INSERT INTO reports (id, incident_id, source, key, address, token, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: move_report
UPDATE reports SET incident_id = $2 WHERE id = $1

-- name: save_duties
-- The duties of an incident that are new or have changed.
INSERT INTO duties (incident_id, id, rule, title, owes, report, state, arises_at, due_at, done_at, by, evidence, fact, reason)
SELECT $1, id, rule, title, string_to_array(owes, ' '), report, state, arises_at, due_at, done_at, by, evidence, fact, reason
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[],
              $10::timestamptz[], $11::text[], $12::text[], $13::int[], $14::text[])
    AS new (id, rule, title, owes, report, state, arises_at, due_at, done_at, by, evidence, fact, reason)
ON CONFLICT (incident_id, id) DO UPDATE SET (owes, state, due_at, done_at, by, evidence, fact, reason)
     = (EXCLUDED.owes, EXCLUDED.state, EXCLUDED.due_at, EXCLUDED.done_at, EXCLUDED.by, EXCLUDED.evidence,
        EXCLUDED.fact, EXCLUDED.reason)

-- name: forget_duties
-- Duties that an incident does not have any more, since its kind is another.
DELETE FROM duties WHERE incident_id = $1 AND id = ANY($2)

-- name: delete_duties
DELETE FROM duties WHERE incident_id = $1

-- name: all_refs
SELECT ref FROM incidents ORDER BY id

-- name: list
-- Incidents for a page, newest first; $1 are the states wanted, $2 the number before which to go on (0: from the newest), $4
-- who looks ('tocsin' sees all).
SELECT id, ref, title, kind, severity, status, owner, started_at, ended_at, closed_at, next_update_at, next_due_at,
       (SELECT count(*) FROM duties d WHERE d.incident_id = i.id AND d.state = 'owed') AS owed
  FROM incidents i WHERE status = ANY($1) AND ($2::bigint = 0 OR id < $2)
   AND (NOT private OR $4 = ANY(members) OR $4 = 'tocsin') ORDER BY id DESC LIMIT $3

-- name: by_thread
SELECT ref FROM incidents WHERE thread_channel = $1 AND thread_message = $2 ORDER BY id DESC LIMIT 1

-- name: by_channel
-- The incident whose own channel that is. A channel that many share has no incident of its own: looking at its newest is enough.
SELECT i.ref FROM (SELECT * FROM incidents WHERE thread_channel = $1 AND thread_message <> '' ORDER BY id DESC LIMIT 1) i
 WHERE i.private OR EXISTS (SELECT 1 FROM facts f WHERE f.incident_id = i.id AND f.kind = 'thread_opened'
                               AND f.data->>'channel' = $1 AND f.data->>'announced' <> '')

-- name: by_conversation
-- The newest incident in one of these states to which one of these addresses of a source belongs: a report's, or our own post's.
SELECT i.ref FROM incidents i
 WHERE i.status = ANY($3) AND i.id IN (
       SELECT r.incident_id FROM reports r WHERE r.source = $1 AND r.address = ANY($2)
       UNION SELECT p.incident_id FROM facts p WHERE p.kind = 'post_published' AND p.data->>'post' = ANY($2))
 ORDER BY i.id DESC LIMIT 1

-- name: by_issue
-- The newest incident that opened this public issue.
SELECT i.ref FROM facts p JOIN incidents i ON i.id = p.incident_id
 WHERE p.kind = 'issue_opened' AND p.data->>'repository' = $1 AND p.data->>'number' = $2 ORDER BY i.id DESC LIMIT 1

-- name: by_report
-- The incident that a report is part of now.
SELECT i.ref FROM reports r JOIN incidents i ON i.id = r.incident_id WHERE r.id = $1

-- name: follow_up_by_issue
-- The follow-up that stands as this issue.
SELECT i.ref, p.data->>'follow_up' AS follow_up FROM facts p JOIN incidents i ON i.id = p.incident_id
 WHERE p.kind = 'follow_up_opened' AND p.data->>'repository' = $1 AND p.data->>'number' = $2 ORDER BY i.id DESC LIMIT 1

-- name: by_token
SELECT i.ref, r.id AS report FROM reports r JOIN incidents i ON i.id = r.incident_id WHERE r.token = $1

-- name: ops_log
-- The newest entry of each incident, newest first.
SELECT * FROM (
    SELECT DISTINCT ON (f.incident_id) i.ref, i.title, i.kind, i.owner, i.started_at, i.ended_at, f.at, f.by, f.data
      FROM facts f JOIN incidents i ON i.id = f.incident_id
     WHERE f.kind = 'ops_log_written' AND (NOT i.private OR $2 = ANY(i.members)) ORDER BY f.incident_id, f.n DESC) entries
 ORDER BY started_at DESC LIMIT $1

-- name: last_retrospective
-- The incident whose retrospective was held last before the one of incident $1 was, or before now. Never a private one: the document
-- is copied and sent, and who reads it then is not asked who they are.
SELECT i.ref FROM facts f JOIN incidents i ON i.id = f.incident_id
 WHERE f.kind = 'retrospective_held' AND i.ref <> $1 AND NOT i.private
   AND f.at < COALESCE((SELECT min(h.at) FROM facts h JOIN incidents own ON own.id = h.incident_id
                         WHERE own.ref = $1 AND h.kind = 'retrospective_held'), 'infinity')
 ORDER BY f.at DESC LIMIT 1

-- name: owed
-- What is owed over all incidents, the most urgent first; $1 narrows it to one person ('' is everybody), $3 is who looks.
SELECT i.ref, i.title AS incident, d.id, d.title, d.owes, d.due_at FROM duties d JOIN incidents i ON i.id = d.incident_id
 WHERE d.state = 'owed' AND ($1 = '' OR $1 = ANY(d.owes))
   AND (NOT i.private OR $3 = ANY(i.members)) ORDER BY d.due_at LIMIT $2

-- name: counts
SELECT status, count(*) AS many FROM incidents GROUP BY status

-- name: busy
-- Who has an open incident or a task on their hands, but for the one of ref $1; the ref is '' where $2 may not know of it.
SELECT busy.person, busy.owns,
       CASE WHEN NOT i.private OR $2 = ANY(i.members) THEN i.ref ELSE '' END AS ref
  FROM incidents i
 CROSS JOIN LATERAL (
       SELECT i.owner AS person, true AS owns WHERE i.owner <> ''
        UNION ALL
       SELECT unnest(d.owes), false FROM duties d WHERE d.incident_id = i.id AND d.state = 'owed' AND d.id ~ '-T[0-9]+$'
       ) busy
 WHERE i.status = 'open' AND i.ref <> $1
 ORDER BY i.id

-- name: may_be_silent
-- Open incidents of which nothing is to be looked at, or not in time ($1).
SELECT id, ref, wake_at FROM incidents WHERE status = 'open' AND (wake_at IS NULL OR wake_at < $1) ORDER BY id LIMIT 500

-- name: wake_at
UPDATE incidents SET wake_at = $2 WHERE ref = ANY($1::text[])

-- name: waking_before
SELECT ref FROM incidents WHERE status = 'open' AND wake_at IS NOT NULL AND started_at < $1 ORDER BY id
