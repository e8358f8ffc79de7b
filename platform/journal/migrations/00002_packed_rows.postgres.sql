-- +goose Up

-- A row of staging may hold several entries of one write; resource and revision are the first one's. record is then each
-- record behind its length (as protobuf has it), and with one entry the record itself, as before.
ALTER TABLE journal_staging ADD COLUMN entries BIGINT NOT NULL DEFAULT 1;

-- A row holds the hashes of a run of places from id on; a row of before is a run of one. The new name keeps the numbering of
-- programs out that know neither.
ALTER TABLE journal_hashes RENAME COLUMN hash TO hashes;

-- Old request ids are forgotten by the hour, by time in the order in which they came. A block range index finds them then
-- and costs a write next to nothing. entries now names the first entry and says how many follow it:
-- {"0": [resource, revision], "following": n}.
DROP INDEX journal_requests_time;
CREATE INDEX journal_requests_time ON journal_requests USING brin (time_us);
