-- On call: schedules in versions (an edit adds one, the past stays), what changes them for a while, and who changed what.
-- The weekly rotations and their overrides are carried over. Their old tables stay for the code before this, which may still
-- run beside it; nothing of this version reads them.

CREATE TABLE schedules (
    id            text PRIMARY KEY,
    name          text NOT NULL,
    team          text NOT NULL DEFAULT '',
    slack_group   text NOT NULL DEFAULT '',
    slack_channel text NOT NULL DEFAULT '',
    version       integer NOT NULL,                     -- counts its edits; whoever edits says which one they saw
    ended_at      timestamptz,
    changed       bigint NOT NULL                       -- the roster's version with the last change of all that bears on it
);
CREATE INDEX schedules_by_changed ON schedules (changed);                              -- each node: what to read anew

-- `teams` are the members of the teams that the plan names, as they were: a past shift does not move when a team changes.
CREATE TABLE schedule_versions (
    schedule   text NOT NULL REFERENCES schedules (id),
    number     integer NOT NULL,
    since      timestamptz NOT NULL,
    plan       jsonb NOT NULL,
    teams      jsonb NOT NULL DEFAULT '{}',
    made_by    text NOT NULL,
    made_at    timestamptz NOT NULL,
    dropped_at timestamptz,                             -- it was planned, and another took its place before it began
    PRIMARY KEY (schedule, number)
);

-- People stand here by their handles and without a foreign key: who has left was on call all the same.
CREATE TABLE schedule_overrides (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schedule     text NOT NULL REFERENCES schedules (id),
    change       text NOT NULL,
    people       text[] NOT NULL,
    instead_of   text NOT NULL DEFAULT '',
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL CHECK (ends_at > starts_at),
    reason       text NOT NULL DEFAULT '',
    made_by      text NOT NULL,
    made_at      timestamptz NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    cancelled_at timestamptz                            -- before it began
);
CREATE INDEX schedule_overrides_by_end ON schedule_overrides (schedule, ends_at);      -- the roster: those that have not ended

CREATE TABLE shadows (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schedule     text NOT NULL REFERENCES schedules (id),
    person       text NOT NULL,
    of           text NOT NULL DEFAULT '',
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL CHECK (ends_at > starts_at),
    made_by      text NOT NULL,
    made_at      timestamptz NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    cancelled_at timestamptz
);
CREATE INDEX shadows_by_end ON shadows (schedule, ends_at);                            -- the roster

-- An end is an instant, or a whole day in the zone of whichever schedule asks (`end_day` excluded).
CREATE TABLE absences (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person       text NOT NULL,
    starts_at    timestamptz,
    start_day    date,
    ends_at      timestamptz,
    end_day      date,
    reason       text NOT NULL DEFAULT '',
    calendar     text NOT NULL DEFAULT '',              -- which calendar of days off it came from
    made_by      text NOT NULL,
    made_at      timestamptz NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    cancelled_at timestamptz,
    CHECK ((starts_at IS NULL) <> (start_day IS NULL) AND (ends_at IS NULL) <> (end_day IS NULL))
);
CREATE INDEX absences_by_person ON absences (person);                                  -- the roster

-- `kind` is shifts (a layer may name it) or days-off (they become absences of `who`: handles, team:NAME).
CREATE TABLE calendars (
    name    text PRIMARY KEY,
    kind    text NOT NULL,
    zone    text NOT NULL DEFAULT 'UTC',
    url     text NOT NULL DEFAULT '',
    who     text[] NOT NULL DEFAULT '{}',
    version integer NOT NULL,
    read_at timestamptz,
    problem text NOT NULL DEFAULT ''
);

CREATE TABLE calendar_events (
    calendar  text NOT NULL REFERENCES calendars (name) ON DELETE CASCADE,
    uid       text NOT NULL,
    people    text[] NOT NULL,
    starts_at timestamptz,
    start_day date,
    ends_at   timestamptz,
    end_day   date,
    CHECK ((starts_at IS NULL) <> (start_day IS NULL) AND (ends_at IS NULL) <> (end_day IS NULL))
);
CREATE INDEX calendar_events_by_calendar ON calendar_events (calendar);                -- the roster

