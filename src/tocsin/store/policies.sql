-- name: all
SELECT id, doc, version, changed_by, changed_at FROM policies WHERE ended_at IS NULL ORDER BY id
