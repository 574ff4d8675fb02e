-- +goose Up

-- What a source is asked to put right, by when. body is encrypted: what is said,
-- what it should be, and why.
CREATE TABLE rectification (
    tenant   INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    subject  BLOB    NOT NULL,
    property INTEGER NOT NULL,
    opened   INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    closed   INTEGER NOT NULL,
    key_id   INTEGER NOT NULL,
    source   TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    body     BLOB    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rectification_state ON rectification (tenant, state, id);
CREATE INDEX rectification_key ON rectification (tenant, key_id);
