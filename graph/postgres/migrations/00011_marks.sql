-- +goose Up

-- What is held of one record beside its versions: that its source has said that
-- the person is protected, and what stewards have decided of it (protection, a
-- public office).
CREATE TABLE mark (
    tenant smallint NOT NULL,
    record uuid NOT NULL,
    revision integer NOT NULL,
    sort smallint NOT NULL,
    stamp bigint NOT NULL,
    level smallint NOT NULL,
    covers smallint NOT NULL,
    period bigint NOT NULL,
    reference text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant, record, revision, sort, stamp, level)
);
CREATE INDEX mark_sort ON mark (tenant, sort, record);
