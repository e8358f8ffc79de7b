package database

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// applyPlain sends all statements with a single Sync: the server runs them as one implicit transaction and commits it
// at the Sync, in one round trip. It does not use pgx's batches, which look up again how to encode each value: a group
// of recorded deliveries has hundreds of values.
func applyPlain(ctx context.Context, conn *pgx.Conn, statements []Statement) error {
	prepared := make([]*pgconn.StatementDescription, len(statements))
	parameters := make([]parameters, len(statements))
	for i, s := range statements {
		var err error
		if prepared[i], err = conn.Prepare(ctx, s.SQL, s.SQL); err != nil { // once for each connection
			return at(i, err)
		}
		if parameters[i], err = written(s.Args); err != nil {
			return at(i, err)
		}
	}
	pipeline := conn.PgConn().StartPipeline(ctx)
	for i, p := range parameters {
		pipeline.SendQueryStatement(prepared[i], p.values, p.formats, nil)
	}
	if err := pipeline.Sync(); err != nil {
		_ = pipeline.Close() // its error repeats err
		return fmt.Errorf("send: %w", err)
	}
	for i := range statements {
		if err := finished(pipeline); err != nil {
			_ = pipeline.Close() // its error repeats err
			return at(i, err)
		}
	}
	if err := pipeline.Close(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// finished waits for the end of the next statement of a pipeline.
func finished(p *pgconn.Pipeline) error {
	results, err := p.GetResults()
	if err != nil {
		return err
	}
	rows, ok := results.(*pgconn.ResultReader)
	if !ok {
		return fmt.Errorf("unexpected result of a pipeline: %T", results)
	}
	_, err = rows.Close()
	return err
}

// parameters are values in the formats of PostgreSQL's protocol.
type parameters struct {
	values  [][]byte
	formats []int16
}

const (
	asText   int16 = 0
	asBinary int16 = 1
)

// written encodes values of the types that rows have: strings, integers, booleans, bytes and nil.
func written(args []any) (parameters, error) {
	size := 0
	for _, arg := range args {
		switch v := arg.(type) {
		case string:
			size += len(v)
		case int64, int, int32:
			size += 20
		}
	}
	p := parameters{values: make([][]byte, len(args)), formats: make([]int16, len(args))}
	room := make([]byte, 0, size)
	for i, arg := range args {
		from := len(room)
		switch v := arg.(type) {
		case nil:
			continue
		case string:
			room = append(room, v...)
		case int64:
			room = strconv.AppendInt(room, v, 10)
		case int:
			room = strconv.AppendInt(room, int64(v), 10)
		case int32:
			room = strconv.AppendInt(room, int64(v), 10)
		case bool:
			p.values[i] = truth(v)
			continue
		case []byte:
			if v != nil {
				p.values[i], p.formats[i] = v, asBinary
			}
			continue
		default:
			return parameters{}, &unwritableError{i, arg}
		}
		p.values[i], p.formats[i] = room[from:len(room):len(room)], asText
	}
	return p, nil
}

// unwritableError reports a parameter of a type that no row has. Nothing was sent.
type unwritableError struct {
	index int
	arg   any
}

func (e *unwritableError) Error() string {
	return fmt.Sprintf("parameter %d is a %T", e.index+1, e.arg)
}

func truth(v bool) []byte {
	if v {
		return []byte("t")
	}
	return []byte("f")
}
