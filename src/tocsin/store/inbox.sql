-- name: hold_source
-- One message of a source at a time is decided, so that two at the same moment count each other.
SELECT pg_advisory_xact_lock($1, hashtext($2))

-- name: insert
-- A message is kept once; no row comes back for one that is known.
INSERT INTO messages (source, key, title, text, sender, labels, outside, calls, answer_via, address, url,
                      state, rule, ref, received_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (source, key) DO NOTHING RETURNING id

-- name: by_key
SELECT * FROM messages WHERE source = $1 AND key = $2 FOR UPDATE

-- name: is_known
SELECT EXISTS (SELECT 1 FROM messages WHERE source = $1 AND key = $2)

-- name: lock
-- A message, locked until the transaction ends: two who look at it come one after the other.
SELECT * FROM messages WHERE id = $1 FOR UPDATE

-- name: find
SELECT * FROM messages WHERE id = $1

-- name: recent
-- What a rule may count along with a new message of that source, oldest first.
SELECT * FROM messages WHERE source = $1 AND received_at >= $2 AND state IN ('waiting', 'opened', 'joined') ORDER BY id LIMIT 1000

-- name: began
-- Open incidents that began from this source and of which it told since $2: what the first report said, newest first. None private,
-- but where $3 asks for private ones: then those of the kind $4 only.
-- A report that was moved or split off counts where it is now. `alone`: a rule opened it, and nobody had to look.
SELECT ref, title, text, alone FROM (
    SELECT DISTINCT ON (i.id) i.id, i.ref, m.title, m.text, r.source,
           m.state = 'opened' AND m.reason = '' AND m.looked_by IN ('', 'tocsin') AS alone
      FROM incidents i JOIN reports r ON r.incident_id = i.id
      LEFT JOIN messages m ON (m.source, m.key) = (r.source, r.key)
     WHERE i.status = 'open' AND i.private = $3 AND (NOT i.private OR i.kind = $4)
       AND EXISTS (SELECT 1 FROM reports told
                    WHERE told.incident_id = i.id AND told.source = $1 AND told.received_at >= $2)
     ORDER BY i.id, r.id
  ) began
 WHERE source = $1 AND text IS NOT NULL
 ORDER BY id DESC LIMIT 200

-- name: opened_alone
-- How many incidents, private or not as $3 says, this source's messages have opened by themselves since then, whatever became of them.
SELECT count(*) FROM messages m JOIN incidents i ON i.ref = m.ref
 WHERE m.source = $1 AND m.received_at >= $2 AND i.private = $3
   AND m.state = 'opened' AND m.reason = '' AND m.looked_by IN ('', 'tocsin')

-- name: lock_waiting
-- Those of these messages that still wait; those that somebody looks at this moment are left to them.
SELECT * FROM messages WHERE id = ANY($1) AND state = 'waiting' ORDER BY id FOR UPDATE SKIP LOCKED

-- name: relabel
-- What changed about a message since it came: its title, its labels.
UPDATE messages SET (title, labels, calls) = ($2, $3, $4) WHERE id = $1

-- name: settle
-- It waits no longer: who looked at it, and what became of it.
UPDATE messages SET (state, rule, ref, reason, looked_at, looked_by) = ($2, $3, $4, $5, $6, $7) WHERE id = $1

-- name: waiting
-- The inbox, what is due first on top.
SELECT * FROM messages WHERE state = 'waiting' ORDER BY due_at, id LIMIT $1

-- name: count_waiting
SELECT count(*) FROM messages WHERE state = 'waiting'

-- name: lately
-- What was looked at lately, or ignored, newest first, as far as $1 may know of it ('tocsin' sees all).
SELECT m.* FROM messages m
 WHERE (m.looked_at IS NOT NULL OR m.state = 'ignored')
   AND NOT EXISTS (SELECT 1 FROM incidents i
                    WHERE i.ref = m.ref AND i.private AND NOT $1 = ANY(i.members) AND $1 <> 'tocsin')
 ORDER BY coalesce(m.looked_at, m.received_at) DESC LIMIT $2

-- name: is_private
SELECT EXISTS (SELECT 1 FROM incidents WHERE ref = $1 AND private)

-- name: overlooked_source
-- The source of the message that has waited longest beyond its time. Its lock is taken before the message's own, as `hear` does.
SELECT source FROM messages WHERE state = 'waiting' AND due_at <= $1 ORDER BY due_at, id LIMIT 1

-- name: claim_overlooked
-- One message of that source that nobody looked at in time, locked; those that somebody looks at this moment are left out.
SELECT * FROM messages WHERE source = $2 AND state = 'waiting' AND due_at <= $1 ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED

-- name: push_due
-- A message from which no incident can be opened is taken up again later, so that it can't stop the rest.
UPDATE messages SET due_at = $2 WHERE id = $1 AND state = 'waiting'

-- name: unread
-- The incident in which overlooked messages of that source are gathered: open still, and nobody has taken it.
SELECT m.ref FROM messages m JOIN incidents i ON i.ref = m.ref
 WHERE m.source = $1 AND m.reason = $2 AND m.looked_at IS NOT NULL AND i.status = 'open' AND i.owner = ''
 ORDER BY m.id DESC LIMIT 1

-- name: posted
UPDATE messages SET posted = $2 WHERE id = $1

-- name: forget
-- What nobody needs any more: ignored messages without works.
DELETE FROM messages m WHERE state = 'ignored' AND received_at < $1
   AND NOT EXISTS (SELECT 1 FROM works w WHERE w.message_id = m.id)
