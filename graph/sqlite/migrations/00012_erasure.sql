-- +goose Up

-- Of a record that was erased, a keyed hash of its key: a later delivery of it is
-- held and reported.
CREATE TABLE erased (
    tenant INTEGER NOT NULL,
    hash   BLOB    NOT NULL,
    PRIMARY KEY (tenant, hash)
) STRICT, WITHOUT ROWID;

-- What a transaction is taking out; empty outside of one. what: 1 records, 2
-- golden records, 3 sealed values.
CREATE TABLE erasing (
    tenant INTEGER NOT NULL,
    what   INTEGER NOT NULL,
    id     BLOB    NOT NULL,
    PRIMARY KEY (tenant, what, id)
) STRICT, WITHOUT ROWID;

-- Records of a delivery that were not stored, for they had been erased.
ALTER TABLE delivery ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
