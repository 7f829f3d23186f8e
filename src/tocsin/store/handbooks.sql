-- name: lock
-- Versions are added one after the other, so that none overlooks the one before; readers are not held up.
LOCK TABLE handbook_versions IN SHARE ROW EXCLUSIVE MODE

-- name: add
INSERT INTO handbook_versions (handbook_hash, origin, author, reason, in_force_since) VALUES ($1, $2, $3, $4, $5) RETURNING number

-- name: newest_of
-- The hash of the newest version of that origin.
SELECT handbook_hash FROM handbook_versions WHERE origin = $1 ORDER BY number DESC LIMIT 1

-- name: saved_number
-- The number of the newest version that somebody saved; the same question as in `take_numbers`.
SELECT coalesce(max(number), 0) FROM handbook_versions WHERE origin = 'saved'

-- name: newest_saved
SELECT v.number, h.text FROM handbook_versions v JOIN handbooks h ON h.hash = v.handbook_hash
 WHERE v.origin = 'saved' ORDER BY v.number DESC LIMIT 1

-- name: versions
SELECT v.number, v.handbook_hash AS hash, h.name, h.version, v.origin, v.author, v.reason, v.in_force_since,
       (SELECT count(*) FROM incidents i WHERE i.handbook_hash = v.handbook_hash AND i.status = 'open' AND NOT i.private) AS open_incidents
  FROM handbook_versions v JOIN handbooks h ON h.hash = v.handbook_hash ORDER BY v.number DESC

-- name: text_of_version
SELECT h.text FROM handbook_versions v JOIN handbooks h ON h.hash = v.handbook_hash WHERE v.number = $1

-- name: chunk
-- The next incidents after $1 of which anything may fall into [$3, $4): it overlaps with their time, or a duty falls due in it.
-- $2 is who looks ('tocsin' sees all).
SELECT id FROM incidents i
 WHERE id > $1 AND started_at < $4 AND (NOT private OR $2 = ANY(members) OR $2 = 'tocsin')
   AND (closed_at IS NULL OR closed_at >= $3
        OR EXISTS (SELECT FROM duties d WHERE d.incident_id = i.id AND d.due_at >= $3 AND d.due_at < $4)
        OR EXISTS (SELECT FROM reports r WHERE r.incident_id = i.id AND r.received_at >= $3 AND r.received_at < $4))
 ORDER BY id LIMIT $5

-- name: chunk_since
-- The next incidents after $1 that began at $3 or later; $2 is who looks ('tocsin' sees all).
SELECT id FROM incidents WHERE id > $1 AND started_at >= $3 AND (NOT private OR $2 = ANY(members) OR $2 = 'tocsin')
 ORDER BY id LIMIT $4

-- name: received
-- When the reports of these incidents first came in.
SELECT incident_id, id, received_at FROM reports WHERE incident_id = ANY($1)

-- name: fell_due
-- How many duties fell due in [$1, $2), by their rule and state. A duty of private kinds alone would tell that there is such an incident.
SELECT d.rule, d.state, count(*) AS many FROM duties d JOIN incidents i ON i.id = d.incident_id
 WHERE d.due_at >= $1 AND d.due_at < $2 AND NOT i.private GROUP BY d.rule, d.state
