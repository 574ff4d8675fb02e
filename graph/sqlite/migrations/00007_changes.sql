-- +goose Up

-- The change feed by itself, appended only: which golden ids have a version of
-- which revision. So a golden record that changes moves in no index but those of
-- what it says, and one that goes to the past is not entered in the feed again.
CREATE TABLE change (
    tenant   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    PRIMARY KEY (tenant, revision, id)
) STRICT, WITHOUT ROWID;
INSERT INTO change (tenant, revision, id)
    SELECT tenant, revision, id FROM golden UNION SELECT tenant, revision, id FROM golden_past ORDER BY 1, 2, 3;
DROP INDEX IF EXISTS golden_revision;
DROP INDEX golden_past_revision;

-- The past is passed over in the order of its ids by what it says of each.
DROP INDEX golden_past_kind;
