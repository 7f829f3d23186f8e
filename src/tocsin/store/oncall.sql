-- name: heads
-- What changed after that version of the roster.
SELECT id, name, team, slack_group, slack_channel, version, ended_at FROM schedules WHERE changed > $1 ORDER BY id

-- name: heads_of
SELECT id, name, team, slack_group, slack_channel, version, ended_at FROM schedules WHERE id = ANY($1) ORDER BY id

-- name: versions
-- Those that hold at some instant after $2, of each schedule.
SELECT schedule, number, since, plan, teams FROM schedule_versions v
 WHERE schedule = ANY($1) AND dropped_at IS NULL
   AND since >= coalesce((SELECT max(since) FROM schedule_versions e
                           WHERE e.schedule = v.schedule AND e.dropped_at IS NULL AND e.since <= $2), '-infinity')
 ORDER BY schedule, since

-- name: overrides
SELECT id, schedule, change, people, instead_of, starts_at, ends_at, reason, made_by, made_at FROM schedule_overrides
 WHERE schedule = ANY($1) AND ends_at > $2 AND cancelled_at IS NULL ORDER BY id

-- name: shadows
SELECT id, schedule, person, of, starts_at, ends_at FROM shadows
 WHERE schedule = ANY($1) AND ends_at > $2 AND cancelled_at IS NULL ORDER BY id

-- name: absences
-- Of these people (NULL: of all). A day ends within 14 hours after its end in UTC, wherever the schedule is.
SELECT id, person, starts_at, start_day, ends_at, end_day, reason, made_at, cancelled_at FROM absences
 WHERE ($1::text[] IS NULL OR person = ANY($1)) AND (cancelled_at IS NULL OR cancelled_at > $2)
   AND coalesce(ends_at, end_day::timestamp AT TIME ZONE 'UTC' + interval '14 hours') > $2 ORDER BY id

-- name: calendars_named
-- Those that a layer may name.
SELECT name FROM calendars WHERE kind = 'shifts' ORDER BY name

-- name: events
SELECT calendar, uid, people, starts_at, start_day, ends_at, end_day FROM calendar_events
 WHERE calendar = ANY($1) AND coalesce(ends_at, end_day::timestamp AT TIME ZONE 'UTC' + interval '14 hours') > $2
 ORDER BY coalesce(starts_at, start_day::timestamp AT TIME ZONE 'UTC'), uid

-- name: lock_roster
-- One writer at a time: whoever holds it sees all that is committed, and nobody changes it meanwhile.
SELECT version FROM roster_version FOR UPDATE

