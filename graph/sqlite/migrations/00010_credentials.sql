-- +goose Up

-- What callers are known by: machine tokens and sessions. hash is a keyed hash
-- of the secret, body what the credential gives.
CREATE TABLE credential (
    tenant  INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    hash    BLOB    NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    revoked INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    actor   TEXT    NOT NULL,
    body    BLOB    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX credential_hash ON credential (tenant, hash);
CREATE INDEX credential_kind ON credential (tenant, kind, id);
CREATE INDEX credential_expires ON credential (tenant, kind, expires);
