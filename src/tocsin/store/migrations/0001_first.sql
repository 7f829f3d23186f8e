-- The first schema. Facts are the truth; incidents, duties and reports are caches of them, kept for lists and look-ups.

CREATE TABLE handbooks (
    hash     text PRIMARY KEY,
    name     text NOT NULL,
    version  text NOT NULL,
    text     text NOT NULL,
    added_at timestamptz NOT NULL
);

CREATE TABLE people (
    handle   text PRIMARY KEY,
    name     text NOT NULL,
    email    text NOT NULL DEFAULT '',
    slack_id text NOT NULL DEFAULT '',
    rights   text[] NOT NULL,
    added_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX people_by_email ON people (lower(email)) WHERE email <> '';        -- sign-in, and Slack users by their e-mail
CREATE UNIQUE INDEX people_by_slack_id ON people (slack_id) WHERE slack_id <> '';      -- each click in Slack

CREATE TABLE teams (
    name    text PRIMARY KEY,
    members text[] NOT NULL
);

CREATE TABLE rotations (
    name          text PRIMARY KEY,
    team          text NOT NULL,
    zone          text NOT NULL,
    first_handoff timestamp NOT NULL,
    participants  text[] NOT NULL
);

-- One row: counts up with each change of people, teams and rotations, so that every node knows when its copy is stale.
CREATE TABLE roster_version (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);
INSERT INTO roster_version (version) VALUES (1);

CREATE TABLE keys (
    name         text PRIMARY KEY,
    hash         text NOT NULL UNIQUE,
    person       text REFERENCES people (handle) ON DELETE CASCADE,
    rights       text[] NOT NULL,
    created_at   timestamptz NOT NULL,
    revoked_at   timestamptz
);

CREATE TABLE sign_in_links (
    hash       text PRIMARY KEY,
    person     text NOT NULL REFERENCES people (handle) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE TABLE sessions (
    hash       text PRIMARY KEY,
    person     text NOT NULL REFERENCES people (handle) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE secrets (
    name  text PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE incidents (
    id             bigint PRIMARY KEY,
    ref            text NOT NULL UNIQUE,
    title          text NOT NULL,
    kind           text NOT NULL,
    severity       text NOT NULL,
    status         text NOT NULL,
    owner          text NOT NULL DEFAULT '',
    handbook_hash  text NOT NULL REFERENCES handbooks (hash),
    started_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    closed_at      timestamptz,
    next_update_at timestamptz,
    next_due_at    timestamptz,
    thread_channel text NOT NULL DEFAULT '',
    thread_message text NOT NULL DEFAULT '',
    facts          integer NOT NULL,
    last_hash      text NOT NULL,
    wake_at        timestamptz
);
CREATE SEQUENCE incident_numbers OWNED BY incidents.id;
CREATE INDEX incidents_to_wake ON incidents (wake_at) WHERE wake_at IS NOT NULL;       -- the engine's timers
CREATE INDEX incidents_by_status ON incidents (status, id DESC);                       -- lists
CREATE INDEX incidents_by_thread ON incidents (thread_channel, thread_message) WHERE thread_message <> '';  -- words in a thread

CREATE TABLE facts (
    incident_id bigint NOT NULL REFERENCES incidents (id),
    n           integer NOT NULL,
    at          timestamptz NOT NULL,
    kind        text NOT NULL,
    by          text NOT NULL,
    door        text NOT NULL,
    data        jsonb NOT NULL,
    hash        text NOT NULL,
    PRIMARY KEY (incident_id, n)
);
CREATE INDEX facts_of_ops_log ON facts (at DESC) WHERE kind = 'ops_log_written';       -- the ops log

CREATE TABLE reports (
    id          bigint PRIMARY KEY,
    incident_id bigint NOT NULL REFERENCES incidents (id),
    source      text NOT NULL,
    key         text NOT NULL DEFAULT '',
    address     text NOT NULL DEFAULT '',
    token       text NOT NULL UNIQUE,
    received_at timestamptz NOT NULL
);
CREATE SEQUENCE report_numbers OWNED BY reports.id;
CREATE UNIQUE INDEX reports_by_key ON reports (source, key) WHERE key <> '';           -- the same event twice is one report
CREATE INDEX reports_by_address ON reports (source, address) WHERE address <> '';      -- conversations

CREATE TABLE duties (
    incident_id bigint NOT NULL REFERENCES incidents (id),
    id          text NOT NULL,
    rule        text NOT NULL,
    title       text NOT NULL,
    owes        text[] NOT NULL,
    report      text NOT NULL,
    state       text NOT NULL,
    arises_at   timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    done_at     timestamptz,
    by          text NOT NULL,
    evidence    text NOT NULL,
    fact        integer NOT NULL,
    reason      text NOT NULL,
    PRIMARY KEY (incident_id, id)
);
CREATE INDEX duties_owed ON duties (due_at) WHERE state = 'owed';                      -- what is owed, over all incidents

CREATE TABLE works (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id bigint NOT NULL REFERENCES incidents (id),
    does        text NOT NULL,
    via         text NOT NULL,
    lane        text NOT NULL,
    key         text NOT NULL UNIQUE,
    urgency     smallint NOT NULL,
    payload     jsonb NOT NULL,
    state       text NOT NULL DEFAULT 'planned',
    due_at      timestamptz NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    worker      integer NOT NULL DEFAULT 0,
    last_why    text NOT NULL DEFAULT '',
    planned_at  timestamptz NOT NULL,
    ended_at    timestamptz
) WITH (fillfactor = 70);
CREATE INDEX works_to_do ON works (urgency, due_at) WHERE state IN ('planned', 'running');          -- the engine's claims
CREATE INDEX works_in_lane ON works (lane, id) WHERE state IN ('planned', 'running');               -- whose turn it is in a lane
CREATE INDEX works_of_incident ON works (incident_id) WHERE state IN ('planned', 'running');        -- an incident's page
-- One card waits at a time: it is drawn when it goes out, so a second one would say the same.
CREATE UNIQUE INDEX works_one_card ON works (incident_id) WHERE does = 'thread.card' AND state = 'planned';

CREATE TABLE events_seen (
    source  text NOT NULL,
    id      text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (source, id)
);

CREATE TABLE cursors (
    name         text PRIMARY KEY,
    value        text NOT NULL DEFAULT '',
    leased_until timestamptz,
    turn         bigint NOT NULL DEFAULT 0
);
