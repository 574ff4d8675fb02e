-- +goose Up

-- Who changed and who looked, a chain: link is a keyed hash over the entry
-- before and this entry's digests. An erasure takes salt and body (of a subject:
-- salt and id) away and leaves the digest.
CREATE TABLE audit (
    tenant INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    link   BLOB    NOT NULL,
    digest BLOB    NOT NULL,
    salt   BLOB,
    body   BLOB,
    PRIMARY KEY (tenant, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_subject (
    tenant INTEGER NOT NULL,
    number INTEGER NOT NULL,
    place  INTEGER NOT NULL,
    digest BLOB    NOT NULL,
    salt   BLOB,
    id     BLOB,
    PRIMARY KEY (tenant, number, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_subject_id ON audit_subject (tenant, id, number);
-- The end of each tenant's chain, sealed.
CREATE TABLE audit_head (
    tenant INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    link   BLOB,
    seal   BLOB
) STRICT;
