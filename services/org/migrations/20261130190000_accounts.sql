-- +goose Up
CREATE TABLE accounts (
    name         TEXT PRIMARY KEY,
    revision     BIGINT NOT NULL,
    create_us    BIGINT NOT NULL,
    update_us    BIGINT NOT NULL,
    body         BYTEA NOT NULL,
    personal     BYTEA,
    mac          BYTEA NOT NULL,
    sign_in_name TEXT NOT NULL,
    area         TEXT NOT NULL,
    organization TEXT NOT NULL,
    uscc         TEXT NOT NULL,
    power        BIGINT NOT NULL,
    state        BIGINT NOT NULL,
    sign_in_key  TEXT NOT NULL
);
-- A sign-in name belongs to one account. Accounts without one are not restricted.
CREATE UNIQUE INDEX accounts_by_sign_in_key ON accounts (sign_in_key) WHERE sign_in_key <> '';
CREATE INDEX accounts_by_area ON accounts (area, name);
CREATE INDEX accounts_by_uscc ON accounts (uscc, name);
CREATE TABLE grants (
    name         TEXT PRIMARY KEY,
    revision     BIGINT NOT NULL,
    create_us    BIGINT NOT NULL,
    update_us    BIGINT NOT NULL,
    body         BYTEA NOT NULL,
    personal     BYTEA,
    mac          BYTEA NOT NULL,
    parent       TEXT NOT NULL,
    role         BIGINT NOT NULL,
    area         TEXT NOT NULL,
    organization TEXT NOT NULL,
    valid_from   BIGINT NOT NULL,
    valid_to     BIGINT NOT NULL,
    state        BIGINT NOT NULL
);
CREATE INDEX grants_by_parent ON grants (parent, name);
