-- +goose Up

-- The kinds that are kept matched, by the definition of their index; zero until it
-- is written, with less than no records. Kinds that have pairs already are.
CREATE TABLE matching (
    tenant smallint NOT NULL,
    kind smallint NOT NULL,
    definition uuid NOT NULL,
    records bigint NOT NULL,
    PRIMARY KEY (tenant, kind)
);
INSERT INTO matching (tenant, kind, definition, records)
    SELECT DISTINCT tenant, kind, '00000000-0000-0000-0000-000000000000'::uuid, -1 FROM pair;

-- Opaque strings by which candidates of a record are found, in order.
CREATE TABLE match_index (
    tenant smallint NOT NULL,
    kind smallint NOT NULL,
    record uuid NOT NULL,
    key bytea NOT NULL,
    PRIMARY KEY (tenant, kind, key, record)
);

-- All strings of a record.
CREATE TABLE match_record (
    tenant smallint NOT NULL,
    kind smallint NOT NULL,
    record uuid NOT NULL,
    keys bytea NOT NULL,
    PRIMARY KEY (tenant, record)
);

-- Records that changed since they were last matched.
CREATE TABLE unmatched (
    tenant smallint NOT NULL,
    kind smallint NOT NULL,
    record uuid NOT NULL,
    PRIMARY KEY (tenant, kind, record)
);
