-- A follow-up is found by its issue.
CREATE INDEX facts_of_follow_up_issues ON facts ((data->>'repository'), (data->>'number')) WHERE kind = 'follow_up_opened';
