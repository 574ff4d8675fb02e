-- +goose Up

-- The kinds that are kept matched, by the definition of their index; zero until it
-- is written, with less than no records. Kinds that have pairs already are.
CREATE TABLE matching (
    tenant     INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    definition BLOB    NOT NULL,
    records    INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO matching (tenant, kind, definition, records) SELECT DISTINCT tenant, kind, zeroblob(16), -1 FROM pair;

-- Opaque strings by which candidates of a record are found, in order.
CREATE TABLE match_index (
    tenant INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    key    BLOB    NOT NULL,
    record BLOB    NOT NULL,
    PRIMARY KEY (tenant, kind, key, record)
) STRICT, WITHOUT ROWID;

-- All strings of a record.
CREATE TABLE match_record (
    tenant INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    record BLOB    NOT NULL,
    keys   BLOB    NOT NULL,
    PRIMARY KEY (tenant, record)
) STRICT, WITHOUT ROWID;

-- Records that changed since they were last matched.
CREATE TABLE unmatched (
    tenant INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    record BLOB    NOT NULL,
    PRIMARY KEY (tenant, kind, record)
) STRICT, WITHOUT ROWID;
