-- name: lock
-- Those who tell of one repository's builds come one after the other, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('builds of ' || $1, 0))

-- name: save
-- The same attempt told twice is one row; of two endings the later stands (a check suite is asked for again under its old id).
-- An end stands over "unfinished", whenever it was, and never the other way round.
INSERT INTO builds (repository, stream, run, attempt, number, branch, workflow, sha, author_login, author_name, author_email,
                    title, event, conclusion, finished_at, url)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (repository, stream, run, attempt) DO UPDATE SET (conclusion, finished_at, url)
     = (EXCLUDED.conclusion, EXCLUDED.finished_at, EXCLUDED.url)
  WHERE (builds.conclusion = 'unfinished' OR builds.finished_at < EXCLUDED.finished_at) AND EXCLUDED.conclusion <> 'unfinished'

-- name: newest
-- The newest builds of one stream on one branch, in the columns' order of core's Build.
SELECT repository, branch, stream, workflow, run, attempt, number, sha, author_login, author_name, author_email, title, event,
       conclusion, finished_at, url
  FROM builds WHERE repository = $1 AND stream = $2 AND branch = $3 ORDER BY number DESC, attempt DESC LIMIT $4

-- name: prune
-- What lies behind the newest so many of a stream is not looked at any more.
DELETE FROM builds WHERE repository = $1 AND stream = $2 AND number < (
       SELECT number FROM builds WHERE repository = $1 AND stream = $2 ORDER BY number DESC OFFSET $3 - 1 LIMIT 1)

-- name: incident
-- The newest incident that the builds of a repository have opened or joined, by the keys of its reports; they move with a join.
SELECT i.ref, i.status, i.ended_at FROM reports r JOIN incidents i ON i.id = r.incident_id
 WHERE r.source = ANY ($1) AND starts_with(r.key, $2) ORDER BY i.id DESC LIMIT 1

-- name: save_head
INSERT INTO branch_heads (repository, branch, sha, seen_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: heads
SELECT sha, seen_at FROM branch_heads WHERE repository = $1 AND branch = $2 ORDER BY seen_at DESC

-- name: prune_heads
-- What lies behind the newest so many of a branch is not looked at any more.
DELETE FROM branch_heads WHERE repository = $1 AND branch = $2 AND seen_at < (
       SELECT seen_at FROM branch_heads WHERE repository = $1 AND branch = $2 ORDER BY seen_at DESC OFFSET $3 - 1 LIMIT 1)

-- name: built
-- Which of these commits anything has built.
SELECT DISTINCT sha FROM builds WHERE repository = $1 AND sha = ANY ($2)
