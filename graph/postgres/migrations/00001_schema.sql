-- +goose Up

-- Some indexes have a condition that every row meets. A statement can use them
-- only if it says the condition too, so the planner cannot take them for another
-- index with the same first columns, however little it knows of the tables.

-- A tenant's row holds its published revision; every writer locks it first.
-- loading: 0 no, 1 a first load has begun, 2 and has written something.
CREATE TABLE tenant (
    tenant smallint PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE,
    revision integer NOT NULL,
    loading smallint NOT NULL
);

-- The transaction log.
CREATE TABLE revision (
    tenant smallint NOT NULL,
    revision integer NOT NULL,
    at bigint NOT NULL,
    delivery uuid,
    actor text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, revision)
);

CREATE TABLE source (
    tenant smallint NOT NULL,
    source smallint NOT NULL,
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, source),
    UNIQUE (tenant, name)
);

CREATE TABLE part (
    tenant smallint NOT NULL,
    part smallint NOT NULL,
    source smallint NOT NULL,
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, part),
    UNIQUE (tenant, source, name)
);

-- The present state of each record. golden is NULL where it is the record's own id.
CREATE TABLE head (
    tenant smallint NOT NULL,
    source smallint NOT NULL,
    kind smallint NOT NULL,
    part smallint NOT NULL,
    live smallint NOT NULL,
    revision integer NOT NULL,
    stamp bigint NOT NULL,
    id uuid NOT NULL,
    content uuid,
    item uuid,
    golden uuid,
    local_id text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX head_key ON head (tenant, source, kind, local_id);
CREATE UNIQUE INDEX head_id ON head (tenant, id);
CREATE INDEX head_item ON head (tenant, item) WHERE live = 1 AND item IS NOT NULL;
CREATE INDEX head_golden ON head (tenant, golden) WHERE golden IS NOT NULL;

-- Every version of each record, appended only. doc is NULL for a retraction.
CREATE TABLE record_version (
    tenant smallint NOT NULL,
    revision integer NOT NULL,
    stamp bigint NOT NULL,
    id uuid NOT NULL,
    delivery uuid,
    doc bytea
);
CREATE UNIQUE INDEX record_version_id ON record_version (tenant, id, revision);

CREATE TABLE membership (
    tenant smallint NOT NULL,
    revision integer NOT NULL,
    record uuid NOT NULL,
    golden uuid NOT NULL,
    PRIMARY KEY (tenant, record, revision)
);

-- The present golden records. disclosure is a rank (5: unclassified); state is 4
-- more than it is for a row that a rebuild under way has out of sight.
CREATE TABLE golden (
    tenant smallint NOT NULL,
    kind smallint NOT NULL,
    disclosure smallint NOT NULL,
    state smallint NOT NULL,
    revision integer NOT NULL,
    id uuid NOT NULL,
    redirect bytea NOT NULL,
    sort bytea NOT NULL,
    doc bytea NOT NULL,
    evidence bytea NOT NULL
);
CREATE UNIQUE INDEX golden_id ON golden (tenant, id);
CREATE INDEX golden_revision ON golden (tenant, revision, id) WHERE revision >= 0;
CREATE INDEX golden_kind ON golden (tenant, kind, disclosure, id) WHERE state = 1 AND disclosure >= 0;
CREATE INDEX golden_sort ON golden (tenant, kind, disclosure, sort, id) WHERE state = 1 AND kind >= 0;

-- Golden records as they were from revision on and before until.
CREATE TABLE golden_past (
    tenant smallint NOT NULL,
    kind smallint NOT NULL,
    disclosure smallint NOT NULL,
    state smallint NOT NULL,
    revision integer NOT NULL,
    until integer NOT NULL,
    id uuid NOT NULL,
    redirect bytea NOT NULL,
    sort bytea NOT NULL,
    doc bytea NOT NULL,
    evidence bytea NOT NULL
);
CREATE UNIQUE INDEX golden_past_id ON golden_past (tenant, id, revision);
CREATE INDEX golden_past_revision ON golden_past (tenant, revision, id) WHERE revision >= 0;
CREATE INDEX golden_past_kind ON golden_past (tenant, kind, disclosure, id) WHERE state = 1 AND disclosure >= 0;
CREATE INDEX golden_past_sort ON golden_past (tenant, kind, disclosure, sort, id) WHERE state = 1 AND kind >= 0;

-- Terms, links and matching keys are bags without a unique key, which would
-- double their size: what is written is the exact difference, and reading drops
-- what is there twice.
CREATE TABLE term (
    tenant smallint NOT NULL,
    space smallint NOT NULL,
    key bytea NOT NULL,
    id uuid NOT NULL
);
CREATE INDEX term_key ON term (tenant, space, key, id);

-- Links by their target; the forward direction is in the origin's document.
-- period is two dates packed in 64 bits.
CREATE TABLE link (
    period bigint NOT NULL,
    tenant smallint NOT NULL,
    property smallint NOT NULL,
    target uuid NOT NULL,
    origin uuid NOT NULL,
    role text COLLATE "C" NOT NULL
);
CREATE INDEX link_target ON link (tenant, target, property);

CREATE TABLE matchkey (
    key bigint NOT NULL,
    tenant smallint NOT NULL,
    record uuid NOT NULL
);
CREATE INDEX matchkey_key ON matchkey (tenant, key);

CREATE TABLE dangling (
    key bigint NOT NULL,
    tenant smallint NOT NULL,
    property smallint NOT NULL,
    record uuid NOT NULL,
    PRIMARY KEY (tenant, key, record, property)
);
CREATE INDEX dangling_record ON dangling (tenant, record, property, key);

CREATE TABLE sealed (
    tenant smallint NOT NULL,
    ref uuid NOT NULL,
    hash uuid NOT NULL,
    key_id bigint NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (tenant, ref)
);

CREATE TABLE decision (
    tenant smallint NOT NULL,
    id uuid NOT NULL,
    a uuid NOT NULL,
    b uuid NOT NULL,
    verdict smallint NOT NULL,
    revision integer NOT NULL,
    at bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX decision_a ON decision (tenant, a);
CREATE INDEX decision_b ON decision (tenant, b);

CREATE TABLE conflict (
    tenant smallint NOT NULL,
    id uuid NOT NULL,
    revision integer NOT NULL,
    code text COLLATE "C" NOT NULL,
    records bytea NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE conflict_record (
    tenant smallint NOT NULL,
    record uuid NOT NULL,
    conflict uuid NOT NULL,
    PRIMARY KEY (tenant, record, conflict)
);
CREATE INDEX conflict_record_conflict ON conflict_record (tenant, conflict);

CREATE TABLE quarantine (
    tenant smallint NOT NULL,
    item uuid NOT NULL,
    delivery uuid,
    key_id bigint NOT NULL,
    at bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    body bytea NOT NULL
);
CREATE UNIQUE INDEX quarantine_item ON quarantine (tenant, item);

CREATE TABLE delivery (
    tenant smallint NOT NULL,
    id uuid NOT NULL,
    stamp bigint NOT NULL,
    started bigint NOT NULL,
    ended bigint NOT NULL,
    items bigint NOT NULL,
    unchanged bigint NOT NULL,
    records bigint NOT NULL,
    added bigint NOT NULL,
    changed bigint NOT NULL,
    retracted bigint NOT NULL,
    stale bigint NOT NULL,
    quarantined bigint NOT NULL,
    issues bigint NOT NULL,
    dropped bigint NOT NULL,
    bytes bigint NOT NULL,
    is_full smallint NOT NULL,
    source text COLLATE "C" NOT NULL,
    part text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    message text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX delivery_started ON delivery (tenant, started, id);
CREATE INDEX delivery_source ON delivery (tenant, source, started, id);

CREATE TABLE artifact (
    tenant smallint NOT NULL,
    revision integer NOT NULL,
    hash uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant, name, revision)
);
