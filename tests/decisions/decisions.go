// Package decisions reads the tables of decisions that tests compare the contract with: CSV files beside the tests, written by
// hand and apart from the protos.
package decisions

import (
	"encoding/csv"
	"os"
	"testing"
)

// In returns the lines of a table below its header, without comments (#).
func In(tb testing.TB, path string) [][]string {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	lines := csv.NewReader(f)
	lines.Comment = '#'
	rows, err := lines.ReadAll()
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	if len(rows) < 2 {
		tb.Fatalf("%s has no decisions", path)
	}
	return rows[1:]
}
