package facts

import (
	"fmt"
	"math"
	"strings"
)

// Open is the until of a fact that no later revision has replaced.
const Open = math.MaxInt64

// current is the SQL condition for facts that no later revision has replaced.
const current = "until = 9223372036854775807"

// StageTable returns the SQL of a table with the bits of all stages.
func StageTable() string {
	rows := make([]string, len(allStages()))
	for i, s := range allStages() {
		rows[i] = fmt.Sprintf("(%d)", s)
	}
	return "stage (bit) AS (VALUES " + strings.Join(rows, ", ") + ")"
}

// SumQuery returns the SQL that computes the rows of cells from the facts: class, stage, place, month, n, quantity,
// fen. The audit uses it, as it does MemberQuery and CountQuery: they share nothing with the SQL that fills a build.
func SumQuery() string {
	levels := make([]string, len(SumLevels()))
	for i, l := range SumLevels() {
		levels[i] = fmt.Sprintf("(%d)", l)
	}
	return "WITH " + StageTable() + ",\n" +
		"level (divisor) AS (VALUES " + strings.Join(levels, ", ") + ")\n" +
		`SELECT class, bit, home / divisor, day / 100,
	CAST(SUM(n) AS BIGINT), CAST(SUM(quantity) AS BIGINT), CAST(SUM(fen) AS BIGINT)
FROM facts JOIN stage ON (stages & bit) <> 0 CROSS JOIN level
WHERE ` + current + ` AND last_day = 0
GROUP BY class, bit, home / divisor, day / 100`
}

// behind returns the SQL for the members of all current facts that do not hold for a range of days.
func behind() string {
	return `behind AS (
	SELECT class, stages, home AS place, 'organization' AS dimension, organization AS member
	FROM facts WHERE ` + current + ` AND last_day = 0 AND organization <> ''
	UNION ALL
	SELECT class, stages, home, 'village', CAST(village AS TEXT)
	FROM facts WHERE ` + current + ` AND last_day = 0 AND village <> 0
	UNION ALL
	SELECT class, stages, home, dimension, member
	FROM facts JOIN fact_members USING (name, revision, part) WHERE ` + current + ` AND last_day = 0)`
}

// tallied joins the members of facts with the tallies of the live build that contain them.
func tallied() string {
	return "behind b JOIN tallies t ON " + Live("t.") + " AND t.class = b.class AND t.dimension = b.dimension AND (b.stages & t.stage) <> 0"
}

// MemberQuery returns the SQL that computes the rows of members from the facts: tally, place, member, n. A step is a
// slice at a level; each step counts the rows of the step from which it is derived.
func MemberQuery() string {
	first := Slices()[0]
	steps := []string{
		behind(),
		fmt.Sprintf(`%s AS (
	SELECT t.id AS tally, b.place / %[2]d AS place, b.member AS member, COUNT(*) AS n
	FROM %[3]s WHERE t.slice = '%[4]s'
	GROUP BY t.id, b.place / %[2]d, b.member)`, step(first, first.Levels[0]), first.Levels[0], tallied(), first.Name),
	}
	names := []string{step(first, first.Levels[0])}
	for _, s := range Slices()[1:] {
		for i, l := range s.Levels {
			if i == 0 {
				steps = append(steps, fmt.Sprintf(`%s AS (
	SELECT t.id AS tally, f.place / %[2]d AS place, f.member AS member, COUNT(*) AS n
	FROM %[3]s f JOIN tallies t ON %[5]s AND t.finest = f.tally AND t.slice = '%[4]s'
	GROUP BY t.id, f.place / %[2]d, f.member)`, step(s, l), l/first.Levels[0], step(first, first.Levels[0]), s.Name, Live("t.")))
			} else {
				below := s.Levels[i-1]
				steps = append(steps, fmt.Sprintf(`%s AS (
	SELECT tally, place / %[2]d AS place, member, COUNT(*) AS n
	FROM %[3]s
	GROUP BY tally, place / %[2]d, member)`, step(s, l), l/below, step(s, below)))
			}
			names = append(names, step(s, l))
		}
	}
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = "SELECT tally, place, member, n FROM " + n
	}
	return "WITH " + strings.Join(steps, ",\n") + "\n" + strings.Join(all, "\nUNION ALL ")
}

// step returns the SQL name of a slice at a level.
func step(s Slice, l Level) string { return s.Name + "_" + l.String() }

// CountQuery returns the SQL that computes the rows of reaches from the facts: tally, place, n. It uses
// COUNT(DISTINCT), independently of the increments and of the builds.
func CountQuery() string {
	var rows []string
	for _, s := range Slices()[1:] {
		for _, l := range s.Levels {
			rows = append(rows, fmt.Sprintf("('%s', %d)", s.Name, l))
		}
	}
	return "WITH " + behind() + ",\n" +
		"counted (slice, divisor) AS (VALUES " + strings.Join(rows, ", ") + ")\n" +
		`SELECT t.id, b.place / divisor, COUNT(DISTINCT b.member)
FROM ` + tallied() + ` JOIN counted ON counted.slice = t.slice
GROUP BY t.id, b.place / divisor`
}
