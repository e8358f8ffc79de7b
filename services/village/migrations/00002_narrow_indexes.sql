-- +goose Up

-- The children of a division and the bearers of a name are few, and are put in order when they are listed. Without the
-- division's own name behind it a key that repeats is stored once, which makes an import of an edition a fifth faster.
DROP INDEX divisions_by_parent;
CREATE INDEX divisions_by_parent ON divisions (parent);
DROP INDEX divisions_by_display_name;
CREATE INDEX divisions_by_display_name ON divisions (display_name);
