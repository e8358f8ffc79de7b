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
    display_name TEXT NOT NULL,
    member_count BIGINT NOT NULL,
    founding_date BIGINT NOT NULL,
    state        BIGINT NOT NULL,
    likeness     TEXT NOT NULL
);
-- Among likely duplicates, only the first row has a plain likeness. A second row is written only after a question.
CREATE UNIQUE INDEX party_branches_by_likeness ON party_branches (likeness) WHERE likeness <> '';
CREATE INDEX party_branches_by_parent ON party_branches (parent, name);
