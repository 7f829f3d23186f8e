"""PostgreSQL databases that others' migrators look after: what their schema is like is seen here, and put right one step at a time."""
