-- name: claim
-- Messages whose time has come, the severe first, the new before the old, but for the services in $5. What waits for the same device goes
-- along in one message (`batch`); a device that got one since $6 waits, one of the people in $9 that got one since $10 of
-- something as severe. Of the services in $8 at most so many are taken. `due_at` becomes the end of the lease. The commit is not waited for: what would be lost with the database
-- is claimed again, and whatever is committed before the message leaves (its ticket) takes the claim with it.
WITH hasty AS (
    SELECT set_config('synchronous_commit', 'off', true) AS is_off
), waiting AS (
    SELECT id, person, contact, purpose, batch, via, urgency, due_at FROM deliveries d
     WHERE state IN ('planned', 'running') AND due_at <= $1 AND via <> ALL ($5::text[])
       AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.person = d.person AND e.contact = d.contact AND e.state = 'running'
                          AND e.due_at > $1 AND e.batch IS DISTINCT FROM d.batch)
       AND (batch IS NOT NULL OR NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.person = d.person AND e.contact = d.contact
                          AND e.handed_at > least($6::timestamptz - make_interval(secs => coalesce(($7::jsonb->>d.via)::float8, 0)),
                                                  CASE WHEN d.person = ANY ($9::text[]) AND e.urgency <= d.urgency THEN $10::timestamptz END)
                          AND e.purpose = d.purpose AND e.alert_id <> d.alert_id))
     ORDER BY urgency, due_at DESC LIMIT $4 FOR UPDATE SKIP LOCKED
), ready AS (
    SELECT id, person, contact, purpose, batch
      FROM (SELECT *, row_number() OVER (PARTITION BY via ORDER BY urgency, due_at DESC) AS place FROM waiting) w
     WHERE NOT $8::jsonb ? via OR place <= ($8::jsonb->>via)::int
), led AS (
    SELECT *, coalesce(batch, min(id) OVER (PARTITION BY person, contact, purpose, batch)) AS lead FROM ready
), more AS (
    SELECT d.id, l.lead FROM deliveries d
      JOIN (SELECT DISTINCT person, contact, purpose, lead, batch FROM led) l
        ON d.person = l.person AND d.contact = l.contact AND d.purpose = l.purpose AND d.batch IS NOT DISTINCT FROM l.batch
     WHERE d.state = 'planned' AND d.due_at <= $1 AND d.id NOT IN (SELECT id FROM ready) LIMIT 2000 FOR UPDATE OF d SKIP LOCKED
)
UPDATE deliveries d SET state = 'running', attempts = attempts + 1, due_at = $2, worker = $3, batch = x.lead
  FROM (SELECT id, lead FROM led UNION ALL SELECT id, lead FROM more) x, alerts a, hasty
 WHERE d.id = x.id AND a.id = d.alert_id AND hasty.is_off = 'off'
RETURNING d.id, d.batch, d.alert_id, d.event, d.purpose, d.person, d.via, d.contact, d.attempts, d.urgency, coalesce(d.since, d.planned_at) AS since, a.message, a.priority,
          a.link, a.description, a.count, a.opened_at, a.status, a.acknowledged_by, a.closed_by,
          a.stamped->>'acknowledged_by' = 'all' AS by_all,
          CASE WHEN a.status = 'snoozed' THEN
              (SELECT data FROM alert_events e WHERE e.alert_id = a.id AND e.kind = 'snoozed' ORDER BY n DESC LIMIT 1) END AS snoozed

-- name: next_due
-- When the next one may be claimed.
SELECT min(due_at) FROM deliveries WHERE state IN ('planned', 'running') AND via <> ALL ($1::text[])

-- name: flooded
-- Who has got $2 messages or more since $1 that page: of alerts and of incidents together. A span with two ends is taken to be short, one
-- with one to be a third of all there is, which would be read from its beginning.
SELECT person
  FROM (SELECT DISTINCT person, 'D', batch FROM deliveries WHERE handed_at > $1 AND handed_at < 'infinity' AND purpose = 'page' AND person <> ''
        UNION ALL
        SELECT DISTINCT payload->>'person', 'P', coalesce(batch, id) FROM works
         WHERE does = 'page' AND state = 'done' AND last_why = '' AND ended_at > $1 AND ended_at < 'infinity') x
 GROUP BY person HAVING count(*) >= $2

-- name: nodes
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())

-- name: record
-- What came of messages, of all alerts in them. Only this node's are recorded: what was taken over meanwhile is left to the other.
UPDATE deliveries d SET state = r.state, message = r.message, why = r.why, due_at = coalesce(r.due_at, d.due_at),
       handed_at = CASE WHEN r.state = 'handed over' THEN r.at ELSE d.handed_at END,
       ended_at = CASE WHEN r.state IN ('failed', 'moot') THEN r.at END
  FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
    AS r (batch, attempts, state, message, why, due_at, at)
 WHERE d.batch = r.batch AND d.state = 'running' AND d.worker = $8 AND d.attempts <= r.attempts

