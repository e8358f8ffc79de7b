package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
)

// Request is a request that writes. It must be a proto message. If it also has GetValidateOnly and that returns true,
// nothing is written.
type Request interface{ GetRequestId() string }

// Tx collects the writes of one request and applies them together: all or none, each with its journal entry. It reads
// committed state only, so a request does not see its own writes. When it is applied, it checks the revisions of the
// rows that it saves and the names that it creates. Rows that it only read may have changed; see [Tx.Serialize].
type Tx struct {
	kit      *Kit
	ctx      context.Context //nolint:containedctx // a Tx lives within one call and never outlives it
	by       access.Principal
	at       time.Time
	pending  []pendingWrite
	inserts  []insertRun
	entries  []journal.Entry
	creating map[string]bool
	recorded *journal.Recording // of entries; nil until all are known
	parents  map[string]*place  // places of the parents of created rows, by name; nil if the parent does not exist
	unknown  map[string]bool    // whether a parent that was looked up, by name, is unknown to the caller

	acknowledged []string                  // codes of the questions that the request acknowledges
	looks        bool                      // whether rules over several rows look up the stored rows and counters
	holders      map[keyValue]string       // names of the stored rows with keys that were looked up; "" for none
	claims       map[keyValue]string       // keys of the rows that t writes, with their names
	freed        map[keyValue]string       // unique keys that rows of t give up, with their names
	guarded      bool                      // whether a statement depends on a row that is alike
	counts       map[counterName]*counting // changes of counters
	serial       []database.Statement      // statements that count the request for Serialize
}

// expect reserves capacity for n more creations.
func (t *Tx) expect(n int) {
	t.entries = slices.Grow(t.entries, n)
	if len(t.creating) == 0 {
		t.creating = make(map[string]bool, n)
	}
}

// pendingWrite is a change of an existing row.
type pendingWrite struct {
	name      string
	statement database.Statement
}

// insertRun is a run of new rows of one store, which are inserted with few statements.
type insertRun interface {
	statements() ([]database.Statement, error)
	// check prepares the rows without writing them.
	check() error
	// free returns the first name of the rows that is already stored, with the error for it.
	free() (string, error)
}

var (
	// errChanged means that a row was changed between the read and the write.
	errChanged = errors.New("the row was changed meanwhile")
	// errMet means that a rule over several rows refused the write, or that a row on which the write depended is gone.
	errMet = errors.New("other rows forbid what is written")
	// errNothingWritten means that a request succeeds without a write. Only once handles it.
	errNothingWritten = errors.New("nothing was written")
)

// Context returns the context of the request.
func (t *Tx) Context() context.Context { return t.ctx }

// Time returns the time of the write. All writes of t have the same time.
func (t *Tx) Time() time.Time { return t.at }

// InTx runs fn and then applies what fn wrote through CreateIn, CreateAllIn and SaveIn of this kit's stores. fn runs
// again if a row that it saves was changed, or a row that it creates appeared, between its read and the write; so fn
// must look for rows before it creates them. A rule that depends on other rows needs a [Unique] or a [Reserve] of the
// kind, or fn begins with [Tx.Serialize].
//
// If the request was applied before, under the same request id, nothing is written, and InTx returns the records that
// it wrote then.
func (k *Kit) InTx(ctx context.Context, r Request, fn func(*Tx) error) ([]*journalv1.Record, error) {
	return once(ctx, k, r, func() ([]*journalv1.Record, error) {
		return nil, k.attempts(ctx, r, fn)
	}, func(records []*journalv1.Record) ([]*journalv1.Record, error) { return records, nil })
}

// attempts repeats attempt while other requests write what fn has read.
func (k *Kit) attempts(ctx context.Context, r Request, fn func(*Tx) error) error {
	var last string
	for range maxAttempts {
		err := k.attempt(ctx, r, fn)
		taken, isTaken := errors.AsType[*takenError](err)
		switch {
		case errors.Is(err, errChanged):
		case isTaken && taken.name != last: // if fn creates it again, fn did not look for it
			last = taken.name
		default:
			return err
		}
	}
	return fault.Aborted("", "TOO_MANY_WRITERS", "the resources were changed by others each time; try again")
}

