-- +goose Up

-- loading counts the transactions of a first load: 1 for one that has begun, and
-- one more for each that has taken the revision.
ALTER TABLE tenant ALTER COLUMN loading TYPE integer;

-- How many rows of a term a first load has taken away again: while there is no
-- index to find them by, they are only counted.
CREATE TABLE term_gone (
    tenant smallint NOT NULL,
    space smallint NOT NULL,
    key bytea NOT NULL,
    id uuid NOT NULL,
    rows integer NOT NULL,
    PRIMARY KEY (tenant, space, key, id)
);
