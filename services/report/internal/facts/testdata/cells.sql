WITH stage (bit) AS (VALUES (1), (2), (4), (8), (16), (32)),
level (divisor) AS (VALUES (1000), (1000000), (100000000), (10000000000), (1000000000000))
SELECT class, bit, home / divisor, day / 100,
	CAST(SUM(n) AS BIGINT), CAST(SUM(quantity) AS BIGINT), CAST(SUM(fen) AS BIGINT)
FROM facts JOIN stage ON (stages & bit) <> 0 CROSS JOIN level
WHERE until = 9223372036854775807 AND last_day = 0
GROUP BY class, bit, home / divisor, day / 100
