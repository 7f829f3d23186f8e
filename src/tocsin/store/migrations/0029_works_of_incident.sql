-- What was sent for an incident is looked for after it was sent as well: on its page, after a failure, in its thread.
DROP INDEX works_of_incident;
CREATE INDEX works_of_incident ON works (incident_id, id) WHERE incident_id IS NOT NULL;
