-- +goose Up

-- What two records weigh by a matching model, a < b, from the review band up.
CREATE TABLE pair (
    tenant   INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    band     INTEGER NOT NULL,
    weight   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    a        BLOB    NOT NULL,
    b        BLOB    NOT NULL,
    model    BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX pair_key ON pair (tenant, a, b);
CREATE INDEX pair_b ON pair (tenant, b, a);
CREATE INDEX pair_band ON pair (tenant, kind, band, a, b);
