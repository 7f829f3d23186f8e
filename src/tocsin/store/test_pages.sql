-- name: add
INSERT INTO test_pages (person, asked_by, by_itself, asked_at) VALUES ($1, $2, $3, $4) RETURNING id

-- name: last
-- The last of each of these people (NULL: of everybody).
SELECT DISTINCT ON (person) id, person, asked_by, by_itself, asked_at FROM test_pages
 WHERE $1::text[] IS NULL OR person = ANY($1) ORDER BY person, id DESC

-- name: messages
-- What came of them: as the channel told it, else as the work ended.
SELECT m.ref, m.via, m.contact,
       CASE WHEN m.state <> 'planned' THEN m.state WHEN w.state = 'done' AND w.last_why = '' THEN 'handed over'
            WHEN w.state IN ('done', 'refused') THEN 'failed' ELSE m.state END AS state,
       coalesce(nullif(m.words, ''), w.last_why, '') AS words, m.answered_at
  FROM contact_messages m LEFT JOIN works w ON w.key = m.key
 WHERE m.purpose = 'test' AND m.ref = ANY($1) ORDER BY m.ref, m.key

-- name: due
SELECT seen FROM house_timers WHERE kind = $1 AND next_at <= $2 FOR UPDATE SKIP LOCKED

-- name: seen
UPDATE house_timers SET seen = $2, next_at = $3 WHERE kind = $1

-- name: put_off
UPDATE house_timers SET next_at = $2 WHERE kind = $1

-- name: next_at
SELECT next_at FROM house_timers WHERE kind = $1
