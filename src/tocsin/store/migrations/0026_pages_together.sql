-- Pages of incidents that left for a device as one message: the id of the first of them.
ALTER TABLE works ADD COLUMN batch bigint;
CREATE INDEX works_of_batch ON works (batch) WHERE batch IS NOT NULL;                                        -- what else stood in a message
CREATE INDEX works_paged ON works (ended_at) WHERE does = 'page' AND state = 'done' AND last_why = '';       -- who got how many of late
