-- +goose Up

-- As in the PostgreSQL twin of this file: rows of journal_hashes hold runs of hashes. There is nothing to change.
SELECT 1;
