package rollup

import (
	"fmt"
	"strings"

	"github.com/wancun/wancun/services/report/internal/figure"
)

// A village code of 12 digits divided by these is the code of a division that holds the village, from the township up; the
// last gives 0, the division that holds all others. A change here needs a new shape.
const (
	township   int64 = 1e3
	county     int64 = 1e6
	prefecture int64 = 1e8
	province   int64 = 1e10
	everywhere int64 = 1e12
)

// cellLevels are the divisions that sums are kept for.
func cellLevels() [5]int64 { return [...]int64{township, county, prefecture, province, everywhere} }

// reachLevels are the divisions that different organizations and villages are counted for, from the lowest up.
func reachLevels() [4]int64 { return [...]int64{county, prefecture, province, everywhere} }

// wider is the division of reachLevels that holds one of them, by its code; everywhere holds the provinces.
func wider(division int64) int64 { return division / (prefecture / county) }

// lowestReach is the first of reachLevels at which a slice is counted. All deliveries are counted from the county up, the
// other slices for the whole campaign only: every level of every slice would triple the work of applying an entry, for
// counts that nobody asks for yet.
func lowestReach(s figure.Slice) int64 {
	if s == figure.Whole {
		return county
	}
	return everywhere
}

// levelTable is SQL for a table of divisors, each with the one below it.
func levelTable(divisors []int64) string {
	rows := make([]string, len(divisors))
	below := int64(1)
	for i, d := range divisors {
		rows[i] = fmt.Sprintf("(%d, %d)", d, below)
		below = d
	}
	return "level (divisor, below) AS (VALUES " + strings.Join(rows, ", ") + ")"
}
