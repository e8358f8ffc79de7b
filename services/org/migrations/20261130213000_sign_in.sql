-- +goose Up
CREATE TABLE invitations (
    name          TEXT PRIMARY KEY,
    revision      BIGINT NOT NULL,
    create_us     BIGINT NOT NULL,
    update_us     BIGINT NOT NULL,
    body          BYTEA NOT NULL,
    personal      BYTEA,
    mac           BYTEA NOT NULL,
    role          BIGINT NOT NULL,
    area          TEXT NOT NULL,
    organization  TEXT NOT NULL,
    home          TEXT NOT NULL,
    uscc          TEXT NOT NULL,
    invited_by    TEXT NOT NULL,
    expire_time   BIGINT NOT NULL,
    accept_time   BIGINT NOT NULL,
    withdraw_time BIGINT NOT NULL
);
CREATE INDEX invitations_by_home ON invitations (home, name);
CREATE INDEX invitations_by_uscc ON invitations (uscc, name);
CREATE TABLE sessions (
    name        TEXT PRIMARY KEY,
    revision    BIGINT NOT NULL,
    create_us   BIGINT NOT NULL,
    update_us   BIGINT NOT NULL,
    body        BYTEA NOT NULL,
    personal    BYTEA,
    mac         BYTEA NOT NULL,
    parent      TEXT NOT NULL,
    expire_time BIGINT NOT NULL,
    end_time    BIGINT NOT NULL
);
CREATE INDEX sessions_by_parent ON sessions (parent, name);
-- Revocations are read by time, every two seconds.
CREATE INDEX sessions_by_end_time ON sessions (end_time) WHERE end_time > 0;
CREATE INDEX accounts_by_update ON accounts (update_us);
CREATE INDEX grants_by_update ON grants (update_us);
-- Passwords are kept apart from accounts, so that the journal never has them.
CREATE TABLE passwords (
    account   TEXT PRIMARY KEY,
    hash      TEXT NOT NULL,
    change_us BIGINT NOT NULL
);
-- When a session was last used. It changes too often for the journal.
CREATE TABLE session_uses (
    session TEXT PRIMARY KEY,
    use_us  BIGINT NOT NULL
);
