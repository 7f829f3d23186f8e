-- What Tocsin has reverted by itself of late is counted over all incidents.
CREATE INDEX facts_of_reverts ON facts (at) WHERE kind = 'revert_judged';
