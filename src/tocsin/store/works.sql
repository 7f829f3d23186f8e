-- name: plan
-- Works to be done after this commit. A key that is known already is planned no second time; one card waits at a time.
INSERT INTO works (incident_id, message_id, does, via, lane, key, urgency, payload, due_at, since, planned_at)
SELECT $1, $10, does, via, lane, key, urgency, payload, coalesce(not_before, $9), coalesce(not_before, $9), $9
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::jsonb[], $8::timestamptz[])
    AS new (does, via, lane, key, urgency, payload, not_before)
ON CONFLICT DO NOTHING

-- name: claim
-- Works whose time has come and whose turn it is in their lane, pages first, but for the services in $5, of which this node has
-- its hands full. `due_at` becomes the end of the lease. Pages to devices are claimed by `claim_pages`. What is ready is worked out once:
-- as a part of the join it may be worked out for each row, and more is taken than $4.
WITH ready AS MATERIALIZED (
    SELECT t.id FROM works t
     WHERE t.state IN ('planned', 'running') AND t.due_at <= $1
       AND coalesce(nullif(t.via, ''), split_part(t.does, '.', 1)) <> ALL ($5::text[])
       AND NOT (t.does IN ('page', 'page.settle') AND t.payload ? 'contact')
       AND NOT EXISTS (SELECT 1 FROM works e WHERE e.lane = t.lane AND e.id < t.id AND e.state IN ('planned', 'running'))
     ORDER BY t.urgency, t.due_at LIMIT $4 FOR UPDATE SKIP LOCKED
)
UPDATE works w SET state = 'running', attempts = attempts + 1, due_at = $2, worker = $3
  FROM ready WHERE w.id = ready.id
RETURNING w.id, w.incident_id, w.message_id, w.does, w.via, w.lane, w.key, w.payload, w.attempts, coalesce(w.since, w.planned_at) AS since,
          coalesce((SELECT ref FROM incidents WHERE id = w.incident_id), '') AS ref

-- name: claim_pages
-- Pages of incidents to devices, and words that they are answered, whose time has come: the severe first, the new before the old. What waits
-- for the same device goes along in one message (`batch`), and once it was tried it stays together. A device that got a page of another
-- incident since $6 waits (by $7 longer on some channels; since $10, of one as severe, where it is of one of the people in $9), and so does one to which
-- something is on its way. Of the services in $8 at most so many are taken.
WITH recent AS (
    SELECT payload->>'person' AS person, payload->>'contact' AS contact, incident_id,
           coalesce(payload->>'priority', 'P1') AS priority, max(ended_at) AS at
      FROM works WHERE does = 'page' AND state = 'done' AND last_why = '' AND payload ? 'contact'
       AND ended_at > least($6::timestamptz, $10::timestamptz) - make_interval(secs => $11::float8)
     GROUP BY 1, 2, 3, 4
), waiting AS (
    SELECT t.id, t.does, t.payload->>'person' AS person, t.payload->>'contact' AS contact, t.via, t.urgency, t.due_at,
           coalesce(t.payload->>'priority', 'P1') AS priority, coalesce(t.batch, CASE WHEN t.attempts > 0 THEN t.id END) AS batch
      FROM works t
     WHERE t.state IN ('planned', 'running') AND t.due_at <= $1 AND t.does IN ('page', 'page.settle') AND t.payload ? 'contact'
       AND t.via <> ALL ($5::text[])
       AND NOT EXISTS (SELECT 1 FROM works e WHERE e.lane = t.lane AND e.id < t.id AND e.state IN ('planned', 'running'))
       AND NOT EXISTS (SELECT 1 FROM works e WHERE e.state = 'running' AND e.due_at > $1 AND e.id <> t.id AND e.does = t.does
                          AND e.payload->>'person' = t.payload->>'person' AND e.payload->>'contact' = t.payload->>'contact')
       AND (t.does <> 'page' OR t.attempts > 0
            OR NOT EXISTS (SELECT 1 FROM recent r WHERE r.person = t.payload->>'person' AND r.contact = t.payload->>'contact'
                              AND r.incident_id <> t.incident_id
                              AND r.at > least($6::timestamptz - make_interval(secs => coalesce(($7::jsonb->>t.via)::float8, 0)),
                                               CASE WHEN t.payload->>'person' = ANY ($9::text[])
                                                     AND r.priority <= coalesce(t.payload->>'priority', 'P1') THEN $10::timestamptz END)))
     ORDER BY t.urgency, priority, t.due_at DESC, t.id DESC LIMIT $4 FOR UPDATE SKIP LOCKED
), ready AS (
    SELECT id, does, person, contact, batch
      FROM (SELECT *, row_number() OVER (PARTITION BY via ORDER BY urgency, priority, due_at DESC, id DESC) AS place FROM waiting) w
     WHERE NOT $8::jsonb ? via OR place <= ($8::jsonb->>via)::int
), led AS (
    SELECT *, coalesce(batch, min(id) OVER (PARTITION BY does, person, contact, batch)) AS lead FROM ready
), more AS (
    SELECT m.id, l.lead FROM works m
      JOIN (SELECT DISTINCT does, person, contact, lead, batch FROM led) l
        ON m.does = l.does AND m.payload->>'person' = l.person AND m.payload->>'contact' = l.contact
     WHERE m.id NOT IN (SELECT id FROM ready)
       AND ((m.state = 'planned' AND m.due_at <= $1 AND m.attempts = 0 AND m.batch IS NULL AND l.batch IS NULL)
            OR (m.state IN ('planned', 'running') AND m.batch = l.batch))
       AND NOT EXISTS (SELECT 1 FROM works e WHERE e.lane = m.lane AND e.id < m.id AND e.state IN ('planned', 'running'))
     LIMIT 500 FOR UPDATE OF m SKIP LOCKED
)
UPDATE works w SET state = 'running', attempts = attempts + 1, due_at = $2, worker = $3, batch = x.lead
  FROM (SELECT id, lead FROM led UNION ALL SELECT id, lead FROM more) x
 WHERE w.id = x.id
