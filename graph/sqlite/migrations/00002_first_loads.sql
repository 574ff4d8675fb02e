-- +goose Up

-- Terms become a bag beside their index, as on PostgreSQL: what is written is
-- the exact difference, and an index can be put off while a first load goes on.
CREATE TABLE term_bag (
    tenant INTEGER NOT NULL,
    space  INTEGER NOT NULL,
    key    BLOB    NOT NULL,
    id     BLOB    NOT NULL
) STRICT;
INSERT INTO term_bag (tenant, space, key, id) SELECT tenant, space, key, id FROM term;
DROP TABLE term;
ALTER TABLE term_bag RENAME TO term;
CREATE INDEX term_key ON term (tenant, space, key, id);

-- How many rows of a term a first load has taken away again: while there is no
-- index to find them by, they are only counted.
CREATE TABLE term_gone (
    tenant INTEGER NOT NULL,
    space  INTEGER NOT NULL,
    key    BLOB    NOT NULL,
    id     BLOB    NOT NULL,
    rows   INTEGER NOT NULL,
    PRIMARY KEY (tenant, space, key, id)
) STRICT, WITHOUT ROWID;
