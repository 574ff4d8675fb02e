-- +goose Up

-- What is held of one record beside its versions: that its source has said that
-- the person is protected, and what stewards have decided of it (protection, a
-- public office).
CREATE TABLE mark (
    tenant    INTEGER NOT NULL,
    record    BLOB    NOT NULL,
    revision  INTEGER NOT NULL,
    sort      INTEGER NOT NULL,
    stamp     INTEGER NOT NULL,
    level     INTEGER NOT NULL,
    covers    INTEGER NOT NULL,
    period    INTEGER NOT NULL,
    reference TEXT    NOT NULL,
    actor     TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant, record, revision, sort, stamp, level)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_sort ON mark (tenant, sort, record);
