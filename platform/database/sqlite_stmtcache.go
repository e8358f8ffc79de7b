package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// maxCached bounds the prepared statements kept by one SQLite connection.
const maxCached = 256

// cachingConnector opens SQLite connections that keep their prepared statements. SQLite parses and plans a text at each
// use unless it is prepared, which is more than half of the cost of a point read. Preparing through database/sql would
// block forever inside a transaction on a pool of one connection; this cannot.
type cachingConnector struct {
	driver.Connector
	met func(error) // is called with every error of a connection
}

// sqliteConn has the methods of a modernc.org/sqlite connection that database/sql uses.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// Connect opens a connection with an empty cache.
func (c cachingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		c.met(err)
		return nil, err
	}
	conn, ok := inner.(sqliteConn)
	if !ok {
		return nil, fmt.Errorf("cache statements of %T: not a SQLite connection", inner)
	}
	return &cachingConn{sqliteConn: conn, met: c.met, idle: map[string]cachedStmt{}}, nil
}

type cachedStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// cachingConn keeps idle statements by their text. A statement in use is not in the map, so the same text may run
// nested: the second use prepares its own. database/sql uses a connection from one goroutine at a time.
type cachingConn struct {
	sqliteConn
	met  func(error)
	idle map[string]cachedStmt
}

// ExecContext does not cache a text without arguments: it may be a script, and scripts are migrations, which run once.
func (c *cachingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		result, err := c.sqliteConn.ExecContext(ctx, query, args)
		if err != nil {
			c.met(err)
		}
		return result, err
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		c.met(err)
		_ = s.Close() // its error repeats err
		return nil, err
	}
	c.give(query, s)
	return result, nil
}

// QueryContext returns its statement to the cache when the rows are closed.
func (c *cachingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		c.met(err)
		_ = s.Close() // its error repeats err
		return nil, err
	}
	return &cachedRows{Rows: rows, met: c.met, close: func(err error) {
		if err != nil {
			_ = s.Close() // its error repeats err
			return
		}
		c.give(query, s)
	}}, nil
}

// Close closes the statements, then the connection.
func (c *cachingConn) Close() error {
	for _, s := range c.idle {
		_ = s.Close() // the error of closing the connection is enough
	}
	clear(c.idle)
	return c.sqliteConn.Close()
}

func (c *cachingConn) take(ctx context.Context, query string) (cachedStmt, error) {
	if s, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		c.met(err)
		return nil, err
	}
	cached, ok := s.(cachedStmt)
	if !ok {
		return nil, fmt.Errorf("cache %T: not a SQLite statement", s)
	}
	return cached, nil
}

func (c *cachingConn) give(query string, s cachedStmt) {
	if other, ok := c.idle[query]; ok {
		_ = other.Close() // two nested uses have ended; one statement is enough
	} else if len(c.idle) >= maxCached {
		c.evict()
	}
	c.idle[query] = s
}

// evict drops an arbitrary statement. Frequent texts are soon cached again, and no use has to be counted.
func (c *cachingConn) evict() {
	for query, s := range c.idle {
		_ = s.Close() // the statement was idle
		delete(c.idle, query)
		return
	}
}

type cachedRows struct {
	driver.Rows
	met   func(error)
	close func(error)
}

// Next passes every error to met, except the end of the rows.
func (r *cachedRows) Next(into []driver.Value) error {
	err := r.Rows.Next(into)
	if err != nil && !errors.Is(err, io.EOF) {
		r.met(err)
	}
	return err
}

// Close resets the statement before it can be used again.
func (r *cachedRows) Close() error {
	err := r.Rows.Close()
	r.close(err)
	return err
}
