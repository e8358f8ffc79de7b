-- +goose Up

-- From here on a row of journal_hashes holds a run of hashes, from place id on; a row of before is a run of one. The table
-- is as it was: the version keeps programs away that know single hashes only.
--
-- Old request ids are forgotten by the hour, by time in the order in which they came. A block range index finds them then
-- and costs a write next to nothing.
DROP INDEX journal_requests_time;
CREATE INDEX journal_requests_time ON journal_requests USING brin (time_us);
