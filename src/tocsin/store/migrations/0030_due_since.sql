-- Since when a message was to go out: `due_at` moves with each try, and what a rule delays is not late while it waits for that.
ALTER TABLE deliveries ADD COLUMN since timestamptz;
ALTER TABLE works ADD COLUMN since timestamptz;