RETURNING w.id, w.incident_id, w.message_id, w.does, w.via, w.lane, w.key, w.payload, w.attempts, coalesce(w.since, w.planned_at) AS since, w.batch,
          (SELECT ref FROM incidents WHERE id = w.incident_id) AS ref, (SELECT key FROM works l WHERE l.id = w.batch) AS lead_key

-- name: keys_with
-- The keys of all works that left in one message with that one.
SELECT w.key, w.payload->>'person' AS person FROM works w
 WHERE w.key = $1 OR w.batch = (SELECT l.batch FROM works l WHERE l.key = $1) ORDER BY w.id

-- name: incidents_of_batch
-- The incidents of which one message told a person.
SELECT i.ref FROM works w JOIN incidents i ON i.id = w.incident_id
 WHERE w.batch = $1 AND w.does = 'page' AND w.payload->>'person' = $2 AND (w.state <> 'done' OR w.last_why = '') GROUP BY i.id, i.ref ORDER BY i.id

-- name: let_go
SELECT pg_advisory_unlock($1, $2)

-- name: hold_pages
-- Pages that were to go out after $1 and were not tried yet go out later by that span, in which no node was at work.
UPDATE works SET due_at = due_at + $2::interval, since = since + $2::interval
 WHERE state = 'planned' AND attempts = 0 AND does = 'page' AND due_at > $1

-- name: free_dead
-- Works of nodes that are gone (each node holds an advisory lock while it lives) can be taken at once.
UPDATE works SET due_at = $1
 WHERE state = 'running' AND due_at > $1
   AND worker NOT IN (SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = $2 AND granted)

-- name: free_dead_cursors
-- And so can the cursors that they held.
UPDATE cursors SET leased_until = $1
 WHERE leased_until > $1 AND holder <> 0
   AND holder NOT IN (SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = $2 AND granted)

-- name: hold
-- This node's number, held as an advisory lock for as long as the connection lives.
SELECT pg_advisory_lock($1, $2)

-- name: next_due
SELECT min(due_at) FROM works w WHERE state IN ('planned', 'running')
   AND coalesce(nullif(via, ''), split_part(does, '.', 1)) <> ALL ($1::text[])
   AND NOT EXISTS (SELECT 1 FROM works e WHERE e.lane = w.lane AND e.id < w.id AND e.state IN ('planned', 'running'))

-- name: finish
-- Ends a work that this attempt still holds. The attempt's number fences off a node that was taken for dead.
UPDATE works SET state = $3, ended_at = $4, last_why = $5 WHERE id = $1 AND attempts = $2 AND state = 'running' RETURNING id

-- name: waiting_about
-- What one person will be told about that, planned since $3 and tried not once; nobody claims it meanwhile.
SELECT id, payload FROM works
 WHERE incident_id IS NULL AND message_id IS NULL AND payload->>'about' = $1 AND payload->>'person' = $2
   AND does = 'notice' AND state = 'planned' AND attempts = 0 AND planned_at > $3 ORDER BY id FOR UPDATE

-- name: there
-- Which of these keys have been planned already.
SELECT key FROM works WHERE key = ANY($1)

-- name: said_in_thread
-- What became of the words by which the thread is told of fact $2; while they wait behind others, what those met.
SELECT w.state, CASE WHEN w.last_why <> '' OR w.state NOT IN ('planned', 'running') THEN w.last_why
            ELSE coalesce((SELECT e.last_why FROM works e WHERE e.lane = w.lane AND e.id < w.id
                              AND e.state IN ('planned', 'running') ORDER BY e.id LIMIT 1), '') END AS last_why
  FROM works w JOIN incidents i ON i.id = w.incident_id
 WHERE i.ref = $1 AND w.does = 'thread.say'
   AND (w.payload->>'fact' = $2 OR $2 = ANY (string_to_array(w.payload->>'with', ' '))) ORDER BY w.id DESC LIMIT 1

