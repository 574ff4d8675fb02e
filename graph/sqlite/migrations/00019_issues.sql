-- +goose Up

-- The live records that have issues: what stewards have to look at. A record that has
-- none has no row.
CREATE TABLE flawed (
    tenant INTEGER NOT NULL,
    record BLOB    NOT NULL,
    source TEXT    NOT NULL,
    PRIMARY KEY (tenant, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX flawed_source ON flawed (tenant, source, record);
