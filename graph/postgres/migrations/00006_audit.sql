-- +goose Up

-- Who changed and who looked, a chain: link is a keyed hash over the entry
-- before and this entry's digests. An erasure takes salt and body (of a subject:
-- salt and id) away and leaves the digest.
CREATE TABLE audit (
    tenant smallint NOT NULL,
    number bigint NOT NULL,
    at bigint NOT NULL,
    link uuid NOT NULL,
    digest uuid NOT NULL,
    salt bytea,
    body bytea,
    PRIMARY KEY (tenant, number)
);
CREATE TABLE audit_subject (
    tenant smallint NOT NULL,
    number bigint NOT NULL,
    place integer NOT NULL,
    digest uuid NOT NULL,
    salt bytea,
    id uuid,
    PRIMARY KEY (tenant, number, place)
);
CREATE INDEX audit_subject_id ON audit_subject (tenant, id, number);
-- The end of each tenant's chain, sealed.
CREATE TABLE audit_head (
    tenant smallint PRIMARY KEY,
    number bigint NOT NULL,
    link uuid,
    seal uuid
);
