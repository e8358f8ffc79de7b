package database

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// transact runs statements in one transaction. Without loads and demands it takes one round trip: the server runs the
// statements of one batch as an implicit transaction. Otherwise BEGIN is sent with the first statements, and COMMIT once
// all demands are met.
func transact(ctx context.Context, conn *pgx.Conn, statements []Statement) error {
	if plain(statements) {
		return run(ctx, conn, &pgx.Batch{}, statements)
	}
	batch := &pgx.Batch{}
	batch.Queue("BEGIN")
	if err := run(ctx, conn, batch, statements); err != nil {
		rollback(ctx, conn)
		return err
	}
	if _, err := conn.Exec(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// plain reports whether statements have no loads and demand no number of rows.
func plain(statements []Statement) bool {
	return !slices.ContainsFunc(statements, func(s Statement) bool { return s.load != nil || s.Rows != AnyRows })
}

// rollback ends a transaction, if there is one. It runs even if the caller's context has ended, and closes a connection
// that cannot roll back.
func rollback(ctx context.Context, conn *pgx.Conn) {
	if conn.PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
		_ = conn.Close(ctx)
	}
}

// run runs statements after those of a batch: loads by COPY, the statements between them in pipelines.
func run(ctx context.Context, conn *pgx.Conn, batch *pgx.Batch, statements []Statement) error {
	first := 0 // index of the first statement in batch
	for i, s := range statements {
		if s.load == nil {
			batch.Queue(s.SQL, s.Args...)
			continue
		}
		if err := send(ctx, conn, batch, statements[first:i], first); err != nil {
			return err
		}
		batch, first = &pgx.Batch{}, i+1
		if err := copyIn(ctx, conn, s.load); err != nil {
			return at(i, err)
		}
	}
	return send(ctx, conn, batch, statements[first:], first)
}

// send sends a batch that ends with statements. index is the index of the first of them.
func send(ctx context.Context, conn *pgx.Conn, batch *pgx.Batch, statements []Statement, index int) error {
	if batch.Len() == 0 {
		return nil
	}
	results := conn.SendBatch(ctx, batch)
	err := read(results, batch.Len()-len(statements), statements, index)
	if closing := results.Close(); err == nil && closing != nil {
		err = fmt.Errorf("end of statements: %w", closing)
	}
	return err
}

// read reads the results of the queries before the statements, and then those of the statements.
func read(results pgx.BatchResults, before int, statements []Statement, index int) error {
	for range before {
		if _, err := results.Exec(); err != nil {
			return fmt.Errorf("begin: %w", err)
		}
	}
	for i, s := range statements {
		tag, err := results.Exec()
		if err != nil {
			return at(index+i, err)
		}
		if err := demand(index+i, s, tag.RowsAffected()); err != nil {
			return err
		}
	}
	return nil
}
