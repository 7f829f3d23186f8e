-- Calendars with an address are read again by themselves: when next, and what the last reading left behind.
-- `etag` and `last_modified` ask whether it changed; they are of use only while what was read is read in the same way (`read_as`), and
-- it was read wholly a short while ago (`whole_at`). `owner` (a handle) hears once (`told`) that it can't be read.
-- The code before this leaves these columns alone.

ALTER TABLE calendars
    ADD COLUMN owner         text NOT NULL DEFAULT '',
    ADD COLUMN next_at       timestamptz,
    ADD COLUMN whole_at      timestamptz,
    ADD COLUMN etag          text NOT NULL DEFAULT '',
    ADD COLUMN last_modified text NOT NULL DEFAULT '',
    ADD COLUMN read_as       text NOT NULL DEFAULT '',
    ADD COLUMN failures      integer NOT NULL DEFAULT 0,
    ADD COLUMN told          boolean NOT NULL DEFAULT false;
CREATE INDEX calendars_by_next ON calendars (next_at) WHERE url <> '';                 -- which one is read next

UPDATE calendars SET next_at = now() WHERE url <> '';
