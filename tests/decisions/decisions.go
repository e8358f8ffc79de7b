// Package decisions reads the tables of decisions that tests compare the contract with: CSV files beside the tests, written by
// hand and apart from the protos.
package decisions

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"
)

// In returns the lines below the headers of all tables that match a pattern of [filepath.Glob], without comments (#).
func In(tb testing.TB, pattern string) [][]string {
	tb.Helper()
	tables, err := filepath.Glob(pattern)
	if err != nil || len(tables) == 0 {
		tb.Fatalf("%s is no table of decisions: %v", pattern, err)
	}
	var rows [][]string
	for _, path := range tables {
		rows = append(rows, table(tb, path)...)
	}
	return rows
}

func table(tb testing.TB, path string) [][]string {
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
