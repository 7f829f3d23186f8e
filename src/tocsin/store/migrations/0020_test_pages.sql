-- Pages that only try whether they reach somebody; what came of them stands in contact_messages, whose ref is test/ID.
CREATE TABLE test_pages (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person    text NOT NULL,
    asked_by  text NOT NULL,
    by_itself boolean NOT NULL,
    asked_at  timestamptz NOT NULL
);
CREATE INDEX test_pages_by_person ON test_pages (person, id);                          -- when somebody was tested last

-- What is looked at for the whole house, and when next. `seen` is NULL until the first look, which only sets when the next one is.
CREATE TABLE house_timers (
    kind    text PRIMARY KEY,
    next_at timestamptz NOT NULL,
    seen    timestamptz
);
INSERT INTO house_timers (kind, next_at) VALUES ('readiness', '2000-01-01 00:00:00+00');
