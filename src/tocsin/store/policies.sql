-- name: all
SELECT id, doc, version, changed_by, changed_at FROM policies WHERE ended_at IS NULL ORDER BY id

-- name: save
-- One that was deleted is there again under a version that nobody has seen.
INSERT INTO policies (id, doc, version, changed_by, changed_at) VALUES ($1, $2, 1, $3, $4)
ON CONFLICT (id) DO UPDATE SET (doc, version, changed_by, changed_at, ended_at)
     = (EXCLUDED.doc, policies.version + 1, EXCLUDED.changed_by, EXCLUDED.changed_at, NULL)
RETURNING version

-- name: end
UPDATE policies SET ended_at = $3, version = version + 1, changed_by = $2, changed_at = $3 WHERE id = $1 AND ended_at IS NULL

-- name: changes
-- Who changed a policy, newest first.
SELECT at, by, words, after_version FROM oncall_changes WHERE subject = $1 AND what IN ('policy saved', 'policy deleted')
 ORDER BY id DESC LIMIT $2
