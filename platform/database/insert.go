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
	maxRowsPostgres = 128
	maxParameters   = 600
)

// minLoad is the number of rows from which PostgreSQL takes them sooner by COPY, which costs round trips of its own.
const minLoad = 500

// load is rows on their way into a table by COPY.
type load struct {
	table   string
	columns []string
	rows    [][]any
}

// Load makes the statements that bring many rows into the named columns of table the fastest way. They are for Apply and
// Tx.Apply alone; what differs from Insert is that they may have no SQL. Each row has one value for each column.
func (d *DB) Load(table string, columns []string, rows [][]any) []Statement {
	if d.kind != Postgres || len(rows) < minLoad {
		return d.Insert(table, columns, rows)
	}
	return []Statement{{Rows: AnyRows, load: &load{table: table, columns: columns, rows: rows}}}
}

// Insert makes the statements that insert rows into the named columns of table, several rows a statement as suits the
// engine. Each row has one value for each column. Statements hold a power of two of rows, so that a table has a handful
// of texts to keep prepared, whatever the number of rows. They carry AnyRows: they insert everything or fail.
func (d *DB) Insert(table string, columns []string, rows [][]any) []Statement {
	limit := maxRowsSQLite
	if d.kind == Postgres {
		limit = maxRowsPostgres
	}
	limit = max(1, min(limit, maxParameters/max(1, len(columns))))
	statements := make([]Statement, 0, len(rows)/limit+bits.OnesCount(uint(len(rows)%limit)))
	for len(rows) > 0 {
		size := 1 << (bits.Len(uint(min(len(rows), limit))) - 1)
		statements = append(statements, d.insert(table, columns, rows[:size]))
		rows = rows[size:]
	}
	return statements
}

func (d *DB) insert(table string, columns []string, rows [][]any) Statement {
	text := d.insertText(insertion{table: table, columns: strings.Join(columns, ", "), rows: len(rows)}, len(columns))
	if len(rows) == 1 {
		return Statement{SQL: text, Args: rows[0], Rows: AnyRows}
	}
	args := make([]any, 0, len(rows)*len(columns))
	for _, row := range rows {
		args = append(args, row...)
	}
	return Statement{SQL: text, Args: args, Rows: AnyRows}
}

// insertion is what the text of an INSERT depends on.
type insertion struct {
	table, columns string
	rows           int
}

// insertText writes the text of an insertion into so many columns, and remembers it: there are a handful for a table.
func (d *DB) insertText(i insertion, columns int) string {
	if text, ok := d.texts.Load(i); ok {
		return text.(string)
	}
	text := i.text(columns)
	d.texts.Store(i, text)
	return text
}

func (n insertion) text(columns int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + n.table + " (" + n.columns + ") VALUES ")
	for i := range n.rows * columns {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")")
	return b.String()
}
