package database

import (
	"math/bits"
	"strconv"
	"strings"
)

// The most rows in one INSERT, and the most parameters. SQLite gains nothing from many rows in one statement and
// searches its named parameters one by one; PostgreSQL saves messages.
const (
	maxRowsSQLite   = 16
	maxRowsPostgres = 32
	maxParameters   = 600
)

// Insert makes the statements that insert rows into the named columns of table, several rows a statement as suits the
// engine. Each row has one value for each column. Statements hold a power of two of rows, so that a table has a handful
// of texts to keep prepared, whatever the number of rows. They carry AnyRows: they insert everything or fail.
func (d *DB) Insert(table string, columns []string, rows [][]any) []Statement {
	limit := maxRowsSQLite
	if d.kind == Postgres {
		limit = maxRowsPostgres
	}
	limit = max(1, min(limit, maxParameters/max(1, len(columns))))
	statements := make([]Statement, 0, len(rows)/limit+bits.Len(uint(limit)))
	for len(rows) > 0 {
		size := 1 << (bits.Len(uint(min(len(rows), limit))) - 1)
		statements = append(statements, insert(table, columns, rows[:size]))
		rows = rows[size:]
	}
	return statements
}

func insert(table string, columns []string, rows [][]any) Statement {
	if len(rows) == 1 {
		return Statement{SQL: insertText(table, columns, 1), Args: rows[0], Rows: AnyRows}
	}
	args := make([]any, 0, len(rows)*len(columns))
	for _, row := range rows {
		args = append(args, row...)
	}
	return Statement{SQL: insertText(table, columns, len(rows)), Args: args, Rows: AnyRows}
}

func insertText(table string, columns []string, rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ")
	for i := range rows * len(columns) {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%len(columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")")
	return b.String()
}
