-- At 09:00 of its zone each schedule is looked at for gaps.

INSERT INTO schedule_timers (schedule, kind, next_at, seen)
SELECT id, 'gaps', now(), now() FROM schedules WHERE ended_at IS NULL ON CONFLICT DO NOTHING;
