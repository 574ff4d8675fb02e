-- +goose Up

-- Under which of the keyring's keys the tenant's hashes are; 0 for none beside the
-- root's.
ALTER TABLE tenant ADD COLUMN hash_key bigint NOT NULL DEFAULT 0;
