package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/wancun/internal/suite"
)

// listed is how many differing rows are named for each service. The others are only counted.
const listed = 20

// compareAll compares the tables of each service with its journal, and the figures of report with all journals, and
// prints the results. After a service that cannot be compared it continues with the others.
func compareAll(ctx context.Context, t *terminal, j *suite.Journals) (follow bool, err error) {
	follow = true
	say := func(what, from string, c suite.Compared, failed error) {
		switch {
		case failed != nil:
			err = errors.Join(err, fmt.Errorf("compare %s: %w", what, failed))
		case len(c.Differences) > 0:
			follow = false
			t.printf("%s", differences(what, c.Differences))
		default:
			t.printf("%s: %s follow from %s%s\n", what, rowsOf(c), from, sealedBy(c))
		}
	}
	for _, log := range services.All() {
		c, failed := j.CompareTables(ctx, log)
		say(log, "logs/"+log, c, failed)
	}
	c, failed := j.CompareRollups(ctx)
	c.Sealed = true // figures have no seals to check
	say("figures", "the journals", c, failed)
	return follow, err
}

// differences names the first differing rows, one on a line.
func differences(what string, all []resource.Difference) string {
	var b strings.Builder
	for _, d := range all[:min(listed, len(all))] {
		row := strings.TrimSpace(d.Table + " " + d.Resource)
		fmt.Fprintf(&b, "%s: DOES NOT FIT: %s: %s\n", what, row, d.Reason)
	}
	if more := len(all) - listed; more > 0 {
		fmt.Fprintf(&b, "%s: DOES NOT FIT: %d more rows\n", what, more)
	}
	return b.String()
}

// rowsOf returns the number of rows of each table as text.
func rowsOf(c suite.Compared) string {
	var parts []string
	for _, table := range slices.Sorted(maps.Keys(c.Rows)) {
		parts = append(parts, fmt.Sprintf("%d %s", c.Rows[table], table))
	}
	if len(parts) == 0 {
		return "no rows"
	}
	return strings.Join(parts, ", ")
}

func sealedBy(c suite.Compared) string {
	if c.Sealed {
		return ""
	}
	return " (without their MACs, for which the private key is not here)"
}
