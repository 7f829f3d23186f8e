-- How many pages each person got in a window, for fairness and pay.

CREATE INDEX facts_of_pages ON facts (at) WHERE kind = 'page_delivered';               -- hours