-- name: all_about
SELECT id, does, key, lane, state, attempts, payload FROM works
 WHERE incident_id IS NULL AND message_id IS NULL AND payload->>'about' = $1 ORDER BY id FOR UPDATE

-- name: reword
UPDATE works SET payload = $2, due_at = coalesce($3, due_at) WHERE id = $1

-- name: call_off
UPDATE works SET state = 'done', last_why = $2, ended_at = $3 WHERE id = $1

-- name: keep_place
UPDATE works SET payload = payload || jsonb_build_object('message', $2::text) WHERE id = $1

-- name: place_of
SELECT payload->>'message' FROM works WHERE key = $1

-- name: postpone
UPDATE works SET state = 'planned', due_at = $3, last_why = $4 WHERE id = $1 AND attempts = $2 AND state = 'running'
RETURNING true

-- name: postpone_card
-- A card that failed while a newer one waits is not needed any more.
UPDATE works SET state = 'done', ended_at = $3, last_why = 'a newer card follows'
 WHERE id = $1 AND attempts = $2 AND state = 'running'

-- name: waiting
-- What has not gone out yet for an incident, and why.
SELECT does, via, state, due_at, attempts, last_why, planned_at FROM works
 WHERE incident_id = $1 AND state IN ('planned', 'running') ORDER BY id

-- name: hurry
-- The next work of the same page ($1 is how their keys begin) that waits for its time, but for the device $2: at once.
UPDATE works SET due_at = $3
 WHERE id = (SELECT n.id FROM works f JOIN works n ON n.incident_id = f.incident_id
              WHERE f.key = $4 AND starts_with(n.key, $1) AND split_part(substr(n.key, length($1) + 1), '/', 1) <> $2
                AND n.state = 'planned' AND n.attempts = 0 AND n.due_at > $3 ORDER BY n.due_at, n.id LIMIT 1 FOR UPDATE OF n)
RETURNING id

-- name: counts
SELECT state, count(*) AS many FROM works WHERE state IN ('planned', 'running') GROUP BY state

-- name: held_up
-- Services that did not take what was to go out at two tries or more: how much waits for each, since when, and why.
SELECT coalesce(nullif(via, ''), split_part(does, '.', 1)) AS service, count(*) AS many, min(planned_at) AS since,
       (array_agg(last_why ORDER BY due_at DESC))[1] AS why
  FROM works WHERE state IN ('planned', 'running') AND attempts >= 2 AND last_why <> ''
   AND does NOT LIKE 'procedure.%' GROUP BY 1 ORDER BY 1

-- name: waits_in
SELECT 1 FROM works WHERE lane = $1 AND state = 'planned' LIMIT 1

-- name: last_why_in
SELECT last_why FROM works WHERE lane = $1 AND id < $2 AND does IN ('group.set', 'topic.set') AND state IN ('done', 'refused')
 ORDER BY id DESC LIMIT 1

-- name: forget_older
DELETE FROM works WHERE lane = $1 AND id < $2 AND does IN ('group.set', 'topic.set') AND state IN ('done', 'refused')

-- name: whys_in
-- What was met last in each of these lanes: at a work's end, or while it is tried again and again.
SELECT DISTINCT ON (lane) lane, last_why FROM works
 WHERE lane = ANY($1) AND does IN ('group.set', 'topic.set') AND (state IN ('done', 'refused') OR attempts >= 3)
 ORDER BY lane, id DESC

-- name: of_page
-- The messages of one page ($2 is how their keys begin), and whether each may still reach somebody.
SELECT w.key, w.payload, w.state IN ('planned', 'running') OR (w.state = 'done' AND m.state IS DISTINCT FROM 'failed') AS hopeful
  FROM works w LEFT JOIN contact_messages m ON m.key = coalesce((SELECT l.key FROM works l WHERE l.id = w.batch), w.key)
 WHERE w.incident_id = $1 AND starts_with(w.key, $2) ORDER BY w.id

-- name: pages_of
-- Every message by which an incident paged somebody, with what is known of it.
SELECT w.payload->>'person' AS person, w.via, w.planned_at, w.due_at, w.attempts, w.ended_at, m.told_at, m.answered_at,
       CASE WHEN w.state = 'refused' THEN 'failed' WHEN w.state <> 'done' THEN w.state WHEN w.last_why <> '' THEN 'moot'
            WHEN m.state IN ('delivered', 'seen', 'failed') THEN m.state ELSE 'handed over' END AS state,
       coalesce(nullif(w.last_why, ''), m.words, '') AS why
  FROM works w LEFT JOIN contact_messages m ON m.key = coalesce((SELECT l.key FROM works l WHERE l.id = w.batch), w.key)
 WHERE w.incident_id = $1 AND w.does = 'page' ORDER BY w.id
