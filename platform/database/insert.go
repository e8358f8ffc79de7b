package database

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// Limits of the rows and of the parameters in one INSERT. SQLite gains nothing from many rows in one statement and
// searches its named parameters one by one; PostgreSQL saves messages.
const (
	maxRowsSQLite   = 16
	maxRowsLog      = 7 // log2 of the largest number of rows on either engine
	maxRowsPostgres = 1 << maxRowsLog
	maxParameters   = 600
)

// Target is some columns of a table that rows are inserted into. It caches its statement texts, so create it once. It
// is safe for concurrent use.
type Target struct {
	table   string
	columns []string
	clause  string
	texts   [1 + maxRowsLog]atomic.Pointer[string] // by log2 of the number of rows
}

// Into returns a Target for these columns of a table. Rows have their values in the same order.
func Into(table string, columns ...string) *Target { return &Target{table: table, columns: columns} }

// With returns the same target with a clause at the end of each statement: ON CONFLICT, RETURNING or both. Do not use
// it with Load.
func (t *Target) With(clause string) *Target {
	return &Target{table: t.table, columns: t.columns, clause: " " + clause}
}

// String returns the name of the table.
func (t *Target) String() string { return t.table }

// Insert returns the statements that insert rows, with as many rows in a statement as suits the engine. Each row has
// one value for each column. A statement inserts a power of two of rows, so that a table needs only a few prepared
// texts, whatever the number of rows. The statements have AnyRows: without a clause they insert all rows or fail.
func (d *DB) Insert(into *Target, rows [][]any) []Statement {
	all := collection{n: len(rows)}
	for _, row := range rows {
		all.add(row, nil)
	}
	return into.inserts(nil, all.args, d.rowsAtOnce())
}

// collection gathers the values of n rows.
type collection struct {
	n    int
	args []any
	err  error
}

func (c *collection) add(row []any, err error) bool {
	switch {
	case err != nil:
		c.err = err
	case c.args == nil && c.n == 1:
		c.args = row
	default:
		if c.args == nil {
			c.args = make([]any, 0, c.n*len(row))
		}
		c.args = append(c.args, row...)
	}
	return err == nil
}

// rowsAtOnce returns the largest number of rows in one INSERT.
func (d *DB) rowsAtOnce() int {
	if d.kind == Postgres {
		return maxRowsPostgres
	}
	return maxRowsSQLite
}

// inserts appends statements of at most limit rows; args are the values of all rows.
func (t *Target) inserts(statements []Statement, args []any, limit int) []Statement {
	width := max(1, len(t.columns))
	limit = max(1, min(limit, maxParameters/width))
	for rows := len(args) / width; rows > 0; {
		log := bits.Len(uint(min(rows, limit))) - 1
		n := width << log
		s := Statement{SQL: t.text(log), Args: args[:n:n], Rows: AnyRows}
		if t.clause == "" {
			s.into = t
		}
		statements = append(statements, s)
		args, rows = args[n:], rows-1<<log
	}
	return statements
}

// text returns the text of an INSERT of 1<<log rows.
func (t *Target) text(log int) string {
	if known := t.texts[log].Load(); known != nil {
		return *known
	}
	var b strings.Builder
	b.WriteString("INSERT INTO " + t.table + " (" + strings.Join(t.columns, ", ") + ") VALUES ")
	for i := range len(t.columns) << log {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%len(t.columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")" + t.clause)
	text := b.String()
	t.texts[log].Store(&text)
	return text
}

// merged combines the INSERTs into the same target. Targets keep the order in which they first occur. If a statement is
// not an INSERT of whole rows, merged returns statements unchanged.
func merged(statements []Statement) []Statement {
	type rows struct {
		into   *Target
		values int
	}
	var targets []rows
	for _, s := range statements {
		if s.into == nil {
			return statements
		}
		i := slices.IndexFunc(targets, func(r rows) bool { return r.into == s.into })
		if i < 0 {
			i, targets = len(targets), append(targets, rows{into: s.into})
		}
		targets[i].values += len(s.Args)
	}
	out := make([]Statement, 0, 2*len(targets))
	for _, r := range targets {
		args := make([]any, 0, r.values)
		for _, s := range statements {
			if s.into == r.into {
				args = append(args, s.Args...)
			}
		}
		out = r.into.inserts(out, args, maxRowsPostgres)
	}
	return out
}
