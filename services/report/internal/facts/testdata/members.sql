WITH behind AS (
	SELECT class, stages, home AS place, 'organization' AS dimension, organization AS member
	FROM facts WHERE until = 9223372036854775807 AND last_day = 0 AND organization <> ''
	UNION ALL
	SELECT class, stages, home, 'village', CAST(village AS TEXT)
	FROM facts WHERE until = 9223372036854775807 AND last_day = 0 AND village <> 0
	UNION ALL
	SELECT class, stages, home, dimension, member
	FROM facts JOIN fact_members USING (name, revision, part) WHERE until = 9223372036854775807 AND last_day = 0),
class_counties AS (
	SELECT t.id AS tally, b.place / 1000000 AS place, b.member AS member, COUNT(*) AS n
	FROM behind b JOIN tallies t ON t.build = (SELECT build FROM cursors WHERE log = 'action') AND t.class = b.class AND t.dimension = b.dimension AND (b.stages & t.stage) <> 0 WHERE t.slice = 'class'
	GROUP BY t.id, b.place / 1000000, b.member),
whole_counties AS (
	SELECT t.id AS tally, f.place / 1 AS place, f.member AS member, COUNT(*) AS n
	FROM class_counties f JOIN tallies t ON t.build = (SELECT build FROM cursors WHERE log = 'action') AND t.finest = f.tally AND t.slice = 'whole'
	GROUP BY t.id, f.place / 1, f.member),
whole_prefectures AS (
	SELECT tally, place / 100 AS place, member, COUNT(*) AS n
	FROM whole_counties
	GROUP BY tally, place / 100, member),
whole_provinces AS (
	SELECT tally, place / 100 AS place, member, COUNT(*) AS n
	FROM whole_prefectures
	GROUP BY tally, place / 100, member),
whole_everywhere AS (
	SELECT tally, place / 100 AS place, member, COUNT(*) AS n
	FROM whole_provinces
	GROUP BY tally, place / 100, member),
action_everywhere AS (
	SELECT t.id AS tally, f.place / 1000000 AS place, f.member AS member, COUNT(*) AS n
	FROM class_counties f JOIN tallies t ON t.build = (SELECT build FROM cursors WHERE log = 'action') AND t.finest = f.tally AND t.slice = 'action'
	GROUP BY t.id, f.place / 1000000, f.member),
indicator_everywhere AS (
	SELECT t.id AS tally, f.place / 1000000 AS place, f.member AS member, COUNT(*) AS n
	FROM class_counties f JOIN tallies t ON t.build = (SELECT build FROM cursors WHERE log = 'action') AND t.finest = f.tally AND t.slice = 'indicator'
	GROUP BY t.id, f.place / 1000000, f.member),
valued_everywhere AS (
	SELECT t.id AS tally, f.place / 1000000 AS place, f.member AS member, COUNT(*) AS n
	FROM class_counties f JOIN tallies t ON t.build = (SELECT build FROM cursors WHERE log = 'action') AND t.finest = f.tally AND t.slice = 'valued'
	GROUP BY t.id, f.place / 1000000, f.member),
measure_everywhere AS (
	SELECT t.id AS tally, f.place / 1000000 AS place, f.member AS member, COUNT(*) AS n
	FROM class_counties f JOIN tallies t ON t.build = (SELECT build FROM cursors WHERE log = 'action') AND t.finest = f.tally AND t.slice = 'measure'
	GROUP BY t.id, f.place / 1000000, f.member)
SELECT tally, place, member, n FROM class_counties
UNION ALL SELECT tally, place, member, n FROM whole_counties
UNION ALL SELECT tally, place, member, n FROM whole_prefectures
UNION ALL SELECT tally, place, member, n FROM whole_provinces
UNION ALL SELECT tally, place, member, n FROM whole_everywhere
UNION ALL SELECT tally, place, member, n FROM action_everywhere
UNION ALL SELECT tally, place, member, n FROM indicator_everywhere
UNION ALL SELECT tally, place, member, n FROM valued_everywhere
UNION ALL SELECT tally, place, member, n FROM measure_everywhere
