-- +goose Up
CREATE TABLE organizations (
    name         TEXT PRIMARY KEY,
    revision     BIGINT NOT NULL,
    create_us    BIGINT NOT NULL,
    update_us    BIGINT NOT NULL,
    body         BYTEA NOT NULL,
    personal     BYTEA,
    mac          BYTEA NOT NULL,
    uscc         TEXT NOT NULL,
    display_name TEXT NOT NULL,
    type         BIGINT NOT NULL,
    level        BIGINT NOT NULL,
    division     TEXT NOT NULL,
    area         TEXT NOT NULL,
    state        BIGINT NOT NULL
);
CREATE INDEX organizations_by_area ON organizations (area, name);
