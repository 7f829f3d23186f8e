-- name: lock
-- Those who tell of one service's deploys come one after the other, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('deploys of ' || $1, 0))

-- name: by_id
-- The deploy of a service that was told of under this id.
SELECT ids[1] AS id, service, at, version, commit, repository, status, live_at, url, title, environment, source, number
  FROM deploys WHERE ids @> ARRAY[$2::text] AND service = $1 LIMIT 1

-- name: is_known
-- Whether somebody told of a deploy under this id.
SELECT EXISTS (SELECT 1 FROM deploys WHERE ids @> ARRAY[$1::text])

-- name: newest
-- The newest deploys, of one service or ('') of all; before one by its number, where that is not 0.
SELECT d.ids[1] AS id, d.service, d.at, d.version, d.commit, d.repository, d.status, d.live_at, d.url, d.title, d.environment,
       d.source, d.number
  FROM deploys d LEFT JOIN deploys b ON b.number = $2
 WHERE ($1 = '' OR d.service = $1) AND (b.number IS NULL OR (d.at, d.number) < (b.at, b.number))
 ORDER BY d.at DESC, d.number DESC LIMIT $3

-- name: insert
INSERT INTO deploys (ids, service, at, version, commit, repository, status, live_at, url, title, environment, source)
VALUES (ARRAY[$1::text], $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING number

-- name: update
-- What is known of it by now; an id under which it was not told before is kept too.
UPDATE deploys SET ids = CASE WHEN ids @> ARRAY[$2::text] THEN ids ELSE ids || $2::text END,
       at = $3, version = $4, commit = $5, repository = $6, status = $7, live_at = $8, url = $9, title = $10, environment = $11
 WHERE number = $1

-- name: prune
-- What lies behind the newest so many of a service is not looked at any more.
DELETE FROM deploys WHERE service = $1 AND (at, number) < (
       SELECT at, number FROM deploys WHERE service = $1 ORDER BY at DESC, number DESC OFFSET $2 - 1 LIMIT 1)

-- name: open_incidents
-- The open incidents for which another deploy may matter.
SELECT id, ref FROM incidents WHERE status = 'open' AND started_at > $1 ORDER BY id DESC LIMIT 100
