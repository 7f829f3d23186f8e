-- The finished builds of main branches, as far as they are needed to see a series of failures. A cache of what a service told us.

CREATE TABLE builds (
    repository   text NOT NULL,
    stream       text NOT NULL,
    run          bigint NOT NULL,
    attempt      integer NOT NULL,
    number       bigint NOT NULL,
    branch       text NOT NULL,
    workflow     text NOT NULL,
    sha          text NOT NULL,
    author_login text NOT NULL,
    author_name  text NOT NULL,
    author_email text NOT NULL,
    title        text NOT NULL,
    event        text NOT NULL,
    conclusion   text NOT NULL,
    finished_at  timestamptz NOT NULL,
    url          text NOT NULL,
    PRIMARY KEY (repository, stream, run, attempt)
);
CREATE INDEX builds_newest ON builds (repository, stream, number DESC);                -- the series, and what is old
