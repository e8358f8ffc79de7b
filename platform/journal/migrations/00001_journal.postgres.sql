-- +goose Up

-- Entries of committed writes that are not numbered yet. seq orders two writes of one resource as its row lock ordered
-- them, because a write stages after it has written its own row. It does not order commits, so it is no cursor for
-- readers.
CREATE TABLE journal_staging (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    resource TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    record   BYTEA  NOT NULL
) WITH (
    -- A queue: every row is deleted soon, and numbering reads it from the end with the deleted rows.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000
);

-- The log. record is what was hashed, byte for byte. Append-only.
CREATE TABLE journal_entries (
    position BIGINT PRIMARY KEY,
    resource TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    record   BYTEA  NOT NULL,
    UNIQUE (resource, revision)
);

-- Nodes of the Merkle tree in the linear order of golang.org/x/mod/sumdb/tlog. Append-only.
CREATE TABLE journal_hashes (
    id   BIGINT PRIMARY KEY,
    hash BYTEA  NOT NULL
);

-- One checkpoint for each batch, and one for the empty log. Append-only.
CREATE TABLE journal_checkpoints (
    size    BIGINT PRIMARY KEY,
    root    BYTEA  NOT NULL,
    time_us BIGINT NOT NULL,
    note    TEXT   NOT NULL
);

-- Size and root of the log: one row. The process that holds its lock numbers.
CREATE TABLE journal_head (
    one  BOOLEAN PRIMARY KEY CHECK (one),
    size BIGINT NOT NULL,
    root BYTEA  NOT NULL
) WITH (fillfactor = 10);

-- What was written under a request id: entries is {"0": [resource, revision], "1": …}.
CREATE TABLE journal_requests (
    subject    TEXT   NOT NULL,
    request_id TEXT   NOT NULL,
    digest     BYTEA  NOT NULL,
    time_us    BIGINT NOT NULL,
    entries    JSON   NOT NULL,
    PRIMARY KEY (subject, request_id)
);
CREATE INDEX journal_requests_time ON journal_requests (time_us);