// attempt runs fn and applies its writes once. It returns errNothingWritten if there are none. Stored rows and counters
// are only looked up for rules over several rows after a first run was refused, also by an index or a constraint. fn
// then runs again, so that the error names all rows at fault.
func (k *Kit) attempt(ctx context.Context, r Request, fn func(*Tx) error) error {
	looks := validateOnly(r)
	for range maxAttempts {
		t := &Tx{
			kit: k, ctx: ctx, by: access.From(ctx), at: k.Clock().UTC().Truncate(time.Microsecond), creating: map[string]bool{},
			acknowledged: acknowledged(r), looks: looks,
		}
		err := t.run(r, fn)
		if !errors.Is(err, errMet) && (looks || len(t.claims) == 0 && len(t.counts) == 0 || !refusal(err)) {
			return err
		}
		looks = true
	}
	return fault.Aborted("", "TOO_MANY_WRITERS", "others wrote resources like these each time; try again")
}

// refusal reports whether an error is about what the caller sent.
func refusal(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Code() != codes.Unavailable
}

// run runs fn and applies its writes.
func (t *Tx) run(r Request, fn func(*Tx) error) error {
	if err := fn(t); err != nil {
		return err
	}
	if validateOnly(r) {
		return t.check()
	}
	if len(t.entries) == 0 {
		return errNothingWritten
	}
	return t.apply(r)
}

// check returns the error with which apply would refuse the writes.
func (t *Tx) check() error {
	for _, run := range t.inserts {
		if err := run.check(); err != nil {
			return err
		}
	}
	return nil
}

func validateOnly(r Request) bool {
	v, ok := r.(interface{ GetValidateOnly() bool })
	return ok && v.GetValidateOnly()
}

// apply writes everything in one transaction: rows first, then the journal.
func (t *Tx) apply(r Request) error {
	statements := slices.Concat(t.serial, t.vacate())
	for _, run := range t.inserts {
		inserts, err := run.statements()
		if err != nil {
			return err
		}
		statements = append(statements, inserts...)
	}
	for _, p := range t.pending {
		statements = append(statements, p.statement)
	}
	statements = append(statements, t.counted()...)
	w := journal.Write{Method: access.Method(t.ctx), Actor: t.by.Actor(), Time: t.at, RequestID: r.GetRequestId(), Entries: t.entries}
	if w.RequestID != "" {
		var err error
		if w.Digest, err = t.kit.digest(w.Method, r); err != nil {
			return err
		}
	}
	var logged []database.Statement
	var err error
	t.recorded, logged, err = t.kit.journal.Record(w)
	if err != nil {
		return fmt.Errorf("journal write: %w", err)
	}
	if err := t.kit.DB.Apply(t.ctx, append(statements, logged...)); err != nil {
		return t.refused(err)
	}
	t.kit.journal.Wake()
	return nil
}

// refused converts the error of a failed Apply into the error of the request.
func (t *Tx) refused(err error) error {
	var rows *database.RowsError
	switch {
	case errors.As(err, &rows) && t.guarded:
		return errMet
	case errors.As(err, &rows):
		return errChanged
	}
	if check, ok := errors.AsType[*database.CheckError](err); ok {
		switch check.Constraint {
		case countersBound:
			return errMet
		case countersTaken:
			return t.overReleased()
		}
	}
	var unique *database.UniqueError
	if !errors.As(err, &unique) {
		return fmt.Errorf("write: %w", err)
	}
	for _, run := range t.inserts {
		if name, taken := run.free(); taken != nil {
			return &takenError{name, taken}
		}
	}
	for key := range t.claims {
		if key.table == unique.Table {
			return errMet
		}
	}
	// The row of the request id exists: the request is being applied now, or was applied before. once looks it up.
	return fault.Aborted("", requestInProgress, "the same request id is being used at this moment").Because(err)
}

