package resource

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
)

// readyRow is a row as it will be stored.
type readyRow struct {
	Name         string
	Values       []any // of the declared columns
	Body         []byte
	Sealed       []byte
	Digest       []byte
	Acknowledged []string
}

// attempts checks and writes the rows, and repeats both if concurrent writes invalidate the check.
func (m *importing[M]) attempts(ctx context.Context) (imported, error) {
	looks := validateOnly(m.request) || !m.store.kind.together() // without such rules there is nothing to look up
	for range importAttempts {
		out, err := m.attempt(ctx, looks)
		if !errors.Is(err, errMet) && !errors.Is(err, errChanged) && (looks || !refusal(err) || isInProgress(err)) {
			return out, err
		}
		looks = true
	}
	return imported{}, fault.Aborted("", "TOO_MANY_WRITERS", "others wrote resources like these each time; try again")
}

func isInProgress(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Reason() == requestInProgress
}

func (m *importing[M]) attempt(ctx context.Context, looks bool) (imported, error) {
	s := m.store
	ready, err := newSpool(s.kit.Random)
	if err != nil {
		return imported{}, err
	}
	defer func() { _ = ready.close() }() // the file is not needed any more
	t := &Tx{
		kit: s.kit, ctx: ctx, by: access.From(ctx), at: s.kit.Clock().UTC().Truncate(time.Microsecond),
		creating: make(map[string]bool, m.rows), acknowledged: acknowledged(m.request), looks: looks,
	}
	out, first, err := m.check(t, ready)
	if err != nil || validateOnly(m.request) || out.created == 0 {
		return out, err
	}
	w := journal.Write{
		Method: access.Method(ctx), Actor: t.by.Actor(), Time: t.at, RequestID: m.request.GetRequestId(), Digest: m.digest,
		Part: &journal.Part{First: first, Entries: int(out.created)},
	}
	err = s.kit.DB.InTx(ctx, func(ctx context.Context, tx database.Tx) error { return m.write(ctx, tx, t, w, ready) })
	if err != nil {
		return imported{}, m.refused(t, err)
	}
	s.kit.journal.Wake()
	return out, nil
}

// check converts the given rows into the rows to store. It returns the name of the first row to create.
func (m *importing[M]) check(t *Tx, ready *spool) (out imported, first string, err error) {
	var faults fault.Collector
	var done int
	m.at.checked, m.at.written = 0, 0
	err = m.given.each(func(decode func(any) error) error {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		items, err := m.items(decode)
		if err != nil {
			return err
		}
		rule, err := m.store.prepare(t.ctx, m.prepare, items)
		if err != nil {
			return err
		}
		t.holders = nil // of the previous portion
		err = m.store.rowsIn(t, m.request, items, rule, done, &faults, func(_ M, created bool) {
			if created {
				out.created++
			} else {
				out.unchanged++
			}
		})
		if err != nil {
			return err
		}
		done += len(items)
		rows := m.store.readyRows(t)
		if first == "" && len(rows) > 0 {
			first = rows[0].Name
		}
		m.at.checked = int32(done) //nolint:gosec // at most maxImport
		switch {
		case faults.Len() > maxFaults:
			return faults.Err()
		case faults.Len() == 0: // a refusal before any progress has an HTTP status of its own
			m.progress(m.at)
		}
		return ready.put(rows)
	})
	if err == nil {
		err = faults.Err()
	}
	if err != nil {
		return imported{}, "", err
	}
	return out, first, nil
}

// items returns the rows of a portion.
func (m *importing[M]) items(decode func(any) error) ([]item[M], error) {
	var rows []givenRow
	if err := decode(&rows); err != nil {
		return nil, fmt.Errorf("decode rows: %w", err)
	}
	items := make([]item[M], len(rows))
	for i, row := range rows {
		message := m.store.fresh()
		if err := proto.Unmarshal(row.Message, message); err != nil {
			return nil, fmt.Errorf("decode %s: %w", row.Name, err)
		}
		items[i] = item[M]{name: row.Name, message: message, acknowledged: row.Acknowledge}
	}
	return items, nil
}

// readyRows returns the rows that t creates, and removes them from t.
func (s *Store[M]) readyRows(t *Tx) []readyRow {
	var rows []readyRow
	for _, run := range t.inserts {
		of, ok := run.(*created[M])
		if !ok {
			continue // a request imports one kind
		}
		for i := range of.all {
			c := &of.all[i]
			rows = append(rows, readyRow{
				Name: c.name, Body: c.encoded.body, Sealed: c.encoded.sealed, Digest: c.encoded.digest, Acknowledged: c.encoded.acknowledged,
				Values: s.declared(c.message, c.encoded),
			})
		}
	}
	t.inserts, t.entries = nil, nil
	return rows
}

// write writes all rows, portion by portion, and then the statements that depend on all of them.
func (m *importing[M]) write(ctx context.Context, tx database.Tx, t *Tx, w journal.Write, ready *spool) error {
	s := m.store
	m.at.written = 0
	part := *w.Part
	w.Part = &part
	err := ready.each(func(decode func(any) error) error {
		var rows []readyRow
		if err := decode(&rows); err != nil {
			return fmt.Errorf("decode rows: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		statements, err := s.kit.DB.Load(s.into, len(rows), func(yield func([]any, error) bool) {
			for i := range rows {
				e := encoded{body: rows[i].Body, sealed: rows[i].Sealed}
				if !yield(append(s.shared(rows[i].Name, 1, t.at, t.at, e), rows[i].Values...), nil) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
		w.Entries = make([]journal.Entry, len(rows))
		for i, row := range rows {
			w.Entries[i] = s.entry(row.Name, 1, encoded{body: row.Body, digest: row.Digest, acknowledged: row.Acknowledged}, "")
		}
		logged, err := s.kit.journal.Statements(w)
		if err != nil {
			return fmt.Errorf("journal write: %w", err)
		}
		part.Continued = true
		if err := tx.Apply(ctx, append(statements, logged...)); err != nil {
			return err
		}
		m.at.written += int32(len(rows)) //nolint:gosec // at most maxImport
		m.progress(m.at)
		return nil
	})
	if err != nil {
		return err
	}
	var last []database.Statement
	for _, p := range t.pending {
		last = append(last, p.statement)
	}
	if err := tx.Apply(ctx, append(last, t.counted()...)); err != nil {
		return err
	}
	return ctx.Err() // the caller may have gone while the last rows were written
}

// refused converts the error of a failed transaction into the error of the import.
func (m *importing[M]) refused(t *Tx, err error) error {
	if unique, ok := errors.AsType[*database.UniqueError](err); ok && unique.Table == m.store.kind.Table {
		return errMet // a name or a key was taken meanwhile; the next attempt reports it or skips the row
	}
	return t.refused(err)
}
