-- +goose Up

-- A row of staging may hold several entries of one write; resource and revision are those of the first. record then has
-- each record after its length (as in protobuf), and with one entry the record itself, as before.
ALTER TABLE journal_staging ADD COLUMN entries BIGINT NOT NULL DEFAULT 1;

-- A row holds the hashes of a run of places that begins with id; a row from before is a run of one. The new name stops
-- numbering by programs that know neither.
ALTER TABLE journal_hashes RENAME COLUMN hash TO hashes;

-- Old request ids are deleted every hour, by time, in the order in which they came. A block range index finds them then
-- and costs a write next to nothing. entries now names the first entry and the number of those that follow it:
-- {"0": [resource, revision], "following": n}.
DROP INDEX journal_requests_time;
CREATE INDEX journal_requests_time ON journal_requests USING brin (time_us);
