SELECT class, stages, home / 1000 AS place, day / 100 AS month,
	CAST(SUM(n) AS BIGINT) AS n, CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(fen) AS BIGINT) AS fen
FROM facts WHERE last_day = 0 AND stages <> 0 AND …
GROUP BY class, stages, home / 1000, day / 100;
SELECT class, stages, home / 1000000 AS place, CAST(organization AS TEXT) AS member, COUNT(*) AS n
FROM facts WHERE last_day = 0 AND stages <> 0 AND organization <> '' AND …
GROUP BY class, stages, home / 1000000, organization;
SELECT class, stages, home / 1000000 AS place, CAST(village AS TEXT) AS member, COUNT(*) AS n
FROM facts WHERE last_day = 0 AND stages <> 0 AND village <> 0 AND …
GROUP BY class, stages, home / 1000000, village;
SELECT class, stages, home / 1000000 AS place, CAST(member AS TEXT) AS member, COUNT(*) AS n
FROM facts JOIN fact_members USING (name, revision, part) WHERE last_day = 0 AND stages <> 0 AND dimension = 'person' AND …
GROUP BY class, stages, home / 1000000, member;
SELECT t.id AS tally, m.place / 1 AS place, m.member AS member, COUNT(*) AS n
FROM tallies t JOIN members m ON m.build = t.build AND m.tally = t.finest
WHERE t.build = $1 AND t.slice = 'whole' AND m.n > 0
GROUP BY t.id, m.place / 1, m.member;
SELECT tally, place / 100 AS place, member, COUNT(*) AS n
FROM members
WHERE build = $1 AND tally IN (SELECT id FROM tallies WHERE build = $1 AND slice = 'whole') AND place BETWEEN 100000 AND 999999 AND n > 0
GROUP BY tally, place / 100, member;
SELECT tally, place / 100 AS place, member, COUNT(*) AS n
FROM members
WHERE build = $1 AND tally IN (SELECT id FROM tallies WHERE build = $1 AND slice = 'whole') AND place BETWEEN 1000 AND 9999 AND n > 0
GROUP BY tally, place / 100, member;
SELECT tally, place / 100 AS place, member, COUNT(*) AS n
FROM members
WHERE build = $1 AND tally IN (SELECT id FROM tallies WHERE build = $1 AND slice = 'whole') AND place BETWEEN 10 AND 99 AND n > 0
GROUP BY tally, place / 100, member;
SELECT t.id AS tally, m.place / 1000000 AS place, m.member AS member, COUNT(*) AS n
FROM tallies t JOIN members m ON m.build = t.build AND m.tally = t.finest
WHERE t.build = $1 AND t.slice = 'action' AND m.n > 0
GROUP BY t.id, m.place / 1000000, m.member;
SELECT t.id AS tally, m.place / 1000000 AS place, m.member AS member, COUNT(*) AS n
FROM tallies t JOIN members m ON m.build = t.build AND m.tally = t.finest
WHERE t.build = $1 AND t.slice = 'indicator' AND m.n > 0
GROUP BY t.id, m.place / 1000000, m.member;
SELECT t.id AS tally, m.place / 1000000 AS place, m.member AS member, COUNT(*) AS n
FROM tallies t JOIN members m ON m.build = t.build AND m.tally = t.finest
WHERE t.build = $1 AND t.slice = 'valued' AND m.n > 0
GROUP BY t.id, m.place / 1000000, m.member;
SELECT t.id AS tally, m.place / 1000000 AS place, m.member AS member, COUNT(*) AS n
FROM tallies t JOIN members m ON m.build = t.build AND m.tally = t.finest
WHERE t.build = $1 AND t.slice = 'measure' AND m.n > 0
GROUP BY t.id, m.place / 1000000, m.member;
SELECT tally, place, COUNT(*) AS n FROM members
WHERE build = $1 AND tally IN (SELECT id FROM tallies WHERE build = $1 AND slice <> 'class') AND n > 0
GROUP BY tally, place
