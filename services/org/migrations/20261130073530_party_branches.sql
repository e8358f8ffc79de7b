-- +goose Up
CREATE TABLE party_branches (
    name         TEXT PRIMARY KEY,
    revision     BIGINT NOT NULL,
    create_us    BIGINT NOT NULL,
    update_us    BIGINT NOT NULL,
    body         BYTEA NOT NULL,
    personal     BYTEA,
    mac          BYTEA NOT NULL,
    parent       TEXT NOT NULL,
    display_name TEXT NOT NULL
);
CREATE INDEX party_branches_by_parent ON party_branches (parent, name);
