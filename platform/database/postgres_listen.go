package database

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// relisten is the wait before each attempt to renew a lost subscription.
const relisten = time.Second

// listen uses a connection outside the pool: a pooled one would miss notifications while another caller uses it.
func (p *postgresDB) listen(ctx context.Context, channel string, receive func(payload string)) error {
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
	p.listeners.Go(func() { p.follow(ctx, conn, channel, receive) })
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

// follow calls receive until ctx ends. It reconnects as often as needed.
func (p *postgresDB) follow(ctx context.Context, conn *pgx.Conn, channel string, receive func(payload string)) {
	for {
		for {
			notification, err := conn.WaitForNotification(ctx)
			if err != nil {
				break // ctx has ended or the connection is lost
			}
			receive(notification.Payload)
		}
		hangUp(ctx, conn)
		for {
			if wait(ctx, relisten) != nil {
				return
			}
			var err error
			if conn, err = p.subscribe(ctx, channel); err == nil {
				break // otherwise it tries again; until then the listener relies on its own poll
			}
		}
		receive("")
	}
}

func hangUp(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	_ = conn.Close(ctx) // its result does not matter
}

func (p *postgresDB) notification(channel, payload string) []Statement {
	return []Statement{{SQL: "SELECT pg_notify($1, $2)", Args: []any{p.channel(channel), payload}, Rows: AnyRows}}
}

// channel returns a name that is different for each schema: tables belong to a schema, but channels to the whole
// database, which several services may share. PostgreSQL limits names to 63 bytes.
func (p *postgresDB) channel(name string) string { return fmt.Sprintf("%s_%x", name, lockID(p.schema)) }
