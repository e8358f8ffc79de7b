package database

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// The most rows in one INSERT, and the most parameters. SQLite gains nothing from many rows in one statement and
// searches its named parameters one by one; PostgreSQL saves messages.
const (
	maxRowsSQLite   = 16
	maxRowsLog      = 7 // the logarithm of the most rows on either
	maxRowsPostgres = 1 << maxRowsLog
	maxParameters   = 600
)

// Target is where rows go: some columns of a table. It remembers the texts that insert into it, so make it once. It is safe
// for concurrent use.
type Target struct {
	table   string
	columns []string
	clause  string
	fold    func(rows [][]any) [][]any
	texts   [1 + maxRowsLog]atomic.Pointer[string] // by the logarithm of the number of rows
}

// Into names the columns of a table that rows have values for, in their order.
func Into(table string, columns ...string) *Target { return &Target{table: table, columns: columns} }

// With is the same target with a clause at the end of each statement: ON CONFLICT, RETURNING or both. It is not for Load.
func (t *Target) With(clause string) *Target {
	return &Target{table: t.table, columns: t.columns, clause: " " + clause}
}

// Folding is the same target with rows of which fold makes fewer that mean the same, where several writes share a statement:
// on PostgreSQL, those that arrive at the same time. It gets the rows in the order of the writes and changes none of them.
func (t *Target) Folding(fold func(rows [][]any) [][]any) *Target {
	return &Target{table: t.table, columns: t.columns, fold: fold}
}

// String is the name of the table.
func (t *Target) String() string { return t.table }

// Insert makes the statements that insert rows, several rows a statement as suits the engine. Each row has one value for each
// column. Statements hold a power of two of rows, so that a table has a handful of texts to keep prepared, whatever the number
// of rows. They carry AnyRows: without a clause they insert everything or fail.
func (d *DB) Insert(into *Target, rows [][]any) []Statement {
	all := collection{n: len(rows)}
	for _, row := range rows {
		all.add(row, nil)
	}
	return into.inserts(nil, all.args, d.rowsAtOnce())
}

// collection gathers the values of some n rows.
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

// rowsAtOnce is how many rows a statement may insert.
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

// text is that of an INSERT of so many rows, given by their logarithm.
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

// merged makes one INSERT of all that goes into the same target, folded where that can be, the targets in the order in which
// they first come. It returns statements as they are if any of them is not an INSERT of whole rows.
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
		if r.into.fold != nil {
			args = slices.Concat(r.into.fold(slices.Collect(slices.Chunk(args, len(r.into.columns))))...)
		}
		out = r.into.inserts(out, args, maxRowsPostgres)
	}
	return out
}
