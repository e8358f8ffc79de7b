WITH behind AS (
	SELECT class, stages, home AS place, 'organization' AS dimension, organization AS member
	FROM facts WHERE until = 9223372036854775807 AND last_day = 0 AND organization <> ''
	UNION ALL
	SELECT class, stages, home, 'village', CAST(village AS TEXT)
	FROM facts WHERE until = 9223372036854775807 AND last_day = 0 AND village <> 0
	UNION ALL
	SELECT class, stages, home, dimension, member
	FROM facts JOIN fact_members USING (name, revision, part) WHERE until = 9223372036854775807 AND last_day = 0),
counted (slice, divisor) AS (VALUES ('whole', 1000000), ('whole', 100000000), ('whole', 10000000000), ('whole', 1000000000000), ('action', 1000000000000), ('indicator', 1000000000000), ('valued', 1000000000000), ('measure', 1000000000000))
SELECT t.id, b.place / divisor, COUNT(DISTINCT b.member)
FROM behind b JOIN tallies t ON t.build = (SELECT build FROM cursors WHERE log = 'action') AND t.class = b.class AND t.dimension = b.dimension AND (b.stages & t.stage) <> 0 JOIN counted ON counted.slice = t.slice
GROUP BY t.id, b.place / divisor
