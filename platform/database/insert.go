package database

import (
	"fmt"
	"iter"
	"math/bits"
	"strconv"
	"strings"
	"sync"
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
	rows    iter.Seq2[[]any, error]
}

// Load makes the statements that bring n rows into the named columns of table the fastest way. They are for Apply and
// Tx.Apply alone; what differs from Insert is that they may have no SQL. Each row has one value for each column. PostgreSQL
// takes many rows as they are made: rows is then asked while the statements run, so that making a row and storing those
// before it overlap. An error of rows is returned here or fails the statement.
func (d *DB) Load(table string, columns []string, n int, rows iter.Seq2[[]any, error]) ([]Statement, error) {
	if d.kind == Postgres && n >= minLoad {
		return []Statement{{Rows: AnyRows, load: &load{table: table, columns: columns, rows: rows}}}, nil
	}
	made := make([][]any, 0, n)
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		made = append(made, row)
	}
	return d.Insert(table, columns, made), nil
}

// copySource is what pgx's COPY takes rows from, on a goroutine of its own.
type copySource struct {
	next func() ([]any, error, bool)
	row  []any
	err  error
}

// Next implements [pgx.CopyFromSource]. A panic in making a row must not end the process, as it would on this goroutine.
func (s *copySource) Next() (more bool) {
	defer func() {
		if p := recover(); p != nil {
			s.err, more = fmt.Errorf("make row: panic: %v", p), false
		}
	}()
	s.row, s.err, more = s.next()
	return more && s.err == nil
}

// Values implements [pgx.CopyFromSource].
func (s *copySource) Values() ([]any, error) { return s.row, nil }

// Err implements [pgx.CopyFromSource].
func (s *copySource) Err() error { return s.err }

// Insert makes the statements that insert rows into the named columns of table, several rows a statement as suits the
// engine. Each row has one value for each column. Statements hold a power of two of rows, so that a table has a handful
// of texts to keep prepared, whatever the number of rows. They carry AnyRows: they insert everything or fail.
func (d *DB) Insert(table string, columns []string, rows [][]any) []Statement {
	limit := maxRowsSQLite
	if d.kind == Postgres {
		limit = maxRowsPostgres
	}
	var args []any
	if len(rows) == 1 {
		args = rows[0]
	} else {
		args = make([]any, 0, len(rows)*len(columns))
		for _, row := range rows {
			args = append(args, row...)
		}
	}
	return d.texts.insert(destination{table: table, columns: strings.Join(columns, ", ")}, len(columns), args, limit)
}

// destination is what rows are inserted into.
type destination struct{ table, columns string }

// insertTexts are the texts of all INSERTs made so far, by insertion.
type insertTexts struct{ known sync.Map }

// insertion is what the text of an INSERT depends on.
type insertion struct {
	into destination
	rows int
}

// insert makes statements of at most limit rows; args are the values of all rows, width to a row.
func (t *insertTexts) insert(into destination, width int, args []any, limit int) []Statement {
	limit = max(1, min(limit, maxParameters/max(1, width)))
	rows := len(args) / width
	statements := make([]Statement, 0, rows/limit+bits.OnesCount(uint(rows%limit)))
	for rows > 0 {
		size := 1 << (bits.Len(uint(min(rows, limit))) - 1)
		n := size * width
		statements = append(statements, Statement{
			SQL: t.text(insertion{into: into, rows: size}, width), Args: args[:n:n], Rows: AnyRows, into: into,
		})
		args, rows = args[n:], rows-size
	}
	return statements
}

// text writes the text of an insertion into so many columns, and remembers it.
func (t *insertTexts) text(i insertion, width int) string {
	if text, ok := t.known.Load(i); ok {
		return text.(string)
	}
	text := i.text(width)
	t.known.Store(i, text)
	return text
}

func (n insertion) text(width int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + n.into.table + " (" + n.into.columns + ") VALUES ")
	for i := range n.rows * width {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")")
	return b.String()
}

// merged makes one INSERT of all that goes into the same table, the tables in the order in which they first come. It
// returns statements as they are if any of them is not an INSERT of whole rows.
func (t *insertTexts) merged(statements []Statement) []Statement {
	type rows struct {
		width int
		args  []any
	}
	var order []destination
	byTable := map[destination]*rows{}
	for _, s := range statements {
		if s.into.table == "" {
			return statements
		}
		r := byTable[s.into]
		if r == nil {
			r = &rows{width: 1 + strings.Count(s.into.columns, ",")}
			byTable[s.into], order = r, append(order, s.into)
		}
		r.args = append(r.args, s.Args...)
	}
	out := make([]Statement, 0, len(order))
	for _, into := range order {
		out = append(out, t.insert(into, byTable[into].width, byTable[into].args, maxRowsPostgres)...)
	}
	return out
}
