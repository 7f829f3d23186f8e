-- name: all
SELECT name, kind, zone, url, who, version, read_at, problem, owner, next_at,
       (SELECT count(*) FROM calendar_events e WHERE e.calendar = c.name)
       + (SELECT count(*) FROM absences a WHERE a.calendar = c.name AND a.cancelled_at IS NULL) AS events
  FROM calendars c ORDER BY name

-- name: one
SELECT name, kind, zone, url, who, version, read_at, problem, owner, next_at,
       (SELECT count(*) FROM calendar_events e WHERE e.calendar = c.name)
       + (SELECT count(*) FROM absences a WHERE a.calendar = c.name AND a.cancelled_at IS NULL) AS events
  FROM calendars c WHERE name = $1

-- name: save
INSERT INTO calendars (name, kind, zone, url, who, version, read_at, owner, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (name) DO UPDATE
   SET (zone, url, who, version, read_at, owner, next_at, problem, etag, last_modified, read_as, failures, told)
     = (EXCLUDED.zone, EXCLUDED.url, EXCLUDED.who, EXCLUDED.version, EXCLUDED.read_at, EXCLUDED.owner, EXCLUDED.next_at,
        '', '', '', '', 0, false)

-- name: declare
-- What a calendar is to be; when it was read, and what it says, stays. One with an address is read at once.
INSERT INTO calendars (name, kind, zone, url, who, version, owner, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (name) DO UPDATE SET (zone, url, who, version, owner, next_at, problem, etag, last_modified, read_as, failures, told)
     = (EXCLUDED.zone, EXCLUDED.url, EXCLUDED.who, EXCLUDED.version, EXCLUDED.owner, EXCLUDED.next_at, '', '', '', '', 0, false)

-- name: claim
-- The calendar whose turn it is; no other node reads it before $2.
UPDATE calendars SET next_at = $2
 WHERE name = (SELECT name FROM calendars WHERE url <> '' AND next_at <= $1 ORDER BY next_at, name LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING name

-- name: fetching
SELECT etag, last_modified, read_as, whole_at, failures, told FROM calendars WHERE name = $1

-- name: was_read
-- Nothing, where it has another address meanwhile.
UPDATE calendars SET (read_at, whole_at, next_at, etag, last_modified, read_as, problem, failures, told)
     = ($3, $4, $5, $6, $7, $8, '', 0, false) WHERE name = $1 AND url = $2

-- name: was_not_read
UPDATE calendars SET (problem, next_at, failures, told) = ($3, $4, failures + 1, told OR $5) WHERE name = $1 AND url = $2
RETURNING failures

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

-- name: revoke_links_of
-- Those to a person's own shifts, and those that they made.
UPDATE calendar_links SET revoked_at = $2 WHERE (kind = 'person' AND subject = $1 OR made_by = $1) AND revoked_at IS NULL

-- name: booking
-- The calendars that name a person.
SELECT DISTINCT calendar FROM calendar_events WHERE $1 = ANY(people) ORDER BY calendar

-- name: link
SELECT kind, subject FROM calendar_links WHERE hash = $1 AND revoked_at IS NULL
