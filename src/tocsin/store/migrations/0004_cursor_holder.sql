-- Which node holds a cursor, so that one held by a node that is gone is free at once, as its works are.

ALTER TABLE cursors ADD COLUMN holder integer NOT NULL DEFAULT 0;
