-- The inbox: messages of streams (X, GitHub, e-mail), of which not every one is a report. They are no part of an incident's history
-- until one is opened from them, or joins one: `ref` names it then.

CREATE TABLE messages (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source      text NOT NULL,
    key         text NOT NULL,
    title       text NOT NULL,
    text        text NOT NULL,
    sender      text NOT NULL,
    labels      text[] NOT NULL,
    outside     boolean NOT NULL,
    calls       boolean NOT NULL,
    answer_via  text NOT NULL,
    address     text NOT NULL,
    url         text NOT NULL,
    state       text NOT NULL,
    rule        text NOT NULL,
    ref         text NOT NULL DEFAULT '',
    reason      text NOT NULL DEFAULT '',
    received_at timestamptz NOT NULL,
    due_at      timestamptz,
    looked_at   timestamptz,
    looked_by   text NOT NULL DEFAULT '',
    posted      text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX messages_by_key ON messages (source, key);                          -- the same event twice is one message
CREATE INDEX messages_waiting ON messages (due_at) WHERE state = 'waiting';             -- the inbox, and the engine's timer
CREATE INDEX messages_recent ON messages (source, received_at);                         -- what a rule counts
CREATE INDEX messages_lately ON messages ((coalesce(looked_at, received_at)) DESC)
    WHERE looked_at IS NOT NULL OR state = 'ignored';                                   -- what was looked at lately

-- A work is for an incident, or for a message that waits in the inbox.
ALTER TABLE works ALTER COLUMN incident_id DROP NOT NULL;
ALTER TABLE works ADD COLUMN message_id bigint REFERENCES messages (id);
ALTER TABLE works ADD CONSTRAINT works_for_one CHECK (num_nonnulls(incident_id, message_id) = 1);

CREATE INDEX events_seen_at ON events_seen (seen_at);                                   -- the old ones, which are forgotten
CREATE INDEX facts_of_issues ON facts ((data->>'repository'), (data->>'number')) WHERE kind = 'issue_opened';  -- comments in GitHub
