-- How people are reached beside Slack and e-mail: their devices, by which rules, and what is sent there.
-- The code before this knows none of it, and pages by Slack and e-mail as before.

CREATE TABLE contact_methods (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person        text NOT NULL REFERENCES people (handle) ON DELETE CASCADE,
    via           text NOT NULL,
    address       text NOT NULL,
    name          text NOT NULL,
    added_by      text NOT NULL,
    added_at      timestamptz NOT NULL,
    verified_at   timestamptz,
    failing       text NOT NULL DEFAULT '',
    failing_until timestamptz,
    UNIQUE (person, name)
);
CREATE UNIQUE INDEX contact_methods_once ON contact_methods (person, via, md5(address));
CREATE INDEX contact_methods_by_address ON contact_methods (via, md5(address));         -- who answers from this device

-- `method` is the id of a contact method (m7), or a channel's name: all that they have of it.
CREATE TABLE contact_rules (
    person        text NOT NULL REFERENCES people (handle) ON DELETE CASCADE,
    urgency       text NOT NULL,
    position      smallint NOT NULL,
    method        text NOT NULL,
    after_seconds integer NOT NULL,
    PRIMARY KEY (person, urgency, position)
);

-- 22:00-07:00 in their zone; '' is never.
ALTER TABLE people ADD COLUMN quiet text NOT NULL DEFAULT '';

-- A code is worked out from `nonce` and this installation's key, so that none is kept. These rows outlive the contact method: the limit
-- on how many codes go to an address holds whatever is removed and added again.
CREATE TABLE contact_codes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person     text NOT NULL,
    contact_id bigint NOT NULL,
    via        text NOT NULL,
    address    text NOT NULL,
    nonce      text NOT NULL,
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    tries      smallint NOT NULL DEFAULT 0,
    ended_at   timestamptz
);
CREATE INDEX contact_codes_by_contact ON contact_codes (contact_id, id);
CREATE INDEX contact_codes_by_person ON contact_codes (person, made_at);
CREATE INDEX contact_codes_by_address ON contact_codes (via, address, made_at);

-- What was handed to a channel: by which ticket, message id or address an answer finds what it is about. `address` is a hash.
CREATE TABLE contact_messages (
    ticket      text PRIMARY KEY,
    key         text NOT NULL UNIQUE,
    via         text NOT NULL,
    contact     text NOT NULL,
    address     text NOT NULL,
    person      text NOT NULL,
    purpose     text NOT NULL,
    ref         text NOT NULL,
    message     text NOT NULL DEFAULT '',
    state       text NOT NULL DEFAULT 'planned',
    words       text NOT NULL DEFAULT '',
    made_at     timestamptz NOT NULL,
    told_at     timestamptz,
    answered_at timestamptz
);
CREATE INDEX contact_messages_by_message ON contact_messages (via, message) WHERE message <> '';   -- receipts
CREATE INDEX contact_messages_by_address ON contact_messages (via, address, made_at);              -- answers that name nothing else
CREATE INDEX contact_messages_by_age ON contact_messages (made_at);                                -- forgotten after a while
