-- What was seen at the tip of main branches whose builds are watched, and when: by that one sees that no builds come. A cache of what a service told us.

CREATE TABLE branch_heads (
    repository text NOT NULL,
    branch     text NOT NULL,
    sha        text NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (repository, branch, sha)
);
