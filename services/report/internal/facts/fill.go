package facts

import "fmt"

// Live returns the SQL condition for the rows of the live build. alias is empty or ends in a dot.
func Live(alias string) string {
	return alias + "build = (SELECT build FROM cursors WHERE log = 'action')"
}

// FillSums returns the SQL of the sums of facts at the finest level of [SumLevels], for the facts that meet a condition:
// class, stages, place, month, n, quantity, fen. It groups by sets of stages, so that each fact is read once.
func FillSums(condition string) string {
	return fmt.Sprintf(`SELECT class, stages, home / %[1]d AS place, day / 100 AS month,
	CAST(SUM(n) AS BIGINT) AS n, CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(fen) AS BIGINT) AS fen
FROM facts WHERE last_day = 0 AND stages <> 0 AND %[2]s
GROUP BY class, stages, home / %[1]d, day / 100`, SumLevels()[0], condition)
}

// FillMembers returns the SQL of the members of facts in a dimension at the level of the first slice, for the facts that
// meet a condition: class, stages, place, member, n.
func FillMembers(d Dimension, condition string) string {
	from, member := "facts", "member"
	switch d {
	case Organization:
		member, condition = "organization", "organization <> '' AND "+condition
	case Village:
		member, condition = "village", "village <> 0 AND "+condition
	default:
		from = "facts JOIN fact_members USING (name, revision, part)"
		condition = fmt.Sprintf("dimension = '%s' AND %s", d, condition)
	}
	return fmt.Sprintf(`SELECT class, stages, home / %[1]d AS place, CAST(%[2]s AS TEXT) AS member, COUNT(*) AS n
FROM %[3]s WHERE last_day = 0 AND stages <> 0 AND %[4]s
GROUP BY class, stages, home / %[1]d, %[2]s`, Slices()[0].Levels[0], member, from, condition)
}

// FillStep returns the SQL of the members of a slice other than the first at one of its levels, from the members that
// build $1 contains one step below: tally, place, member, n.
func FillStep(s Slice, level int) string {
	if level == 0 {
		divisor := s.Levels[0] / Slices()[0].Levels[0]
		return fmt.Sprintf(`SELECT t.id AS tally, m.place / %[1]d AS place, m.member AS member, COUNT(*) AS n
FROM tallies t JOIN members m ON m.build = t.build AND m.tally = t.finest
WHERE t.build = $1 AND t.slice = '%[2]s' AND m.n > 0
GROUP BY t.id, m.place / %[1]d, m.member`, divisor, s.Name)
	}
	below := s.Levels[level-1]
	return fmt.Sprintf(`SELECT tally, place / %[1]d AS place, member, COUNT(*) AS n
FROM members
WHERE build = $1 AND tally IN (SELECT id FROM tallies WHERE build = $1 AND slice = '%[2]s') AND place BETWEEN %[3]d AND %[4]d AND n > 0
GROUP BY tally, place / %[1]d, member`, s.Levels[level]/below, s.Name, int64(1e11)/int64(below), int64(1e12-1)/int64(below))
}

// FillReaches returns the SQL of the distinct counts of build $1 from its members: tally, place, n.
func FillReaches() string {
	return fmt.Sprintf(`SELECT tally, place, COUNT(*) AS n FROM members
WHERE build = $1 AND tally IN (SELECT id FROM tallies WHERE build = $1 AND slice <> '%s') AND n > 0
GROUP BY tally, place`, Slices()[0].Name)
}
