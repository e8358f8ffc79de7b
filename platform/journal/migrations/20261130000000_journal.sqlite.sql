-- +goose Up

-- As in the PostgreSQL twin of this file, where the tables are explained. INTEGER PRIMARY KEY is the row's own address.
CREATE TABLE journal_staging (
    seq      INTEGER PRIMARY KEY,
    resource TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    record   BYTEA  NOT NULL,
    entries  BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE journal_entries (
    position INTEGER PRIMARY KEY,
    resource TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    record   BYTEA  NOT NULL,
    UNIQUE (resource, revision)
);

CREATE TABLE journal_hashes (
    id     INTEGER PRIMARY KEY,
    hashes BYTEA NOT NULL
);

CREATE TABLE journal_checkpoints (
    size    INTEGER PRIMARY KEY,
    root    BYTEA  NOT NULL,
    time_us BIGINT NOT NULL,
    note    TEXT   NOT NULL
);

CREATE TABLE journal_head (
    one  BOOLEAN PRIMARY KEY CHECK (one),
    size BIGINT NOT NULL,
    root BYTEA  NOT NULL
);

CREATE TABLE journal_requests (
    subject    TEXT   NOT NULL,
    request_id TEXT   NOT NULL,
    digest     BYTEA  NOT NULL,
    time_us    BIGINT NOT NULL,
    entries    TEXT   NOT NULL,
    PRIMARY KEY (subject, request_id)
) WITHOUT ROWID;
CREATE INDEX journal_requests_time ON journal_requests (time_us);
