-- +goose Up

-- The change feed by itself, appended only: which golden ids have a version of
-- which revision. So a golden record that changes moves in no index but those of
-- what it says, and one that goes to the past is not entered in the feed again.
CREATE TABLE change (
    tenant smallint NOT NULL,
    revision integer NOT NULL,
    id uuid NOT NULL
);
INSERT INTO change (tenant, revision, id)
    SELECT tenant, revision, id FROM golden UNION SELECT tenant, revision, id FROM golden_past ORDER BY 1, 2, 3;
CREATE INDEX change_revision ON change (tenant, revision, id);
DROP INDEX IF EXISTS golden_revision;
DROP INDEX golden_past_revision;

-- The past is passed over in the order of its ids by what it says of each.
DROP INDEX golden_past_kind;

-- A golden row or a head that changes nothing that is indexed stays in its page,
-- without new entries in any index, where the page has room for it.
ALTER TABLE golden SET (fillfactor = 85);
ALTER TABLE head SET (fillfactor = 90);
