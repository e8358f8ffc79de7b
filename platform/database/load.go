package database

import "iter"

// minLoad is the number of rows from which PostgreSQL is faster with COPY, which needs round trips of its own.
const minLoad = 500

// load is a COPY of rows into a table.
type load struct {
	into *Target
	rows iter.Seq2[[]any, error]
}

// Load returns the statements that write n rows in the fastest way. Pass them to Apply or Tx.Apply only: unlike those
// of Insert they may have no SQL. Each row has one value for each column. PostgreSQL reads many rows as they are made:
// it iterates over rows while the statements run, so that making a row overlaps with storing those before it. An error
// of rows is returned here or fails the statement.
func (d *DB) Load(into *Target, n int, rows iter.Seq2[[]any, error]) ([]Statement, error) {
	if d.kind == Postgres && n >= minLoad {
		return []Statement{{Rows: AnyRows, load: &load{into: into, rows: rows}}}, nil
	}
	all := collection{n: n}
	rows(all.add)
	if all.err != nil {
		return nil, all.err
	}
	return into.inserts(nil, all.args, d.rowsAtOnce()), nil
}
