-- +goose Up

-- The live records that have issues: what stewards have to look at. A record that has
-- none has no row.
CREATE TABLE flawed (
    tenant smallint NOT NULL,
    source text COLLATE "C" NOT NULL,
    record uuid NOT NULL,
    PRIMARY KEY (tenant, source, record)
);
