-- name: add
INSERT INTO cover_requests (schedule, person, asked, starts_at, ends_at, reason, state, taken_by, overrides, part_of, made_by, made_at, settled_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id

-- name: one
SELECT id, schedule, person, asked, starts_at, ends_at, reason, state, taken_by, overrides, part_of, made_by, made_at, settled_at, version
  FROM cover_requests WHERE id = $1

-- name: lock
-- The first who accepts wins: the others wait here, and then see that it is taken.
SELECT id, schedule, person, asked, starts_at, ends_at, reason, state, taken_by, overrides, part_of, made_by, made_at, settled_at, version
  FROM cover_requests WHERE id = $1 FOR UPDATE

-- name: listed
-- Newest first. '' for any schedule, state or person (who asks, whose shift it is, or who is asked).
SELECT id, schedule, person, asked, starts_at, ends_at, reason, state, taken_by, overrides, part_of, made_by, made_at, settled_at, version
  FROM cover_requests
 WHERE ($1 = '' OR schedule = $1) AND ($2 = '' OR person = $2 OR made_by = $2 OR $2 = ANY(asked)) AND ends_at > $3
 ORDER BY id DESC LIMIT $4

-- name: overlapping
-- Whether that shift of theirs, or a part of it, is asked for already. What was asked for in the middle of a shift is open until its end.
SELECT id FROM cover_requests
 WHERE schedule = $1 AND person = $2 AND state = 'open' AND starts_at < $4 AND ends_at > $3
   AND CASE WHEN starts_at > made_at THEN starts_at ELSE ends_at END > $5 LIMIT 1

-- name: taken_of
-- The first part of a request that is taken and overlaps that span (NULL: without an end there).
SELECT taken_by, starts_at, ends_at FROM cover_requests
 WHERE part_of = $1 AND state = 'taken'
   AND ($3::timestamptz IS NULL OR starts_at < $3) AND ($2::timestamptz IS NULL OR ends_at > $2)
 ORDER BY starts_at LIMIT 1

-- name: settle
UPDATE cover_requests SET state = $2, taken_by = $3, overrides = $4, settled_at = $5, version = version + 1 WHERE id = $1

-- name: narrow
-- A part of it was taken: the rest stays open.
UPDATE cover_requests SET starts_at = $2, ends_at = $3, version = version + 1 WHERE id = $1

-- name: withdraw_all_of
UPDATE cover_requests SET state = 'withdrawn', settled_at = $2, version = version + 1 WHERE schedule = $1 AND state = 'open'
RETURNING id

-- name: withdraw_all_by
UPDATE cover_requests SET state = 'withdrawn', settled_at = $2, version = version + 1 WHERE person = $1 AND state = 'open'
RETURNING id

-- name: ask_no_more
UPDATE cover_requests SET asked = array_remove(asked, $1), version = version + 1 WHERE state = 'open' AND $1 = ANY(asked)
RETURNING id, cardinality(asked) AS left
