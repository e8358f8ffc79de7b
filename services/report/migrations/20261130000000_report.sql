-- +goose Up

-- Statements, stored by package resource.
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

-- The last applied position of each journal, and the signed checkpoint that covers it.
CREATE TABLE cursors (
  log TEXT PRIMARY KEY,
  position BIGINT NOT NULL,
  checkpoint TEXT NOT NULL,
  places BIGINT NOT NULL, -- the position in the village log of the last succession that the facts follow; equal in all rows
  build BIGINT NOT NULL   -- the live build, which is read and kept current; equal in all rows
);
INSERT INTO cursors (log, position, checkpoint, places, build) VALUES ('org', 0, '', 0, 1), ('village', 0, '', 0, 1), ('action', 0, '', 0, 1);

-- Each row of tallies, cells, members and reaches belongs to a build. A build with a greater id than the live one is being
-- filled and replaces it; the rows of one with a smaller id are being deleted.
CREATE TABLE builds (
  id BIGINT PRIMARY KEY,
  attempt BIGINT NOT NULL,    -- grows with each process that works on it; writes of an earlier attempt fail
  renewed_us BIGINT NOT NULL, -- when the process of the attempt last said that it is alive; 0 if none works on it
  facts BIGINT NOT NULL,      -- the number of facts from which it is filled; 0 until they are counted
  filled BIGINT NOT NULL      -- how many of them it contains
);
INSERT INTO builds (id, attempt, renewed_us, facts, filled) VALUES (1, 0, 0, 0, 0);

-- A single row that every applied batch advances. shape is the version of the code that built the rollups.
CREATE TABLE generations (
  one BIGINT PRIMARY KEY CHECK (one = 1),
  generation BIGINT NOT NULL,
  time_us BIGINT NOT NULL,
  shape BIGINT NOT NULL
);
INSERT INTO generations (one, generation, time_us, shape) VALUES (1, 0, 0, 0);

-- The history of generations and cursors: for each generation, when it was written, and the log that it advanced. log is
-- empty for a rebuild.
CREATE TABLE moments (
  generation BIGINT PRIMARY KEY,
  time_us BIGINT NOT NULL,
  log TEXT NOT NULL,
  position BIGINT NOT NULL,
  checkpoint TEXT NOT NULL
);
CREATE INDEX moments_by_time ON moments (time_us, generation);
CREATE INDEX moments_by_position ON moments (log, position);

-- Copies of resources of other services, with only the columns that figures need.
-- Campaigns and successions have a row for each revision that was applied, valid like a fact from since up to until.
CREATE TABLE campaigns (
  name TEXT NOT NULL,
  revision BIGINT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  body BYTEA NOT NULL,
  PRIMARY KEY (name, revision)
);
CREATE TABLE divisions (
  name TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  code BIGINT NOT NULL, -- without trailing zeros: 43, 4331, 433124
  display_name TEXT NOT NULL,
  display_name_en TEXT NOT NULL
);
CREATE TABLE successions (
  name TEXT NOT NULL,
  revision BIGINT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  predecessor TEXT NOT NULL, -- without trailing zeros, like the successor
  successor TEXT NOT NULL,
  digits_kept BIGINT NOT NULL, -- 1: the divisions within it kept their lower digits
  withdrawn BIGINT NOT NULL,   -- 1: it is not followed
  PRIMARY KEY (name, revision)
);
-- Facts, from which figures are computed: a row for each revision of each fact of a resource. It is valid from the entry at
-- position since up to the entry at position until in the log of its source. An until of 9223372036854775807 is open.
CREATE TABLE facts (
  name TEXT NOT NULL, -- name of the resource
  revision BIGINT NOT NULL,
  part BIGINT NOT NULL, -- the index of the fact among the facts of the resource
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  class BIGINT NOT NULL,
  stages BIGINT NOT NULL, -- the sum of the bits of the stages that it has reached; 0 counts nowhere
  place BIGINT NOT NULL,  -- 12 digits; 0 is nowhere
  day BIGINT NOT NULL,      -- YYYYMMDD
  last_day BIGINT NOT NULL, -- YYYYMMDD, the first day on which it no longer holds; 0 for a fact of a single day
  n BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  fen BIGINT NOT NULL,
  organization TEXT NOT NULL, -- a USCC, or empty
  home BIGINT NOT NULL,    -- the place that took over the place by the successions of divisions, or the place itself
  village BIGINT NOT NULL, -- home if it is a village, otherwise the place if that is a village, otherwise 0
  PRIMARY KEY (name, revision, part)
);
CREATE INDEX facts_by_class ON facts (class, since);
CREATE INDEX facts_by_place ON facts (class, place);
CREATE INDEX facts_by_organization ON facts (organization, class, since);
CREATE INDEX facts_moved ON facts (class) WHERE home <> place;

-- Members of facts in dimensions without a column in facts.
CREATE TABLE fact_members (
  name TEXT NOT NULL,
  revision BIGINT NOT NULL,
  part BIGINT NOT NULL,
  dimension TEXT NOT NULL,
  member TEXT NOT NULL,
  PRIMARY KEY (name, revision, part, dimension, member)
);

-- The properties by which formulas select facts. The id is a hash of the other columns.
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

-- The stored distinct counts, with the classes that each of them counts together, in a stage and a dimension.
CREATE TABLE tallies (
  build BIGINT NOT NULL,
  id BIGINT NOT NULL,
  class BIGINT NOT NULL,
  slice TEXT NOT NULL,
  stage BIGINT NOT NULL,
  dimension TEXT NOT NULL,
  finest BIGINT NOT NULL, -- the tally of the first slice from which it is derived
  PRIMARY KEY (build, id, class)
);
-- With these indexes, joins are fast even if the engine's statistics of the table are outdated.
CREATE INDEX tallies_by_class ON tallies (build, class, dimension, slice);
CREATE UNIQUE INDEX tallies_by_finest ON tallies (build, finest, slice);

-- Sums. place is 0 (everywhere) or a code of 2, 4, 6 or 9 digits; month is YYYYMM.
CREATE TABLE cells (
  build BIGINT NOT NULL,
  class BIGINT NOT NULL,
  stage BIGINT NOT NULL,
  place BIGINT NOT NULL,
  month BIGINT NOT NULL,
  n BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  fen BIGINT NOT NULL,
  PRIMARY KEY (build, class, stage, place, month)
);

-- How often a tally contains a member at a place: n counts facts in the first slice and level, and elsewhere the rows one
-- step below.
CREATE TABLE members (
  build BIGINT NOT NULL,
  tally BIGINT NOT NULL,
  place BIGINT NOT NULL,
  member TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (build, tally, place, member)
);

-- The numbers of different members.
CREATE TABLE reaches (
  build BIGINT NOT NULL,
  tally BIGINT NOT NULL,
  place BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (build, tally, place)
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
DROP TABLE moments;
DROP TABLE generations;
DROP TABLE builds;
DROP TABLE cursors;
DROP TABLE statements;
