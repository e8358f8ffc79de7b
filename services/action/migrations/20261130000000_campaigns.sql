-- +goose Up
CREATE TABLE campaigns (
    name         TEXT PRIMARY KEY,
    revision     BIGINT NOT NULL,
    create_us    BIGINT NOT NULL,
    update_us    BIGINT NOT NULL,
    body         BYTEA NOT NULL,
    personal     BYTEA,
    mac          BYTEA NOT NULL,
    display_name TEXT NOT NULL,
    scope        TEXT NOT NULL,
    start_date   BIGINT NOT NULL
);

CREATE TABLE deliveries (
    name          TEXT PRIMARY KEY,
    revision      BIGINT NOT NULL,
    create_us     BIGINT NOT NULL,
    update_us     BIGINT NOT NULL,
    body          BYTEA NOT NULL,
    personal      BYTEA,
    mac           BYTEA NOT NULL,
    campaign      TEXT NOT NULL,
    action        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    organization  TEXT NOT NULL,
    uscc          TEXT NOT NULL,
    village       TEXT NOT NULL,
    area          TEXT NOT NULL,
    delivery_date BIGINT NOT NULL,
    measure       BIGINT NOT NULL,
    state         BIGINT NOT NULL,
    likeness      TEXT NOT NULL
);
-- Among likely duplicates, only the first row has a plain likeness. A second row is written only after a question.
CREATE UNIQUE INDEX deliveries_by_likeness ON deliveries (likeness) WHERE likeness <> '';
-- One index for each way in which callers are limited: by area and by organization. Every index makes recording slower, so
-- there are no others; the report service serves the other frequent queries.
CREATE INDEX deliveries_by_area ON deliveries (area, name);
CREATE INDEX deliveries_by_uscc ON deliveries (uscc, name);
