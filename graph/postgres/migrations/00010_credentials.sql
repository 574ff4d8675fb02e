-- +goose Up

-- What callers are known by: machine tokens and sessions. hash is a keyed hash
-- of the secret, body what the credential gives.
CREATE TABLE credential (
    tenant smallint NOT NULL,
    kind smallint NOT NULL,
    id uuid NOT NULL,
    hash uuid NOT NULL,
    created bigint NOT NULL,
    expires bigint NOT NULL,
    revoked bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX credential_hash ON credential (tenant, hash);
CREATE INDEX credential_kind ON credential (tenant, kind, id);
CREATE INDEX credential_expires ON credential (tenant, kind, expires);
