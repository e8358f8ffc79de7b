package database

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// relisten is the wait before a lost subscription is made again.
const relisten = time.Second

// listen holds a connection outside the pool: a pooled one would miss what arrives while it is lent to someone else.
func (p *postgresDB) listen(ctx context.Context, channel string, hear func(said string)) error {
	conn, err := p.subscribe(ctx, channel)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	p.listeners.Go(func() {
		defer cancel()
		select {
		case <-p.closed:
		case <-ctx.Done():
		}
	})
	p.listeners.Go(func() { p.follow(ctx, conn, channel, hear) })
	return nil
}

func (p *postgresDB) subscribe(ctx context.Context, channel string) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, p.config)
	if err != nil {
		return nil, fmt.Errorf("connect to listen: %w", err)
	}
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{p.channel(channel)}.Sanitize()); err != nil {
		hangUp(ctx, conn)
		return nil, fmt.Errorf("listen: %w", err)
	}
	return conn, nil
}

// follow hears until ctx ends, over as many connections as it takes.
func (p *postgresDB) follow(ctx context.Context, conn *pgx.Conn, channel string, hear func(said string)) {
	for {
		for {
			heard, err := conn.WaitForNotification(ctx)
			if err != nil {
				break // ctx has ended, or the connection has
			}
			hear(heard.Payload)
		}
		hangUp(ctx, conn)
		for {
			if wait(ctx, relisten) != nil {
				return
			}
			var err error
			if conn, err = p.subscribe(ctx, channel); err == nil {
				break // otherwise the listener's own poll goes on underneath
			}
		}
		hear("")
	}
}

func hangUp(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	_ = conn.Close(ctx) // nothing hangs on it
}

func (p *postgresDB) notification(channel, say string) []Statement {
	return []Statement{{SQL: "SELECT pg_notify($1, $2)", Args: []any{p.channel(channel), say}, Rows: AnyRows}}
}

// channel keeps the services apart that share one server: channels belong to the whole database, tables to a schema.
// A name has 63 bytes at most.
func (p *postgresDB) channel(name string) string { return fmt.Sprintf("%s_%x", name, lockID(p.schema)) }
