-- Who takes a schedule over, and for how long. Rows are added, never changed: the one made last of those that cover an instant wins.

CREATE TABLE overrides (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schedule  text NOT NULL REFERENCES rotations (name) ON DELETE CASCADE,
    person    text NOT NULL REFERENCES people (handle) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL CHECK (ends_at > starts_at),
    made_by   text NOT NULL,
    made_at   timestamptz NOT NULL
);
CREATE INDEX overrides_by_end ON overrides (ends_at);                                  -- the roster: those that have not ended
