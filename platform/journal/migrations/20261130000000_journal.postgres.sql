-- +goose Up

-- Entries of committed writes that are not numbered yet. A row with one entry holds its record; a row with several entries
-- of one write holds each record after its length, as in protobuf, and the resource and revision of the first. seq orders two writes of one resource as its row lock ordered
-- them, because a write stages after it has written its own row. It does not order commits, so it is no cursor for
-- readers.
CREATE TABLE journal_staging (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    resource TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    record   BYTEA  NOT NULL,
    entries  BIGINT NOT NULL DEFAULT 1
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

-- Nodes of the Merkle tree in the linear order of golang.org/x/mod/sumdb/tlog. A row holds the hashes of a run of places
-- that begins with id. Append-only.
CREATE TABLE journal_hashes (
    id     BIGINT PRIMARY KEY,
    hashes BYTEA  NOT NULL
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

-- What was written under a request id: entries is {"0": [resource, revision], "following": n}, the first entry and the
-- number of those that follow it.
CREATE TABLE journal_requests (
    subject    TEXT   NOT NULL,
    request_id TEXT   NOT NULL,
    digest     BYTEA  NOT NULL,
    time_us    BIGINT NOT NULL,
    entries    JSON   NOT NULL,
    PRIMARY KEY (subject, request_id)
);
-- Old request ids are deleted by time, every hour, in the order of their insertion. A block range index finds them and
-- costs a write almost nothing.
CREATE INDEX journal_requests_time ON journal_requests USING brin (time_us);
