package resource

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"iter"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
)

const (
	// MaxImport is the greatest number of rows in an import.
	MaxImport = 100_000
	// maxFaults is the number of violations after which an import is refused. An answer has no room for as many.
	maxFaults = 10_000
	// importAttempts is how often an import is checked and written if concurrent writes invalidate the check.
	importAttempts = 5
)

// Progress is the number of rows of an import that were read from the caller, checked against stored rows, and written.
// If concurrent writes invalidate the check, Checked and Written start again from 0.
type Progress struct{ Read, Checked, Written int64 }

// Imported is the number of rows that an import created, and of those that existed with the same content.
type Imported struct{ Created, Unchanged int64 }

// Import is BatchCreate for more rows than the memory of a process can hold. It receives them in portions and writes
// all of them or none, in one transaction. Each portion is a request of the kind's BatchCreate method; the settings of
// the first apply to all. Violations name a row by its number among all rows, as `requests[12345].need.quantity`.
//
// Import first reads all portions into a temporary file. Then it checks the rows portion by portion and writes what is
// to be stored into another file. Only then it begins the transaction, which waits for nothing but the database. A
// caller that is slow or disconnects therefore blocks no writer and leaves nothing behind. Import needs memory for one
// portion and for the names of all rows. A repeated request id has the same answer if the portions are the same.
//
// prepare is called for each portion. progress is called between portions, also during the transaction, and must return
// quickly.
func (s *Store[M]) Import(
	ctx context.Context, portions iter.Seq2[BatchRequest, error], prepare Prepare[M], progress func(Progress),
) (Imported, error) {
	given, err := newSpool(s.kit.Random)
	if err != nil {
		return Imported{}, err
	}
	defer func() { _ = given.close() }() // the file is not needed any more
	m := &importing[M]{store: s, prepare: prepare, progress: progress, given: given}
	if err := m.read(ctx, portions); err != nil || m.request == nil {
		return Imported{}, err
	}
	if first, found, err := m.repeated(ctx); err != nil || found {
		return first, err
	}
	out, err := m.attempts(ctx)
	if isInProgress(err) {
		if first, found, again := m.repeated(ctx); again != nil || found {
			return first, again
		}
	}
	return out, err
}

// importing is the state of an import.
type importing[M proto.Message] struct {
	store    *Store[M]
	request  BatchRequest // the first portion; nil if there is none
	prepare  Prepare[M]
	progress func(Progress)

	given  *spool // portions of []givenRow
	rows   int
	digest []byte // of all portions; nil if the request has no id
	at     Progress
}

// givenRow is a row as received from the caller.
type givenRow struct {
	Name        string
	Message     []byte
	Acknowledge []string
}

// readyRow is a row as it will be stored.
type readyRow struct {
	Name         string
	Values       []any // of the declared columns
	Body         []byte
	Sealed       []byte
	Digest       []byte
	Acknowledged []string
}

// read reads all portions from the caller.
func (m *importing[M]) read(ctx context.Context, portions iter.Seq2[BatchRequest, error]) error {
	sum := hmac.New(sha256.New, m.store.kit.digestKey)
	sum.Write([]byte(access.Method(ctx)))
	for r, err := range portions {
		if err != nil {
			return err
		}
		if err := m.head(r); err != nil {
			return err
		}
		rows, err := m.portion(sum, r)
		if err != nil {
			return err
		}
		if err := m.given.put(rows); err != nil {
			return err
		}
		m.rows += len(rows)
		m.at.Read = int64(m.rows)
		m.progress(m.at)
	}
	if m.request != nil && m.request.GetRequestId() != "" {
		m.digest = sum.Sum(nil)
	}
	return nil
}

// head stores the settings for all rows from the first portion, and refuses them in a later one.
func (m *importing[M]) head(r BatchRequest) error {
	if m.request == nil {
		m.request = r
		return m.store.checkAcknowledged("", acknowledged(r))
	}
	for field, said := range map[string]bool{
		"request_id": r.GetRequestId() != "", "validate_only": validateOnly(r), "skip_identical": r.GetSkipIdentical(),
		"acknowledge": len(acknowledged(r)) > 0,
	} {
		if said {
			return fault.Invalid(field, "FIRST_MESSAGE_ONLY", "is for the first message, which says it for all rows")
		}
	}
	return nil
}

