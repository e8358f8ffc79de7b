package database

import (
	"context"
	"fmt"
	"regexp"
)

// HasUniqueIndex reports whether a table has a unique index on this column alone, over all rows or over the rows where
// the column is not empty.
func (d *DB) HasUniqueIndex(ctx context.Context, table, column string) (bool, error) {
	query := "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL"
	if d.kind == Postgres {
		query = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1"
	}
	found, err := All[string](ctx, d.Reader(), query, table)
	if err != nil {
		return false, fmt.Errorf("read the indexes of %s: %w", table, err)
	}
	c := regexp.QuoteMeta(column)
	wanted := regexp.MustCompile(`(?i)^CREATE\s+UNIQUE\s+INDEX\s.*\(\s*` + c + `\s*\)(\s+WHERE\s+\(?\s*` + c + `\s*<>\s*''(::text)?\s*\)?)?\s*$`)
	for _, definition := range found {
		if wanted.MatchString(definition) {
			return true, nil
		}
	}
	return false, nil
}
