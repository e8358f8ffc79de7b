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
CREATE TABLE scopes (
  name TEXT PRIMARY KEY,
  revision BIGINT NOT NULL
);
CREATE TABLE scope_members (
  scope TEXT NOT NULL,
  village BIGINT NOT NULL,
  valid_from BIGINT NOT NULL, -- YYYYMMDD
  valid_to BIGINT NOT NULL,   -- YYYYMMDD, the first day after; 99999999 while it lasts
  PRIMARY KEY (scope, village, valid_from)
);

-- One row per delivery, void ones too, as its newest entry states it.
CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  position BIGINT NOT NULL, -- of that entry in logs/action
  campaign TEXT NOT NULL,
  action TEXT NOT NULL,
  indicator TEXT NOT NULL,
  organization TEXT NOT NULL,
  village BIGINT NOT NULL,
  day BIGINT NOT NULL, -- YYYYMMDD
  quantity BIGINT NOT NULL,
  measure BIGINT NOT NULL,
  fen BIGINT NOT NULL,
  state BIGINT NOT NULL
);
CREATE INDEX facts_by_campaign ON facts (campaign, position);
CREATE INDEX facts_by_indicator ON facts (campaign, indicator, position);
CREATE INDEX facts_by_organization ON facts (campaign, organization, position);

-- Additive sums. division is 0 (everywhere) or a code of 2, 4, 6 or 9 digits; month is YYYYMM.
CREATE TABLE cells (
  campaign TEXT NOT NULL,
  division BIGINT NOT NULL,
  month BIGINT NOT NULL,
  action TEXT NOT NULL,
  indicator TEXT NOT NULL,
  measure BIGINT NOT NULL,
  n BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  fen BIGINT NOT NULL,
  confirmed_n BIGINT NOT NULL,
  confirmed_quantity BIGINT NOT NULL,
  confirmed_fen BIGINT NOT NULL,
  PRIMARY KEY (campaign, division, month, action, indicator, measure)
);

-- Who stands behind a slice in a division: member is an organization or a village. In the finest slice of a county n counts
-- deliveries; in wider ones, and in wider divisions, what holds the member one step down.
CREATE TABLE members (
  campaign TEXT NOT NULL,
  slice TEXT NOT NULL,
  division BIGINT NOT NULL,
  member TEXT NOT NULL,
  n BIGINT NOT NULL,
  confirmed_n BIGINT NOT NULL,
  PRIMARY KEY (campaign, slice, division, member)
);

-- How many different organizations and villages that makes.
CREATE TABLE reaches (
  campaign TEXT NOT NULL,
  slice TEXT NOT NULL,
  division BIGINT NOT NULL,
  organizations BIGINT NOT NULL,
  villages BIGINT NOT NULL,
  confirmed_organizations BIGINT NOT NULL,
  confirmed_villages BIGINT NOT NULL,
  PRIMARY KEY (campaign, slice, division)
);

-- +goose Down
DROP TABLE reaches;
DROP TABLE members;
DROP TABLE cells;
DROP TABLE facts;
DROP TABLE scope_members;
DROP TABLE scopes;
DROP TABLE successions;
DROP TABLE divisions;
DROP TABLE campaigns;
DROP TABLE generations;
DROP TABLE cursors;
DROP TABLE statements;
