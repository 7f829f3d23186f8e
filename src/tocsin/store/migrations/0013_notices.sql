-- What leaves the house about on-call, outside of any incident: works that are about neither an incident nor a message, and when each
-- schedule has to be looked at next. The code before this claims such a work, fails at it, and puts it off until a newer node takes it.

ALTER TABLE works DROP CONSTRAINT works_for_one;
ALTER TABLE works ADD CONSTRAINT works_for_one CHECK (num_nonnulls(incident_id, message_id) <= 1);
CREATE INDEX works_about ON works ((payload->>'about')) WHERE incident_id IS NULL AND message_id IS NULL;  -- what has to be rewritten

-- `kind` is what is looked for; what fell due until `seen` was dealt with.
CREATE TABLE schedule_timers (
    schedule text NOT NULL REFERENCES schedules (id),
    kind     text NOT NULL,
    next_at  timestamptz NOT NULL,
    seen     timestamptz NOT NULL,
    PRIMARY KEY (schedule, kind)
);
CREATE INDEX schedule_timers_by_next ON schedule_timers (next_at);                     -- the engine's timer

INSERT INTO schedule_timers (schedule, kind, next_at, seen)
SELECT id, 'begins', now(), now() FROM schedules WHERE ended_at IS NULL;                -- shifts that begin

-- Before a shift of theirs begins they hear so long ahead: 24h, 1h, now.
ALTER TABLE people ADD COLUMN notices text[] NOT NULL DEFAULT '{24h,now}';
