-- +goose Up

-- A tenant's row holds its published revision; every writer locks it first.
-- loading: 0 no, 1 a first load has begun, 2 and has written something.
CREATE TABLE tenant (
    tenant   INTEGER PRIMARY KEY,
    code     TEXT    NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    loading  INTEGER NOT NULL
) STRICT;

-- The transaction log.
CREATE TABLE revision (
    tenant   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    delivery BLOB,
    actor    TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    PRIMARY KEY (tenant, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
    tenant INTEGER NOT NULL,
    source INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    PRIMARY KEY (tenant, source),
    UNIQUE (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE part (
    tenant INTEGER NOT NULL,
    part   INTEGER NOT NULL,
    source INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    PRIMARY KEY (tenant, part),
    UNIQUE (tenant, source, name)
) STRICT, WITHOUT ROWID;

-- The present state of each record. golden is NULL where it is the record's own id.
CREATE TABLE head (
    tenant   INTEGER NOT NULL,
    source   INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    part     INTEGER NOT NULL,
    live     INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    stamp    INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    content  BLOB,
    item     BLOB,
    golden   BLOB,
    local_id TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX head_key ON head (tenant, source, kind, local_id);
CREATE UNIQUE INDEX head_id ON head (tenant, id);
CREATE INDEX head_item ON head (tenant, item) WHERE live = 1 AND item IS NOT NULL;
CREATE INDEX head_golden ON head (tenant, golden) WHERE golden IS NOT NULL;

-- Every version of each record, appended only. doc is NULL for a retraction.
CREATE TABLE record_version (
    tenant   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    stamp    INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    delivery BLOB,
    doc      BLOB
) STRICT;
CREATE UNIQUE INDEX record_version_id ON record_version (tenant, id, revision);

CREATE TABLE membership (
    tenant   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    record   BLOB    NOT NULL,
    golden   BLOB    NOT NULL,
    PRIMARY KEY (tenant, record, revision)
) STRICT, WITHOUT ROWID;

-- The present golden records. disclosure is a rank (5: unclassified); state is 4
-- more than it is for a row that a rebuild under way has out of sight.
CREATE TABLE golden (
    tenant     INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    disclosure INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    id         BLOB    NOT NULL,
    redirect   BLOB    NOT NULL,
    sort       BLOB    NOT NULL,
    doc        BLOB    NOT NULL,
    evidence   BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX golden_id ON golden (tenant, id);
CREATE INDEX golden_revision ON golden (tenant, revision, id);
CREATE INDEX golden_kind ON golden (tenant, kind, disclosure, id) WHERE state = 1;
CREATE INDEX golden_sort ON golden (tenant, kind, disclosure, sort, id) WHERE state = 1;

-- Golden records as they were from revision on and before until.
CREATE TABLE golden_past (
    tenant     INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    disclosure INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    id         BLOB    NOT NULL,
    redirect   BLOB    NOT NULL,
    sort       BLOB    NOT NULL,
    doc        BLOB    NOT NULL,
    evidence   BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX golden_past_id ON golden_past (tenant, id, revision);
CREATE INDEX golden_past_revision ON golden_past (tenant, revision, id);
CREATE INDEX golden_past_kind ON golden_past (tenant, kind, disclosure, id) WHERE state = 1;
CREATE INDEX golden_past_sort ON golden_past (tenant, kind, disclosure, sort, id) WHERE state = 1;

CREATE TABLE term (
    tenant INTEGER NOT NULL,
    space  INTEGER NOT NULL,
    key    BLOB    NOT NULL,
    id     BLOB    NOT NULL,
    PRIMARY KEY (tenant, space, key, id)
) STRICT, WITHOUT ROWID;

-- Links by their target; the forward direction is in the origin's document.
-- period is two dates packed in 64 bits.
CREATE TABLE link (
    period   INTEGER NOT NULL,
    tenant   INTEGER NOT NULL,
    property INTEGER NOT NULL,
    target   BLOB    NOT NULL,
    origin   BLOB    NOT NULL,
    role     TEXT    NOT NULL,
    PRIMARY KEY (tenant, target, property, origin, role, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE matchkey (
    key    INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    record BLOB    NOT NULL,
    PRIMARY KEY (tenant, key, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE dangling (
    key      INTEGER NOT NULL,
    tenant   INTEGER NOT NULL,
    property INTEGER NOT NULL,
    record   BLOB    NOT NULL,
    PRIMARY KEY (tenant, key, record, property)
) STRICT, WITHOUT ROWID;
CREATE INDEX dangling_record ON dangling (tenant, record, property, key);

CREATE TABLE sealed (
    tenant INTEGER NOT NULL,
    ref    BLOB    NOT NULL,
    hash   BLOB    NOT NULL,
    key_id INTEGER NOT NULL,
    data   BLOB    NOT NULL,
    PRIMARY KEY (tenant, ref)
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
    tenant   INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    a        BLOB    NOT NULL,
    b        BLOB    NOT NULL,
    verdict  INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX decision_a ON decision (tenant, a);
CREATE INDEX decision_b ON decision (tenant, b);

CREATE TABLE conflict (
    tenant   INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    revision INTEGER NOT NULL,
    code     TEXT    NOT NULL,
    records  BLOB    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE conflict_record (
    tenant   INTEGER NOT NULL,
    record   BLOB    NOT NULL,
    conflict BLOB    NOT NULL,
    PRIMARY KEY (tenant, record, conflict)
) STRICT, WITHOUT ROWID;
CREATE INDEX conflict_record_conflict ON conflict_record (tenant, conflict);

CREATE TABLE quarantine (
    tenant   INTEGER NOT NULL,
    item     BLOB    NOT NULL,
    delivery BLOB,
    key_id   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    source   TEXT    NOT NULL,
    place    TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    body     BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX quarantine_item ON quarantine (tenant, item);

CREATE TABLE delivery (
    tenant      INTEGER NOT NULL,
    id          BLOB    NOT NULL,
    stamp       INTEGER NOT NULL,
    started     INTEGER NOT NULL,
    ended       INTEGER NOT NULL,
    items       INTEGER NOT NULL,
    unchanged   INTEGER NOT NULL,
    records     INTEGER NOT NULL,
    added       INTEGER NOT NULL,
    changed     INTEGER NOT NULL,
    retracted   INTEGER NOT NULL,
    stale       INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    issues      INTEGER NOT NULL,
    dropped     INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    is_full     INTEGER NOT NULL,
    source      TEXT    NOT NULL,
    part        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    message     TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_started ON delivery (tenant, started, id);
CREATE INDEX delivery_source ON delivery (tenant, source, started, id);

CREATE TABLE artifact (
    tenant   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    name     TEXT    NOT NULL,
    body     BLOB    NOT NULL,
    PRIMARY KEY (tenant, name, revision)
) STRICT, WITHOUT ROWID;
