-- A Slack user group and a channel's topic are kept equal to the schedule: each is looked at, and of each place the last work is kept.
-- The code before this leaves these timers alone; a work that it claims nevertheless ends as refused, and the next hour's goes out.

INSERT INTO schedule_timers (schedule, kind, next_at, seen)
SELECT id, 'slack', now(), now() FROM schedules WHERE ended_at IS NULL ON CONFLICT DO NOTHING;

CREATE INDEX works_shown ON works (lane, id) WHERE does IN ('group.set', 'topic.set');   -- what was met last at each place
