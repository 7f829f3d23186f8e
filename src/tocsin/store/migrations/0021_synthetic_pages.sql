-- When a synthetic page came to its end last: what the switch outside is pinged by.

CREATE TABLE synthetic_pages (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at  timestamptz NOT NULL
);
CREATE INDEX deliveries_to_sink ON deliveries (handed_at) WHERE via = 'sink';
CREATE INDEX alerts_synthetic ON alerts (opened_at) WHERE source = 'tocsin/synthetic';
