-- Which pager a team keeps: '' is the one that the settings give to all (or Tocsin's own), 'own' is Tocsin's own, and else a service's name,
-- with what the team is called there: 'opsgenie', 'pagerduty:web'.

ALTER TABLE teams ADD COLUMN pager text NOT NULL DEFAULT '';
