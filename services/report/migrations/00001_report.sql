-- +goose Up

-- Statements, kept by package resource.
CREATE TABLE statements (
  name TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  create_us BIGINT NOT NULL,
  update_us BIGINT NOT NULL,
  body BYTEA NOT NULL,
  personal BYTEA,
  mac      BYTEA NOT NULL,
  campaign TEXT NOT NULL,
  indicator TEXT NOT NULL,
  value BIGINT NOT NULL,
  qualifier BIGINT NOT NULL,
  as_of BIGINT NOT NULL,
  completeness BIGINT NOT NULL
);
CREATE INDEX statements_by_indicator ON statements (campaign, indicator, as_of);

-- How far each journal was applied, and the signed checkpoint that covers that.
CREATE TABLE cursors (
  log TEXT PRIMARY KEY,
  position BIGINT NOT NULL,
  checkpoint TEXT NOT NULL
);
INSERT INTO cursors (log, position, checkpoint) VALUES ('org', 0, ''), ('village', 0, ''), ('action', 0, '');

-- The one row that every applied batch advances. shape says by which code the rollups were built.
CREATE TABLE generations (
  one BIGINT PRIMARY KEY CHECK (one = 1),
  generation BIGINT NOT NULL,
  time_us BIGINT NOT NULL,
  shape BIGINT NOT NULL
);
INSERT INTO generations (one, generation, time_us, shape) VALUES (1, 0, 0, 0);

-- Small copies of what other services own, as far as figures need it.
CREATE TABLE campaigns (
  name TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  body BYTEA NOT NULL
);
CREATE TABLE divisions (
  name TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  code BIGINT NOT NULL, -- without trailing zeros: 43, 4331, 433124
  display_name TEXT NOT NULL,
  display_name_en TEXT NOT NULL
);
CREATE TABLE successions (
  name TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  predecessor TEXT NOT NULL, -- without trailing zeros, as the successor
  successor TEXT NOT NULL,
  digits_kept BIGINT NOT NULL, -- 1: the divisions within kept their digits below the code
  withdrawn BIGINT NOT NULL    -- 1: it does not count
);
-- What campaigns are measured by: a row for each revision of each fact that a resource gives. It holds from the entry at
-- since to the one at until, in the log of its source; an until of 9223372036854775807 is open.
CREATE TABLE facts (
  name TEXT NOT NULL, -- of the resource
  revision BIGINT NOT NULL,
  part BIGINT NOT NULL, -- 0, or which of the resource's facts it is
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  class BIGINT NOT NULL,
  stages BIGINT NOT NULL, -- the sum of the bits of those that it has reached; 0 counts nowhere
  place BIGINT NOT NULL,  -- 12 digits; 0 is nowhere
  day BIGINT NOT NULL,      -- YYYYMMDD
  last_day BIGINT NOT NULL, -- YYYYMMDD, the first day on which it no longer holds; 0 for what happens on one day
  n BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  fen BIGINT NOT NULL,
  organization TEXT NOT NULL, -- a USCC, or empty
  PRIMARY KEY (name, revision, part)
);
CREATE INDEX facts_by_class ON facts (class, since);
CREATE INDEX facts_by_organization ON facts (organization, class, since);

-- Members of facts in dimensions that facts have no column for.
CREATE TABLE fact_members (
  name TEXT NOT NULL,
  revision BIGINT NOT NULL,
  part BIGINT NOT NULL,
  dimension TEXT NOT NULL,
  member TEXT NOT NULL,
  PRIMARY KEY (name, revision, part, dimension, member)
);

-- What facts that no figure tells apart have in common. The id is a hash of the other columns.
CREATE TABLE classes (
  id BIGINT PRIMARY KEY,
  source TEXT NOT NULL,
  parent TEXT NOT NULL,
  action TEXT NOT NULL,
  indicator TEXT NOT NULL,
  measure BIGINT NOT NULL,
  attributes TEXT NOT NULL
);
CREATE INDEX classes_by_parent ON classes (parent, source);

-- The distinct counts that are kept: which classes each of them counts together, in a stage and a dimension.
CREATE TABLE tallies (
  id BIGINT NOT NULL,
  class BIGINT NOT NULL,
  slice TEXT NOT NULL,
  stage BIGINT NOT NULL,
  dimension TEXT NOT NULL,
  finest BIGINT NOT NULL, -- the tally of the first slice that it is made of
  PRIMARY KEY (id, class)
);
-- Joins find their rows by these, whatever the engine knows of the table's size.
CREATE INDEX tallies_by_class ON tallies (class, dimension, slice);
CREATE UNIQUE INDEX tallies_by_finest ON tallies (finest, slice);

-- Additive sums. place is 0 (everywhere) or a code of 2, 4, 6 or 9 digits; month is YYYYMM.
CREATE TABLE cells (
  class BIGINT NOT NULL,
  stage BIGINT NOT NULL,
  place BIGINT NOT NULL,
  month BIGINT NOT NULL,
  n BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  fen BIGINT NOT NULL,
  PRIMARY KEY (class, stage, place, month)
);

-- How often a tally holds a member at a place: by facts in the first slice and level, above it by rows one step below.
CREATE TABLE members (
  tally BIGINT NOT NULL,
  place BIGINT NOT NULL,
  member TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (tally, place, member)
);

-- How many different members that makes.
CREATE TABLE reaches (
  tally BIGINT NOT NULL,
  place BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (tally, place)
);

-- +goose Down
DROP TABLE reaches;
DROP TABLE members;
DROP TABLE cells;
DROP TABLE tallies;
DROP TABLE classes;
DROP TABLE fact_members;
DROP TABLE facts;
DROP TABLE successions;
DROP TABLE divisions;
DROP TABLE campaigns;
DROP TABLE generations;
DROP TABLE cursors;
DROP TABLE statements;
