-- name: all
SELECT name, kind, zone, url, who, version, read_at, problem,
       (SELECT count(*) FROM calendar_events e WHERE e.calendar = c.name)
       + (SELECT count(*) FROM absences a WHERE a.calendar = c.name AND a.cancelled_at IS NULL) AS events
  FROM calendars c ORDER BY name

-- name: one
SELECT name, kind, zone, url, who, version, read_at, problem,
       (SELECT count(*) FROM calendar_events e WHERE e.calendar = c.name)
       + (SELECT count(*) FROM absences a WHERE a.calendar = c.name AND a.cancelled_at IS NULL) AS events
  FROM calendars c WHERE name = $1

-- name: save
INSERT INTO calendars (name, kind, zone, url, who, version, read_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (name) DO UPDATE SET (zone, url, who, version, read_at, problem)
     = (EXCLUDED.zone, EXCLUDED.url, EXCLUDED.who, EXCLUDED.version, EXCLUDED.read_at, '')

-- name: declare
-- What a calendar is to be; when it was read, and what it says, stays.
INSERT INTO calendars (name, kind, zone, url, who, version) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (name) DO UPDATE SET (zone, url, who, version) = (EXCLUDED.zone, EXCLUDED.url, EXCLUDED.who, EXCLUDED.version)

-- name: clear
DELETE FROM calendar_events WHERE calendar = $1

-- name: add_event
INSERT INTO calendar_events (calendar, uid, people, starts_at, start_day, ends_at, end_day) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: delete
DELETE FROM calendars WHERE name = $1

-- name: add_link
INSERT INTO calendar_links (hash, kind, subject, made_by, made_at) VALUES ($1, $2, $3, $4, $5)

-- name: revoke_links
-- Those of one maker for one subject; of everybody ('').
UPDATE calendar_links SET revoked_at = $4 WHERE kind = $1 AND subject = $2 AND ($3 = '' OR made_by = $3) AND revoked_at IS NULL

-- name: link
SELECT kind, subject FROM calendar_links WHERE hash = $1 AND revoked_at IS NULL
