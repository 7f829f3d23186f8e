-- Who somebody is at GitHub, when they work, and who an outside schedule (a pager that a team keeps) says is on call.

ALTER TABLE people ADD COLUMN github text NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN zone   text NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN hours  text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX people_by_github ON people (lower(github)) WHERE github <> '';     -- issues, builds

CREATE TABLE on_call_outside (
    source  text PRIMARY KEY,
    people  text[] NOT NULL,
    seen_at timestamptz NOT NULL
);