-- name: hurry
-- The next method of the same person for the same page, at once.
UPDATE deliveries SET due_at = $2
 WHERE id IN (SELECT DISTINCT ON (n.alert_id, n.event, n.person) n.id
                FROM deliveries f JOIN deliveries n ON n.alert_id = f.alert_id AND n.event = f.event AND n.person = f.person
               WHERE f.batch = $1 AND n.state = 'planned' AND n.purpose = 'page' AND n.contact <> f.contact
               ORDER BY n.alert_id, n.event, n.person, n.due_at) AND due_at > $2

-- name: not_needed
-- Alerts in this message whose page was answered since it was planned, by events of the kinds in $2. Where all have to acknowledge, each
-- does so for themselves.
SELECT DISTINCT d.alert_id FROM deliveries d JOIN alerts a ON a.id = d.alert_id JOIN alert_events e ON e.alert_id = d.alert_id AND e.n > d.event
 WHERE d.batch = $1 AND e.kind = ANY($2::text[]) AND (e.kind <> 'acknowledged' OR a.acknowledged_by <> '' OR e.by = d.person)

-- name: left_for
-- For each page of this message: which contact methods were tried, and whether any of them may still bring it.
SELECT f.alert_id, f.event, f.person, min(f.urgency) AS urgency, array_agg(DISTINCT n.contact) AS tried,
       bool_or(n.state IN ('planned', 'running', 'handed over', 'delivered', 'seen')) AS hopeful
  FROM deliveries f JOIN deliveries n ON n.alert_id = f.alert_id AND n.event = f.event AND n.person = f.person AND n.purpose = 'page'
 WHERE f.batch = $1 AND f.purpose = 'page' GROUP BY 1, 2, 3

-- name: page_fails
-- Whether nobody of a step can be reached any more: all its messages failed.
SELECT bool_and(state IN ('failed', 'moot')) FROM deliveries WHERE alert_id = $1 AND event = $2 AND purpose = 'page'

-- name: told
-- A receipt for a message. What comes late takes nothing back.
UPDATE deliveries SET state = $2::text, delivered_at = coalesce(delivered_at, CASE WHEN $2 IN ('delivered', 'seen') THEN $3::timestamptz END),
       seen_at = coalesce(seen_at, CASE WHEN $2 = 'seen' THEN $3::timestamptz END),
       why = CASE WHEN $4::text <> '' THEN $4 ELSE why END, ended_at = CASE WHEN $2 = 'failed' THEN $3::timestamptz ELSE ended_at END
 WHERE batch = $1 AND (state = 'handed over' OR (state = 'delivered' AND $2 IN ('seen', 'failed')))
RETURNING id

-- name: told_before
-- What receipts told of messages with these keys while they were not recorded yet. A receipt that comes now waits for the lock, and finds
-- them recorded.
SELECT key, state, words, told_at FROM contact_messages
 WHERE key = ANY($1::text[]) AND state IN ('delivered', 'seen', 'failed') AND message <> '' ORDER BY key FOR UPDATE

-- name: overdue
-- Messages that were handed over and not delivered in time, on channels that would tell.
SELECT DISTINCT batch FROM deliveries
 WHERE state = 'handed over' AND handed_at <= $1 AND handed_at > $2 AND via = ANY($3::text[]) AND purpose = 'page' AND why = ''

-- name: mark_overdue
UPDATE deliveries SET why = $2 WHERE batch = ANY($1::bigint[]) AND state = 'handed over' AND why = ''

-- name: free_dead
-- Messages of nodes that are gone can be taken at once.
UPDATE deliveries SET due_at = $1
 WHERE state = 'running' AND due_at > $1
   AND worker NOT IN (SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = $2 AND granted)

-- name: pages_standing
-- The pages that stand on this device about any of these alerts, each with all its alerts, as they are now.
SELECT p.message AS page, p.id, p.batch, p.alert_id, p.event, coalesce(p.since, p.planned_at) AS since, a.message, a.priority, a.link, a.description, a.count,
       a.opened_at, a.status, a.acknowledged_by, a.closed_by, a.stamped->>'acknowledged_by' = 'all' AS by_all,
       CASE WHEN a.status = 'snoozed' THEN
           (SELECT data FROM alert_events e WHERE e.alert_id = a.id AND e.kind = 'snoozed' ORDER BY n DESC LIMIT 1) END AS snoozed
  FROM deliveries p JOIN alerts a ON a.id = p.alert_id
 WHERE p.batch IN (SELECT batch FROM deliveries WHERE person = $1 AND contact = $2 AND alert_id = ANY($3::bigint[])
                      AND purpose = 'page' AND message <> '')
 ORDER BY p.batch DESC, p.alert_id, p.event DESC

-- name: alive
INSERT INTO last_alive (at) VALUES ($1) ON CONFLICT (one) DO UPDATE SET at = greatest(last_alive.at, $1)

-- name: hold_pages
-- Pages that were to go out after $1 and were not tried yet go out later by that span, in which no node was at work.
UPDATE deliveries SET due_at = due_at + $2::interval, since = since + $2::interval
 WHERE state = 'planned' AND attempts = 0 AND purpose = 'page' AND due_at > $1

-- name: last_alive
SELECT at FROM last_alive FOR UPDATE
