-- name: add_key
-- A name is free again once its key was revoked.
INSERT INTO keys (name, hash, person, rights, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET (hash, person, rights, created_at, revoked_at)
     = (EXCLUDED.hash, EXCLUDED.person, EXCLUDED.rights, EXCLUDED.created_at, NULL) WHERE keys.revoked_at IS NOT NULL
RETURNING name

-- name: holders
-- Who comes with these keys (a person's key has at most the rights of the person), and the version of the roster; one row without a
-- hash where none of them is in force.
SELECT v.version, k.hash, k.name, k.rights, coalesce(k.person, '') AS person, p.rights AS person_rights
  FROM roster_version v LEFT JOIN keys k ON k.hash = ANY($1) AND k.revoked_at IS NULL LEFT JOIN people p ON p.handle = k.person

-- name: keys
SELECT name, coalesce(person, '') AS person, rights, created_at, revoked_at FROM keys ORDER BY created_at

-- name: revoke_key
UPDATE keys SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL RETURNING name

-- name: add_link
INSERT INTO sign_in_links (hash, person, expires_at) VALUES ($1, $2, $3)

-- name: drop_links
-- Links of this person that nobody has used are good for nothing any more.
DELETE FROM sign_in_links WHERE person = $1 AND used_at IS NULL

-- name: use_link
-- A link signs in once.
UPDATE sign_in_links SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING person

-- name: add_session
INSERT INTO sessions (hash, person, created_at, expires_at) VALUES ($1, $2, $3, $4)

-- name: session
SELECT p.handle, p.name, p.rights FROM sessions s JOIN people p ON p.handle = s.person WHERE s.hash = $1 AND s.expires_at > $2

-- name: end_session
DELETE FROM sessions WHERE hash = $1

-- name: admin_was_here
-- Whether any admin has ever signed in.
SELECT EXISTS (SELECT FROM sign_in_links l JOIN people p ON p.handle = l.person
                WHERE l.used_at IS NOT NULL AND 'admin' = ANY(p.rights))

-- name: secret
INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name RETURNING value

-- name: event_seen
INSERT INTO events_seen (source, id, seen_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id

-- name: event_was_seen
SELECT EXISTS (SELECT FROM events_seen WHERE source = $1 AND id = $2)

-- name: forget_events
-- No service sends an event again after so long.
DELETE FROM events_seen WHERE seen_at < $1

-- name: make_cursor
INSERT INTO cursors (name) VALUES ($1) ON CONFLICT DO NOTHING

-- name: take_cursor
-- The turn's number fences off a node that was too slow: it can't store what another has moved past.
UPDATE cursors SET leased_until = $3, holder = $4, turn = turn + 1 WHERE name = $1 AND (leased_until IS NULL OR leased_until <= $2)
RETURNING value, turn

-- name: leave_cursor
UPDATE cursors SET value = $3, leased_until = NULL WHERE name = $1 AND turn = $2 RETURNING name

-- name: save_handbook
INSERT INTO handbooks (hash, name, version, text, added_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING

-- name: handbook
SELECT text FROM handbooks WHERE hash = $1
