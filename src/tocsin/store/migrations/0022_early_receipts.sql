-- What a provider told of a message before the id that it gave it was stored: kept until that is, or until it is too old.
CREATE TABLE early_receipts (
    via     text NOT NULL,
    message text NOT NULL,
    state   text NOT NULL,
    words   text NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (via, message, state)
);
