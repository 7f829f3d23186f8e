-- Who brought which handbook into force, when and why. A handbook's text stands in `handbooks`, once; it may come into force again.
-- Rows are added, never changed. `origin` is: saved (by somebody, for new incidents from then on), file (TOCSIN_HANDBOOK of some
-- node), shipped (with the program), or earlier (before this was written down).

CREATE TABLE handbook_versions (
    number         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    handbook_hash  text NOT NULL REFERENCES handbooks (hash),
    origin         text NOT NULL,
    author         text NOT NULL,
    reason         text NOT NULL,
    in_force_since timestamptz NOT NULL
);
CREATE INDEX handbook_versions_saved ON handbook_versions (number) WHERE origin = 'saved';    -- each new incident: the newest one

INSERT INTO handbook_versions (handbook_hash, origin, author, reason, in_force_since)
SELECT hash, 'earlier', '', '', added_at FROM handbooks ORDER BY added_at, hash;

-- The figures of /metrics: what fell due in the last 30 days. Rows arise about in the order of their times, so this costs next to nothing.
CREATE INDEX duties_fell_due ON duties USING brin (due_at);
