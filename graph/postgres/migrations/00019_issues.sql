-- +goose Up

-- The live records that have issues: what stewards have to look at. A record that has
-- none has no row.
CREATE TABLE flawed (
    tenant smallint NOT NULL,
    record uuid NOT NULL,
    source text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, record)
);
CREATE INDEX flawed_source ON flawed (tenant, source, record);
