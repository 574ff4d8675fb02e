-- +goose Up

-- The live records that have issues: what stewards have to look at. A record that has
-- none has no row.
CREATE TABLE flawed (
    tenant INTEGER NOT NULL,
    source TEXT    NOT NULL,
    record BLOB    NOT NULL,
    PRIMARY KEY (tenant, source, record)
) STRICT, WITHOUT ROWID;
