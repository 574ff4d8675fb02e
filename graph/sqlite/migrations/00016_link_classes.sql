-- +goose Up

-- Who may see that a link is there, as golden.disclosure says it of records: what
-- is hidden is passed over in the index. Until the next ingest makes the rows anew
-- all are open to this, and hidden where they are looked at.
ALTER TABLE link ADD COLUMN disclosure INTEGER NOT NULL DEFAULT 1;