// takenError means that a name was free when the request looked and was taken afterwards.
type takenError struct {
	name string
	err  error
}

func (e *takenError) Error() string { return e.err.Error() }

func (e *takenError) Unwrap() error { return e.err }

func exists(name string) *fault.Error {
	return fault.AlreadyExists(name, "RESOURCE_EXISTS", "%q exists already", name)
}

// encoded holds the parts of a message that are stored.
type encoded struct {
	body   []byte
	sealed []byte // nil without personal fields
	digest []byte

	acknowledged []string // codes of the acknowledged questions about it
	likeness     string   // as stored; "" if the kind has none
}

// encode serializes m once, so that the row and the journal hold the same bytes. It leaves out personal fields, the
// etag and the times of the row. It clears the etag and the times in m; stamp sets them again. If the personal fields
// have not changed, it keeps the sealed part before, so that the salt stays the one of the journal's digest.
func (s *Store[M]) encode(name string, m M, before []byte) (encoded, error) {
	p := m.ProtoReflect()
	if len(s.shape.personal) > 0 {
		p = proto.CloneOf(m).ProtoReflect()
	}
	p.Clear(s.shape.etag)
	p.Clear(s.shape.createTime)
	p.Clear(s.shape.updateTime)
	var e encoded
	if len(s.shape.personal) > 0 {
		fields, err := s.shape.splitPersonal(p)
		if err != nil {
			return encoded{}, err
		}
		if e.sealed, e.digest, err = s.kit.reseal(name, fields, before); err != nil {
			return encoded{}, err
		}
	}
	var err error
	if e.body, err = proto.Marshal(p.Interface()); err != nil {
		return encoded{}, fmt.Errorf("serialize %s: %w", name, err)
	}
	return e, nil
}

func (k *Kit) reseal(name string, fields, before []byte) (sealed, digest []byte, err error) {
	if fields == nil {
		return nil, nil, nil
	}
	if before != nil {
		old, digest, err := k.vault.open(name, before)
		if err != nil {
			return nil, nil, err
		}
		if string(old) == string(fields) {
			return before, digest, nil
		}
	}
	return k.vault.seal(name, fields)
}

func (s *Store[M]) entry(name string, revision int64, e encoded, reason string) journal.Entry {
	return journal.Entry{
		Resource: name, Revision: revision, PersonalDigest: e.digest, Reason: reason, Acknowledged: e.acknowledged,
		Body: &anypb.Any{TypeUrl: s.shape.typeURL, Value: e.body},
	}
}

// values returns a row's values in the order of s.into. Its name, revision and times come first.
func (s *Store[M]) values(name string, revision int64, created, updated time.Time, m M, e encoded) []any {
	return append(s.shared(name, revision, created, updated, e), s.declared(m, e)...)
}

// shared returns the values of the columns that all kinds have.
func (s *Store[M]) shared(name string, revision int64, created, updated time.Time, e encoded) []any {
	r := row{
		Name: name, Revision: revision, CreateUs: created.UnixMicro(), UpdateUs: updated.UnixMicro(),
		Body: e.body, Personal: e.sealed,
	}
	v := make([]any, 0, len(sharedColumns())+len(s.kind.Columns))
	return append(v, name, revision, r.CreateUs, r.UpdateUs, e.body, nullable(e.sealed), s.kit.rows.of(s.kind.Table, &r))
}

// declared returns the values of the declared columns.
func (s *Store[M]) declared(m M, e encoded) []any {
	v := make([]any, 0, len(s.kind.Columns))
	for _, c := range s.kind.Columns {
		if c.likeness {
			v = append(v, e.likeness)
			continue
		}
		v = append(v, c.value(m))
	}
	return v
}

// nullable returns nil for absent bytes, so that they are NULL on both engines.
func nullable(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
