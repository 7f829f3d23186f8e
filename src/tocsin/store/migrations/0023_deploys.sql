-- What was deployed, as it was told of: the same deploy may be told in several ways, each with an id of its own.
CREATE TABLE deploys (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ids         text[] NOT NULL,
    service     text NOT NULL,
    at          timestamptz NOT NULL,
    version     text NOT NULL,
    commit      text NOT NULL,
    repository  text NOT NULL,
    status      text NOT NULL,
    live_at     timestamptz,
    url         text NOT NULL,
    title       text NOT NULL,
    environment text NOT NULL,
    source      text NOT NULL
);
-- Read by the list, by the verdict, and by who tells of another one.
CREATE INDEX deploys_of_service ON deploys (service, at DESC, number DESC);
CREATE INDEX deploys_by_time ON deploys (at DESC, number DESC);
-- Read by whoever tells of one again.
CREATE INDEX deploys_by_id ON deploys USING gin (ids);