// portion returns the rows of a message, and adds the message to the digest.
func (m *importing[M]) portion(sum hash.Hash, r BatchRequest) ([]givenRow, error) {
	s := m.store
	in, fields, err := verbOf(s.verbs.batches, r, "create", s.kind.Table)
	if err != nil {
		return nil, err
	}
	if err := digestPortion(sum, in.Interface()); err != nil {
		return nil, err
	}
	if m.rows+in.Get(fields.rows).List().Len() > MaxImport {
		return nil, fault.InvalidAll([]fault.Violation{fault.TooMany(string(fields.rows.Name()), MaxImport)})
	}
	items, err := s.itemsOf(fields, in, m.rows)
	if err != nil {
		return nil, err
	}
	rows := make([]givenRow, len(items))
	for i, it := range items {
		if err := s.checkAcknowledged(fmt.Sprintf("requests[%d].", m.rows+i), it.acknowledged); err != nil {
			return nil, err
		}
		message, err := proto.Marshal(it.message)
		if err != nil {
			return nil, fmt.Errorf("serialize %s: %w", it.name, err)
		}
		rows[i] = givenRow{it.name, message, it.acknowledged}
	}
	return rows, nil
}

// digestPortion adds the length of a message and the message to the digest.
func digestPortion(sum hash.Hash, request proto.Message) error {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	if err != nil {
		return fmt.Errorf("digest request: %w", err)
	}
	sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
	sum.Write(b)
	return nil
}

// repeated returns the first answer to an import that was applied before.
func (m *importing[M]) repeated(ctx context.Context) (Imported, bool, error) {
	if m.digest == nil || validateOnly(m.request) {
		return Imported{}, false, nil
	}
	created, found, err := m.store.kit.journal.Applied(ctx, access.From(ctx).Subject, m.request.GetRequestId(), m.digest)
	if err != nil || !found {
		return Imported{}, false, err
	}
	return Imported{Created: int64(created), Unchanged: int64(m.rows - created)}, true, nil
}

// attempts checks and writes the rows, and repeats both if concurrent writes invalidate the check.
func (m *importing[M]) attempts(ctx context.Context) (Imported, error) {
	looks := validateOnly(m.request) || !m.store.kind.together() // without such rules there is nothing to look up
	for range importAttempts {
		out, err := m.attempt(ctx, looks)
		if !errors.Is(err, errMet) && !errors.Is(err, errChanged) && (looks || !refusal(err) || isInProgress(err)) {
			return out, err
		}
		looks = true
	}
	return Imported{}, fault.Aborted("", "TOO_MANY_WRITERS", "others wrote resources like these each time; try again")
}

func isInProgress(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Reason() == requestInProgress
}

func (m *importing[M]) attempt(ctx context.Context, looks bool) (Imported, error) {
	s := m.store
	ready, err := newSpool(s.kit.Random)
	if err != nil {
		return Imported{}, err
	}
	defer func() { _ = ready.close() }() // the file is not needed any more
	t := &Tx{
		kit: s.kit, ctx: ctx, by: access.From(ctx), at: s.kit.Clock().UTC().Truncate(time.Microsecond),
		creating: make(map[string]bool, m.rows), acknowledged: acknowledged(m.request), looks: looks,
	}
	out, first, err := m.check(t, ready)
	if err != nil || validateOnly(m.request) || out.Created == 0 {
		return out, err
	}
	w := journal.Write{
		Method: access.Method(ctx), Actor: t.by.Actor(), Time: t.at, RequestID: m.request.GetRequestId(), Digest: m.digest,
		Part: &journal.Part{First: first, Entries: int(out.Created)},
	}
	err = s.kit.DB.InTx(ctx, func(ctx context.Context, tx database.Tx) error { return m.write(ctx, tx, t, w, ready) })
	if err != nil {
		return Imported{}, m.refused(t, err)
	}
	s.kit.journal.Wake()
	return out, nil
}

// check converts the given rows into the rows to store. It returns the name of the first row to create.
func (m *importing[M]) check(t *Tx, ready *spool) (out Imported, first string, err error) {
	var faults fault.Collector
	var done int
	m.at.Checked, m.at.Written = 0, 0
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
				out.Created++
			} else {
				out.Unchanged++
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
		if m.at.Checked = int64(done); faults.Len() > maxFaults {
			return faults.Err()
		}
		m.progress(m.at)
		return ready.put(rows)
	})
	if err == nil {
		err = faults.Err()
	}
	if err != nil {
		return Imported{}, "", err
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
	m.at.Written = 0
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
		_, logged, err := s.kit.journal.Record(w)
		if err != nil {
			return fmt.Errorf("journal write: %w", err)
		}
		part.Continued = true
		if err := tx.Apply(ctx, append(statements, logged...)); err != nil {
			return err
		}
		m.at.Written += int64(len(rows))
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
