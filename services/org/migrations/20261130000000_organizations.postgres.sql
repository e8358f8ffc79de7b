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
    state        BIGINT NOT NULL,
    display_name_grams TEXT NOT NULL
);
CREATE INDEX organizations_by_area ON organizations (area, name);
CREATE INDEX organizations_by_display_name_grams ON organizations USING gin (string_to_array(display_name_grams, ' '));
