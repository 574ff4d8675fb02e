-- +goose Up

-- Of a record that was erased, a keyed hash of its key: a later delivery of it is
-- held and reported.
CREATE TABLE erased (
    tenant smallint NOT NULL,
    hash uuid NOT NULL,
    PRIMARY KEY (tenant, hash)
);

-- What a transaction is taking out; empty outside of one. what: 1 records, 2
-- golden records, 3 sealed values.
CREATE TABLE erasing (
    tenant smallint NOT NULL,
    what smallint NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (tenant, what, id)
);

-- Records of a delivery that were not stored, for they had been erased.
ALTER TABLE delivery ADD COLUMN erased bigint NOT NULL DEFAULT 0;
