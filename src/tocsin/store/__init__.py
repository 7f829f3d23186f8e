"""PostgreSQL, and nothing that decides: the server that we bring along, the pool, the migrations, backups, and rows <-> core types."""