-- `state` is open, taken or withdrawn; one that is open when its shift begins has expired.
CREATE TABLE cover_requests (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schedule  text NOT NULL REFERENCES schedules (id),
    person    text NOT NULL,
    asked     text[] NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL CHECK (ends_at > starts_at),
    reason    text NOT NULL DEFAULT '',
    state     text NOT NULL,
    taken_by  text NOT NULL DEFAULT '',
    overrides bigint[] NOT NULL DEFAULT '{}',
    part_of   bigint REFERENCES cover_requests (id),
    made_by   text NOT NULL,
    made_at   timestamptz NOT NULL,
    settled_at timestamptz,
    version   integer NOT NULL DEFAULT 1
);
CREATE INDEX cover_requests_open ON cover_requests (starts_at) WHERE state = 'open';   -- lists, and what has expired

CREATE TABLE calendar_links (
    hash       text PRIMARY KEY,
    kind       text NOT NULL,                           -- schedule or person
    subject    text NOT NULL,
    made_by    text NOT NULL,
    made_at    timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX calendar_links_by_subject ON calendar_links (kind, subject);              -- revoking

-- `people` are those whose shifts to come it moved, `moves` which ones.
CREATE TABLE oncall_changes (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL,
    by             text NOT NULL,
    door           text NOT NULL,
    what           text NOT NULL,
    schedule       text NOT NULL DEFAULT '',
    subject        text NOT NULL DEFAULT '',
    before_version integer NOT NULL DEFAULT 0,
    after_version  integer NOT NULL DEFAULT 0,
    words          text NOT NULL,
    people         text[] NOT NULL DEFAULT '{}',
    moves          jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX oncall_changes_by_schedule ON oncall_changes (schedule, id);              -- who changed it meanwhile
CREATE INDEX oncall_changes_by_people ON oncall_changes USING gin (people);            -- who changed my shifts

-- Names become ids: small letters, digits, dots and dashes; where two become the same, the later ones get a piece of their hash.
CREATE TEMPORARY TABLE carried ON COMMIT DROP AS
SELECT r.*, slug || CASE WHEN n > 1 THEN '-' || left(md5(name), 8) ELSE '' END AS id
  FROM (SELECT rotations.*, slug, row_number() OVER (PARTITION BY slug ORDER BY name) AS n
          FROM rotations, LATERAL (SELECT coalesce(nullif(left(trim(both '-._' from
               regexp_replace(lower(name), '[^a-z0-9._-]+', '-', 'g')), 50), ''), 'schedule') AS slug) s) r;

INSERT INTO schedules (id, name, team, version, changed)
SELECT id, name, team, 1, (SELECT version + 1 FROM roster_version) FROM carried;

-- A first handoff outside of 1970 to 2200 is moved by whole rounds, so that the turns stay where they are.
INSERT INTO schedule_versions (schedule, number, since, plan, made_by, made_at)
SELECT id, 1, '0001-01-01 00:00:00+00',
       jsonb_build_object('zone', zone, 'layers', jsonb_build_array(jsonb_build_object('name', 'weekly', 'rotations',
           CASE WHEN cardinality(participants) = 0 THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object(
               'id', 'weekly',
               'first_handoff', to_char(first_handoff + round * rounds, 'YYYY-MM-DD HH24:MI:SS'),
               'every', '1 week', 'participants', to_jsonb(participants))) END))),
       'migration', now()
  FROM carried,
       LATERAL (SELECT make_interval(days => 7 * greatest(1, cardinality(participants))) AS round) a,
       LATERAL (SELECT CASE WHEN first_handoff < '1970-01-01' THEN
                    ceil(extract(epoch FROM timestamp '1970-01-01' - first_handoff) / extract(epoch FROM round))
                WHEN first_handoff >= '2200-01-01' THEN
                    -ceil(extract(epoch FROM first_handoff - timestamp '2200-01-01') / extract(epoch FROM round)) ELSE 0 END AS rounds) b;

INSERT INTO schedule_overrides (schedule, change, people, starts_at, ends_at, made_by, made_at)
SELECT c.id, 'take', ARRAY[o.person], o.starts_at, o.ends_at, o.made_by, o.made_at
  FROM overrides o JOIN carried c ON c.name = o.schedule ORDER BY o.id;

UPDATE roster_version SET version = version + 1;
