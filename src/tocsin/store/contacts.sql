-- name: methods
SELECT id, person, via, address, name, verified_at IS NOT NULL AS verified, failing, failing_until FROM contact_methods ORDER BY id

-- name: rules
SELECT person, urgency, method, after_seconds FROM contact_rules ORDER BY person, urgency, position

-- name: add
INSERT INTO contact_methods (person, via, address, name, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id

-- name: verify
UPDATE contact_methods SET verified_at = coalesce(verified_at, $2), failing = '', failing_until = NULL WHERE id = $1

-- name: rename
UPDATE contact_methods SET name = $2 WHERE id = $1

-- name: readdress
UPDATE contact_methods SET address = $2 WHERE id = $1

-- name: remove
DELETE FROM contact_methods WHERE id = $1

-- name: forget_rules_for
DELETE FROM contact_rules WHERE person = $1 AND method = $2

-- name: mark_failing
-- Nothing where it is marked so already: every node would read the roster anew for nothing.
UPDATE contact_methods SET failing = $2, failing_until = $3
 WHERE id = $1 AND (failing, failing_until) IS DISTINCT FROM ($2, $3) RETURNING id

-- name: clear_rules
DELETE FROM contact_rules WHERE person = $1 AND urgency = $2

-- name: add_rules
INSERT INTO contact_rules (person, urgency, position, method, after_seconds)
SELECT $1, $2, n, method, after FROM unnest($3::text[], $4::int[]) WITH ORDINALITY AS new (method, after, n)

-- name: set_quiet
UPDATE people SET quiet = $2 WHERE handle = $1

-- name: codes_since
-- How many went out since then at this person's wish, and to this address.
SELECT count(*) FILTER (WHERE person = $1) AS by_person, count(*) FILTER (WHERE via = $2 AND address = $3) AS to_address
  FROM contact_codes WHERE made_at > $4 AND (person = $1 OR (via = $2 AND address = $3))

-- name: end_codes
UPDATE contact_codes SET ended_at = $2 WHERE contact_id = $1 AND ended_at IS NULL

-- name: add_code
INSERT INTO contact_codes (person, contact_id, via, address, nonce, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: open_code
SELECT id, nonce, expires_at, tries FROM contact_codes WHERE contact_id = $1 AND ended_at IS NULL ORDER BY id DESC LIMIT 1 FOR UPDATE

-- name: last_codes
-- The last code for each of these methods, and what stands in the way of its coming there.
SELECT DISTINCT ON (c.contact_id) c.contact_id, c.expires_at, c.tries,
       coalesce(CASE WHEN m.state = 'failed' THEN nullif(m.words, '') END, w.last_why, '') AS why
  FROM contact_codes c
  LEFT JOIN works w ON w.key = 'contact/m' || c.contact_id || '/code/' || c.nonce LEFT JOIN contact_messages m ON m.key = w.key
 WHERE c.contact_id = ANY($1::bigint[]) ORDER BY c.contact_id, c.id DESC

-- name: count_try
UPDATE contact_codes SET tries = tries + 1 WHERE id = $1

-- name: ticket
-- The ticket of the message with that key, the same at every try.
INSERT INTO contact_messages (ticket, key, via, contact, address, person, purpose, ref, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO UPDATE SET address = EXCLUDED.address RETURNING ticket

-- name: handed_over
-- What a receipt has told already stays. The commit is not waited for: that the message's work is done is committed next, and this with it.
UPDATE contact_messages SET message = CASE WHEN $2 = '' THEN message ELSE $2 END,
       (state, words, told_at) = (SELECT CASE WHEN told THEN state ELSE $3 END, CASE WHEN told THEN words ELSE $4 END,
                                         CASE WHEN told THEN told_at ELSE $5 END
                                    FROM (SELECT state IN ('delivered', 'seen') OR (state = 'failed' AND message = $2) AS told) AS x)
 WHERE key = $1 AND set_config('synchronous_commit', 'off', true) = 'off'

-- name: told_early
INSERT INTO early_receipts (via, message, state, words, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING

-- name: take_early
DELETE FROM early_receipts WHERE via = $1 AND message = $2 RETURNING via, message, state, words

-- name: forget_early
DELETE FROM early_receipts WHERE at < $1

-- name: by_ticket
SELECT ticket, key, via, contact, address, person, purpose, ref, message, state, words, made_at, told_at, answered_at FROM contact_messages WHERE ticket = $1

-- name: by_message
SELECT ticket, key, via, contact, address, person, purpose, ref, message, state, words, made_at, told_at, answered_at FROM contact_messages WHERE via = $1 AND message = $2 ORDER BY made_at DESC LIMIT 1

-- name: by_address
-- What went to that device since then and may be answered, the newest first.
SELECT ticket, key, via, contact, address, person, purpose, ref, message, state, words, made_at, told_at, answered_at FROM contact_messages
 WHERE via = $1 AND address = $2 AND made_at > $3 AND purpose IN ('page', 'test') AND state <> 'failed' ORDER BY made_at DESC

-- name: told
-- A receipt that comes late, or out of order, takes nothing back.
UPDATE contact_messages SET state = $2, words = $3, told_at = $4
 WHERE ticket = $1 AND coalesce(array_position('{failed,delivered,seen}'::text[], state), 0) < array_position('{failed,delivered,seen}'::text[], $2)
RETURNING ticket

-- name: overdue
-- Pages for incidents that were handed over and not delivered in time, on channels that would tell: marked, each once.
UPDATE contact_messages SET words = $4
 WHERE made_at > $2 AND told_at <= $1 AND state = 'handed over' AND via = ANY($3::text[]) AND purpose = 'page' AND words = ''
   AND ref !~ '^D[0-9]+$' AND answered_at IS NULL
RETURNING key, person

-- name: answered
UPDATE contact_messages SET answered_at = coalesce(answered_at, $2) WHERE ticket = $1

-- name: last_of
-- The last message to each device of these people, and the last test of it.
SELECT DISTINCT ON (person, contact, purpose = 'test')
       ticket, key, via, contact, address, person, purpose, ref, message, state, words, made_at, told_at, answered_at
  FROM contact_messages WHERE person = ANY($1)
 ORDER BY person, contact, purpose = 'test', made_at DESC

-- name: forget_messages
DELETE FROM contact_messages WHERE made_at < $1

-- name: forget_codes
DELETE FROM contact_codes WHERE made_at < $1
