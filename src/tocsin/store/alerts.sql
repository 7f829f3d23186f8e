-- name: open
-- A new alert with what happened to it at once and the messages of that; or, while one with this alias is open, one more of the same.
WITH new AS (
    INSERT INTO alerts (id, alias, message, description, priority, source, link, details, policy, stamped, opened_by, door, opened_at,
                        last_at, status, events, next_at)
    SELECT n, coalesce(nullif($1, ''), 'A-' || n), $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10, $11, $12, $12, $13, $14, $15
      FROM (SELECT nextval('alert_numbers') AS n) AS number
    ON CONFLICT (alias) WHERE closed_at IS NULL DO UPDATE SET count = alerts.count + 1, last_at = greatest(alerts.last_at, $12)
    RETURNING id, count, xmax = 0 AS is_new
), happened AS (
    INSERT INTO alert_events (alert_id, n, at, kind, by, door, data)
    SELECT new.id, e.n, $12, e.kind, '', 'engine', e.data
      FROM new, unnest($16::int[], $17::text[], $18::jsonb[]) AS e (n, kind, data) WHERE new.is_new
), planned AS (
    INSERT INTO deliveries (alert_id, event, purpose, person, via, contact, key, due_at, since, urgency, state, planned_at)
    SELECT new.id, d.event, d.purpose, d.person, d.via,
           CASE WHEN d.contact LIKE 'pager:%' THEN replace(d.contact, '{ref}', 'A-' || new.id) ELSE d.contact END, 'A-' || new.id || '/' || d.key, d.due_at, d.due_at, d.rank, 'planned', $12
      FROM new, unnest($19::int[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::timestamptz[], $26::smallint[])
             AS d (event, purpose, person, via, contact, key, due_at, rank) WHERE new.is_new
)
SELECT id, count, is_new FROM new

-- name: find
SELECT id, alias, message, description, priority, source, link, details, stamped::text AS stamped, opened_by, door, opened_at, count, last_at
  FROM alerts WHERE id = $1

-- name: of_message
SELECT id, alias, message, description, priority, source, link, details, stamped::text AS stamped, opened_by, door, opened_at, count, last_at
  FROM alerts WHERE id IN (SELECT alert_id FROM deliveries WHERE batch = $1) ORDER BY id

-- name: lock
SELECT id, alias, message, description, priority, source, link, details, stamped::text AS stamped, opened_by, door, opened_at, count, last_at
  FROM alerts WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE

-- name: open_of_alias
SELECT id FROM alerts WHERE alias = $1 AND closed_at IS NULL

-- name: claim_due
SELECT id, alias, message, description, priority, source, link, details, stamped::text AS stamped, opened_by, door, opened_at, count, last_at
  FROM alerts WHERE next_at <= $1 ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED

-- name: next_due
SELECT min(next_at) FROM alerts WHERE next_at IS NOT NULL

-- name: events
SELECT alert_id, n, at, kind, by, door, data FROM alert_events WHERE alert_id = ANY($1::bigint[]) ORDER BY alert_id, n

-- name: append
INSERT INTO alert_events (alert_id, n, at, kind, by, door, data)
SELECT * FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::jsonb[])

-- name: derive
UPDATE alerts a SET status = d.status, acknowledged_by = d.acknowledged_by, acknowledged_at = d.acknowledged_at, closed_by = d.closed_by,
       closed_at = d.closed_at, events = d.events, next_at = d.next_at, policy = d.policy
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::int[], $8::timestamptz[], $9::text[])
    AS d (id, status, acknowledged_by, acknowledged_at, closed_by, closed_at, events, next_at, policy)
 WHERE a.id = d.id

-- name: put_off
UPDATE alerts SET next_at = $2 WHERE id = ANY($1::bigint[])

-- name: plan
INSERT INTO deliveries (alert_id, event, purpose, person, via, contact, key, due_at, since, urgency, state, planned_at)
SELECT d.alert_id, d.event, d.purpose, d.person, d.via,
       CASE WHEN d.contact LIKE 'pager:%' THEN replace(d.contact, '{ref}', 'A-' || d.alert_id) ELSE d.contact END, 'A-' || d.alert_id || '/' || d.key, d.due_at, d.due_at, d.rank, 'planned', $10
  FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::smallint[])
    AS d (alert_id, event, purpose, person, via, contact, key, due_at, rank)
ON CONFLICT (key) DO NOTHING

-- name: call_off
-- Pages that have not gone out, and need not any more: everybody's (''), or one person's.
UPDATE deliveries d SET state = 'moot', why = $2, ended_at = $3
  FROM unnest($1::bigint[], $4::text[]) AS off (alert_id, person)
 WHERE d.alert_id = off.alert_id AND off.person IN ('', d.person) AND d.state = 'planned' AND d.purpose = 'page'

-- name: went_out
-- Where pages for this alert stand, the newest for each device.
SELECT DISTINCT ON (person, contact) person, via, contact FROM deliveries
 WHERE alert_id = $1 AND purpose = 'page' AND (state IN ('handed over', 'delivered', 'seen', 'running')) ORDER BY person, contact, id DESC

