-- +goose Up

-- As in the PostgreSQL twin of this file, where the changes are explained.
ALTER TABLE journal_staging ADD COLUMN entries BIGINT NOT NULL DEFAULT 1;
ALTER TABLE journal_hashes RENAME COLUMN hash TO hashes;
