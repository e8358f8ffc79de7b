-- +goose Up
CREATE TABLE organizations (
    id           INTEGER PRIMARY KEY, -- the rowid, which VACUUM keeps only if it has a name
    name         TEXT NOT NULL UNIQUE,
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
CREATE VIRTUAL TABLE organizations_display_name_grams USING fts5(
    display_name_grams, content = 'organizations', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 0');
-- +goose StatementBegin
CREATE TRIGGER organizations_found_from_insert AFTER INSERT ON organizations BEGIN
    INSERT INTO organizations_display_name_grams (rowid, display_name_grams) VALUES (new.id, new.display_name_grams);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER organizations_found_until_delete AFTER DELETE ON organizations BEGIN
    INSERT INTO organizations_display_name_grams (organizations_display_name_grams, rowid, display_name_grams)
    VALUES ('delete', old.id, old.display_name_grams);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER organizations_found_after_update AFTER UPDATE OF display_name_grams ON organizations
WHEN old.display_name_grams <> new.display_name_grams BEGIN
    INSERT INTO organizations_display_name_grams (organizations_display_name_grams, rowid, display_name_grams)
    VALUES ('delete', old.id, old.display_name_grams);
    INSERT INTO organizations_display_name_grams (rowid, display_name_grams) VALUES (new.id, new.display_name_grams);
END;
-- +goose StatementEnd