-- name: mark_acknowledged
UPDATE deliveries SET acknowledged_at = coalesce(acknowledged_at, $3)
 WHERE alert_id = $1 AND person = $2 AND purpose = 'page' AND state IN ('handed over', 'delivered', 'seen')

-- name: list
SELECT id, alias, message, priority, source, policy, status, opened_at, count, last_at, acknowledged_by, acknowledged_at, closed_by, closed_at, next_at
  FROM alerts WHERE ($1 = '' OR status = $1) AND id < $2 AND source <> 'tocsin/synthetic' ORDER BY id DESC LIMIT $3

-- name: list_of_batch
SELECT id, alias, message, priority, source, policy, status, opened_at, count, last_at, acknowledged_by, acknowledged_at, closed_by, closed_at, next_at
  FROM alerts WHERE id IN (SELECT alert_id FROM deliveries WHERE batch = $1 AND person = $2) ORDER BY priority, id DESC

-- name: deliveries
SELECT id, event, purpose, person, via, contact, state, due_at, planned_at, attempts, batch, message, handed_at, delivered_at, seen_at,
       acknowledged_at, ended_at, why FROM deliveries WHERE alert_id = $1 ORDER BY id

-- name: of_batch
-- Of which alerts a message tells, and from which event of each it follows.
SELECT alert_id, max(event) AS event FROM deliveries WHERE batch = $1 GROUP BY alert_id ORDER BY alert_id

-- name: had_turn
INSERT INTO policy_turns (turn, had) VALUES ($1, 1) ON CONFLICT (turn) DO UPDATE SET had = policy_turns.had + 1

-- name: turns
SELECT turn, had FROM policy_turns WHERE turn = ANY($1::text[])

-- name: turns_locked
-- The same, which nobody else counts until this transaction ends: of alerts that come at once each gets somebody else.
INSERT INTO policy_turns (turn, had) SELECT turn, 0 FROM unnest($1::text[]) AS names (turn)
ON CONFLICT (turn) DO UPDATE SET had = policy_turns.had RETURNING turn, had

-- name: lock_alias
SELECT FROM alerts WHERE alias = $1 AND closed_at IS NULL FOR UPDATE

-- name: silent
-- Open alerts that nobody would ever hear of again: nothing is due, and nobody acknowledged them; or long overdue.
SELECT id FROM alerts WHERE closed_at IS NULL AND ((next_at IS NULL AND acknowledged_by = '') OR next_at < $1) ORDER BY id LIMIT 1000

-- name: open_ids
SELECT id FROM alerts WHERE closed_at IS NULL AND next_at IS NOT NULL AND opened_at < $1 ORDER BY id

-- name: sweep_synthetic
-- The synthetic pages before $2 are gone, counted by whether they arrived. When the last one arrived stays.
WITH old AS (
    SELECT id FROM alerts WHERE source = $1 AND opened_at < $2 FOR UPDATE SKIP LOCKED
), messages AS (
    DELETE FROM deliveries d USING old WHERE d.alert_id = old.id RETURNING d.state, d.handed_at
), events AS (
    DELETE FROM alert_events e USING old WHERE e.alert_id = old.id
), noted AS (
    INSERT INTO synthetic_pages (at) SELECT max(handed_at) FROM messages WHERE state = 'handed over' HAVING max(handed_at) IS NOT NULL
    ON CONFLICT (one) DO UPDATE SET at = greatest(synthetic_pages.at, EXCLUDED.at)
), gone AS (
    DELETE FROM alerts a USING old WHERE a.id = old.id
)
SELECT count(*) FILTER (WHERE state = 'handed over')::int AS arrived, count(*) FILTER (WHERE state <> 'handed over')::int AS lost FROM messages

-- name: synthetic_arrived
SELECT greatest((SELECT at FROM synthetic_pages), (SELECT max(handed_at) FROM deliveries WHERE via = 'sink' AND state = 'handed over'))

-- name: in_pager
-- The open alerts that the pager $1 has: all, or the one that is $2 there.
SELECT d.alert_id, d.message FROM deliveries d JOIN alerts a ON a.id = d.alert_id
 WHERE d.via = $1 AND d.purpose = 'page' AND d.contact LIKE 'pager:%' AND d.message <> '' AND ($2 = '' OR d.message = $2)
   AND a.closed_at IS NULL ORDER BY d.alert_id

-- name: is_heard
-- Whether an acknowledgement there was taken over.
SELECT bool_or(acknowledged_at IS NOT NULL) FROM deliveries
 WHERE alert_id = $1 AND via = $2 AND contact LIKE 'pager:%' AND purpose = 'page'

-- name: heard_there
UPDATE deliveries SET acknowledged_at = coalesce(acknowledged_at, $3) WHERE alert_id = $1 AND via = $2 AND contact LIKE 'pager:%' AND purpose = 'page'

-- name: whom_paged
-- To whom something was planned for an event.
SELECT DISTINCT person FROM deliveries WHERE alert_id = $1 AND event = $2 AND purpose = 'page' AND person <> ''
