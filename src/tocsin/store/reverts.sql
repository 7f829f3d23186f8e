-- name: lock
-- Those who decide on a repository's reverts come one after the other, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('reverts of ' || $1, 0))

-- name: count
-- What Tocsin said yes to since then, over all incidents.
SELECT count(*)::int AS created, count(*) FILTER (WHERE (data->>'merges')::boolean)::int AS merged
  FROM facts WHERE kind = 'revert_judged' AND at > $2 AND data->>'said' = 'yes' AND data->>'repository' = $1
