-- The runs of procedures, as the facts of their incidents left them: derived, and made anew by `tocsin db rebuild`. `target` is what
-- a run holds while it is under way, over all incidents.
CREATE TABLE procedure_runs (
    incident_id bigint NOT NULL REFERENCES incidents (id),
    run         text NOT NULL,
    procedure   text NOT NULL,
    target      text NOT NULL,
    state       text NOT NULL,
    asked_at    timestamptz NOT NULL,
    started_at  timestamptz,
    ended_at    timestamptz,
    PRIMARY KEY (incident_id, run)
);
CREATE UNIQUE INDEX procedure_runs_one_a_target ON procedure_runs (target) WHERE state = 'running';  -- no two at once
CREATE INDEX procedure_runs_lately ON procedure_runs (asked_at);                                     -- the list of runs
