-- +goose Up
CREATE TABLE divisions (
    name         TEXT PRIMARY KEY,
    revision     BIGINT NOT NULL,
    create_us    BIGINT NOT NULL,
    update_us    BIGINT NOT NULL,
    body         BYTEA NOT NULL,
    personal     BYTEA,
    mac          BYTEA NOT NULL,
    code         TEXT NOT NULL,
    display_name TEXT NOT NULL,
    level        BIGINT NOT NULL,
    parent       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    edition      TEXT NOT NULL,
    retired      BOOLEAN NOT NULL
);
-- Every index makes the import of an edition slower. A division has few children, which are sorted when they are listed;
-- without the name in the index, each parent is stored once. A lookup by display name reads the few hundred divisions of
-- one county, which are adjacent in the index of names.
CREATE INDEX divisions_by_parent ON divisions (parent);

CREATE TABLE successions (
    name           TEXT PRIMARY KEY,
    revision       BIGINT NOT NULL,
    create_us      BIGINT NOT NULL,
    update_us      BIGINT NOT NULL,
    body           BYTEA NOT NULL,
    personal       BYTEA,
    mac            BYTEA NOT NULL,
    area           TEXT NOT NULL,
    predecessor    TEXT NOT NULL,
    successor      TEXT NOT NULL,
    kind           BIGINT NOT NULL,
    effective_date BIGINT NOT NULL,
    withdrawn      BOOLEAN NOT NULL
);

CREATE TABLE villages (
    name         TEXT PRIMARY KEY,
    revision     BIGINT NOT NULL,
    create_us    BIGINT NOT NULL,
    update_us    BIGINT NOT NULL,
    body         BYTEA NOT NULL,
    personal     BYTEA,
    mac          BYTEA NOT NULL,
    code         TEXT NOT NULL,
    display_name TEXT NOT NULL,
    deeply_poor  BOOLEAN NOT NULL,
    example      BOOLEAN NOT NULL
);
CREATE INDEX villages_by_code ON villages (code, name);

CREATE TABLE scopes (
    name         TEXT PRIMARY KEY,
    revision     BIGINT NOT NULL,
    create_us    BIGINT NOT NULL,
    update_us    BIGINT NOT NULL,
    body         BYTEA NOT NULL,
    personal     BYTEA,
    mac          BYTEA NOT NULL,
    display_name TEXT NOT NULL
);

CREATE TABLE needs (
    name         TEXT PRIMARY KEY,
    revision     BIGINT NOT NULL,
    create_us    BIGINT NOT NULL,
    update_us    BIGINT NOT NULL,
    body         BYTEA NOT NULL,
    personal     BYTEA,
    mac          BYTEA NOT NULL,
    village      TEXT NOT NULL,
    area         TEXT NOT NULL,
    category     TEXT NOT NULL,
    quantity     BIGINT NOT NULL,
    unit         TEXT NOT NULL,
    survey_date  BIGINT NOT NULL,
    state        BIGINT NOT NULL,
    likeness     TEXT NOT NULL
);
-- Among likely duplicates, only the first row has a plain likeness. A second row is written only after a question.
CREATE UNIQUE INDEX needs_by_likeness ON needs (likeness) WHERE likeness <> '';
CREATE INDEX needs_by_area ON needs (area, name);
CREATE INDEX needs_by_category ON needs (category, name);