-- name: save_head
INSERT INTO schedules (id, name, team, slack_group, slack_channel, version, ended_at, changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET (name, team, slack_group, slack_channel, version, ended_at, changed)
     = (EXCLUDED.name, EXCLUDED.team, EXCLUDED.slack_group, EXCLUDED.slack_channel, EXCLUDED.version, EXCLUDED.ended_at, EXCLUDED.changed)

-- name: touch
UPDATE schedules SET changed = $2 WHERE id = ANY($1)

-- name: add_version
INSERT INTO schedule_versions (schedule, number, since, plan, teams, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: drop_versions
-- What was planned to begin at $2 or later gives way.
UPDATE schedule_versions SET dropped_at = $3 WHERE schedule = $1 AND since >= $2 AND dropped_at IS NULL

-- name: add_override
INSERT INTO schedule_overrides (schedule, change, people, instead_of, starts_at, ends_at, reason, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id

-- name: override
SELECT id, schedule, change, people, instead_of, starts_at, ends_at, reason, made_by, made_at, version, cancelled_at
  FROM schedule_overrides WHERE id = $1

-- name: overrides_listed
-- Those that overlap a window, the cancelled ones left out.
SELECT id, schedule, change, people, instead_of, starts_at, ends_at, reason, made_by, made_at, version, cancelled_at
  FROM schedule_overrides WHERE schedule = $1 AND ends_at > $2 AND starts_at < $3 AND cancelled_at IS NULL
 ORDER BY starts_at, id

-- name: end_override
UPDATE schedule_overrides SET ends_at = $3, version = version + 1 WHERE id = $1 AND version = $2 RETURNING version

-- name: cancel_override
UPDATE schedule_overrides SET cancelled_at = $3, version = version + 1 WHERE id = $1 AND version = $2 RETURNING version

-- name: add_shadow
INSERT INTO shadows (schedule, person, of, starts_at, ends_at, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id

-- name: shadow
SELECT id, schedule, person, of, starts_at, ends_at, made_by, made_at, version, cancelled_at FROM shadows WHERE id = $1

-- name: shadows_listed
SELECT id, schedule, person, of, starts_at, ends_at, made_by, made_at, version, cancelled_at FROM shadows
 WHERE schedule = $1 AND ends_at > $2 AND starts_at < $3 AND cancelled_at IS NULL ORDER BY starts_at, id

-- name: end_shadow
UPDATE shadows SET ends_at = $3, version = version + 1 WHERE id = $1 AND version = $2 RETURNING version

-- name: cancel_shadow
UPDATE shadows SET cancelled_at = $3, version = version + 1 WHERE id = $1 AND version = $2 RETURNING version

-- name: add_absence
INSERT INTO absences (person, starts_at, start_day, ends_at, end_day, reason, calendar, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id

-- name: absence
SELECT id, person, starts_at, start_day, ends_at, end_day, reason, calendar, made_by, made_at, version, cancelled_at
  FROM absences WHERE id = $1

-- name: absences_listed
-- Of one person, or ('') of everybody; one that ended before it began never was.
SELECT id, person, starts_at, start_day, ends_at, end_day, reason, calendar, made_by, made_at, version, cancelled_at
  FROM absences WHERE ($1 = '' OR person = $1)
   AND (cancelled_at IS NULL OR cancelled_at > greatest($2, coalesce(starts_at, start_day::timestamp AT TIME ZONE 'UTC' - interval '14 hours')))
   AND coalesce(ends_at, end_day::timestamp AT TIME ZONE 'UTC' + interval '14 hours') > $2
   AND coalesce(starts_at, start_day::timestamp AT TIME ZONE 'UTC' - interval '14 hours') < $3
 ORDER BY coalesce(starts_at, start_day::timestamp AT TIME ZONE 'UTC'), id

-- name: absences_from
-- What a calendar of days off has made.
SELECT id, person, starts_at, start_day, ends_at, end_day, reason, version FROM absences WHERE calendar = $1 AND cancelled_at IS NULL

-- name: cancel_absences_from
-- Those to come, once the calendar is forgotten.
UPDATE absences SET cancelled_at = $2, version = version + 1
 WHERE calendar = $1 AND cancelled_at IS NULL AND start_day::timestamp AT TIME ZONE 'UTC' - interval '14 hours' > $2

-- name: end_absence
-- Its own end stays: a day may be over in one zone and not in another.
UPDATE absences SET cancelled_at = $3, version = version + 1 WHERE id = $1 AND version = $2 RETURNING version

-- name: end_absences_of
UPDATE absences SET cancelled_at = $2, version = version + 1 WHERE person = $1 AND cancelled_at IS NULL

-- name: log_change
INSERT INTO oncall_changes (at, by, door, what, schedule, subject, before_version, after_version, words, people, moves)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id

-- name: last_change
-- Who made the edit of a schedule that came after this version of it.
SELECT at, by, words FROM oncall_changes WHERE schedule = $1 AND before_version <> after_version AND after_version > $2
 ORDER BY id DESC LIMIT 1

-- name: last_change_of
-- Who changed an override, an absence, a shadow or a cover request last.
SELECT at, by, words FROM oncall_changes WHERE what LIKE $1 || ' %' AND subject = $2 ORDER BY id DESC LIMIT 1

-- name: newest_change
SELECT coalesce(max(id), 0) FROM oncall_changes

-- name: changes
-- Of a schedule ('' of all), those of a team, a person or a calendar that moved its shifts too; and of a person's shifts ('' of anybody's);
-- newest first.
SELECT id, at, by, door, what, schedule, subject, before_version, after_version, words, people, moves FROM oncall_changes
 WHERE ($1 = '' OR schedule = $1 OR (schedule = '' AND moves @> jsonb_build_array(jsonb_build_object('schedule', $1::text))))
   AND ($2 = '' OR people @> ARRAY[$2]) AND id < $3 AND id > $4 ORDER BY id DESC LIMIT $5

-- name: pages
-- Which pages came through in a window.
SELECT incident_id, data->>'person' AS person, data->>'via' AS via, at FROM facts
 WHERE kind = 'page_delivered' AND at >= $1 AND at < $2
