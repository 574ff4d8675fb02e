-- +goose Up

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
