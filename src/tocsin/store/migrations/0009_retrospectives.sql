-- Each retrospective's document names the one that was held before it.
CREATE INDEX facts_of_retrospectives ON facts (at DESC) WHERE kind = 'retrospective_held';
