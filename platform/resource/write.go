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

// Request is any request that writes. It must be a proto message. A request that also has GetValidateOnly writes
// nothing when that is true.
type Request interface{ GetRequestId() string }

// Tx collects the writes of one request and applies them together: all or none, each with its journal entry. It reads
// committed state only, so a request does not see its own writes. When it is applied, the revisions of the rows that it saves
// are checked and the names that it creates; rows that it only read may have changed, see [Tx.Serialize].
type Tx struct {
	kit      *Kit
	ctx      context.Context //nolint:containedctx // a Tx lives within one call and never outlives it
	by       access.Principal
	at       time.Time
	pending  []pendingWrite
	inserts  []insertRun
	entries  []journal.Entry
	creating map[string]bool
	recorded *journal.Recording // of entries; nil until all of them are known
	parents  map[string]*place  // of rows that are created within them, by name; nil for one that does not exist
	unknown  map[string]bool    // of the parents asked for, whether they are unknown to the caller

	acknowledged []string                  // codes of questions that the request answers
	looks        bool                      // at the stored rows and counters that a rule over several rows is about, before they refuse the write
	holders      map[keyValue]string       // names of the stored rows that have keys, "" for none, where they were looked up for all
	claims       map[keyValue]string       // keys that the rows of t have, with their names
	freed        map[keyValue]string       // unique keys that rows of t give up, with their names
	guarded      bool                      // a statement depends on a row that is alike
	counts       map[counterName]*counting // what t takes and gives
	serial       []database.Statement      // count the request among those that it excludes
}

// expect makes room for n more creations.
func (t *Tx) expect(n int) {
	t.entries = slices.Grow(t.entries, n)
	if len(t.creating) == 0 {
		t.creating = make(map[string]bool, n)
	}
}

// pendingWrite is a change to an existing row.
type pendingWrite struct {
	name      string
	statement database.Statement
}

// insertRun is new rows of one store, so that a sheet of rows becomes few statements.
type insertRun interface {
	statements() ([]database.Statement, error)
	// check makes the rows and writes none.
	check() error
	// free refuses the first name of the rows that a stored row has, and returns it.
	free() (string, error)
}

var (
	// errChanged says that a row was changed between the read and the write.
	errChanged = errors.New("the row was changed meanwhile")
	// errMet says that a rule over several rows refused what was written, or that a row which it depended on has gone.
	errMet = errors.New("other rows forbid what is written")
	// errNothingWritten says that a request succeeds without a write; only once sees it.
	errNothingWritten = errors.New("nothing was written")
)

// Context is the request's context.
func (t *Tx) Context() context.Context { return t.ctx }

// Time is the time of the write, the same for all that it writes.
func (t *Tx) Time() time.Time { return t.at }

// InTx runs fn and then applies what it wrote through CreateIn, CreateAllIn and SaveIn of stores of this kit. If a
// row that fn saves was changed, or one that it creates appeared, between fn's read and the write, fn runs again; so fn looks
// for rows itself before it creates them. A rule that depends on other rows is a [Unique] or a [Reserve] of the kind, or fn
// begins with [Tx.Serialize]. If the request was applied before, under the same request id, nothing is written and the records that it wrote
// then are returned.
func (k *Kit) InTx(ctx context.Context, r Request, fn func(*Tx) error) ([]*journalv1.Record, error) {
	return once(ctx, k, r, func() ([]*journalv1.Record, error) {
		return nil, k.attempts(ctx, r, fn)
	}, func(records []*journalv1.Record) ([]*journalv1.Record, error) { return records, nil })
}

// attempts is attempt, repeated while other requests write what fn has just read.
func (k *Kit) attempts(ctx context.Context, r Request, fn func(*Tx) error) error {
	var last string
	for range maxAttempts {
		err := k.attempt(ctx, r, fn)
		taken, isTaken := errors.AsType[*takenError](err)
		switch {
		case errors.Is(err, errChanged):
		case isTaken && taken.name != last: // if fn creates it once more, fn did not look
			last = taken.name
		default:
			return err
		}
	}
	return fault.Aborted("", "TOO_MANY_WRITERS", "the resources were changed by others each time; try again")
}

// attempt runs fn and applies its writes once. errNothingWritten says that there were none. The stored rows and counters that
// rules over several rows are about are looked up only if the first run ends in a refusal, that of an index or a constraint
// included; then fn runs again, so that the answer names all rows that are at fault.
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

// refusal says whether an error is about what the caller sent.
func refusal(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Code() != codes.Unavailable
}

// run runs fn and applies what it wrote.
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

// check refuses what apply would refuse to write.
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

// refused says what a failed Apply means for the request.
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
	// The request's own row exists: it is being applied at this moment, or was. once looks it up.
	return fault.Aborted("", requestInProgress, "the same request id is being used at this moment").Because(err)
}

// takenError says that a name was free when the request looked and is not any more.
type takenError struct {
	name string
	err  error
}

func (e *takenError) Error() string { return e.err.Error() }

func (e *takenError) Unwrap() error { return e.err }

func exists(name string) *fault.Error {
	return fault.AlreadyExists(name, "RESOURCE_EXISTS", "%q exists already", name)
}

// encoded is a message taken apart for storing.
type encoded struct {
	body   []byte
	sealed []byte // nil if there are no personal fields
	digest []byte

	acknowledged []string // the questions about it that were answered
	likeness     string   // as it is stored; "" if the kind has none
}

// encode serializes m once: the row and the journal hold the same bytes. Personal fields, the etag and the row's times
// are left out; m loses the etag and the times, which stamp gives it anew. The part sealed before is kept if it has not
// changed, so that its salt stays the one the journal knows.
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

// values are a row's columns in the order of s.into. Its name, revision and times come first.
func (s *Store[M]) values(name string, revision int64, created, updated time.Time, m M, e encoded) []any {
	return append(s.shared(name, revision, created, updated, e), s.declared(m, e)...)
}

// shared are the values of the columns that all kinds have.
func (s *Store[M]) shared(name string, revision int64, created, updated time.Time, e encoded) []any {
	r := row{
		Name: name, Revision: revision, CreateUs: created.UnixMicro(), UpdateUs: updated.UnixMicro(),
		Body: e.body, Personal: e.sealed,
	}
	v := make([]any, 0, len(sharedColumns())+len(s.kind.Columns))
	return append(v, name, revision, r.CreateUs, r.UpdateUs, e.body, nullable(e.sealed), s.kit.rows.of(s.kind.Table, &r))
}

// declared are the values of the declared columns.
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

// nullable makes the absence of bytes NULL on both engines.
func nullable(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
