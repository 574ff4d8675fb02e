-- +goose Up

-- What a source is asked to put right, by when. body is encrypted: what is said,
-- what it should be, and why.
CREATE TABLE rectification (
    tenant smallint NOT NULL,
    id uuid NOT NULL,
    subject uuid NOT NULL,
    property smallint NOT NULL,
    opened bigint NOT NULL,
    due bigint NOT NULL,
    closed bigint NOT NULL,
    key_id bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX rectification_state ON rectification (tenant, state, id) WHERE key_id >= 0;
CREATE INDEX rectification_key ON rectification (tenant, key_id) WHERE state >= '';
