-- +goose Up

-- What two records weigh by a matching model, a < b, from the review band up.
CREATE TABLE pair (
    tenant smallint NOT NULL,
    kind smallint NOT NULL,
    band smallint NOT NULL,
    weight integer NOT NULL,
    revision integer NOT NULL,
    a uuid NOT NULL,
    b uuid NOT NULL,
    model uuid NOT NULL,
    PRIMARY KEY (tenant, a, b)
);
CREATE INDEX pair_b ON pair (tenant, b, a);
CREATE INDEX pair_band ON pair (tenant, kind, band, a, b);
