-- name: mark
-- Every schedule that this version of the roster changed is looked at anew, for each kind of thing that may be due.
INSERT INTO schedule_timers (schedule, kind, next_at, seen)
SELECT id, kind, $3, $3 FROM schedules, unnest($2::text[]) AS kinds (kind) WHERE changed = $1
ON CONFLICT (schedule, kind) DO UPDATE SET next_at = EXCLUDED.next_at

-- name: due
SELECT schedule, kind, seen FROM schedule_timers WHERE next_at <= $1 AND kind = ANY($3)
 ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED

-- name: seen
UPDATE schedule_timers t SET seen = new.seen, next_at = new.next_at
  FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS new (schedule, kind, seen, next_at)
 WHERE t.schedule = new.schedule AND t.kind = new.kind

-- name: drop
DELETE FROM schedule_timers t USING unnest($1::text[], $2::text[]) AS old (schedule, kind)
 WHERE t.schedule = old.schedule AND t.kind = old.kind

-- name: next_at
SELECT min(next_at) FROM schedule_timers WHERE kind = ANY($1)
