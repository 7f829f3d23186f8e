-- Escalation policies, alerts of their own (beside those of incidents), and one row for each message to a device.
-- The code before this knows none of it.

-- `doc` is the policy as people write it. `ended_at` is when it was deleted.
CREATE TABLE policies (
    id         text PRIMARY KEY,
    doc        jsonb NOT NULL,
    version    integer NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    ended_at   timestamptz
);

-- How often somebody had their turn at a step that reaches one after the other.
CREATE TABLE policy_turns (
    turn text PRIMARY KEY,
    had  bigint NOT NULL
);

-- `stamped` is the policy as it was at the start. `events` counts what happened since, `next_at` is when something is due.
CREATE TABLE alerts (
    id              bigint PRIMARY KEY,
    alias           text NOT NULL,
    message         text NOT NULL,
    description     text NOT NULL,
    priority        text NOT NULL,
    source          text NOT NULL,
    link            text NOT NULL,
    details         jsonb NOT NULL,
    policy          text NOT NULL,
    stamped         jsonb NOT NULL,
    opened_by       text NOT NULL,
    door            text NOT NULL,
    opened_at       timestamptz NOT NULL,
    count           integer NOT NULL DEFAULT 1,
    last_at         timestamptz NOT NULL,
    status          text NOT NULL,
    acknowledged_by text NOT NULL DEFAULT '',
    acknowledged_at timestamptz,
    closed_by       text NOT NULL DEFAULT '',
    closed_at       timestamptz,
    events          integer NOT NULL DEFAULT 0,
    next_at         timestamptz
);
CREATE SEQUENCE alert_numbers OWNED BY alerts.id;
CREATE UNIQUE INDEX alerts_open_by_alias ON alerts (alias) WHERE closed_at IS NULL;     -- the same thing again counts up
CREATE INDEX alerts_due ON alerts (next_at) WHERE next_at IS NOT NULL;                  -- the engine's timers
CREATE INDEX alerts_open ON alerts (id DESC) WHERE closed_at IS NULL;                   -- lists, the auditor

CREATE TABLE alert_events (
    alert_id bigint NOT NULL REFERENCES alerts (id),
    n        integer NOT NULL,
    at       timestamptz NOT NULL,
    kind     text NOT NULL,
    by       text NOT NULL,
    door     text NOT NULL,
    data     jsonb NOT NULL,
    PRIMARY KEY (alert_id, n)
);

-- One message to one device (or place) about one alert. Those that went out as one message have the same `batch`, the id of the first.
-- `state`: planned, running, handed over, delivered, seen, failed, moot; `acknowledged_at` beside it. `contact` is the contact method's id.
CREATE TABLE deliveries (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id        bigint NOT NULL REFERENCES alerts (id),
    event           integer NOT NULL,
    purpose         text NOT NULL,
    person          text NOT NULL,
    via             text NOT NULL,
    contact         text NOT NULL,
    urgency         smallint NOT NULL,
    key             text NOT NULL UNIQUE,
    state           text NOT NULL,
    due_at          timestamptz NOT NULL,
    planned_at      timestamptz NOT NULL,
    attempts        smallint NOT NULL DEFAULT 0,
    worker          integer,
    batch           bigint,
    message         text NOT NULL DEFAULT '',
    handed_at       timestamptz,
    delivered_at    timestamptz,
    seen_at         timestamptz,
    acknowledged_at timestamptz,
    ended_at        timestamptz,
    why             text NOT NULL DEFAULT ''
);
CREATE INDEX deliveries_due ON deliveries (urgency, due_at DESC) WHERE state IN ('planned', 'running');
CREATE INDEX deliveries_of_alert ON deliveries (alert_id, id);
CREATE INDEX deliveries_waiting ON deliveries (person, contact) WHERE state IN ('planned', 'running');  -- what goes out as one message
CREATE INDEX deliveries_recent ON deliveries (person, contact, handed_at) WHERE handed_at IS NOT NULL;   -- not too many to one device
CREATE INDEX deliveries_by_batch ON deliveries (batch) WHERE batch IS NOT NULL;
CREATE INDEX deliveries_watched ON deliveries (handed_at) WHERE state = 'handed over';      -- not delivered in time

-- When a node of this Tocsin was last seen at work; what lies between two such times was an outage of ours.
CREATE TABLE last_alive (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at  timestamptz NOT NULL
);
